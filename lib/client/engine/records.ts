/**
 * What the engine stores, and under which keys. Every record is parsed on the way in: storage is a boundary like
 * any other. Large byte values (group state, ciphertext) have keys of their own, so that a message never rewrites
 * the tree.
 */

import { z } from "zod";

import { fromUtf8, toHex, utf8 } from "../../protocol/bytes";
import { bodySchema } from "../../protocol/content";
import {
  accountIdSchema,
  deviceIdSchema,
  eventIdSchema,
  messageIdSchema,
  roomIdSchema,
  type RoomId,
} from "../../protocol/ids";
import { chainEvents, commitMaxProposals, trailEvents, wishesMax } from "../../protocol/limits";
import { wishSchema } from "./wish";
import { refusalCauses, repairCauses, systemEvents, transcriptCauses, unreadableCauses } from "./views";

const count = z.int().min(0);

const hexSecret = z.string().regex(/^[0-9a-f]{64}$/);
const accountRefSchema = z.strictObject({ username: z.string(), accountId: accountIdSchema });

const tally = z.record(z.string(), count);
const healthSchema = z
  .strictObject({ received: count, unreadable: tally, repairs: tally, transcript: tally.default({}) })
  .default({ received: 0, unreadable: {}, repairs: {}, transcript: {} });
/** What the transcript has shown and a person has not seen yet. */
const alarmSchema = z.strictObject({
  cause: z.enum(transcriptCauses),
  ...accountRefSchema.shape,
  deviceId: deviceIdSchema,
  epoch: count,
  from: count,
  to: count,
  since: z.number(),
});

const statedSchema = z.strictObject({ log: z.string().exactOptional(), build: z.string().exactOptional() });

export const roomMetaSchema = z.strictObject({
  v: z.literal(1),
  roomId: roomIdSchema,
  name: z.string(),
  kind: z.enum(["open", "private", "direct"]).default("open"),
  membership: z.enum(["none", "joining", "joined", "leaving"]),
  /** Seq of the newest event applied. */
  cursor: count,
  /** Seq of the event that made the current epoch. */
  epochSeq: count,
  joinSeq: count,
  /** Attested event from which the way to our join was read in the log; 0: we joined from something nobody vouched for. */
  rootSeq: count.default(0),
  /** Events that made the newest epochs of our branch, ours included. */
  chain: z.array(count).max(chainEvents).default([]),
  /** The server's time of our join. */
  joinAt: z.number().default(0),
  /** Newest epoch this device has been in: no GroupInfo older than it is taken (S20). */
  newestEpoch: count,
  confirmed: z.boolean(),
  /** Devices that were members before our join, while not confirmed. */
  before: z.array(z.string()),
  /** Own message count in this room (MSG-04). */
  sentCount: count,
  /** Order of the newest outbox entry. */
  outOrder: count,
  unread: count,
  lastText: z.string().optional(),
  lastAt: z.number().optional(),
  /** Members that asked to be removed, with their proofs. */
  leavers: z.array(z.strictObject({ leafIndex: count, signature: z.string() })),
  /** Devices in the tree that are revoked, and the seq behind which nothing of theirs is read. */
  revoked: z.array(z.strictObject({ device: z.string(), seq: count })).default([]),
  /** Our own goodbye, until the server has it too. */
  goodbye: z.strictObject({ leafIndex: count, signature: z.string() }).optional(),
  /** Devices that came in and have not been answered in their epoch yet (ENG-07). */
  newcomers: z.array(z.string()),
  /** Order of the newest outbox entry when somebody with another history was met: one behind it, heard in our epoch, is owed (TRN-07). */
  owesPosition: count.optional(),
  /** Event of our newest commit: who was let in by it hears from us first. */
  madeSeq: count.default(0),
  /** Epoch since which nobody has left: who asked to come in before it must ask again. */
  removalEpoch: count.default(0),
  /** Added to a seq for its place in the timeline: grows when a server goes back and seqs come again. */
  shift: count.default(0),
  /** Starts of the ids of the newest events applied, the newest last; see rollback.ts. */
  trail: z.array(z.string()).max(trailEvents).default([]),
  /** Epoch of our first join since we were not a member, and epoch of our removal before it. */
  firstEpoch: count.default(0),
  removedEpoch: count.optional(),
  /** Timeline place of the newest event by which another member showed to be on our branch. */
  heardAt: count.default(0),
  /** When our leaf got its keys, ms, and own messages sent since. */
  updatedAt: z.number().default(0),
  sentSince: count.default(0),
  /** Our epoch is one the server has lost: a commit makes it a new one. */
  updateDue: z.boolean().default(false),
  /** A repair under way: its cause and the newest seq that was applied before. */
  repair: z.strictObject({ cause: z.enum(repairCauses), from: count }).optional(),
  health: healthSchema,
  alarm: alarmSchema.optional(),
  /** False while a person has not answered the invitation: nothing of the room is shown. */
  accepted: z.boolean().default(true),
  invitedBy: accountRefSchema.optional(),
  /** Of a direct room. */
  peer: accountRefSchema.optional(),
  /** The policy that this device founds the room with, hex. */
  founding: z.string().optional(),
  /** The invite link by which this device comes in. */
  via: z.strictObject({ secret: hexSecret, epoch: count, inviter: accountIdSchema }).optional(),
  /** Newest room secret known, and the epoch in which it came. */
  secret: hexSecret.optional(),
  secretEpoch: count.default(0),
  /** Accounts that were invited and have not been heard since. */
  unanswered: z.array(accountIdSchema).default([]),
  /** Secrets of links made here, by their keys. */
  ownLinks: z.record(z.string(), hexSecret).default({}),
  wishes: z.array(wishSchema).max(wishesMax).default([]),
  /** Unread messages that name this account. */
  mentions: count.default(0),
  /** This account has left, or was removed: its other devices are to know. */
  hasLeft: z.boolean().default(false),
  /** Epoch in which this device was when it left or was removed, confirmed or not. */
  leftEpoch: count.default(0),
  /** Left while a join was under way: when it turns out to have been taken, the room is left at once. */
  unwanted: z.boolean().default(false),
  /** Declined: once the server knows, every row of the room goes. */
  purge: z.boolean().default(false),
  /** This device can open no GroupInfo of the room and asks members to add it again (ENG-33). */
  asksBack: z.boolean().default(false),
  /** Of a direct room: what the other person found when comparing safety numbers (VER-10). */
  peerFound: z.enum(["match", "mismatch"]).optional(),
  /** The direct room in which this one goes on (ENG-31). */
  movedTo: roomIdSchema.optional(),
  /** What this device has stated here beside its words; see statements.ts. */
  said: statedSchema.default({}),
  /** When the next message disappears, ms. */
  expiresAt: z.number().optional(),
});
export type RoomMeta = z.infer<typeof roomMetaSchema>;

/** A room this device has not met before. */
export function newMeta(roomId: RoomId, name: string): RoomMeta {
  return {
    v: 1,
    roomId,
    name,
    membership: "none",
    cursor: 0,
    epochSeq: 0,
    joinSeq: 0,
    rootSeq: 0,
    chain: [],
    joinAt: 0,
    newestEpoch: 0,
    confirmed: false,
    before: [],
    sentCount: 0,
    outOrder: 0,
    unread: 0,
    leavers: [],
    revoked: [],
    newcomers: [],
    madeSeq: 0,
    removalEpoch: 0,
    shift: 0,
    trail: [],
    firstEpoch: 0,
    heardAt: 0,
    updatedAt: 0,
    sentSince: 0,
    updateDue: false,
    health: { received: 0, unreadable: {}, repairs: {}, transcript: {} },
    kind: "open",
    accepted: true,
    secretEpoch: 0,
    unanswered: [],
    ownLinks: {},
    wishes: [],
    mentions: 0,
    hasLeft: false,
    leftEpoch: 0,
    asksBack: false,
    unwanted: false,
    purge: false,
    said: {},
  };
}

export const pendingSchema = z.strictObject({
  order: count,
  messageId: messageIdSchema,
  n: count,
  t: z.number(),
  body: bodySchema,
  /** What its ciphertext states beside the words; see statements.ts. */
  stated: statedSchema.optional(),
  /** queued: no ciphertext yet. sealed: ciphertext stored, maybe sent; it is sent until its echo comes. */
  state: z.enum(["queued", "sealed", "failed"]),
  eventId: eventIdSchema.optional(),
  epoch: count.optional(),
});
export type Pending = z.infer<typeof pendingSchema>;

/** A commit of ours that waits for its own echo; its bytes and next state stand under the keys beside it. */
export const pendingCommitSchema = z.strictObject({
  eventId: eventIdSchema,
  baseEpoch: count,
  /** Devices that its Welcome is for. */
  to: z.array(deviceIdSchema).max(commitMaxProposals).default([]),
  /** The wish that it carries out. */
  wish: z.string().optional(),
});
export type PendingCommit = z.infer<typeof pendingCommitSchema>;

/** A join under way: genesis, or an external commit made from the GroupInfo of event `baseSeq`. */
export const joiningSchema = z.strictObject({
  kind: z.enum(["genesis", "external"]),
  eventId: eventIdSchema,
  baseSeq: count,
  baseEpoch: count,
  /** See RoomMeta. */
  rootSeq: count.default(0),
  before: z.array(z.string()),
});
export type Joining = z.infer<typeof joiningSchema>;

const authorSchema = z.strictObject({ username: z.string(), accountId: accountIdSchema, keyChanged: z.boolean() });
const itemBase = { key: z.string(), at: z.number() };
export const timelineItemSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    ...itemBase,
    kind: z.literal("message"),
    messageId: messageIdSchema,
    author: authorSchema,
    own: z.boolean(),
    text: z.string(),
    state: z.enum(["queued", "sending", "sent", "failed", "received"]),
    /** Own messages only: what is needed to send it again after a fork. */
    n: count.optional(),
  }),
  z.strictObject({
    ...itemBase,
    kind: z.literal("system"),
    event: z.enum(systemEvents),
    who: z.string().optional(),
    by: z.string().optional(),
    detail: z.string().optional(),
    timerMs: count.nullable().optional(),
    cause: z.enum([...repairCauses, ...refusalCauses]).optional(),
    missed: count.optional(),
    since: z.number().optional(),
  }),
  z.strictObject({
    ...itemBase,
    kind: z.literal("report"),
    by: authorSchema,
    own: z.boolean(),
    reason: z.string(),
    messages: z.array(
      z.strictObject({
        messageId: messageIdSchema,
        author: authorSchema,
        at: z.number(),
        text: z.string(),
        proven: z.boolean(),
      }),
    ),
  }),
  z.strictObject({
    ...itemBase,
    kind: z.literal("unreadable"),
    cause: z.enum(unreadableCauses),
  }),
]);
export type StoredItem = z.infer<typeof timelineItemSchema>;

/** A record that does not parse: the store is corrupt, which is never the same as absent. */
export class StoreCorrupt extends Error {
  override readonly name = "StoreCorrupt";
}

export function encodeRecord(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value));
}

export function decodeRecord<T>(schema: z.ZodType<T>, key: string, bytes: Uint8Array): T {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new StoreCorrupt(`stored record ${key} is not text`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StoreCorrupt(`stored record ${key} is not JSON`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new StoreCorrupt(`stored record ${key} does not fit its schema`);
  return parsed.data;
}

const orderWidth = 12;
function ordered(value: number): string {
  return String(value).padStart(orderWidth, "0");
}

/** A device among all accounts: its id alone is unique within its account only. */
export function deviceKey({ accountId, deviceId }: { readonly accountId: string; readonly deviceId: string }): string {
  return `${accountId}.${deviceId}`;
}

export const roomsPrefix = "room/";
export const pinsPrefix = "pin/";

export function pinKey(username: string): string {
  return `${pinsPrefix}${username}`;
}

export function anchorKey(accountId: string): string {
  return `anchor/${accountId}`;
}

export const revokedPrefix = "revoked/";

/** The signed revocation of a device, by `deviceKey`. */
export function revokedKey(device: string): string {
  return `${revokedPrefix}${device}`;
}

/** What a key under `expiryPrefix` says: when which line goes. */
export function expiryMark(
  { expiryPrefix }: Pick<RoomKeys, "expiryPrefix">,
  key: string,
): { readonly atMs: number; readonly itemKey: string } {
  const [at = "", itemKey = ""] = key.slice(expiryPrefix.length).split("/");
  return { atMs: Number(at), itemKey };
}

export function keyPackageKey(ref: string): string {
  return `kp/${ref}`;
}

/** Marks a one-time KeyPackage, by its init key, with which this device has added somebody. */
export function usedPackageKey(initKey: Uint8Array): string {
  return `used-package/${toHex(initKey)}`;
}

/** The public half, with which a Welcome is opened. */
export function publicPackageKey(ref: string): string {
  return `kp-public/${ref}`;
}

/**
 * All keys of one room. A damaged store is set aside by beginning a new generation beside it: the rows of the older
 * ones stay as they are.
 */
export function roomKeys(roomId: string, generation = 0) {
  const base = `${roomsPrefix}${roomId}${generation === 0 ? "" : `~${String(generation)}`}/`;
  return {
    roomId,
    base,
    generation,
    meta: `${base}meta`,
    transcript: `${base}transcript`,
    placesPrefix: `${base}h/`,
    places: (epoch: number, block: number) => `${base}h/${ordered(epoch)}/${ordered(block)}`,
    /** Each part of the group has its own key (lib/crypto/mls/group-state). */
    groupPrefix: `${base}g/`,
    commit: { record: `${base}commit`, ...stateKeys(`${base}commit-`) },
    joining: { record: `${base}joining`, ...stateKeys(`${base}joining-`) },
    timelinePrefix: `${base}t/`,
    timeline: (itemKey: string) => `${base}t/${itemKey}`,
    outboxPrefix: `${base}out/`,
    outbox: (order: number) => `${base}out/${ordered(order)}`,
    ciphertext: (order: number) => `${base}sealed/${ordered(order)}`,
    /** Marks a (device, sequence) pair as used. */
    usedPrefix: `${base}n/`,
    /** By when, then which line: messages that disappear. */
    expiryPrefix: `${base}x/`,
    expiry: (atMs: number, itemKey: string) => `${base}x/${String(atMs).padStart(16, "0")}/${itemKey}`,
    used: (device: string, n: number) => `${base}n/${device}/${ordered(n)}`,
    usedIdPrefix: `${base}m/`,
    /** Marks a message id as used by the account. */
    saidId: (messageId: string, accountId: string) => `${base}m/${messageId}/${accountId}`,
    /** The same in older versions, which kept one mark for each id. */
    usedId: (messageId: string) => `${base}m/${messageId}`,
    /** Marks a line as taken along from another room. */
    movedLine: (roomId: string, itemKey: string) => `${base}m/${roomId}.${itemKey}`,
  };
}
export type RoomKeys = ReturnType<typeof roomKeys>;

function stateKeys(base: string) {
  return { payload: `${base}payload`, groupInfo: `${base}info`, group: `${base}group`, welcome: `${base}welcome` };
}
export type StateKeys = ReturnType<typeof stateKeys>;

/** Timeline key of the `index`-th line of the event at `place`, which is its seq and the shift of then. */
export function timelineKey(place: number, index: number): string {
  return `${ordered(place)}.${String(index)}`;
}

/** The place that a timeline key names; 0 for a waiting message. */
export function placeOf(itemKey: string): number {
  return itemKey.startsWith("~") ? 0 : Number(itemKey.split(".")[0]);
}

/** Timeline key of an own waiting message: sorts behind everything ordered. */
export function pendingKey(order: number): string {
  return `~${ordered(order)}`;
}
