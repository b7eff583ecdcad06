/** DS-12 The frame of a sealed GroupInfo, bytes fixed: what the server reads of it, and that it reads no more. */

import { fromHex, toHex } from "@/lib/protocol/bytes";
import { sealedGroupInfoMaxBytes } from "@/lib/protocol/limits";
import { peekMessage } from "@/lib/protocol/mls/peek";
import { peekSealedGroupInfo, sealedGroupInfoHeadBytes } from "@/lib/protocol/mls/sealed-group-info";

const head = `5e01${"0f".repeat(16)}00000000000001ff`;
const bytesOf = (hex: string) => fromHex(hex) ?? new Uint8Array();

test("DS-12 magic, group id and epoch are read, whatever is sealed behind them", () => {
  for (const rest of ["00", "ff".repeat(500)]) {
    const peeked = peekSealedGroupInfo(bytesOf(head + rest));
    expect(peeked && [toHex(peeked.groupId), peeked.epoch]).toEqual(["0f".repeat(16), 0x1ffn]);
  }
});

test.each([
  ["nothing", ""],
  ["the magic alone", "5e01"],
  ["a head without anything sealed", head],
  ["a head that ends too early", head.slice(0, -2)],
  ["another version", `5e02${head.slice(4)}00`],
  ["an MLSMessage", `0001${head.slice(4)}00`],
])("DS-12 %s is not taken for one", (_, hex) => {
  expect(peekSealedGroupInfo(bytesOf(hex))).toBeUndefined();
});

test("DS-12 the limit is exact, and no MLS message reads as a sealed one or the other way round", () => {
  const largest = new Uint8Array(sealedGroupInfoMaxBytes);
  largest.set(bytesOf(head));
  expect(peekSealedGroupInfo(largest)?.epoch).toBe(0x1ffn);
  const larger = new Uint8Array(sealedGroupInfoMaxBytes + 1);
  larger.set(bytesOf(head));
  expect(peekSealedGroupInfo(larger)).toBeUndefined();
  expect(peekMessage(largest.subarray(0, 400)).ok).toBe(false);
  expect(sealedGroupInfoHeadBytes).toBe(26);
});
