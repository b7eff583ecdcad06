/**
 * Who may do what in a room (SPEC section POL): pure functions of the policy, the members and what is done. Every member
 * gets the same answer, without a clock and without asking anyone, so that a commit counts for all or for nobody.
 */

import { sha256 } from "@noble/hashes/sha2.js";

import { concatBytes, fromHex, toHex, utf8 } from "./bytes";
import { policyRevokedMax } from "./limits";
import { samePolicy, type DirectPolicy, type PolicyLink, type PrivatePolicy, type RoomPolicy } from "./policy";

export interface PolicyDevice {
  readonly accountId: string;
  readonly deviceId: string;
}

export interface PolicyMember extends PolicyDevice {
  readonly leafIndex: number;
  /** Key of the link by which this leaf came in. */
  readonly link?: string | undefined;
}

/** Why a leaf may be taken out: own wish, own account, a signed revocation, or an admin's decision. */
export type RemovalReason = "leaves" | "own-device" | "revoked" | "expelled";

export interface Removal {
  readonly member: PolicyMember;
  readonly reason: RemovalReason;
}

/** Names a device in the list of revoked ones: an account cannot choose another's mark. */
export function deviceMark({ accountId, deviceId }: PolicyDevice): string {
  const id = concatBytes(fromHex(accountId) ?? utf8(accountId), fromHex(deviceId) ?? utf8(deviceId));
  return toHex(sha256(id).subarray(0, 16));
}

export function isAdmin(policy: RoomPolicy, accountId: string): boolean {
  return policy.kind === "private" && policy.admins.includes(accountId);
}

/** In a direct room both, in a private one as the policy says; anyone's knock is answered in an open one. */
export function mayInvite(policy: RoomPolicy, accountId: string): boolean {
  if (policy.kind !== "private") return true;
  return !policy.closed && (policy.invite === "members" || policy.admins.includes(accountId));
}

/** Whether these people can be in such a room: a direct one has no third account, whoever founded it (POL-09). */
export function mayHold(policy: RoomPolicy, members: readonly PolicyDevice[]): boolean {
  return policy.kind !== "direct" || members.every(({ accountId }) => policy.peers.includes(accountId));
}

/** A member adds a device (POL-03). */
export function mayAdd(
  policy: RoomPolicy,
  members: readonly PolicyMember[],
  committer: PolicyMember,
  added: PolicyDevice,
): boolean {
  if (policy.revoked.includes(deviceMark(added))) return false;
  switch (policy.kind) {
    case "open":
      return true;
    case "direct":
      return policy.peers.includes(added.accountId);
    case "private":
      if (policy.bans.includes(added.accountId)) return false;
      // Who is a member is so with all devices.
      return isAccountIn(members, added.accountId) || mayInvite(policy, committer.accountId);
  }
}

/** A device comes in by itself; `link`: one whose secret it has proven to know (POL-04, POL-06). */
export function mayJoin(
  policy: RoomPolicy,
  members: readonly PolicyMember[],
  joiner: PolicyDevice,
  link: string | undefined,
): boolean {
  if (policy.revoked.includes(deviceMark(joiner))) return false;
  switch (policy.kind) {
    case "open":
      return link === undefined;
    case "direct":
      return link === undefined && policy.peers.includes(joiner.accountId);
    case "private": {
      if (policy.bans.includes(joiner.accountId)) return false;
      if (isAccountIn(members, joiner.accountId)) return link === undefined;
      const listed = policy.links.find(({ key }) => key === link);
      if (listed === undefined || policy.closed) return false;
      return listed.uses === null || usesOf(members, listed.key) < listed.uses;
    }
  }
}

/** Leaves that a link has brought and that are still there; those that went are taken off its number (POL-06). */
export function usesOf(members: readonly PolicyMember[], key: string): number {
  return members.filter(({ link }) => link === key).length;
}

/** `undefined`: nobody gave the committer a reason (POL-05). */
export function reasonToRemove(
  policy: RoomPolicy,
  committer: PolicyMember,
  removed: PolicyMember,
  proven: { readonly wantsToLeave: boolean; readonly isRevoked: boolean },
): RemovalReason | undefined {
  if (proven.isRevoked) return "revoked";
  if (proven.wantsToLeave) return "leaves";
  if (committer.accountId === removed.accountId) return "own-device";
  return isAdmin(policy, committer.accountId) ? "expelled" : undefined;
}

/** Who is expelled goes with all leaves: half an account that still reads would be no removal. */
export function isWhole(members: readonly PolicyMember[], removals: readonly Removal[]): boolean {
  const gone = new Set(removals.map(({ member }) => member.leafIndex));
  const expelled = new Set(
    removals.filter(({ reason }) => reason === "expelled").map(({ member }) => member.accountId),
  );
  return members.every((member) => !expelled.has(member.accountId) || gone.has(member.leafIndex));
}

/**
 * The policy that these removals leave behind: the very least, which every commit that removes must bring (POL-05). Equal to
 * `policy` when nothing changes.
 */
export function afterRemovals(
  policy: RoomPolicy,
  members: readonly PolicyMember[],
  removals: readonly Removal[],
): RoomPolicy {
  if (removals.length === 0) return policy;
  const marks = removals.filter(({ reason }) => reason === "revoked").map(({ member }) => deviceMark(member));
  const fresh = [...new Set(marks)].filter((mark) => !policy.revoked.includes(mark)).toSorted();
  const revoked = [...policy.revoked, ...fresh].slice(-policyRevokedMax);
  switch (policy.kind) {
    case "open":
      return { ...policy, revoked };
    case "direct":
      return { ...policy, revoked, stale: true };
    case "private": {
      const gone = new Set(removals.map(({ member }) => member.leafIndex));
      const staying = members.filter(({ leafIndex }) => !gone.has(leafIndex));
      const isExpulsion = removals.some(({ reason }) => reason === "expelled");
      return {
        ...policy,
        revoked,
        stale: true,
        admins: remainingAdmins(policy, staying),
        removals: policy.removals + (isExpulsion ? 1 : 0),
        links: isExpulsion ? [] : policy.links.flatMap((link) => spent(link, removals)),
      };
    }
  }
}

/** A room whose last admin has gone is governed by whoever sits first: nobody can be locked out of their own room. */
function remainingAdmins(policy: PrivatePolicy, staying: readonly PolicyMember[]): string[] {
  const here = policy.admins.filter((accountId) => isAccountIn(staying, accountId));
  const [heir] = staying.toSorted((a, b) => a.leafIndex - b.leafIndex);
  return here.length > 0 || heir === undefined ? here : [heir.accountId];
}

/** A use stays used when its leaf goes; a link without uses left is gone. */
function spent(link: PolicyLink, removals: readonly Removal[]): PolicyLink[] {
  if (link.uses === null) return [link];
  const uses = link.uses - removals.filter(({ member }) => member.link === link.key).length;
  return uses > 0 ? [{ ...link, uses }] : [];
}

/**
 * Whether `committer` may turn `base` (what the removals leave behind) into `next`; `members`: those after the
 * commit (POL-02).
 */
export function mayChange(
  base: RoomPolicy,
  next: RoomPolicy,
  members: readonly PolicyMember[],
  committer: PolicyMember,
): boolean {
  if (samePolicy(base, next)) return true;
  if (base.kind === "direct") return next.kind === "direct" && mayChangeDirect(base, next);
  return base.kind === "private" && next.kind === "private" && mayChangePrivate(base, next, members, committer);
}

/** The timer is for both to set. */
function mayChangeDirect(base: DirectPolicy, next: DirectPolicy): boolean {
  const { secret, stale, timerMs } = next;
  return isSecretKept(base, next) && samePolicy({ ...base, secret, stale, timerMs }, next);
}

function mayChangePrivate(
  base: PrivatePolicy,
  next: PrivatePolicy,
  members: readonly PolicyMember[],
  { accountId }: PolicyMember,
): boolean {
  if (!isSecretKept(base, next) || !areLinksKept(base, next.links, accountId)) return false;
  const { secret, stale, links } = next;
  const byAnyone = { ...base, secret, stale, links };
  if (samePolicy(byAnyone, next)) return true;
  if (!base.admins.includes(accountId) || base.closed) return false;
  const { name, topic, admins, invite, timerMs, bans, closed } = next;
  const isGoverned = admins.length > 0 && admins.every((admin) => isAccountIn(members, admin));
  const areBannedOut = bans.every((banned) => !isAccountIn(members, banned));
  // What an admin changes; all else must be as it was.
  const byAdmin = { ...byAnyone, name, topic, admins, invite, timerMs, bans, closed };
  return isGoverned && areBannedOut && samePolicy(byAdmin, next);
}

type Secret = Pick<PrivatePolicy, "secret" | "stale">;

/** Anyone renews a stale secret; nobody changes a fresh one. */
function isSecretKept(base: Secret, next: Secret): boolean {
  if (next.secret === base.secret) return next.stale === base.stale;
  return base.stale && !next.stale;
}

/**
 * A link comes from who makes it and is never rewritten. Its maker and admins take it out; anybody takes out one that ends
 * some time, for whether it has ended no rule can tell.
 */
function areLinksKept(base: PrivatePolicy, next: readonly PolicyLink[], committer: string): boolean {
  const before = new Map(base.links.map((link) => [link.key, link]));
  const after = new Set(next.map(({ key }) => key));
  const areNewOwn = next.every((link) => {
    const old = before.get(link.key);
    if (old !== undefined) return JSON.stringify(old) === JSON.stringify(link);
    return link.by === committer && mayInvite(base, committer);
  });
  const mayDrop = ({ by, expiresAt }: PolicyLink) =>
    by === committer || expiresAt !== null || base.admins.includes(committer);
  return areNewOwn && base.links.every((link) => after.has(link.key) || mayDrop(link));
}

function isAccountIn(members: readonly PolicyDevice[], accountId: string): boolean {
  return members.some((member) => member.accountId === accountId);
}
