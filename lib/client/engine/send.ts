/**
 * Sending. The ratchet step and the ciphertext are stored in one transaction before anything leaves (ENG-03), and
 * the same bytes under the same id are sent until they are acknowledged.
 */

import type { Group } from "../../crypto/mls/door";
import { makeLeaveProof } from "../../crypto/mls/leave";
import { encrypt } from "../../crypto/mls/encrypt";
import { toHex } from "../../protocol/bytes";
import { encodeContent } from "../../protocol/content";
import { retainedEpochs, unheardMs } from "../../protocol/limits";
import type { Draft } from "./draft";
import { heedRevocations, owesExpulsion } from "./expel-revoked";
import { newEventId, newMessageId } from "./new-ids";
import type { Pending } from "./records";
import type { Room } from "./room";
import { holdsOf, isWords, mayBeTold } from "./trust/hold";
import { toState } from "./statements";
import { isFinal, waitAfter, type Step } from "./step";
import { positions } from "./transcript";

/** Sends the commit that waits. Its echo in the order decides; a refusal for good drops it. */
export async function sendCommit(room: Room): Promise<Step> {
  const { commit } = room.data;
  if (commit === undefined || commit.eventId === room.storedCommit) return { done: true };
  const state = await room.loadState(room.keys.commit);
  if (state === undefined) {
    await room.turn((draft) => {
      draft.dropCommit();
    });
    return { done: true };
  }
  const { payload, groupInfo } = state;
  const welcome = commit.to.length > 0 ? await room.host.store.get(room.keys.commit.welcome) : undefined;
  const sent = await room.host.transport.request("event:submit", {
    roomId: room.roomId,
    id: commit.eventId,
    payload,
    groupInfo,
    ...(welcome === undefined ? {} : { welcome: { bytes: welcome, to: commit.to } }),
  });
  if (sent.ok) {
    room.head = Math.max(room.head, sent.value.seq);
    room.storedCommit = commit.eventId;
    return { done: true };
  }
  if (!isFinal(sent.error)) return waitAfter(sent.error);
  await room.turn((draft) => {
    draft.dropCommit();
  });
  return { done: true };
}

/** Seals and sends everything that waits, oldest first. */
export async function sendOutbox(room: Room): Promise<Step> {
  if (!mayTalk(room)) return { done: true };
  for (;;) {
    // More may be known since the last one was sent.
    await heedRevocations(room);
    if (owesExpulsion(room)) return { done: true };
    const { group } = room.data;
    const isHeld = holdsOf(group, room.host).length > 0;
    const mayTell = mayBeTold(group, room.host);
    const open = room.data.pending.filter((entry) => entry.state !== "failed" && !room.taken.has(entry.eventId ?? ""));
    const next = open.find((entry) => mayTell || !isWords(entry.body));
    if (next === undefined || group === undefined) return { done: true };
    // Proofs are on the way: what was said before a goodbye goes before it. What a person decides about does not stop it.
    const waitsForWords = !mayTell && !isHeld && open.some((entry) => isWords(entry.body));
    if (next.body.kind === "leave" && waitsForWords) return { done: true };
    // Others who left before us, and devices that are revoked: we may be the last who remembers it.
    const { leavers, confirmed } = room.data.meta;
    const owesRemoval = leavers.length > 0 || owesExpulsion(room);
    if (next.body.kind === "leave" && next.state === "queued" && owesRemoval && confirmed) return { done: true };
    const sealed = await seal(room, next);
    if (sealed === undefined) continue;
    const { entry, ciphertext, eventId } = sealed;
    const sent = await room.host.transport.request("event:submit", {
      roomId: room.roomId,
      id: eventId,
      payload: ciphertext,
    });
    if (sent.ok) {
      room.head = Math.max(room.head, sent.value.seq);
      room.taken.add(eventId);
      if (sent.value.seq <= room.data.meta.cursor) await sendAgain(room, entry);
      continue;
    }
    if (!isFinal(sent.error)) return waitAfter(sent.error);
    await fail(room, entry);
  }
}

/** A joiner waits a moment to be heard: on a branch nobody shares it would talk to nobody (ENG-07). */
export function mayTalk(room: Room): boolean {
  const { confirmed, updatedAt } = room.data.meta;
  return confirmed || Math.abs(room.host.clock.now() - updatedAt) >= unheardMs;
}

interface Sealed {
  readonly entry: Pending;
  readonly ciphertext: Uint8Array;
  readonly eventId: NonNullable<Pending["eventId"]>;
}

/** The stored ciphertext, or a new one when there is none that members could still read. */
async function seal(room: Room, entry: Pending): Promise<Sealed | undefined> {
  const { group } = room.data;
  const oldest = Number(group?.epoch ?? 0n) - retainedEpochs;
  if (entry.state === "sealed" && entry.eventId !== undefined && (entry.epoch ?? 0) >= oldest) {
    const ciphertext = await room.host.store.get(room.keys.ciphertext(entry.order));
    if (ciphertext !== undefined) return { entry, ciphertext, eventId: entry.eventId };
  }
  return await room.turn(async (draft) => {
    // The turn may come after others: the entry can be gone, the room left.
    const current = draft.pending.find((other) => other.order === entry.order);
    if (draft.group === undefined || current === undefined) return undefined;
    // Somebody may have come in, or been found out, since it was chosen: then it waits (VER-09).
    if (isWords(current.body) && !mayBeTold(draft.group, room.host)) return undefined;
    const said = await asOfNow(draft, draft.group, current);
    const { messageId: id, n, t, body } = said;
    const stated = toState(draft, room.host);
    const content = encodeContent({ v: 2, id, n, t, seen: positions(draft.transcript), ...stated, body });
    const { group: moved, message } = await encrypt(draft.group, content);
    const eventId = newEventId(room.host.random);
    const epoch = Number(draft.group.epoch);
    const sealed: Pending = { ...said, state: "sealed", eventId, epoch, stated };
    draft.group = moved;
    draft.setPending(sealed);
    draft.put(room.keys.ciphertext(current.order), message);
    return { entry: sealed, ciphertext: message, eventId };
  });
}

/**
 * A goodbye proves that the leaf of now wants to go. A commit of ours since it was written has spoilt it: it is another
 * message then, which members who heard the first one do not take for a repeat of it (MSG-04).
 */
async function asOfNow(draft: Draft, group: Group, entry: Pending): Promise<Pending> {
  const { body } = entry;
  if (body.kind !== "leave") return entry;
  const proof = await makeLeaveProof(group, draft.identity);
  const signature = toHex(proof.signature);
  if (signature === body.signature) return entry;
  draft.meta.sentCount += 1;
  const { sentCount: n } = draft.meta;
  return {
    ...entry,
    messageId: newMessageId(draft.random),
    n,
    body: { ...body, leafIndex: proof.leafIndex, signature },
  };
}

/**
 * The server has it where we have passed already, as after a repair: its echo will not come. Members who read it there
 * show it once, the others read it now.
 */
async function sendAgain(room: Room, entry: Pending): Promise<void> {
  await room.turn((draft) => {
    const current = draft.pending.find((other) => other.order === entry.order && other.eventId === entry.eventId);
    if (current === undefined) return;
    const { eventId: _eventId, epoch: _epoch, ...rest } = current;
    draft.put(draft.keys.ciphertext(current.order), undefined);
    draft.setPending({ ...rest, state: "queued" });
  });
}

async function fail(room: Room, entry: Pending): Promise<void> {
  await room.turn((draft) => {
    // Its echo may have come first; then it is in the timeline already.
    const current = draft.pending.find((other) => other.order === entry.order && other.eventId === entry.eventId);
    if (current !== undefined) draft.setPending({ ...current, state: "failed" });
  });
}
