/**
 * Names of accounts and rooms (SPEC section ID). People type freely, the protocol carries one form only:
 * folding happens where a person types, the schemas accept nothing but the folded form.
 */
import { z } from "zod";
import { roomNameMaxLength, usernameMaxLength, usernameMinLength } from "./limits";

const usernamePattern = new RegExp(
  `^[a-z0-9][a-z0-9._-]{${String(usernameMinLength - 1)},${String(usernameMaxLength - 1)}}$`,
);

/** An account name in its one folded form (ID-03). */
export const usernameSchema = z.string().regex(usernamePattern);

/**
 * What a person typed, as it would be registered: trimmed, ASCII letters in lower case. Other letters stay as they
 * are and fail the schema: full Unicode case folding would map look-alikes such as the Kelvin sign to `k` (ID-04).
 */
export function foldUsername(text: string): string {
  return text.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function isUsername(text: string): boolean {
  return usernamePattern.test(text);
}

/**
 * A room name as people see it: NFC, outer spaces cut, inner ones collapsed to one, 1 to 64 code points. Control,
 * format (bidi overrides, zero width), private-use and unassigned characters are refused, not dropped: what was
 * typed and what is shown must not differ in ways nobody sees (ID-05).
 */
export const roomNameSchema = z
  .string()
  // Bounds the work of normalising; NFC never makes a text of legal length this long.
  .max(roomNameMaxLength * 8)
  .transform((text) => text.normalize("NFC").replace(/[\p{Z}\t]+/gu, " ").trim())
  .refine(isRoomName);

function isRoomName(text: string): boolean {
  const length = Array.from(text).length;
  return length >= 1 && length <= roomNameMaxLength && !/\p{C}/u.test(text);
}

/** Two room names are the same when these are equal: compatibility forms and case do not count (ID-06). */
export function foldRoomName(text: string): string {
  return text.normalize("NFKC").toLowerCase().normalize("NFKC").replace(/\p{Z}+/gu, " ").trim();
}
