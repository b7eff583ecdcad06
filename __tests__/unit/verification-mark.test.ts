/** Verification marks: what a device signs, and which marks of a keyring count (VER-05, VER-06). */

import { makeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import type { DeviceIdentity } from "@/lib/crypto/account/identity";
import { signMark } from "@/lib/crypto/account/verification-mark";
import { believedMarks } from "@/lib/client/engine/trust/believed-marks";
import { TrustBook } from "@/lib/client/engine/trust/trust";
import { toBase64 } from "@/lib/protocol/bytes";
import { keyringEntrySchema, type KeyringEntry, type KeyringMap } from "@/lib/protocol/keyring";
import { markContent, type Verdict, type VerificationMark } from "@/lib/protocol/verification-mark";

const now = new Date();
const [bob, bobNow, carol] = ["b2".repeat(32), "b3".repeat(32), "c3".repeat(32)] as const;
let phone: DeviceIdentity;
let desk: DeviceIdentity;
let stranger: DeviceIdentity;

beforeAll(async () => {
  const [alice, mallory] = [await makeAccount("alice", now), await makeAccount("mallory", now)];
  phone = await makeDevice({ account: alice, now });
  desk = await makeDevice({ account: alice, now });
  stranger = await makeDevice({ account: mallory, now });
}, 60_000);

const entry = (key: string, at: number, value: unknown) => keyringEntrySchema.parse({ key, at, value });
const signer = ({ deviceId, deviceCertificate }: DeviceIdentity) =>
  entry(`signer/${deviceId}`, 1, toBase64(deviceCertificate));
const said = { verified: bob, username: "bob", verdict: "verified", at: 1000 } as const;
const marked = (value: VerificationMark, at = value.at, about: string = bob) => entry(`verified/${about}`, at, value);
const mapOf = (...entries: KeyringEntry[]): KeyringMap => new Map(entries.map((one) => [one.key, one]));
const counted = async (map: KeyringMap, held: KeyringMap = new Map()) =>
  [...(await believedMarks(phone, map, held)).keys()].filter((key) => key.startsWith("verified/"));

test("VER-05 what is signed is one text, with every field in it", () => {
  const place = { verifier: "a1".repeat(32), verified: bob };
  const fields = { username: "bob", verdict: "mismatch" as Verdict, at: 1_700_000_000_000, device: "0d".repeat(16) };
  const parts = markContent(place, fields).map((part) => Buffer.from(part).toString("hex"));
  expect(parts).toEqual([
    "01",
    "a1".repeat(32),
    bob,
    "626f62",
    "6d69736d61746368",
    "0000018bcfe56800",
    "0d".repeat(16),
  ]);
});

test("VER-05 a mark by any device of the account counts, also when its certificate was seen before", async () => {
  const mark = await signMark(desk, said);
  expect(await counted(mapOf(signer(desk), marked(mark)))).toEqual([`verified/${bob}`]);
  expect(await counted(mapOf(marked(mark)), mapOf(signer(desk)))).toEqual([`verified/${bob}`]);
  expect(await counted(mapOf(marked(mark)))).toEqual([]);
});

test("VER-05 a mark by another account's device, or of another account, place, word or name, does not count", async () => {
  const mark = await signMark(desk, said);
  const signers = [signer(desk), signer(phone)];
  const foreign = await signMark(stranger, said);
  const others: readonly KeyringEntry[] = [
    marked(foreign),
    marked({ ...foreign, device: desk.deviceId }),
    marked({ ...mark, device: phone.deviceId }),
    marked({ ...mark, verdict: "accepted" }),
    marked({ ...mark, username: "carol" }),
    marked({ ...mark, at: 2000 }),
    marked(mark, 1000, carol),
    marked({ ...mark, signature: toBase64(new Uint8Array(64)) }),
  ];
  for (const other of others) {
    expect(await counted(mapOf(...signers, signer(stranger), other))).toEqual([]);
  }
  // A certificate of another account under the id of a device of ours makes nobody a signer.
  const swapped = entry(`signer/${stranger.deviceId}`, 9, toBase64(stranger.deviceCertificate));
  expect((await believedMarks(phone, mapOf(swapped), new Map())).size).toBe(0);
});

test("VER-06 an older mark at a later place of the keyring does not count", async () => {
  const mark = await signMark(desk, said);
  expect(await counted(mapOf(signer(desk), marked(mark, 1001)))).toEqual([]);
  expect(await counted(mapOf(signer(desk), marked(mark, 1000)))).toEqual([`verified/${bob}`]);
});

function book(marks: readonly (readonly [string, Partial<VerificationMark>])[], lost: readonly string[] = []) {
  const plain: VerificationMark = { v: 1, username: "bob", verdict: "verified", at: 1, device: "d1", signature: "" };
  const trust = new TrustBook({
    accountId: "self",
    pins: new Map([["bob", bob]]),
    marks: () => marks.map(([id, mark]) => ({ id, value: { ...plain, ...mark } })),
    lost: () => lost,
  });
  trust.read();
  return (accountId: string) => trust.of({ username: "bob", accountId });
}

test("VER-07 VER-09 each state of a name and a key follows from the marks", () => {
  expect([book([])(bob), book([])(bobNow)]).toEqual(["unverified", "new-key"]);
  expect([book([[bob, {}]])(bob), book([[bob, {}]])(bobNow)]).toEqual(["verified", "replaced"]);
  const wrong = book([[bob, { verdict: "mismatch" }]]);
  expect([wrong(bob), wrong(bobNow)]).toEqual(["mismatch", "replaced"]);
  const accepted = book([[bob, { verdict: "accepted" }]]);
  expect([accepted(bob), accepted(bobNow)]).toEqual(["unverified", "new-key"]);
  // A name goes with the key that was decided about last; the one before is not stopped, and not verified any more.
  const moved = book([
    [bob, { at: 1 }],
    [bobNow, { at: 2, verdict: "accepted" }],
  ]);
  expect([moved(bob), moved(bobNow)]).toEqual(["unverified", "new-key"]);
});

test("VER-07 a mark by a device that was given up vouches for nobody, and warns and stops as before", () => {
  const verified = book([[bob, {}]], ["d1"]);
  expect([verified(bob), verified(bobNow)]).toEqual(["unverified", "replaced"]);
  const wrong = book([[bob, { verdict: "mismatch" }]], ["d1"]);
  expect(wrong(bob)).toBe("mismatch");
  const accepted = book(
    [
      [bob, { device: "d2" }],
      [bobNow, { verdict: "accepted", at: 2 }],
    ],
    ["d1"],
  );
  expect(accepted(bobNow)).toBe("replaced");
});

test("VER-07 T8 a thief who accepts a key in the place of a mark of its owner frees no other key by that", () => {
  const owners = book([[bob, {}]]);
  expect(owners(bobNow)).toBe("replaced");
  // The last word counts while the thief still has the device, and not once it is given up.
  const thiefs = [[bob, { verdict: "accepted", at: 2 }]] as const;
  expect(book(thiefs)(bobNow)).toBe("new-key");
  expect(book(thiefs, ["d1"])(bobNow)).toBe("replaced");
});
