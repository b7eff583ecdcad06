/** What a device keeps of the transparency log (SPEC LOG-09). */

import { z } from "zod";

import { accountIdSchema, deviceIdSchema } from "../../../protocol/ids";
import { logArrivalsMax } from "../../../protocol/limits";
import { noteMaxBytes } from "../../../protocol/log/checkpoint";
import { proofFailures } from "../../../protocol/log/merkle";

export const logStateKey = "log/state";
/** What was proven, by `Certified.name`; and by account, what a person has accepted without a proof. */
export const vouchedPrefix = "log/vouched/";
export const acceptedPrefix = "log/accepted/";

export const alarmsMax = 32;
/** Of those, what others' messages can bring about: no member can push out what the device has found itself. */
export const gossipAlarmsMax = 8;
export const pendingMax = 32;
/** Proofs that did not come; any one of them is enough for an alarm. */
export const unprovenMax = 64;
/** An account's id, a slash and a name. */
export const unprovenNameMax = 192;
/** All that a room can have of one account. */
export const acceptedNamesMax = 64;
/** How long an honest server may leave something unanswered. */
export const patienceMs = 24 * 60 * 60 * 1000;

const count = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);

export const alarmKinds = [
  /** Two signed checkpoints that are not of one log. */
  "split-view",
  /** The log has fewer entries than it had. */
  "shrunk",
  /** A checkpoint that the log's key has not signed. */
  "other-key",
  /** Somebody was shown a longer log than this device. */
  "stale",
  /** The server does not answer for longer than an honest one is away: what it keeps back is not known. */
  "unanswered",
  /** A proof that does not hold. */
  "bad-proof",
  /** The entries are not those that the head signs. */
  "wrong-entries",
  /** Keys that the directory offered and the log does not have. */
  "not-in-log",
  /** The own account's or device's certificate is not in the log. */
  "own-missing",
  /** An entry about the own account that it has not signed. */
  "forged-entry",
  /** Another key under the own name. */
  "name-taken",
  /** The account's own statement that it is deleted. */
  "own-deletion",
] as const;
export type LogAlarmKind = (typeof alarmKinds)[number];

export const alarmSchema = z.strictObject({
  id: count,
  kind: z.enum(alarmKinds),
  /** By the own clock, ms. */
  at: z.number(),
  /** Signed checkpoints: the own one first. */
  notes: z.array(z.string().max(noteMaxBytes)).max(2).default([]),
  /** Whose message brought the other checkpoint. */
  by: z.strictObject({ username: z.string(), accountId: accountIdSchema }).optional(),
  /** The entry that it is about. */
  index: count.optional(),
  /** Which check the proof failed that it is about. */
  check: z.enum(proofFailures).optional(),
  /** A person has read it. */
  settled: z.boolean().default(false),
});
export type LogAlarm = z.infer<typeof alarmSchema>;

/** Any member can make that up: a checkpoint that the log's key has not signed, in a message. */
export function isHearsay({ kind, by }: Pick<LogAlarm, "kind" | "by">): boolean {
  return kind === "other-key" && by !== undefined;
}

/** Two checkpoints that the log's key has signed, of which others can ask whether they fit (LOG-14). */
export function isProvable({ kind, notes }: Pick<LogAlarm, "kind" | "notes">): boolean {
  return (kind === "split-view" || kind === "shrunk") && notes.length === 2;
}

/** A device that was added to the own account, and that this one knows nothing of. */
const arrivalSchema = z.strictObject({
  deviceId: deviceIdSchema,
  /** Ed25519, hex. */
  key: hash,
  at: z.number(),
  index: count,
});
export type Arrival = z.infer<typeof arrivalSchema>;

/** What a person talks to in spite of the log. Records of before have one byte: whatever the account has is accepted. */
export const acceptedSchema = z.strictObject({
  v: z.literal(1),
  username: z.string(),
  /** When it was decided last, by the own clock, ms. */
  at: z.number(),
  /** Of `Certified.name`: what was missing then. */
  names: z.array(z.string().max(unprovenNameMax)).max(acceptedNamesMax),
});
export type Accepted = z.infer<typeof acceptedSchema>;

/** A device that was taken from the own account, and not by this one. */
const removalSchema = z.strictObject({ deviceId: deviceIdSchema, at: z.number(), index: count });
export type Removal = z.infer<typeof removalSchema>;

export const logStateSchema = z.strictObject({
  v: z.literal(1),
  /** The key that the log had when this device saw it first. */
  verifier: z.string(),
  /** The newest checkpoint that continues all before it; none: only the key is known. */
  note: z.string().max(noteMaxBytes).optional(),
  /** Up to where the entries were read, with the roots of the perfect subtrees over them. */
  read: z
    .strictObject({
      size: count,
      hashes: z.array(hash).max(64),
      /** From the own device's entry on, devices of the account that are not known are told. */
      own: count,
      /** Other accounts that had the own name before this one, and have not been replaced yet. */
      before: z.array(accountIdSchema).max(64),
      /** The own account's entry was read: from there on nobody else has the name. */
      isBegun: z.boolean(),
    })
    .optional(),
  /** Own devices that need no word any more, come (`knownName`) or gone (`removedName`). */
  known: z.array(z.string().max(128)).max(256).default([]),
  /** Checkpoints of others that could not be compared yet. */
  pending: z
    .array(
      z.strictObject({
        note: z.string().max(noteMaxBytes),
        by: z.strictObject({ username: z.string(), accountId: accountIdSchema }),
        since: z.number(),
      }),
    )
    .max(pendingMax)
    .default([]),
  /** Since when the head could not be followed, or the entries not be read to their end, ms. */
  unreadSince: z.number().optional(),
  /** By `Certified.name`: proofs that were asked for and did not come, since when, ms. */
  unproven: z
    .array(z.strictObject({ name: z.string().max(unprovenNameMax), since: z.number() }))
    .max(unprovenMax)
    .default([]),
  arrivals: z.array(arrivalSchema).max(logArrivalsMax).default([]),
  removals: z.array(removalSchema).max(logArrivalsMax).default([]),
  alarms: z.array(alarmSchema).max(alarmsMax).default([]),
  nextAlarm: count.default(0),
});
export type LogState = z.infer<typeof logStateSchema>;
