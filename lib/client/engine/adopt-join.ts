/** A join counts: the room's record begins with it, whether it was our own commit or a member's that let us in. SPEC section ENG. */

import type { Group, Member } from "../../crypto/mls/door";
import { members, policyOf } from "../../crypto/mls/roster";
import type { RoomEvent } from "../../protocol/schemas/socket";
import { keepPolicy } from "./announce";
import { trailMark } from "./apply";
import { countUnreadable, type Draft } from "./draft";
import { usedKeyPackage, type HeldKeyPackage } from "./key-packages";
import { askToLeave } from "./membership";
import { deviceKey, type Joining } from "./records";
import { countRepair } from "./repair";
import type { Room } from "./room";
import { beginWithJoin } from "./transcript-notes";

const countStartBytes = 5;

export interface Invitation {
  readonly group: Group;
  readonly inviter: Member;
  /** The commit that added us. */
  readonly event: RoomEvent;
  /** The KeyPackage that it was made for. */
  readonly keyPackage: HeldKeyPackage;
  /** False until a person says yes. */
  readonly accepted: boolean;
}

/**
 * A member added us and its Welcome came. False when a join of our own is under way: should it count, it removes that very leaf.
 * Whether its commit was the first of its epoch the members show: until one of them is
 * heard in our epoch the room is unconfirmed, as after any join (ENG-07).
 */
export async function adoptInvitation(room: Room, invitation: Invitation): Promise<boolean> {
  const { group, inviter, event, keyPackage, accepted } = invitation;
  const { identity } = room.host;
  const before = members(group)
    .map(deviceKey)
    .filter((device) => device !== deviceKey(identity));
  const joining: Joining = {
    kind: "external",
    eventId: event.id,
    baseSeq: event.seq,
    baseEpoch: Number(group.epoch) - 1,
    rootSeq: 0,
    before,
  };
  return await adoptJoin(room, joining, group, event, 0, (draft) => {
    draft.meta.accepted = accepted;
    draft.meta.invitedBy = { username: inviter.username, accountId: inviter.accountId };
    draft.meta.purge = false;
    for (const { key, value } of usedKeyPackage(keyPackage, group)) draft.put(key, value);
  });
}

export async function adoptJoin(
  room: Room,
  joining: Joining,
  group: Group,
  { seq, at: joinAt }: { seq: number; at: number },
  missed: number,
  also?: (draft: Draft) => void,
): Promise<boolean> {
  return await room.turn(async (draft) => {
    if (room.isForgotten) return false;
    if (also !== undefined && (await draft.get(room.keys.joining.record)) !== undefined) return false;
    // What came late: our own way in has taken that very leaf out again.
    if (also !== undefined && draft.meta.membership === "joined" && draft.meta.joinSeq >= seq) return true;
    // Left while the join was under way: our leaf is in the tree, and goes as every other.
    const isUnwanted = draft.meta.unwanted || (draft.meta.membership === "none" && also === undefined);
    draft.meta.unwanted = false;
    also?.(draft);
    clearJoining(room, draft);
    const { repair } = draft.meta;
    draft.meta.repair = undefined;
    // Of what this device has read itself: lines from the archive may stand anywhere.
    const lastPlace = draft.meta.cursor + draft.meta.shift;
    draft.meta.shift = Math.max(draft.meta.shift, lastPlace + 1 - seq, 0);
    draft.meta.trail = [trailMark(joining.eventId)];
    // What was sent before a first join was never for us; before a repair it was.
    if (repair === undefined) draft.meta.firstEpoch = Number(group.epoch);
    draft.meta.heardAt = seq + draft.meta.shift;
    draft.meta.updatedAt = draft.nowMs;
    draft.meta.sentSince = 0;
    draft.meta.updateDue = false;
    if (draft.meta.sentCount === 0) draft.meta.sentCount = firstCount(draft);
    draft.group = group;
    beginWithJoin(draft, group, joinAt);
    draft.meta.membership = "joined";
    draft.meta.hasLeft = false;
    draft.meta.asksBack = false;
    // Who has left before we came, we cannot know: what was asked before counts for nothing (ENG-33).
    if (policyOf(group).kind !== "open") draft.meta.removalEpoch = Number(group.epoch);
    draft.meta.founding = undefined;
    draft.meta.via = undefined;
    keepPolicy(draft, group);
    draft.meta.cursor = seq;
    draft.meta.joinSeq = seq;
    draft.meta.joinAt = joinAt;
    draft.meta.rootSeq = joining.rootSeq;
    draft.meta.chain = [seq];
    draft.meta.epochSeq = seq;
    draft.meta.confirmed = joining.kind === "genesis" || joining.before.length === 0;
    draft.meta.before = joining.before;
    draft.meta.newcomers = [];
    draft.meta.owesPosition = undefined;
    draft.meta.revoked = [];
    draft.meta.goodbye = undefined;
    for (const member of members(group)) draft.pin(member);
    const at = draft.nowMs;
    if (repair === undefined) {
      if (draft.meta.accepted) draft.line(seq, { kind: "system", at, event: "you-joined" });
    } else {
      draft.line(seq, { kind: "system", at, event: "repaired", cause: repair.cause, missed });
      countRepair(draft.meta, repair.cause);
      countUnreadable(draft.meta, "keys-deleted", missed);
    }
    if (isUnwanted) await askToLeave(draft, group, room.host.identity, { account: false });
    return true;
  });
}

/**
 * Own messages are counted from anywhere: a device that has declined the room before remembers nothing of it, and what it says
 * under a number that it has used counts as said already (MSG-04).
 */
function firstCount({ random }: Draft): number {
  return random.bytes(countStartBytes).reduce((number, byte) => number * 256 + byte, 1);
}

export function clearJoining(room: Room, draft: Draft): void {
  draft.put(room.keys.joining.record, undefined);
  draft.dropState(room.keys.joining);
}
