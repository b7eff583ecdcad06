/**
 * What a person wants done in a governed room. A wish is stored, carried out by a commit, and tried again on the new epoch when
 * another commit won (ENG-26). Whether it may be done is the signed policy's to say; here it is found out before anything
 * is sent, with a code for the person.
 */

import { z } from "zod";

import type { Member } from "../../crypto/mls/door";
import { accountIdSchema } from "../../protocol/ids";
import { policyBansMax, policyAdminsMax, policyLinksMax, timerMaxMs, timerMinMs } from "../../protocol/limits";
import { settledRoomNameSchema, settledTopicSchema, usernameSchema } from "../../protocol/names";
import { linkSchema, type PrivatePolicy, type RoomPolicy } from "../../protocol/policy";
import { isAdmin, mayInvite } from "../../protocol/policy-rules";

const id = z.string().regex(/^[0-9a-f]{32}$/);

export const wishSchema = z.discriminatedUnion("kind", [
  z.strictObject({ id, kind: z.literal("invite"), username: usernameSchema, accountId: accountIdSchema }),
  z.strictObject({ id, kind: z.literal("remove"), accountId: accountIdSchema, ban: z.boolean() }),
  z.strictObject({ id, kind: z.literal("role"), accountId: accountIdSchema, role: z.enum(["admin", "member"]) }),
  z.strictObject({ id, kind: z.literal("unban"), accountId: accountIdSchema }),
  z.strictObject({
    id,
    kind: z.literal("change"),
    name: settledRoomNameSchema.exactOptional(),
    topic: settledTopicSchema.exactOptional(),
    invite: z.enum(["admins", "members"]).exactOptional(),
    timerMs: z.int().min(timerMinMs).max(timerMaxMs).nullable().exactOptional(),
  }),
  z.strictObject({ id, kind: z.literal("close") }),
  z.strictObject({ id, kind: z.literal("link"), link: linkSchema }),
  z.strictObject({ id, kind: z.literal("unlink"), key: z.string() }),
]);
export type Wish = z.infer<typeof wishSchema>;

export type WishRefusal = "NOT_ALLOWED" | "LAST_ADMIN" | "ALREADY_MEMBER" | "BANNED" | "ROOM_CLOSED" | "BAD_INPUT";

/** Nothing of it is left to do. */
export type Verdict = "grant" | "done" | WishRefusal;

/** By the policy and the members of now. */
export function judgeWish(policy: RoomPolicy, members: readonly Member[], self: string, wish: Wish): Verdict {
  const isIn = (accountId: string) => members.some((member) => member.accountId === accountId);
  switch (wish.kind) {
    case "invite":
      if (policy.kind === "open") return "NOT_ALLOWED";
      if (policy.kind === "direct") return policy.peers.includes(wish.accountId) ? "grant" : "NOT_ALLOWED";
      if (policy.closed) return "ROOM_CLOSED";
      if (policy.bans.includes(wish.accountId)) return "BANNED";
      return mayInvite(policy, self) ? "grant" : "NOT_ALLOWED";
    case "change":
      if (policy.kind === "direct" && wish.timerMs !== undefined && Object.keys(wish).length === 3)
        return policy.timerMs === wish.timerMs ? "done" : "grant";
      return governs(policy, self);
    case "role":
      return judgeRole(policy, isIn, self, wish);
    case "remove":
      if (governs(policy, self) !== "grant") return governs(policy, self);
      if (wish.accountId === self) return "BAD_INPUT";
      if (!isIn(wish.accountId) && (!wish.ban || isBanned(policy, wish.accountId))) return "done";
      return wish.ban && isFull(policy, "bans", policyBansMax) ? "BAD_INPUT" : "grant";
    case "unban":
      return isBanned(policy, wish.accountId) ? governs(policy, self) : "done";
    case "close":
      return policy.kind === "private" && policy.closed ? "done" : governs(policy, self);
    case "link":
      if (policy.kind !== "private" || !mayInvite(policy, self)) return "NOT_ALLOWED";
      if (policy.links.some(({ key }) => key === wish.link.key)) return "done";
      return isFull(policy, "links", policyLinksMax) ? "BAD_INPUT" : "grant";
    case "unlink": {
      const link = policy.kind === "private" ? policy.links.find(({ key }) => key === wish.key) : undefined;
      if (link === undefined) return "done";
      return link.by === self || link.expiresAt !== null || isAdmin(policy, self) ? "grant" : "NOT_ALLOWED";
    }
  }
}

function judgeRole(
  policy: RoomPolicy,
  isIn: (accountId: string) => boolean,
  self: string,
  { accountId, role }: Extract<Wish, { kind: "role" }>,
): Verdict {
  const may = governs(policy, self);
  if (may !== "grant" || policy.kind !== "private") return may;
  if (!isIn(accountId)) return "BAD_INPUT";
  if (policy.admins.includes(accountId) === (role === "admin")) return "done";
  if (role === "member" && policy.admins.length === 1) return "LAST_ADMIN";
  return role === "admin" && isFull(policy, "admins", policyAdminsMax) ? "BAD_INPUT" : "grant";
}

function governs(policy: RoomPolicy, self: string): "grant" | "NOT_ALLOWED" | "ROOM_CLOSED" {
  if (!isAdmin(policy, self)) return "NOT_ALLOWED";
  return policy.kind === "private" && policy.closed ? "ROOM_CLOSED" : "grant";
}

function isBanned(policy: RoomPolicy, accountId: string): boolean {
  return policy.kind === "private" && policy.bans.includes(accountId);
}

function isFull(policy: RoomPolicy, list: "bans" | "links" | "admins", most: number): boolean {
  return policy.kind === "private" && policy[list].length >= most;
}

/** What the wish makes of the policy. */
export function changedBy(wish: Wish): (base: RoomPolicy) => RoomPolicy {
  return (base) => {
    if (base.kind === "direct" && wish.kind === "change" && wish.timerMs !== undefined) {
      return { ...base, timerMs: wish.timerMs };
    }
    return base.kind === "private" ? { ...base, ...partOf(base, wish) } : base;
  };
}

function partOf(base: PrivatePolicy, wish: Wish): Partial<PrivatePolicy> {
  switch (wish.kind) {
    case "invite":
      return {};
    case "remove":
      return wish.ban ? { bans: withItem(base.bans, wish.accountId) } : {};
    case "unban":
      return { bans: base.bans.filter((accountId) => accountId !== wish.accountId) };
    case "role":
      return {
        admins:
          wish.role === "admin"
            ? withItem(base.admins, wish.accountId)
            : base.admins.filter((accountId) => accountId !== wish.accountId),
      };
    case "change": {
      const { id: _id, kind: _kind, ...change } = wish;
      return change;
    }
    case "close":
      return { closed: true, links: [] };
    case "link":
      return { links: [...base.links, wish.link].toSorted((a, b) => (a.key < b.key ? -1 : 1)) };
    case "unlink":
      return { links: base.links.filter(({ key }) => key !== wish.key) };
  }
}

function withItem(list: readonly string[], item: string): string[] {
  return [...new Set([...list, item])].toSorted();
}
