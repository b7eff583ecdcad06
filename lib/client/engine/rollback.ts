/**
 * A server that went back: it was restored from a backup, or lost what its disk had not kept. The device remembers the
 * newest events it applied; when the server has others in their place, it goes on from the last one they share. The
 * group state stays: it is newer than anything such a server could offer. SPEC ENG-18.
 */

import { trailEvents } from "../../protocol/limits";
import { trailMark } from "./apply";
import type { Failure } from "./ports";
import { beginRepair, countRepair, linesAfter, requeueSaid } from "./repair";
import type { Room } from "./room";
import { waitAfter, type Step } from "./step";
import { rewind } from "./transcript";

/** Looks, once per connection, whether the server still has the event we applied last. */
export async function checkTrail(room: Room): Promise<Step> {
  const { cursor, trail } = room.data.meta;
  if (cursor === 0 || trail.length === 0) return { done: true };
  const from = Math.max(cursor - trailEvents, 0);
  const newest = await marksAfter(room, cursor - 1, 1);
  if (!newest.ok) return waitAfter(newest.error);
  if (newest.value.get(cursor) === trail.at(-1)) return { done: true };
  const held = await marksAfter(room, from, trailEvents);
  if (!held.ok) return waitAfter(held.error);
  let shared = cursor - 1;
  const isShared = (seq: number) => held.value.get(seq) === trail.at(seq - cursor - 1);
  while (shared > cursor - trail.length && !isShared(shared)) shared -= 1;
  // None of what we remember is there: whatever the server has now is what we have not seen. Who has come in a moment ago remembers less
  // than members do who go on in the epoch it came into, from before the place where it did.
  const isFound = isShared(shared);
  await goOnFrom(room, isFound ? shared : Math.min(room.head, from), isFound);
  return { done: true };
}

/** `isFound`: that event is the last one that we share with the server, and not where we stop looking. */
async function goOnFrom(room: Room, seq: number, isFound: boolean): Promise<void> {
  const lines = await linesAfter(room, seq + room.data.meta.shift);
  await room.turn((draft) => {
    const { meta } = draft;
    const lost = meta.cursor - seq;
    meta.trail = meta.trail.slice(0, Math.max(meta.trail.length - lost, 0));
    requeueSaid(draft, lines);
    // Seqs come again: their lines must not take the place of those that are there.
    meta.shift += lost + 1;
    meta.cursor = seq;
    meta.chain = meta.chain.filter((made) => made <= seq);
    // Another epoch begins a transcript that all of us share (TRN-06).
    const isSound = isFound && meta.epochSeq <= seq;
    if (!isSound) meta.updateDue = true;
    if (draft.transcript !== undefined) draft.transcript = rewind(draft.transcript, lost, isSound);
    countRepair(meta, "server-rolled-back");
    draft.line(seq, {
      kind: "system",
      at: draft.nowMs,
      event: "repaired",
      who: undefined,
      cause: "server-rolled-back",
      missed: 0,
    });
    draft.dropCommit();
    // Nobody has heard us yet, and nobody will have heard of us.
    if (!meta.confirmed && meta.joinSeq > seq) beginRepair(draft, "server-rolled-back");
  });
  room.attested = undefined;
}

async function marksAfter(
  room: Room,
  after: number,
  limit: number,
): Promise<{ ok: true; value: Map<number, string> } | { ok: false; error: Failure }> {
  const page = await room.host.transport.request("events:fetch", { roomId: room.roomId, after, limit });
  if (!page.ok) return page;
  room.head = page.value.head;
  return { ok: true, value: new Map(page.value.events.map(({ seq, id }) => [seq, trailMark(id)])) };
}
