/** What stands behind `#` in the address of an invite link (SPEC POL-08). */
import fc from "fast-check";
import { toHex } from "@/lib/protocol/bytes";
import { roomIdSchema } from "@/lib/protocol/ids";
import { decodeLinkFragment, encodeLinkFragment } from "@/lib/protocol/link-fragment";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("POL-08 a fragment has one spelling", () => {
  fc.assert(
    fc.property(
      bytes(16),
      bytes(32),
      fc.nat(2 ** 31),
      bytes(32),
      fc.nat(2 ** 31),
      (room, secret, epoch, inviter, end) => {
        const fragment = {
          roomId: roomIdSchema.parse(toHex(room)),
          secret,
          epoch,
          inviter: toHex(inviter),
          endsAt: end === 0 ? null : end * 1000,
        };
        const text = encodeLinkFragment(fragment);
        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeLinkFragment(text)).toEqual(fragment);
        for (const other of [text.slice(0, -1), `${text}A`, `#${text}`, ` ${text}`])
          expect(decodeLinkFragment(other)).toBeUndefined();
      },
    ),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 150 }), (text) => {
      const decoded = decodeLinkFragment(text);
      return decoded === undefined || encodeLinkFragment(decoded) === text;
    }),
  );
});

test("POL-08 what is no room, account or secret is not written", () => {
  const roomId = roomIdSchema.parse("01".repeat(16));
  const fine = { roomId, secret: new Uint8Array(32), epoch: 1, inviter: "02".repeat(32), endsAt: null };
  expect(() => encodeLinkFragment({ ...fine, secret: new Uint8Array(31) })).toThrow(RangeError);
  expect(() => encodeLinkFragment({ ...fine, inviter: "02" })).toThrow(RangeError);
});
