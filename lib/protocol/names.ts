/**
 * Names of accounts and rooms (SPEC section ID). People type freely, the protocol carries one form only:
 * folding happens where a person types, the schemas accept nothing but the folded form.
 */
import { z } from "zod";
import { roomNameMaxLength, roomTopicMaxLength, usernameMaxLength, usernameMinLength } from "./limits";

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
 * A room name as it travels and as the signed policy holds it. Whether it is valid must be the same in every browser of
 * every year, else a room splits: so there are fixed code points here, no Unicode tables, no normalising (ID-07).
 */
export const settledRoomNameSchema = z.string().refine((text) => {
  const length = Array.from(text).length;
  return length >= 1 && length <= roomNameMaxLength && !unseen.test(text) && !/^ | {2}| $/.test(text);
});

/** What a room is about, in one line; may be empty. Judged like a name, and for the same reason (ID-07). */
export const settledTopicSchema = z.string().refine((text) => {
  return Array.from(text).length <= roomTopicMaxLength && !unseen.test(text) && !/^ | {2}| $/.test(text);
});

/**
 * A room name as a person types it: comes out in NFC, outer spaces cut, inner ones collapsed to one. What is invisible
 * is refused, not dropped: what was typed and what is shown must not differ in ways nobody sees (ID-05).
 */
export const roomNameSchema = z
  .string()
  // Bounds the work of normalising; NFC never makes a text of legal length this long.
  .max(roomNameMaxLength * 8)
  .transform((text) =>
    text
      .normalize("NFC")
      .replace(/[\p{Z}\t]+/gu, " ")
      .replace(/^ | $/g, ""),
  )
  .pipe(settledRoomNameSchema)
  .refine((text) => /[\p{L}\p{N}\p{P}\p{S}]/u.test(text) && !/\p{C}/u.test(text));

/** Two room names are the same when these are equal: compatibility forms, case and emoji style do not count (ID-06). */
export function foldRoomName(text: string): string {
  const folded = text.normalize("NFKC").toLowerCase().normalize("NFKC");
  return folded
    .replaceAll(emojiStyle, "")
    .replace(/\p{Z}+/gu, " ")
    .trim();
}

/** Variation selector 16 is invisible too, but keyboards put it behind many emoji. */
const emojiStyle = "\u{fe0f}";

/**
 * What Unicode 16 draws as nothing, as an odd space, or by changing its neighbours: controls, format characters with the
 * bidi overrides, separators but U+0020, default-ignorables, Braille blank, surrogates, private use.
 */
const unseen = new RegExp(
  [
    "[\\u{0}-\\u{1f}\\u{7f}-\\u{a0}\\u{ad}\\u{34f}\\u{600}-\\u{605}\\u{61c}\\u{6dd}\\u{70f}\\u{890}\\u{891}\\u{8e2}",
    "\\u{115f}\\u{1160}\\u{1680}\\u{17b4}\\u{17b5}\\u{180b}-\\u{180f}\\u{2000}-\\u{200f}\\u{2028}-\\u{202f}",
    "\\u{205f}-\\u{206f}\\u{2800}\\u{3000}\\u{3164}\\u{d800}-\\u{f8ff}\\u{fe00}-\\u{fe0e}\\u{feff}\\u{ffa0}",
    "\\u{fff0}-\\u{fffb}\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}\\u{1bca0}-\\u{1bca3}",
    "\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}\\u{f0000}-\\u{10ffff}]",
  ].join(""),
  "u",
);
