/**
 * What a member does for the others: attest its epoch, confirm newcomers, remove who asked to leave, and look whether
 * it stands on a branch nobody shares. Members take their turn by rank, so that usually one of them acts.
 */

import { commit, CommitRefused } from "../../crypto/mls/commit";
import { members, ownMember, exportGroupInfo } from "../../crypto/mls/roster";
import { verifyLeaveProof } from "../../crypto/mls/leave";
import type { LeaveProof } from "../../crypto/mls/door";
import { fromHex, toHex } from "../../protocol/bytes";
import type { Draft } from "./draft";
import {
  decodeRecord,
  deviceKey,
  encodeRecord,
  timelineItemSchema,
  timelineKey,
  type Pending,
  type StoredItem,
} from "./records";
import { newEventId } from "./event-id";
import type { Room } from "./room";
import { enqueue } from "./send";
import { waitAfter, type Step } from "./step";

const baseMs = 100;
const rankMs = 200;
const maxRank = 20;
const branchCheckMs = 2000;

/** Milliseconds until this device should act, or `undefined` when nothing is owed. */
export function dueDuties(room: Room): number | undefined {
  const { meta, group } = room.data;
  if (group === undefined) return undefined;
  if (!meta.confirmed) return branchCheckMs;
  const waiting = meta.newcomers.length > 0 || (meta.leavers.length > 0 && room.data.commit === undefined);
  if (!waiting) return undefined;
  const absent = new Set(meta.leavers.map((leaver) => leaver.leafIndex));
  const own = ownMember(group);
  const ranked = members(group).filter(
    (member) => !absent.has(member.leafIndex) && !meta.newcomers.includes(deviceKey(member)),
  );
  const rank = ranked.findIndex((member) => member.leafIndex === own.leafIndex);
  return baseMs + rankMs * Math.min(Math.max(rank, 0), maxRank);
}

export async function keepDuties(room: Room): Promise<Step> {
  const attested = await attest(room);
  if (!attested.done || !room.dutyIsDue) return attested;
  room.dutyIsDue = false;
  if (!room.data.meta.confirmed) return await leaveLostBranch(room);
  await room.turn(async (draft) => {
    if (draft.meta.newcomers.length > 0) {
      draft.meta.newcomers = [];
      enqueue(draft, room.host.random, { kind: "confirm" }, room.host.clock.now());
    }
    await removeLeavers(room, draft);
  });
  room.kick();
  return { done: true };
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
  return { done: true };
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
  try {
    const made = await commit(draft.group, room.host.identity, { leaves });
    const current = made.current ?? draft.group;
    draft.group = current;
    const eventId = newEventId(room.host.random);
    draft.commit = { eventId, baseEpoch: Number(current.epoch) };
    draft.put(room.keys.commit.record, encodeRecord(draft.commit));
    draft.putState(room.keys.commit, { next: made.next, payload: made.commit, groupInfo: made.groupInfo });
  } catch (error) {
    if (!(error instanceof CommitRefused)) throw error;
    draft.meta.leavers = [];
  }
}

/**
 * Nobody from before our join was heard. When members attest another epoch than ours, made by an event we have seen
 * and passed over, our join did not count: we join again and send again what we had said to nobody.
 */
async function leaveLostBranch(room: Room): Promise<Step> {
  const offered = await room.host.transport.request("room:group-info", { roomId: room.roomId });
  if (!offered.ok) return waitAfter(offered.error);
  const { meta, group } = room.data;
  const best = offered.value.candidates[0];
  if (best === undefined || best.attestations === 0 || best.seq === meta.epochSeq || best.seq > meta.cursor) {
    return { done: true };
  }
  // Attesters of an older epoch may only be asleep; a message nobody here can read says that they are not.
  if (best.epoch < Number(group?.epoch ?? 0n) && !room.isSuspicious) return { done: true };
  room.isSuspicious = false;
  await rejoin(room);
  return { done: true };
}

async function rejoin(room: Room): Promise<void> {
  const { joinSeq } = room.data.meta;
  const lines = await room.host.store.list(room.keys.timelinePrefix, {
    after: room.keys.timeline(timelineKey(joinSeq, 0)),
  });
  await room.turn((draft) => {
    requeueSaid(
      draft,
      lines.map(({ key, value }) => decodeRecord(timelineItemSchema, key, value)),
    );
    draft.group = undefined;
    draft.dropCommit();
    draft.meta.membership = "joining";
  });
  room.kick();
}

/** What was said on the lost branch goes back to the outbox, in its order, under the same message ids (ENG-08). */
function requeueSaid(draft: Draft, lines: readonly StoredItem[]): void {
  const waiting = [...draft.pending];
  for (const entry of waiting) draft.dropPending(entry);
  for (const item of lines) {
    if (item.kind !== "message" || item.n === undefined) continue;
    draft.removeLine(item.key);
    queueAgain(draft, { messageId: item.messageId, n: item.n, t: item.at, body: { kind: "text", text: item.text } });
  }
  for (const { messageId, n, t, body } of waiting) {
    if (body.kind === "text") queueAgain(draft, { messageId, n, t, body });
  }
}

function queueAgain(draft: Draft, said: Pick<Pending, "messageId" | "n" | "t" | "body">): void {
  draft.meta.outOrder += 1;
  draft.setPending({ ...said, order: draft.meta.outOrder, state: "queued" });
}
