import fc from "fast-check";

import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from "@/lib/protocol/bytes";

test("ID-01 every text form comes back as the same bytes, and agrees with Node's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromHex(toHex(bytes))).toEqual(bytes);
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }),
  );
});

test("ID-01 a text that is not the one form of its bytes is refused", () => {
  for (const text of ["A", "AA", "AA==A", "AB==", "A===", "AA=", "AAA", "AAAA\n", "AA-_", "===="]) {
    expect(fromBase64(text)).toBeUndefined();
  }
  for (const text of ["A", "AB", "AA==", "+/", "AAB"]) expect(fromBase64Url(text)).toBeUndefined();
  for (const text of ["0", "AB", "0g", "0x00"]) expect(fromHex(text)).toBeUndefined();
});

test("text that is not UTF-8 is refused, a byte order mark is kept", () => {
  expect(fromUtf8(Uint8Array.of(0xff))).toBeUndefined();
  expect(fromUtf8(utf8("\u{feff}a"))).toBe("\u{feff}a");
});

test("concatenation and comparison", () => {
  const whole = concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3));
  expect(equalBytes(whole, Uint8Array.of(1, 2, 3))).toBe(true);
  expect(equalBytes(whole, Uint8Array.of(1, 2))).toBe(false);
  expect(equalBytes(whole, Uint8Array.of(1, 2, 4))).toBe(false);
});
