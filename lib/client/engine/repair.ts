/**
 * Coming back when the group state cannot go on: it is given up, the room is joined again, and the timeline says once
 * why. What was said to nobody goes out again under the same ids. SPEC ENG-08, ENG-17.
 */

import type { LeaveProof } from "../../crypto/mls/door";
import { verifyLeaveProof } from "../../crypto/mls/leave";
import { members } from "../../crypto/mls/roster";
import { toHex } from "../../protocol/bytes";
import type { Draft } from "./draft";
import {
  decodeRecord,
  deviceKey,
  placeOf,
  timelineItemSchema,
  timelineKey,
  type Pending,
  type RoomMeta,
  type StoredItem,
} from "./records";
import { isSaidAgain } from "./outbox";
import type { Room } from "./room";
import { waitAfter, type Step } from "./step";
import type { RepairCause } from "./views";

/**
 * We are not confirmed, or met what members on our branch do not send. When members attest an event that we have seen
 * and passed over, they went another way: we join again. While confirmed only a newer or equal epoch draws us (S20).
 */
export async function checkBranch(room: Room): Promise<Step> {
  const offered = await room.host.transport.request("room:group-info", { roomId: room.roomId });
  if (!offered.ok) return waitAfter(offered.error);
  await heedGoodbyes(room, offered.value.goodbyes);
  const { meta, group } = room.data;
  const epoch = Number(group?.epoch ?? 0n);
  const { candidates } = offered.value;
  const isOther = (one: (typeof candidates)[number]) =>
    one.attestations > 0 && one.seq <= meta.cursor && !meta.chain.includes(one.seq);
  const wasSuspicious = room.suspicion !== "none";
  const isAwake = room.suspicion === "other-epoch";
  room.suspicion = "none";
  if (!meta.confirmed) {
    // Who attests what we came from, or what came before it, may only be asleep; who talks in other epochs is not.
    const isRootNamed = candidates.some(({ seq }) => seq === meta.rootSeq);
    const rivals = candidates.filter((one) => isOther(one) && (isAwake || !isRootNamed || one.seq > meta.rootSeq));
    if (rivals.some((one) => wasSuspicious || one.epoch >= epoch)) await rejoin(room, "lost-branch");
    return { done: true };
  }
  const ahead = candidates.some((one) => isOther(one) && one.epoch > epoch);
  const [best] = candidates;
  if (ahead) await rejoin(room, "epoch-unreachable");
  else if (best !== undefined && isOther(best) && best.epoch === epoch) await rejoin(room, "lost-branch");
  else await oweWord(room);
  return { done: true };
}

/** We stand where the members stand; somebody does not and may not know it. A word of ours that it cannot read tells it. */
async function oweWord(room: Room): Promise<void> {
  await room.turn((draft) => {
    if (!draft.meta.newcomers.includes(somebody)) draft.meta.newcomers = [...draft.meta.newcomers, somebody];
  });
}

/** Among the newcomers: a device that nobody here knows. */
const somebody = "?";

/** Goodbyes that the server keeps; each is checked against the tree. Whoever was to confirm us and has left need not. */
export async function heedGoodbyes(room: Room, goodbyes: readonly LeaveProof[]): Promise<void> {
  if (goodbyes.length === 0) return;
  await room.turn(async (draft) => {
    const { group, meta } = draft;
    if (group === undefined) return;
    const known = new Set(meta.leavers.map(({ leafIndex }) => leafIndex));
    for (const proof of goodbyes) {
      if (known.has(proof.leafIndex) || !(await verifyLeaveProof(group, proof))) continue;
      meta.leavers = [...meta.leavers, { leafIndex: proof.leafIndex, signature: toHex(proof.signature) }];
    }
    const gone = new Set(meta.leavers.map(({ leafIndex }) => leafIndex));
    const present = members(group)
      .filter(({ leafIndex }) => !gone.has(leafIndex))
      .map(deviceKey);
    if (!meta.confirmed && !meta.before.some((device) => present.includes(device))) {
      meta.confirmed = true;
      meta.before = [];
    }
  });
}

async function rejoin(room: Room, cause: RepairCause): Promise<void> {
  const { confirmed, heardAt, joinSeq, shift } = room.data.meta;
  // What others heard since need not be said again.
  const heard = confirmed ? heardAt : joinSeq + shift;
  const lines = await linesAfter(room, heard);
  await room.turn((draft) => {
    requeueSaid(draft, lines);
    beginRepair(draft, cause);
  });
  room.kick();
}

/** Gives the group state up and asks for a new one; the caller has saved what is to be said again. */
export function beginRepair(draft: Draft, cause: RepairCause): void {
  draft.group = undefined;
  draft.dropCommit();
  draft.meta.membership = "joining";
  // On a branch that nobody shares it was heard by nobody.
  draft.meta.said = {};
  draft.meta.repair = draft.meta.repair ?? { cause, from: draft.meta.cursor };
}

export function countRepair(meta: RoomMeta, cause: RepairCause): void {
  const repairs = { ...meta.health.repairs, [cause]: (meta.health.repairs[cause] ?? 0) + 1 };
  meta.health = { ...meta.health, repairs };
}

/** Timeline lines of places behind `place`. */
export async function linesAfter(room: Room, place: number): Promise<StoredItem[]> {
  const rows = await room.host.store.list(room.keys.timelinePrefix, {
    after: room.keys.timeline(timelineKey(place, 0)),
  });
  const lines = rows.map(({ key, value }) => decodeRecord(timelineItemSchema, key, value));
  return lines.filter(({ key }) => placeOf(key) > place);
}

/** What was said on the lost branch, or still waited, goes back to the outbox, in its order, under the same message ids (ENG-08). */
export function requeueSaid(draft: Draft, lines: readonly StoredItem[]): void {
  const waiting = [...draft.pending];
  for (const entry of waiting) draft.dropPending(entry);
  for (const item of lines) {
    if (item.kind !== "message" || item.n === undefined) continue;
    draft.removeLine(item.key);
    queueAgain(draft, { messageId: item.messageId, n: item.n, t: item.at, body: { kind: "text", text: item.text } });
  }
  for (const { messageId, n, t, body } of waiting) {
    if (isSaidAgain(body)) queueAgain(draft, { messageId, n, t, body });
  }
}

function queueAgain(draft: Draft, said: Pick<Pending, "messageId" | "n" | "t" | "body">): void {
  draft.meta.outOrder += 1;
  draft.setPending({ ...said, order: draft.meta.outOrder, state: "queued" });
}
