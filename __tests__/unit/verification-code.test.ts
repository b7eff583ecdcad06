/** The code on the Verify page: one spelling, limits, and what each reading of it means. */

import fc from "fast-check";

import { compareCode } from "@/lib/client/engine/trust/compare-code";
import { toBase64Url } from "@/lib/protocol/bytes";
import { verificationCodeMaxLength } from "@/lib/protocol/limits";
import { decodeVerificationCode, encodeVerificationCode } from "@/lib/protocol/verification-code";

const [alice, bob, carol, other] = ["a1", "b2", "c3", "d4"].map((byte) => byte.repeat(32)) as [
  string,
  string,
  string,
  string,
];
const frozen =
  "sealroom-verify:AaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhsrKysrKysrKysrKysrKysrKysrKysrKysrKysrKysrI";
const code = (bytes: Uint8Array) => `sealroom-verify:${toBase64Url(bytes)}`;
const refusalOf = (text: string) => {
  const read = decodeVerificationCode(text);
  return read.ok ? undefined : read.error;
};

test("VER-03 a code is frozen, and reads back to what was written", () => {
  expect(encodeVerificationCode({ shownBy: alice, shownFor: bob })).toBe(frozen);
  expect(decodeVerificationCode(frozen)).toEqual({ ok: true, code: { shownBy: alice, shownFor: bob } });
});

test("VER-03 what is foreign, cut, long or of another spelling is refused by a code", () => {
  const texts = ["", "https://example.org", frozen.slice(0, -1), `${frozen}A`, `${frozen}=`, ` ${frozen}`];
  for (const text of [
    ...texts,
    frozen.toUpperCase(),
    frozen.replace("AaGh", "Aa+h"),
    "sealroom-verify:",
    code(new Uint8Array(64)),
  ]) {
    expect([text, refusalOf(text)]).toEqual([text, "NOT_A_SAFETY_CODE"]);
  }
  expect(refusalOf(`sealroom-verify:${"A".repeat(verificationCodeMaxLength)}`)).toBe("NOT_A_SAFETY_CODE");
  expect(refusalOf(code(new Uint8Array(65)))).toBe("NOT_A_SAFETY_CODE");
  expect(refusalOf(code(Uint8Array.of(2, ...new Uint8Array(80))))).toBe("SAFETY_CODE_NEWER");
  for (const id of ["", "a1", "A1".repeat(32), "a1".repeat(33)]) {
    expect(() => encodeVerificationCode({ shownBy: id, shownFor: bob })).toThrow(RangeError);
  }
});

test("VER-03 no text makes it throw, and each code has one spelling", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 80 }).map(code)), (text) => {
      const read = decodeVerificationCode(text);
      if (read.ok) expect(encodeVerificationCode(read.code)).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test("VER-04 S4 only a code that names both accounts as they are seen here matches", () => {
  const pair = { self: alice, other: bob };
  const isCarol = (id: string) => id === carol;
  const says = (shownBy: string, shownFor: string) => compareCode({ shownBy, shownFor }, pair, isCarol);
  expect(says(bob, alice)).toBe("match");
  // Another key for one of the two, or for both: somebody sits in between.
  expect([says(bob, other), says(other, alice), says(other, other)]).toEqual(["mismatch", "mismatch", "mismatch"]);
  expect([says(alice, bob), says(carol, alice), says(carol, bob)]).toEqual(["own", "other", "other"]);
});
