/**
 * The keyring: what the devices of one account keep for each other, as a map in which the last writer of a key wins
 * (SPEC section KEY). Pure: entries, their merge and their one encoding. Merging is commutative, associative and
 * idempotent, so devices that have seen the same entries hold the same map, whatever came first (KEY-03).
 */
import { z } from "zod";

import { concatBytes, equalBytes, fromBase64, fromJson, utf8 } from "./bytes";
import { accountIdSchema, deviceIdSchema, roomIdSchema } from "./ids";
import { certificateMaxBytes, keyringMaxBytes, keyringMaxEntries, keyringPaddingBytes } from "./limits";
import { verificationMarkSchema, type VerificationMark } from "./verification-mark";

const roomValueSchema = z.strictObject({
  kind: z.enum(["open", "private", "direct"]),
  /** Opens the sealed GroupInfo of a room that is not open. */
  secret: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Epoch since which the secret counts. */
  epoch: z.int().min(0),
  left: z.boolean().optional(),
  /** With `left`, by a device that was not in: the account's devices that are in leave. */
  asked: z.literal(true).optional(),
});
export type RoomKeyringValue = z.infer<typeof roomValueSchema>;

const certificateSchema = z
  .string()
  .max(2 * certificateMaxBytes)
  .refine((text) => text !== "" && (fromBase64(text)?.length ?? Infinity) <= certificateMaxBytes);

/** What stands behind the slash of a key, and the values it takes, by namespace. */
const namespaces = {
  room: { id: roomIdSchema, value: roomValueSchema },
  mute: { id: roomIdSchema, value: z.boolean() },
  favourite: { id: roomIdSchema, value: z.boolean() },
  block: { id: accountIdSchema, value: z.boolean() },
  /** What a person has found out about an account's key; counts only as far as its signature does (VER-05). */
  verified: { id: accountIdSchema, value: verificationMarkSchema },
  /** Certificates of the account's devices that have signed marks: DER, canonical base64. */
  signer: { id: deviceIdSchema, value: certificateSchema },
  /** Account secrets that were renewed, by their number: files of the time open with them (REN-05). */
  former: { id: z.string().regex(/^(0|[1-9]\d{0,9})$/), value: z.string().regex(/^[0-9a-f]{64}$/) },
  /** Whether what is read is archived. Absent: it is. */
  archive: { id: z.literal(""), value: z.boolean() },
  /** How often the archive was begun anew. Absent: once. The greatest counts, whatever the clocks say. */
  generation: { id: z.literal(""), value: z.int().min(1) },
} as const;
type Namespace = keyof typeof namespaces;

type Single = "archive" | "generation";
/** Of an account: all keys but two name a room or an account. */
export type KeyringKey = `${Exclude<Namespace, Single>}/${string}` | Single;
export type KeyringValue<Key extends KeyringKey = KeyringKey> = Key extends `room/${string}`
  ? RoomKeyringValue
  : Key extends `verified/${string}`
    ? VerificationMark
    : Key extends "generation"
      ? number
      : Key extends `${"former" | "signer"}/${string}`
        ? string
        : Key extends "archive" | `${"mute" | "favourite" | "block"}/${string}`
          ? boolean
          : RoomKeyringValue | VerificationMark | string | number | boolean;

export interface KeyringEntry {
  readonly key: KeyringKey;
  /** Milliseconds since 1970 by the writer's clock, later than what it replaced. */
  readonly at: number;
  readonly value: KeyringValue;
}
export type KeyringMap = ReadonlyMap<string, KeyringEntry>;

export const keyringEntrySchema = z
  .strictObject({ key: z.string().max(80), at: z.int().min(0), value: z.unknown() })
  .transform((entry, context): KeyringEntry => {
    const value = isKeyringKey(entry.key) ? valueSchemaOf(entry.key).safeParse(entry.value) : undefined;
    if (!isKeyringKey(entry.key) || value?.success !== true) {
      context.addIssue({ code: "custom", message: "not a key of the keyring, or not its value" });
      return z.NEVER;
    }
    return { key: entry.key, at: entry.at, value: value.data };
  });

export function isKeyringKey(key: string): key is KeyringKey {
  const [namespace = "", id = "", ...more] = key.split("/");
  if (!isNamespace(namespace) || more.length > 0 || key.endsWith("/")) return false;
  return namespaces[namespace].id.safeParse(id).success;
}

/** Of two entries of one key the later one, and of two of the same moment the one with the greater JSON text. */
export function laterEntry(a: KeyringEntry, b: KeyringEntry): KeyringEntry {
  if (typeof a.value === "number" && typeof b.value === "number" && a.value !== b.value)
    return a.value > b.value ? a : b;
  if (a.at !== b.at) return a.at > b.at ? a : b;
  return JSON.stringify(a.value) >= JSON.stringify(b.value) ? a : b;
}

export function mergeKeyrings(a: KeyringMap, b: KeyringMap): KeyringMap {
  const merged = new Map(a);
  for (const [key, entry] of b) {
    const held = merged.get(key);
    merged.set(key, held === undefined ? entry : laterEntry(held, entry));
  }
  return merged;
}

/**
 * Within both limits, or `undefined` when that cannot be. What goes, oldest first, are entries that say no more than
 * their absence would: what is switched off again, rooms that were left, and former secrets.
 */
export function fitKeyring(entries: KeyringMap): KeyringMap | undefined {
  const kept = new Map(entries);
  const spent = [...kept.values()].filter(isSpent).sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  let size = textOf(kept).length;
  while (kept.size > keyringMaxEntries || padded(size) > keyringMaxBytes) {
    const oldest = spent.shift();
    if (oldest === undefined) return undefined;
    kept.delete(oldest.key);
    size -= JSON.stringify(written(oldest)).length + 1;
  }
  return kept;
}

/** JSON of version and entries by key, with spaces behind it up to the next step of size. Keys and values are ASCII. */
export function encodeKeyring(entries: KeyringMap): Uint8Array {
  const text = textOf(entries);
  if (entries.size > keyringMaxEntries || padded(text.length) > keyringMaxBytes)
    throw new RangeError("keyring too large");
  return concatBytes(utf8(text), new Uint8Array(padded(text.length) - text.length).fill(0x20));
}

/** Accepts exactly what `encodeKeyring` makes (KEY-02). */
export function decodeKeyring(bytes: Uint8Array): KeyringMap | undefined {
  if (bytes.length > keyringMaxBytes) return undefined;
  const parsed = keyringSchema.safeParse(fromJson(bytes));
  if (!parsed.success) return undefined;
  const entries = new Map(parsed.data.entries.map((entry) => [entry.key, entry]));
  return equalBytes(encodeKeyring(entries), bytes) ? entries : undefined;
}

const keyringSchema = z.strictObject({
  v: z.literal(1),
  entries: z.array(keyringEntrySchema).max(keyringMaxEntries),
});

function textOf(entries: KeyringMap): string {
  const sorted = [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return JSON.stringify({ v: 1, entries: sorted.map(written) });
}

/** Fields in one order, whatever order they came in. */
function written({ key, at, value }: KeyringEntry): KeyringEntry {
  return { key, at, value: valueSchemaOf(key).parse(value) };
}

function padded(length: number): number {
  return Math.ceil(length / keyringPaddingBytes) * keyringPaddingBytes;
}

function isSpent({ key, value }: KeyringEntry): boolean {
  // A former secret is of use to old files only.
  if (typeof value === "string") return key.startsWith("former/");
  // An archive that is switched off is not the same as one that nobody spoke of.
  if (typeof value === "boolean") return !value && key !== "archive";
  return typeof value === "object" && "left" in value && value.left === true;
}

function isNamespace(text: string): text is Namespace {
  return Object.hasOwn(namespaces, text);
}

function valueSchemaOf(key: KeyringKey): z.ZodType<KeyringValue> {
  const [namespace = ""] = key.split("/");
  return isNamespace(namespace) ? namespaces[namespace].value : z.never();
}
