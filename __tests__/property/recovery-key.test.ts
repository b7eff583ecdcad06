/** Printed keys: one spelling comes out, many ways of typing go in, and a slip of the hand is caught. */

import fc from "fast-check";

import { parsePrintedKey, printKey } from "@/lib/protocol/recovery-key";

const numRuns = process.env["SLOW"] === "1" ? 20_000 : 500;
const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

test("REC-01 eight groups of four, which parse to the key they were made of", () => {
  fc.assert(
    fc.property(key, (bytes) => {
      const text = printKey("recovery", bytes);
      expect(text).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){7}$/);
      const parsed = parsePrintedKey("recovery", text);
      expect(parsed.ok && parsed.key).toEqual(bytes);
    }),
    { numRuns },
  );
});

test("REC-01 case, spaces, dashes and look-alike letters do not count", () => {
  fc.assert(
    fc.property(key, fc.constantFrom(" ", "", "\u2013", "\n", " - "), (bytes, gap) => {
      const typed = printKey("recovery", bytes)
        .replaceAll("-", gap)
        .replaceAll("0", "o")
        .replaceAll("1", "l")
        .toLowerCase();
      const parsed = parsePrintedKey("recovery", `  ${typed} `);
      expect(parsed.ok && parsed.key).toEqual(bytes);
    }),
    { numRuns },
  );
});

test("REC-01 one wrong sign and two that changed places are caught", () => {
  fc.assert(
    fc.property(key, fc.nat({ max: 31 }), fc.nat({ max: 31 }), fc.nat({ max: 30 }), (bytes, at, digit, swap) => {
      const signs = Array.from(printKey("recovery", bytes).replaceAll("-", ""));
      const changed = signs.with(at, alphabet.charAt(digit)).join("");
      const swapped = signs
        .with(swap, signs[swap + 1] ?? "")
        .with(swap + 1, signs[swap] ?? "")
        .join("");
      for (const typed of [changed, swapped].filter((one) => one !== signs.join(""))) {
        expect(parsePrintedKey("recovery", typed)).toEqual({ ok: false, reason: "checksum" });
      }
    }),
    { numRuns },
  );
});

test("REC-01 whatever is typed gets an answer, and only what prints to the same is a key", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (typed) => {
      const parsed = parsePrintedKey("recovery", typed);
      if (!parsed.ok) return;
      const again = parsePrintedKey("recovery", printKey("recovery", parsed.key));
      expect(again).toEqual(parsed);
    }),
    { numRuns },
  );
});

test("REC-01 what is wrong is named; a key of the other kind is none; the form is frozen", () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, index) => index * 17);
  const text = printKey("recovery", bytes);
  expect(text).toMatchInlineSnapshot(`"008J-4CT4-ANK7-F24S-NAXW-SQFE-ZYK2-J0WC"`);
  expect(parsePrintedKey("recovery", "")).toEqual({ ok: false, reason: "length" });
  expect(parsePrintedKey("recovery", text.slice(0, -1))).toEqual({ ok: false, reason: "length" });
  expect(parsePrintedKey("recovery", `${text}0`)).toEqual({ ok: false, reason: "length" });
  expect(parsePrintedKey("recovery", text.replace(/^./, "U"))).toEqual({ ok: false, reason: "character" });
  expect(parsePrintedKey("recovery", text.replace(/^./, "é"))).toEqual({ ok: false, reason: "character" });
  expect(parsePrintedKey("reset", text)).toEqual({ ok: false, reason: "checksum" });
  expect(() => printKey("recovery", new Uint8Array(15))).toThrow(RangeError);
});
