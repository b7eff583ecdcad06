/**
 * What a member does for the others: attest its epoch, confirm newcomers, remove who asked to leave and whose device is
 * revoked, renew its own keys.
 * Members take their turn by rank, so that usually one of them acts.
 */

import { members, ownMember, exportGroupInfo } from "../../crypto/mls/roster";
import { verifyLeaveProof } from "../../crypto/mls/leave";
import type { Group, LeaveProof } from "../../crypto/mls/door";
import { fromHex, toHex } from "../../protocol/bytes";
import { clockSkewMs, selfUpdateMessages, selfUpdateMs } from "../../protocol/limits";
import type { Draft, RoomData } from "./draft";
import { tellTickets } from "./enter";
import { expelRevoked, owesExpulsion } from "./expel-revoked";
import { isPolicyDue, makeCommit, nextLinkEnd } from "./make-commit";
import { deviceKey } from "./records";
import { findGuests } from "./knocks";
import { checkBranch } from "./repair";
import { replaceLost } from "./replace-lost";
import type { Room } from "./room";
import { enqueue } from "./outbox";
import { mayTalk } from "./send";
import { waitAfter, type Step } from "./step";

const baseMs = 100;
const rankMs = 200;
const maxRank = 20;
const farRankMs = 40;
const branchCheckMs = 2000;
/** Timers run at most this long: a device that sleeps looks at the clock when it wakes. */
const checkMs = 60 * 60 * 1000;

/** Milliseconds until this device should act, or `undefined` when nothing is owed. */
export function dueDuties(room: Room): number | undefined {
  const { meta, group } = room.data;
  if (group === undefined) return undefined;
  if (!meta.confirmed || room.suspicion !== "none") return branchCheckMs;
  const mayCommit = room.data.commit === undefined;
  const mayOwe = meta.leavers.length > 0 || owesExpulsion(room) || isUpdateDue(room) || isPolicyDue(room, group);
  const isOwed = owesWord(room.data) || (mayCommit && mayOwe);
  // What we have to say waits for it (ENG-32).
  if (mayCommit && owesExpulsion(room) && room.data.pending.length > 0) return baseMs;
  if (isOwed) return turnMs(room, group);
  if (!mayCommit) return undefined;
  // A link is dropped when it ends, by one of those who are there then (POL-10).
  const linkEndsMs = nextLinkEnd(group) - room.host.clock.now() + turnMs(room, group);
  return Math.min(Math.max(updateInMs(room), baseMs), linkEndsMs, checkMs);
}

/** To newcomers, or to who was shown another history: then one that was under way before does not count (TRN-07). */
export function owesWord({ meta, pending }: Pick<RoomData, "meta" | "pending">): boolean {
  const { newcomers, owesPosition } = meta;
  if (newcomers.length > 0) return true;
  return (
    owesPosition !== undefined && !pending.some(({ body, order }) => body.kind === "confirm" && order > owesPosition)
  );
}

/** When it is this member's turn, after those who sit before it. */
function turnMs({ data: { meta } }: Room, group: Group): number {
  if (meta.madeSeq === meta.epochSeq) return baseMs;
  const absent = new Set(meta.leavers.map((leaver) => leaver.leafIndex));
  const revoked = new Set(meta.revoked.map(({ device }) => device));
  const own = ownMember(group);
  const ranked = members(group).filter(
    (member) =>
      !absent.has(member.leafIndex) && !revoked.has(deviceKey(member)) && !meta.newcomers.includes(deviceKey(member)),
  );
  const rank = ranked.findIndex((member) => member.leafIndex === own.leafIndex);
  // In a large room most may be asleep: those far behind wait for one another too, in smaller steps.
  return baseMs + rankMs * Math.min(Math.max(rank, 0), maxRank) + farRankMs * Math.max(rank - maxRank, 0);
}

export async function keepDuties(room: Room): Promise<Step> {
  const attested = await attest(room);
  if (!attested.done) return attested;
  await letIn(room);
  if (!room.dutyIsDue) return attested;
  room.dutyIsDue = false;
  if (!room.data.meta.confirmed || room.suspicion !== "none") return await seekConfirmation(room);
  if (owesExpulsion(room) && (await replaceLost(room))) {
    room.kick();
    return { done: true };
  }
  await room.turn(async (draft) => {
    if (owesWord(draft)) {
      draft.meta.newcomers = [];
      enqueue(draft, { kind: "confirm" });
    }
    await expelRevoked(room, draft);
    await removeLeavers(room, draft);
    if (isUpdateDue(room) || isPolicyDue(room, draft.group)) await makeCommit(room, draft, {});
  });
  room.kick();
  return { done: true };
}

/** Who may talk without having been heard must not do so to a revoked device, and nobody else may be awake. */
async function seekConfirmation(room: Room): Promise<Step> {
  const checked = await checkBranch(room);
  if (checked.done && !room.data.meta.confirmed && mayTalk(room) && owesExpulsion(room)) {
    await room.turn((draft) => expelRevoked(room, draft));
    room.kick();
  }
  return checked;
}

/** One commit for all who ask at this time (ENG-25). When the rules forbid it they come in by themselves. */
async function letIn(room: Room): Promise<void> {
  const { meta, group, commit: pending } = room.data;
  if (group === undefined || pending !== undefined || meta.membership !== "joined") return;
  if (!meta.confirmed || room.suspicion !== "none") return;
  const { keyPackages, to, names } = await findGuests(room, group);
  if (keyPackages.length === 0) return;
  const { anchors, clock } = room.host;
  const isMade = await room.turn((draft) =>
    makeCommit(room, draft, { add: keyPackages, anchors, now: new Date(clock.now()) }, { to }),
  );
  if (isMade) room.kick();
  else for (const name of names) room.knocks.forget(name);
}

/** Tells the delivery service which event made our epoch, so that joiners find the GroupInfo that counts. */
async function attest(room: Room): Promise<Step> {
  const { meta, group } = room.data;
  if (group === undefined || !meta.confirmed || room.attested === meta.epochSeq) return { done: true };
  const statement = { roomId: room.roomId, seq: meta.epochSeq, epoch: Number(group.epoch) };
  const answer = await room.host.transport.request("room:attest", statement);
  if (!answer.ok) return answer.error.code === "BAD_EVENT" ? { done: true } : waitAfter(answer.error);
  if (answer.value.wanted) {
    const groupInfo = await exportGroupInfo(group, room.host.identity);
    const sent = await room.host.transport.request("room:attest", { ...statement, groupInfo });
    if (!sent.ok) return waitAfter(sent.error);
  }
  room.attested = meta.epochSeq;
  return await tellTickets(room);
}

async function removeLeavers(room: Room, draft: Draft): Promise<void> {
  if (draft.group === undefined || draft.commit !== undefined) return;
  const leaves: LeaveProof[] = [];
  for (const leaver of draft.meta.leavers) {
    const signature = fromHex(leaver.signature);
    if (signature === undefined) continue;
    const proof = { leafIndex: leaver.leafIndex, signature };
    // A leaver that updated its leaf since has changed its mind: the proof died with the old key.
    if (await verifyLeaveProof(draft.group, proof)) leaves.push(proof);
  }
  draft.meta.leavers = leaves.map(({ leafIndex, signature }) => ({ leafIndex, signature: toHex(signature) }));
  if (leaves.length === 0) return;
  const isMade = await makeCommit(room, draft, { leaves });
  if (!isMade) draft.meta.leavers = [];
}

/** Fresh keys after a week or 500 messages, or when the server has lost the event that made our epoch (ENG-16). */
function isUpdateDue(room: Room): boolean {
  const { meta } = room.data;
  return meta.updateDue || meta.sentSince >= selfUpdateMessages || updateInMs(room) <= 0;
}

/** A leaf from the future has met a clock that was wrong: then it is due as well. */
function updateInMs(room: Room): number {
  const age = room.host.clock.now() - room.data.meta.updatedAt;
  return age < -clockSkewMs ? 0 : selfUpdateMs - age;
}
