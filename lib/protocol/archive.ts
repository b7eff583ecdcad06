/**
 * One chunk of the history archive (SPEC section ARC): lines that the devices of one account have read, by room. Pure:
 * the contents, their one encoding, and by what a line is known to be the same on two devices.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { z } from "zod";

import { concatBytes, equalBytes, fromJson, toHex, utf8 } from "./bytes";
import { accountIdSchema, messageIdSchema, roomIdSchema } from "./ids";
import {
  archiveChunkMaxBytes,
  archivePaddingBytes,
  archiveSectionsMax,
  reportMaxMessages,
  textMaxBytes,
} from "./limits";
import { usernameSchema } from "./names";

export const archiveDigestBytes = 16;
/** Place and line of an event, as devices sort them: `000000000042.0`. */
const lineKey = z.string().regex(/^\d{12}\.\d{1,4}$/);
const text = z.string().max(textMaxBytes);
const word = z.string().max(64);
/** Index into the section's people. */
const person = z.int().min(0);
const at = z.number();

export const archiveLineSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("message"), key: lineKey, at, id: messageIdSchema, by: person, text }),
  z.strictObject({
    kind: z.literal("system"),
    key: lineKey,
    at,
    /** Words that a later version may have more of: who does not know one leaves the line out. */
    event: word,
    who: word.exactOptional(),
    by: word.exactOptional(),
    detail: z.string().max(1024).exactOptional(),
    timerMs: z.int().min(0).nullable().exactOptional(),
    cause: word.exactOptional(),
    missed: z.int().min(0).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("report"),
    key: lineKey,
    at,
    by: person,
    reason: text,
    messages: z
      .array(z.strictObject({ id: messageIdSchema, by: person, at, text, proven: z.boolean() }))
      .max(reportMaxMessages),
  }),
]);
export type ArchiveLine = z.infer<typeof archiveLineSchema>;

/** `keyChanged`: the device that wrote it had met the name with another account before. */
export const archivePersonSchema = z.strictObject({
  username: usernameSchema,
  accountId: accountIdSchema,
  keyChanged: z.literal(true).exactOptional(),
});
export type ArchivePerson = z.infer<typeof archivePersonSchema>;

export const archiveSectionSchema = z
  .strictObject({
    roomId: roomIdSchema,
    /** For a device that has not met the room; empty while it is not known. */
    name: z.string().max(256),
    kind: z.enum(["open", "private", "direct"]),
    people: z.array(archivePersonSchema).max(archiveSectionsMax),
    lines: z.array(archiveLineSchema),
  })
  .refine(({ lines, people }) =>
    lines.every(
      (line, index) =>
        (index === 0 || line.key > (lines[index - 1]?.key ?? "")) &&
        peopleIn(line).every((index) => index < people.length),
    ),
  );
export type ArchiveSection = z.infer<typeof archiveSectionSchema>;

const chunkSchema = z.strictObject({
  v: z.literal(1),
  /** SHA-256 of the sealed chunk before it, 64 hex digits; empty in the first one. */
  previous: z.string().regex(/^([0-9a-f]{64})?$/),
  sections: z.array(archiveSectionSchema).max(archiveSectionsMax),
});
export type ArchiveChunk = z.infer<typeof chunkSchema>;

/** JSON with spaces behind it up to the next step of size. `undefined`: more than one chunk holds. */
export function encodeArchiveChunk(chunk: ArchiveChunk): Uint8Array | undefined {
  // Parsed, so that fields stand in one order.
  const bytes = utf8(JSON.stringify(chunkSchema.parse(chunk)));
  const length = Math.ceil(bytes.length / archivePaddingBytes) * archivePaddingBytes;
  if (length > archiveChunkMaxBytes) return undefined;
  return concatBytes(bytes, new Uint8Array(length - bytes.length).fill(0x20));
}

/** Accepts exactly what `encodeArchiveChunk` makes (ARC-02). */
export function decodeArchiveChunk(bytes: Uint8Array): ArchiveChunk | undefined {
  if (bytes.length > archiveChunkMaxBytes) return undefined;
  const parsed = chunkSchema.safeParse(fromJson(bytes));
  if (!parsed.success) return undefined;
  const again = encodeArchiveChunk(parsed.data);
  return again !== undefined && equalBytes(again, bytes) ? parsed.data : undefined;
}

/**
 * Known to be the same line, whichever device has read it and whatever number the event had for it: of a message its id
 * and its author, of all else what it says. Half a hash, hex.
 */
export function lineDigest(roomId: string, line: ArchiveLine, people: readonly ArchivePerson[]): string {
  const accounts = peopleIn(line).map((index) => people[index]?.accountId ?? "");
  const { key: _key, ...said } = line;
  const identity = line.kind === "message" ? [line.kind, line.id] : [line.kind, JSON.stringify(said)];
  return toHex(sha256(utf8(JSON.stringify([roomId, ...identity, ...accounts]))).subarray(0, archiveDigestBytes));
}

function peopleIn(line: z.infer<typeof archiveLineSchema>): number[] {
  if (line.kind === "system") return [];
  return line.kind === "message" ? [line.by] : [line.by, ...line.messages.map(({ by }) => by)];
}
