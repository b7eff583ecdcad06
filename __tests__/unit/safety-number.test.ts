/** Safety numbers: frozen, the same for both people, and what Node's own hashes say they are. */

import { createHash } from "node:crypto";

import { safetyDigits, safetyNumber } from "@/lib/crypto/account/safety-number";
import { concatBytes, fromHex, toHex, utf8 } from "@/lib/protocol/bytes";
import { tlsOpaque } from "@/lib/protocol/mls/tls";

const keyOf = (spki: Uint8Array) => ({ spki, accountId: createHash("sha256").update(spki).digest("hex") });
const [alice, bob, carol] = [keyOf(utf8("key of alice")), keyOf(utf8("key of bob")), keyOf(utf8("key of carol"))];

/** VER-01 once more, by another implementation of the hash. */
function digitsByNode({ spki, accountId }: ReturnType<typeof keyOf>): string {
  const sha512 = (bytes: Uint8Array) => new Uint8Array(createHash("sha512").update(bytes).digest());
  const id = fromHex(accountId) ?? new Uint8Array();
  let digest = sha512(concatBytes(tlsOpaque(utf8("sealroom/safety-number/v2")), tlsOpaque(spki), tlsOpaque(id)));
  for (let round = 1; round < 5200; round++) digest = sha512(concatBytes(digest, id));
  return [0, 5, 10, 15, 20, 25]
    .map((at) => (BigInt(`0x${toHex(digest.subarray(at, at + 5))}`) % 100_000n).toString().padStart(5, "0"))
    .join(" ");
}

const frozen = [
  [alice, "66252 02925 47370 65905 56741 82504"],
  [bob, "02160 19084 91422 65088 07410 00538"],
  [carol, "98680 99457 84333 75530 49393 68377"],
] as const;

test.each(frozen)("VER-01 ACC-16 the thirty digits of an account never change (%#)", (key, digits) => {
  expect(safetyDigits(key)).toBe(digits);
  expect(digitsByNode(key)).toBe(digits);
});

test("VER-01 the number of a pair is both halves, the smaller id's first, whoever asks", () => {
  const [first, second] = alice.accountId < bob.accountId ? [alice, bob] : [bob, alice];
  expect(safetyNumber(alice, bob)).toBe(`${safetyDigits(first)} ${safetyDigits(second)}`);
  expect(safetyNumber(bob, alice)).toBe(safetyNumber(alice, bob));
  expect(safetyNumber(alice, bob)).toMatch(/^\d{5}( \d{5}){11}$/);
});

test("VER-01 another key on either side changes almost every group of its half", () => {
  const halves = [safetyDigits(bob), safetyDigits(carol)].map((digits) => digits.split(" "));
  const same = halves[0]?.filter((group, index) => group === halves[1]?.[index]).length;
  expect(same).toBeLessThanOrEqual(1);
});

test("VER-01 what does not belong together has no number", () => {
  expect(() => safetyDigits({ spki: alice.spki, accountId: bob.accountId })).toThrow(RangeError);
  expect(() => safetyDigits({ spki: alice.spki, accountId: alice.accountId.toUpperCase() })).toThrow(RangeError);
  expect(() => safetyDigits({ spki: alice.spki, accountId: "" })).toThrow(RangeError);
  expect(() => safetyNumber(alice, alice)).toThrow(RangeError);
});
