/**
 * What one encrypted message holds. SPEC section MSG. The author is the MLS sender, never a field (MSG-01).
 *
 * Padded form: 4-byte big-endian length, UTF-8 JSON, zeros up to the next class of 256 x 2^k bytes (MSG-02), so
 * that the server sees a size class only. A new field is a new `v`, because the objects are strict: version 2 says how far
 * its sender had read (TRN-03) and may state what else it has seen (LOG-13, CODE-11); version 1, without it, is read where it lies in a room's order and no longer written.
 */

import { z } from "zod";

import { fromJson, utf8 } from "./bytes";
import { accountIdSchema, messageIdSchema, roomIdSchema } from "./ids";
import {
  contentMaxBytes,
  latestDateMs,
  paddingUnitBytes,
  reportMaxMessages,
  reportReasonMaxLength,
  statedNoteMaxLength,
  textMaxBytes,
} from "./limits";
import { usernameSchema } from "./names";
import { longestPositions, positionsSchema } from "./transcript";

/** ms since 1970 by somebody else's clock, which may say anything: at least it can be shown (MSG-05). */
const timeSchema = z.int().nonnegative().max(latestDateMs);

const textBody = z.strictObject({
  kind: z.literal("text"),
  text: z.string().refine((text) => {
    const bytes = utf8(text).length;
    return text.trim().length > 0 && bytes <= textMaxBytes;
  }, "empty or too long"),
});
/** The sender asks to be removed; the proof goes into the commit that does it (MLS-13). */
const leaveBody = z.strictObject({
  kind: z.literal("leave"),
  /** The account's other devices go as well: this is how a person leaves, or declines. */
  account: z.boolean(),
  leafIndex: z.int().min(0),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
  /** Of a direct room that is given up for another one with the same account (ENG-31): in which it goes on. */
  to: roomIdSchema.exactOptional(),
});
/** Nothing to show: being readable, it proves to a joiner that a known member is in the same epoch (ENG-07). */
const confirmBody = z.strictObject({ kind: z.literal("confirm") });
/** A person accepts the invitation, for all devices of the account. */
const acceptBody = z.strictObject({ kind: z.literal("accept") });
/** Messages of another room, for one of its admins, in the direct room with them. What they said is checked, not believed (MSG-06). */
const reportBody = z.strictObject({
  kind: z.literal("report"),
  roomId: roomIdSchema,
  reason: z.string().refine((text) => Array.from(text).length <= reportReasonMaxLength),
  messages: z
    .array(
      z.strictObject({
        id: messageIdSchema,
        accountId: accountIdSchema,
        username: usernameSchema,
        at: timeSchema,
        text: z.string().max(textMaxBytes),
      }),
    )
    .min(1)
    .max(reportMaxMessages),
});

/** In a direct room: what the sender found when comparing safety numbers with this account. Shown to it, and never believed as its own word (VER-10). */
const comparedBody = z.strictObject({
  kind: z.literal("compared"),
  with: accountIdSchema,
  found: z.enum(["match", "mismatch"]),
});

export const bodySchema = z.discriminatedUnion("kind", [
  textBody,
  leaveBody,
  confirmBody,
  acceptBody,
  reportBody,
  comparedBody,
]);
export type Body = z.infer<typeof bodySchema>;

const fields = {
  id: messageIdSchema,
  /** Sender's own count of messages in this room, from 1: (device, sequence) pairs never repeat (MSG-04). */
  n: z.int().min(1),
  /** Sender's clock, ms. */
  t: timeSchema,
  body: bodySchema,
};
const contentSchema = z.strictObject({
  v: z.literal(2),
  ...fields,
  /** How far the sender had read; empty while it cannot say (TRN-06). */
  seen: positionsSchema,
  /** The newest signed checkpoint of the transparency log that the sender knows, when it has not said it here yet (LOG-13). */
  log: z.string().min(1).max(statedNoteMaxLength).exactOptional(),
  /** SHA-256 of the manifest of the code that the sender runs, hex, when it has not said it here yet (CODE-11). */
  build: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
});
export type Content = z.infer<typeof contentSchema>;
const formerSchema = z.strictObject({ v: z.literal(1), ...fields });
const readableSchema = z.discriminatedUnion("v", [contentSchema, formerSchema]);

/** Padded length for `length` bytes of content with its prefix. */
export function paddedLength(length: number): number {
  let size = paddingUnitBytes;
  while (size < length) size *= 2;
  return size;
}

/** Throws RangeError when the content is larger than `contentMaxBytes`. */
export function encodeContent(content: Content): Uint8Array {
  const json = utf8(JSON.stringify(contentSchema.parse(content)));
  const padded = new Uint8Array(paddedLength(json.length + 4));
  if (padded.length > contentMaxBytes) throw new RangeError("content too large");
  new DataView(padded.buffer).setUint32(0, json.length);
  padded.set(json, 4);
  return padded;
}

/** Whether a message with this body can be sealed, wherever its sender is by then: JSON writes some letters as six. */
export function isSendable(body: Body): boolean {
  const id = messageIdSchema.parse("00".repeat(16));
  const numbers = { n: Number.MAX_SAFE_INTEGER, t: latestDateMs };
  // A line feed is written as two letters: more than any note has.
  const stated = { log: "\n".repeat(statedNoteMaxLength), build: "0".repeat(64) };
  try {
    encodeContent({ v: 2, id, ...numbers, seen: longestPositions, ...stated, body });
    return true;
  } catch {
    return false;
  }
}

/** `undefined` for anything that `encodeContent`, of this version or the former one, could not have made: wrong padding, unknown kinds, extra fields. */
export function decodeContent(padded: Uint8Array): Content | undefined {
  if (padded.length < paddingUnitBytes || padded.length > contentMaxBytes) return undefined;
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  if (length > padded.length - 4 || paddedLength(length + 4) !== padded.length) return undefined;
  if (padded.subarray(4 + length).some((byte) => byte !== 0)) return undefined;
  const parsed = readableSchema.safeParse(fromJson(padded.subarray(4, 4 + length)));
  if (!parsed.success) return undefined;
  return parsed.data.v === 1 ? { ...parsed.data, v: 2, seen: [] } : parsed.data;
}
