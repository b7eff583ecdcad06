/** Every commit that a device makes: stored before it is sent (ENG-15), with what the policy owes its room in it. */

import { commit, CommitRefused, type CommitOptions } from "../../crypto/mls/commit";
import type { Group } from "../../crypto/mls/door";
import { policyOf } from "../../crypto/mls/roster";
import { toHex } from "../../protocol/bytes";
import type { RoomPolicy } from "../../protocol/policy";
import { newInviteSecret } from "../../crypto/mls/invite-link";
import type { Draft } from "./draft";
import { newEventId } from "./new-ids";
import { encodeRecord } from "./records";
import type { Room } from "./room";

export interface CommitPurpose {
  /** Devices that its Welcome is for. */
  readonly to?: readonly string[];
  readonly wish?: string;
}

/** False when the rules forbid it. */
export async function makeCommit(
  room: Room,
  draft: Draft,
  options: CommitOptions,
  { to = [], wish }: CommitPurpose = {},
): Promise<boolean> {
  if (draft.group === undefined || draft.commit !== undefined) return true;
  const nowMs = room.host.clock.now();
  const isRemoval = [options.remove, options.leaves, options.revocations].some(
    (list) => list !== undefined && list.length > 0,
  );
  const wasStale = isStale(policyOf(draft.group));
  const change = (base: RoomPolicy) => {
    const next = options.change?.(base) ?? base;
    // Who is removed can still read this commit: the secret is renewed by the next one (POL-07).
    return tidied(next, nowMs, wasStale && !isRemoval);
  };
  try {
    const made = await commit(draft.group, room.host.identity, { ...options, change });
    const current = made.current ?? draft.group;
    draft.group = current;
    const eventId = newEventId(room.host.random);
    draft.commit = { eventId, baseEpoch: Number(current.epoch), to: [...to], ...(wish === undefined ? {} : { wish }) };
    draft.put(room.keys.commit.record, encodeRecord(draft.commit));
    draft.putState(room.keys.commit, { ...made, payload: made.commit });
    return true;
  } catch (error) {
    if (!(error instanceof CommitRefused)) throw error;
    return false;
  }
}

/** A stale secret, or a link that has ended: any member's commit mends it. */
export function isPolicyDue(room: Room, group: Group | undefined): boolean {
  if (group === undefined) return false;
  const policy = policyOf(group);
  return isStale(policy) || endedLinks(policy, room.host.clock.now()).length > 0;
}

/** ms since 1970, of the links that are listed; Infinity: none ends. */
export function nextLinkEnd(group: Group): number {
  const policy = policyOf(group);
  const ends = policy.kind === "private" ? policy.links.flatMap(({ expiresAt }) => expiresAt ?? []) : [];
  return Math.min(Infinity, ...ends);
}

function tidied(policy: RoomPolicy, nowMs: number, renew: boolean): RoomPolicy {
  if (policy.kind === "open") return policy;
  const renewed = renew ? { secret: toHex(newInviteSecret()), stale: false } : {};
  if (policy.kind === "direct") return { ...policy, ...renewed };
  const ended = new Set(endedLinks(policy, nowMs));
  return { ...policy, ...renewed, links: policy.links.filter(({ key }) => !ended.has(key)) };
}

function isStale(policy: RoomPolicy): boolean {
  return policy.kind !== "open" && policy.stale;
}

function endedLinks(policy: RoomPolicy, nowMs: number): string[] {
  if (policy.kind !== "private") return [];
  return policy.links.flatMap(({ key, expiresAt }) => (expiresAt !== null && expiresAt <= nowMs ? [key] : []));
}
