/**
 * Applies one event of a room's total order to a draft: the replicated state machine of DESIGN section 4. What it
 * does depends on the group state and the bytes alone, so every honest member ends in the same epoch. Nothing an
 * event holds can stop the room: the worst outcome is one line in the timeline.
 */

import { adoptCommit } from "../../crypto/mls/adopt";
import type { Group, IgnoredReason } from "../../crypto/mls/door";
import { members, ownMember } from "../../crypto/mls/roster";
import { processEvent } from "../../crypto/mls/process";
import { equalBytes } from "../../protocol/bytes";
import { decodeContent } from "../../protocol/content";
import { chainEvents, retainedEpochs, trailEvents, unheardMs } from "../../protocol/limits";
import { peekMessage } from "../../protocol/mls/peek";
import type { RoomEvent } from "../../protocol/schemas/socket";
import { announce, announceOffence } from "./announce";
import type { Draft } from "./draft";
import { noteRevoked, whyUnheard } from "./expel-revoked";
import { receiveContent, type Application } from "./receive";
import { deviceKey, type Pending, type RoomMeta } from "./records";
import { reportLine } from "./reports";
import { noteSaid } from "./said-ids";
import { hasStated } from "./statements";
import type { Revocations } from "./revocations";
import { addToTranscript, beginEpoch, hasSaid } from "./transcript-notes";
import type { UnreadableCause } from "./views";

/**
 * What an event says about the branch we are on. other-epoch: members on our branch do not send this. left-behind: someone talks
 * as if our join had not been, or sends what it had kept.
 */
export type Suspicion = "none" | "left-behind" | "other-epoch";

export interface StoredBytes {
  /** Ciphertext of an outbox entry. */
  ciphertext(order: number): Promise<Uint8Array | undefined>;
  /** Bytes and next state of the commit that waits. */
  commit(): Promise<{ payload: Uint8Array; next: Group } | undefined>;
  /** What is known of revoked devices, in all rooms. */
  readonly revocations: Pick<Revocations, "of" | "hear">;
}

/** The event at `meta.cursor + 1`. The caller keeps the order (DS-05). */
export async function applyEvent(draft: Draft, event: RoomEvent, stored: StoredBytes): Promise<Suspicion> {
  draft.meta.cursor = event.seq;
  draft.meta.trail = [...draft.meta.trail, trailMark(event.id)].slice(-trailEvents);
  const group = draft.group;
  if (group === undefined) return "none";
  const isLate = addToTranscript(draft, group, event);

  const own = draft.pending.find((entry) => entry.eventId === event.id);
  if (own !== undefined) {
    const sent = await stored.ciphertext(own.order);
    if (sent !== undefined && equalBytes(sent, event.payload)) {
      await settleOwn(draft, group, own, event);
      return "none";
    }
  }
  if (draft.commit?.eventId === event.id && draft.commit.baseEpoch === Number(group.epoch)) {
    const made = await stored.commit();
    if (made !== undefined && equalBytes(made.payload, event.payload)) {
      const applied = { from: group, to: made.next, committer: ownMember(group), external: false };
      const { arrived, hasLeft } = announce(draft, event, applied);
      draft.meta.newcomers = [...draft.meta.newcomers, ...arrived];
      draft.group = adoptCommit(group, made.next);
      if (draft.commit.wish !== undefined) draft.settleWish(draft.commit.wish, "done");
      epochMade(draft, event, hasLeft);
      draft.meta.madeSeq = event.seq;
      draft.meta.updatedAt = draft.nowMs;
      draft.meta.sentSince = 0;
      draft.meta.updateDue = false;
      return "none";
    }
  }

  const processed = await processEvent(group, event.payload);
  switch (processed.kind) {
    case "application":
      draft.group = processed.group;
      await hear(draft, event, processed);
      return "none";
    case "commit": {
      const { arrived, hasLeft } = announce(draft, event, { from: group, to: processed.group, ...processed });
      draft.group = processed.group;
      const returned = processed.external ? [deviceKey(processed.committer)] : [];
      draft.meta.newcomers = [...new Set([...draft.meta.newcomers, ...arrived, ...returned])];
      confirmByCommit(draft.meta, processed.group, deviceKey(processed.committer));
      const { revocations } = stored;
      for (const device of arrived) if (revocations.of(device) !== undefined) noteRevoked(draft, device, event.seq);
      // What this room has been shown counts in the others as well.
      for (const revocation of processed.revocations) void revocations.hear(revocation);
      epochMade(draft, event, hasLeft);
      return "none";
    }
    case "removed": {
      forgetGroup(draft);
      draft.meta.removedEpoch = Number(group.epoch) + 1;
      draft.meta.hasLeft = processed.reason === "expelled";
      if (draft.meta.hasLeft && !draft.meta.accepted) draft.meta.purge = true;
      const isOwn = processed.committer.accountId === draft.identity.accountId;
      const name = processed.reason === "revoked" ? "device-revoked" : isOwn ? "you-left" : "removed";
      draft.line(event.seq, { kind: "system", at: event.at, event: name, who: processed.committer.username });
      return "none";
    }
    case "ignored": {
      if (processed.group !== undefined) draft.group = processed.group;
      if (processed.offence !== undefined) announceOffence(draft, event, processed.offence);
      const judged = judgeIgnored(draft.meta, event, processed.reason, isLate);
      if (judged.cause !== undefined) draft.unreadable(event.seq, event.at, judged.cause);
      return judged.suspicion;
    }
  }
}

/** Who is out is not heard; a goodbye that comes twice is no matter. */
async function hear(draft: Draft, event: RoomEvent, message: Application): Promise<void> {
  const cause = whyUnheard(draft, message, event.seq);
  if (cause === undefined) await receiveContent(draft, event, message);
  else if (decodeContent(message.plaintext)?.body.kind !== "leave") draft.unreadable(event.seq, event.at, cause);
}

/** A member from before our join that commits in our epoch shares it; when none of them is left there is no other branch. */
function confirmByCommit(meta: RoomMeta, group: Group, committer: string): void {
  if (meta.confirmed) return;
  const left = members(group).map(deviceKey);
  if (!meta.before.includes(committer) && meta.before.some((device) => left.includes(device))) return;
  meta.confirmed = true;
  meta.before = [];
}

/** Enough of an event id to know the event again. */
export function trailMark(eventId: string): string {
  return eventId.slice(0, 16);
}

/** Our own message came back in the order: it is sent, or too late for anybody to read (then it goes again). */
async function settleOwn(draft: Draft, group: Group, own: Pending, event: RoomEvent): Promise<void> {
  const epoch = own.epoch ?? 0;
  // A goodbye must reach those who came in since it was sealed as well: nobody else may be left to remember it.
  const isOld = own.body.kind === "leave" ? epoch < Number(group.epoch) : epoch < Number(group.epoch) - retainedEpochs;
  if (isOld) {
    const { eventId: _eventId, epoch: _epoch, ...rest } = own;
    draft.put(draft.keys.ciphertext(own.order), undefined);
    draft.setPending({ ...rest, state: "queued" });
    return;
  }
  draft.dropPending(own);
  hasSaid(draft, epoch);
  hasStated(draft, own);
  // Who came in since it was sealed cannot read it, and still waits for an answer.
  if (epoch === Number(group.epoch)) {
    draft.meta.newcomers = [];
    if (own.order > (draft.meta.owesPosition ?? 0)) draft.meta.owesPosition = undefined;
  }
  draft.put(draft.keys.used(deviceKey(draft.identity), own.n), new Uint8Array([1]));
  noteSaid(draft, { messageId: own.messageId, accountId: draft.identity.accountId });
  switch (own.body.kind) {
    case "text":
      draft.meta.sentSince += 1;
      draft.line(event.seq, {
        kind: "message",
        at: own.t,
        messageId: own.messageId,
        author: draft.author(draft.identity),
        own: true,
        text: own.body.text,
        state: "sent",
        n: own.n,
      });
      draft.willExpire(event.seq, own.t);
      draft.meta.lastText = own.body.text;
      draft.meta.lastAt = own.t;
      return;
    case "report":
      draft.line(event.seq, await reportLine(draft, own.body, draft.identity, own.t));
      return;
    case "confirm":
    case "accept":
    case "compared":
      return;
    case "leave":
      forgetGroup(draft);
      draft.meta.hasLeft = true;
      draft.meta.goodbye = { leafIndex: own.body.leafIndex, signature: own.body.signature };
      draft.line(event.seq, { kind: "system", at: own.t, event: "you-left" });
  }
}

/** After leaving nothing stays that could read on: keys and waiting messages go, what was read stays. */
export function forgetGroup(draft: Draft): void {
  if (draft.group !== undefined) draft.meta.leftEpoch = Number(draft.group.epoch);
  draft.group = undefined;
  draft.meta.membership = "none";
  draft.meta.epochSeq = 0;
  draft.meta.leavers = [];
  draft.meta.revoked = [];
  draft.meta.newcomers = [];
  draft.meta.owesPosition = undefined;
  draft.meta.updateDue = false;
  draft.meta.repair = undefined;
  draft.dropCommit();
  for (const entry of draft.pending) draft.dropPending(entry);
  for (const { id } of draft.meta.wishes) draft.settleWish(id, "NOT_FOUND");
  draft.meta.unanswered = [];
  draft.meta.ownLinks = {};
}

/** The epoch moved: a waiting commit for the old one can never count; what it was for is found anew. */
function epochMade(draft: Draft, event: RoomEvent, hasLeft: boolean): void {
  if (draft.group !== undefined) beginEpoch(draft, draft.group, event);
  if (hasLeft) draft.meta.removalEpoch = Number(draft.group?.epoch ?? 0n);
  draft.meta.epochSeq = event.seq;
  draft.meta.chain = [...draft.meta.chain, event.seq].slice(-chainEvents);
  if (draft.commit !== undefined) draft.dropCommit();
}

interface Judged {
  readonly cause?: UnreadableCause;
  readonly suspicion: Suspicion;
}

/** Late and rival commits are the order's daily business; only what claims to be a message gets a line. */
function judgeIgnored(meta: RoomMeta, event: RoomEvent, reason: IgnoredReason, isLate: boolean): Judged {
  const peek = peekMessage(event.payload);
  if (!peek.ok) return { cause: "tampered", suspicion: "none" };
  if (peek.kind === "group-info") return { suspicion: "none" };
  const isMessage = peek.kind === "application";
  const suspicion = suspicionOf(meta, event, reason, isMessage);
  if (!isMessage) return { suspicion };
  // What was missing is no repetition: its sender has spoken since, and no skipped key is kept (ENG-16).
  const cause = isLate && reason === "replayed" ? "keys-deleted" : unreadableCause(meta, Number(peek.epoch), reason);
  return { cause, suspicion };
}

function suspicionOf(meta: RoomMeta, event: RoomEvent, reason: IgnoredReason, isMessage: boolean): Suspicion {
  if (reason === "replayed") return "none";
  if (reason !== "late-epoch") return "other-epoch";
  return isMessage && isLeftBehind(meta, event) ? "left-behind" : "none";
}

/** A member that saw our join would talk in our epoch by now: it took another way, or sends what it had kept. */
function isLeftBehind(meta: RoomMeta, event: RoomEvent): boolean {
  return !meta.confirmed && event.at - meta.joinAt > unheardMs;
}

function unreadableCause(meta: RoomMeta, epoch: number, reason: IgnoredReason): UnreadableCause {
  if (reason === "replayed") return "replayed";
  // Who has come in by a way that nobody shares, and has never been in before, is not in yet (ENG-07): others stand elsewhere.
  if (!meta.confirmed && meta.newestEpoch === 0) return "before-you-joined";
  // From an epoch that never came to us: whoever sent it stands elsewhere, or it is made up; we hold no key that could tell.
  if (reason === "future-epoch") return "keys-deleted";
  if (reason !== "late-epoch") return "tampered";
  if (epoch >= meta.firstEpoch) return "keys-deleted";
  const wasRemoved = meta.removedEpoch !== undefined && epoch >= meta.removedEpoch;
  return wasRemoved ? "device-removed" : "before-you-joined";
}
