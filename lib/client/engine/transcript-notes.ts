/**
 * The transcript in a room's turns: every event of the order is added to it, every message that was read is compared with
 * it, and what does not fit is said: once in the timeline, and as an alarm that stays until a person has seen it. SPEC TRN.
 */

import type { Group } from "../../crypto/mls/door";
import { epochAuthenticator } from "../../crypto/mls/roster";
import type { Position } from "../../protocol/transcript";
import { eventDigest, transcriptStart } from "../../protocol/transcript";
import type { RoomId } from "../../protocol/ids";
import type { RoomEvent } from "../../protocol/schemas/socket";
import type { Draft } from "./draft";
import type { Application } from "./receive";
import { deviceKey, type RoomMeta } from "./records";
import {
  beginTranscript,
  currentChain,
  extend,
  isMade,
  nextEpoch,
  replaceChain,
  resumeAt,
  type Gap,
  type Start,
} from "./transcript";
import { compare, givenBefore, mend, type Compared } from "./transcript-compare";
import type { TranscriptCause } from "./views";

/** The event at `meta.cursor`, before anything is made of it. True when it is one that was missing: it comes late. */
export function addToTranscript(draft: Draft, group: Group, event: RoomEvent): boolean {
  const { transcript } = draft;
  if (transcript === undefined) return false;
  const digest = eventDigest(event.payload);
  const chain = currentChain(transcript);
  if (chain === undefined) {
    if (isMade(transcript, digest))
      draft.transcript = resumeAt(transcript, startOf(draft.meta.roomId, group, event.at, digest));
    return false;
  }
  const extended = extend(chain, digest);
  const mended = mend(extended);
  draft.transcript = replaceChain(transcript, mended ?? extended);
  if (mended === undefined || extended.gap === undefined) return false;
  cameLate(draft, extended.gap);
  return true;
}

/** The event just added made `group`. */
export function beginEpoch(draft: Draft, group: Group, event: RoomEvent): void {
  const start = startOf(draft.meta.roomId, group, event.at, eventDigest(event.payload));
  draft.transcript = nextEpoch(draft.transcript, start);
}

/** A join: what came before it is nothing that this device could vouch for. */
export function beginWithJoin(draft: Draft, group: Group, at: number): void {
  draft.transcript = beginTranscript(startOf(draft.meta.roomId, group, at, undefined));
}

function startOf(roomId: RoomId, group: Group, at: number, made: Uint8Array | undefined): Start {
  const epoch = Number(group.epoch);
  return { epoch, hash: transcriptStart(roomId, epoch, epochAuthenticator(group)), at, made };
}

/** Our own message is in the order: what it said of past epochs need not be said again. */
export function hasSaid(draft: Draft, epoch: number): void {
  const { transcript } = draft;
  if (transcript !== undefined && epoch > transcript.said) draft.transcript = { ...transcript, said: epoch };
}

/** What the sender of a message had seen, against what this device was given. */
export function compareSeen(
  draft: Draft,
  event: RoomEvent,
  { sender, epoch }: Application,
  seen: readonly Position[],
  at: number,
): void {
  const witness = { device: deviceKey(sender), username: sender.username, at, now: draft.nowMs };
  for (const position of seen) {
    const [number] = position;
    const { transcript } = draft;
    const chain = transcript?.chains.find((one) => one.epoch === number);
    if (transcript === undefined || chain === undefined || number > Number(epoch)) continue;
    const compared = compare(chain, givenBefore(chain), position, witness);
    draft.transcript = replaceChain(transcript, compared.chain);
    if (compared.kind === "forked") tellFork(draft, event, compared, sender);
    else if (compared.kind === "missing") tellGap(draft, event, compared, sender);
  }
}

type Sender = Application["sender"];

function tellFork(
  draft: Draft,
  event: RoomEvent,
  { chain, from, to, since }: Extract<Compared, { kind: "forked" }>,
  sender: Sender,
): void {
  count(draft.meta, "forked");
  owe(draft.meta);
  draft.line(event.seq, { kind: "system", at: draft.nowMs, event: "forked", who: sender.username, since });
  raise(draft, "forked", sender, { epoch: chain.epoch, from, to, since });
}

/** Who was shown something else is owed a word of ours that is said from here on, by which it finds out as well. */
function owe(meta: RoomMeta): void {
  meta.owesPosition = meta.outOrder;
}

/** One line for one gap, which grows when later messages show that it is wider; then a device alarms once in an epoch. */
function tellGap(
  draft: Draft,
  event: RoomEvent,
  { chain, gap, isFirst }: Extract<Compared, { kind: "missing" }>,
  sender: Sender,
): void {
  const { lineKey } = gap;
  if (lineKey === "") {
    count(draft.meta, "missing");
    owe(draft.meta);
    const kept = { ...gap, lineKey: draft.line(event.seq, gapLine("withheld", gap)) };
    if (draft.transcript !== undefined) draft.transcript = replaceChain(draft.transcript, { ...chain, gap: kept });
  } else {
    draft.putLine({ ...gapLine("withheld", gap), key: lineKey });
  }
  if (lineKey !== "" && !isFirst) return;
  raise(draft, "missing", sender, { epoch: chain.epoch, from: gap.at, to: gap.target, since: gap.foundAt });
}

/** The gap is filled. What was missing stands further down here than with everybody else, so the alarm stays. */
function cameLate(draft: Draft, gap: Gap): void {
  const { meta } = draft;
  draft.putLine({ ...gapLine("came-late", gap), key: gap.lineKey });
  count(meta, "late");
  if (meta.alarm?.cause === "missing") meta.alarm = { ...meta.alarm, cause: "late" };
}

function gapLine(event: "withheld" | "came-late", { who, count: missed, foundAt: at }: Gap) {
  return { kind: "system", at, event, who, missed } as const;
}

/** What a person has not seen yet stays; a fork outweighs a gap. */
function raise(
  draft: Draft,
  cause: NonNullable<RoomMeta["alarm"]>["cause"],
  { username, accountId, deviceId }: Sender,
  where: Pick<NonNullable<RoomMeta["alarm"]>, "epoch" | "from" | "to" | "since">,
): void {
  const { meta } = draft;
  if (meta.alarm?.cause === "forked") return;
  meta.alarm = { cause, username, accountId, deviceId, ...where };
}

function count(meta: RoomMeta, cause: TranscriptCause): void {
  const transcript = { ...meta.health.transcript, [cause]: (meta.health.transcript[cause] ?? 0) + 1 };
  meta.health = { ...meta.health, transcript };
}
