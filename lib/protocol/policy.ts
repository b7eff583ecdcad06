/**
 * The room policy: the one GroupContext extension of every group (type 0xF0A1), signed with the group state. Clients
 * trust it, never the server's room list. Codec: one version byte, then JSON with fixed key order; decoding
 * re-encodes and compares, so one policy has one byte string (POL-01). Who may change it: policy-rules.ts.
 */

import { z } from "zod";

import { concatBytes, equalBytes, fromJson, utf8 } from "./bytes";
import { accountIdSchema, roomIdSchema } from "./ids";
import {
  linkUsesMax,
  policyAdminsMax,
  policyBansMax,
  policyLinksMax,
  policyRevokedMax,
  timerMaxMs,
  timerMinMs,
} from "./limits";
import { policyMaxBytes } from "./mls/profile";
import { settledRoomNameSchema, settledTopicSchema } from "./names";

export const ciphersuiteName = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

const keyHex = z.string().regex(/^[0-9a-f]{64}$/);
const accountsUpTo = (most: number) => z.array(accountIdSchema).max(most).refine(isAscending);

/** An invite link, by its public key; its secret half stands in the link's fragment and nowhere else (POL-06). */
export const linkSchema = z.strictObject({
  /** Ed25519. */
  key: keyHex,
  /** Opens the room's sealed GroupInfo for who holds the link (see mls/sealed-group-info.ts). */
  wrap: keyHex,
  /** Leaves that may come in by it; `null`: any number. */
  uses: z.int().min(1).max(linkUsesMax).nullable(),
  /** ms since 1970; `null`: never. No rule asks a clock: members take an expired link out. */
  expiresAt: z.int().nonnegative().nullable(),
  by: accountIdSchema,
});
export type PolicyLink = z.infer<typeof linkSchema>;

const common = { roomId: roomIdSchema, suite: z.literal(ciphersuiteName) };
/** Devices that were revoked while they were in the room, by `deviceMark`, oldest first: they do not come back. */
const revoked = z
  .array(z.string().regex(/^[0-9a-f]{32}$/))
  .max(policyRevokedMax)
  .refine((marks) => new Set(marks).size === marks.length);
const timerMs = z.int().min(timerMinMs).max(timerMaxMs).nullable();
/** What the sealed GroupInfo is sealed under, and whether somebody who has gone knows it. */
const secret = { secret: keyHex, stale: z.boolean() };

const openSchema = z.strictObject({ kind: z.literal("open"), ...common, name: settledRoomNameSchema, revoked });
const privateSchema = z.strictObject({
  kind: z.literal("private"),
  ...common,
  name: settledRoomNameSchema,
  topic: settledTopicSchema,
  admins: accountsUpTo(policyAdminsMax),
  /** Who may invite and make links. */
  invite: z.enum(["admins", "members"]),
  timerMs,
  /** Newcomers see nothing from before they joined. */
  history: z.literal("none"),
  /** Grows with every removal by an admin; links from before it are gone. */
  removals: z.int().nonnegative(),
  bans: accountsUpTo(policyBansMax),
  links: z
    .array(linkSchema)
    .max(policyLinksMax)
    .refine((links) => isAscending(links.map(({ key }) => key))),
  revoked,
  ...secret,
  closed: z.boolean(),
});
const directSchema = z.strictObject({
  kind: z.literal("direct"),
  ...common,
  peers: z.tuple([accountIdSchema, accountIdSchema]).refine(isAscending),
  timerMs,
  revoked,
  ...secret,
});

const policySchema = z.discriminatedUnion("kind", [openSchema, privateSchema, directSchema]);
export type RoomPolicy = z.infer<typeof policySchema>;
export type PrivatePolicy = z.infer<typeof privateSchema>;
export type DirectPolicy = z.infer<typeof directSchema>;
export type RoomKind = RoomPolicy["kind"];

const version = Uint8Array.of(2);

/** Throws when the policy is not one that decoding would take. */
export function encodePolicy(policy: RoomPolicy): Uint8Array {
  const bytes = concatBytes(version, utf8(JSON.stringify(inOrder(policySchema.parse(policy)))));
  if (bytes.length > policyMaxBytes) throw new RangeError("a policy has at most 16 KiB");
  return bytes;
}

export function decodePolicy(bytes: Uint8Array): RoomPolicy | undefined {
  if (bytes[0] !== version[0] || bytes.length > policyMaxBytes) return undefined;
  const parsed = policySchema.safeParse(fromJson(bytes.subarray(1)));
  try {
    return parsed.success && equalBytes(encodePolicy(parsed.data), bytes) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function samePolicy(a: RoomPolicy, b: RoomPolicy): boolean {
  return equalBytes(encodePolicy(a), encodePolicy(b));
}

/** The order of the keys is part of the format, so it is written down and not left to a library. */
function inOrder(policy: RoomPolicy): unknown {
  const { kind, roomId, suite } = policy;
  const head = { kind, roomId, suite };
  switch (policy.kind) {
    case "open":
      return { ...head, name: policy.name, revoked: policy.revoked };
    case "direct":
      return { ...head, ...pick(policy, ["peers", "timerMs", "revoked", "secret", "stale"]) };
    case "private": {
      const links = policy.links.map((link) => pick(link, ["key", "wrap", "uses", "expiresAt", "by"]));
      const { name, topic, admins, invite, history, removals, bans, closed } = policy;
      const rest = pick(policy, ["revoked", "secret", "stale"]);
      return {
        ...head,
        name,
        topic,
        admins,
        invite,
        timerMs: policy.timerMs,
        history,
        removals,
        bans,
        links,
        ...rest,
        closed,
      };
    }
  }
}

function pick<T extends object, Key extends keyof T>(from: T, keys: readonly Key[]): Pick<T, Key> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, Key>;
}

function isAscending(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || (texts[index - 1] ?? "") < text);
}
