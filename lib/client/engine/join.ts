/**
 * Coming into an open room: as its founder (genesis), or by external commit from a GroupInfo that members attested.
 * Each step is stored before it is sent, so that a crash goes on with the same bytes. SPEC ENG-05 to ENG-07.
 */

import { createGroup } from "../../crypto/mls/create";
import type { Group } from "../../crypto/mls/door";
import { inspectGroupInfo } from "../../crypto/mls/group-info";
import { joinExternal } from "../../crypto/mls/join-external";
import { members, policyOf } from "../../crypto/mls/roster";
import { fromHex } from "../../protocol/bytes";
import { backlogPageEvents } from "../../protocol/limits";
import { peekMessage } from "../../protocol/mls/peek";
import { ciphersuiteName, decodePolicy, encodePolicy } from "../../protocol/policy";
import type { Answer } from "../../protocol/schemas/socket";
import { AnchorsUnavailable } from "./anchors";
import type { Draft } from "./draft";
import { newEventId } from "./event-id";
import { decodeRecord, deviceKey, encodeRecord, joiningSchema, type Joining } from "./records";
import type { Room } from "./room";
import { isFinal, waitAfter, type Step } from "./step";

type Candidate = Answer<"room:group-info">["candidates"][number];

/** Attempts after which the room gives way to other work before trying on. */
const attempts = 6;
const raceMs = 250;

export async function joinRoom(room: Room): Promise<Step> {
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const step = await joinOnce(room);
      if (step !== "again") return step;
    }
    return { done: false, retryMs: raceMs };
  } catch (error) {
    if (error instanceof AnchorsUnavailable) return { done: false, retryMs: raceMs };
    throw error;
  }
}

async function joinOnce(room: Room): Promise<Step | "again"> {
  const { store, transport } = room.host;
  const stored = await store.get(room.keys.joining.record);
  const joining = stored === undefined ? undefined : decodeRecord(joiningSchema, room.keys.joining.record, stored);
  if (joining !== undefined) return submitJoin(room, joining);

  const offered = await transport.request("room:group-info", { roomId: room.roomId });
  if (!offered.ok) return waitAfter(offered.error);
  room.head = Math.max(room.head, offered.value.head);
  // The best attested first; who lost a race for an epoch looks beyond it, for its attesters may be asleep (ENG-06).
  const { candidates } = offered.value;
  const isBeyond = ({ epoch }: Candidate) => epoch > room.lostEpoch;
  for (const candidate of [...candidates.filter(isBeyond), ...candidates.filter((one) => !isBeyond(one))]) {
    if (await prepareExternal(room, candidate)) return "again";
  }
  if (candidates.length > 0 && room.data.meta.newestEpoch > 0) return { done: false, retryMs: raceMs * 20 };
  await prepareGenesis(room);
  return "again";
}

/** False when this GroupInfo is not one to join from; its cause is the server's or a hostile member's making. */
async function prepareExternal(room: Room, candidate: Candidate): Promise<boolean> {
  const { identity, anchors } = room.host;
  const groupId = fromHex(room.roomId) ?? new Uint8Array();
  const made = await joinExternal({
    groupInfo: candidate.groupInfo,
    groupId,
    identity,
    anchors,
    minEpoch: BigInt(room.data.meta.newestEpoch),
  });
  if (!made.ok || !isPolicyOf(room, made.next)) return false;
  await room.turn((draft) => {
    const before = members(made.next)
      .filter((member) => deviceKey(member) !== deviceKey(identity))
      .map(deviceKey);
    storeJoining(room, draft, made, {
      kind: "external",
      eventId: newEventId(room.host.random),
      baseSeq: candidate.seq,
      baseEpoch: candidate.epoch,
      before,
    });
  });
  return true;
}

async function prepareGenesis(room: Room): Promise<void> {
  const { roomId, name } = room.data.meta;
  const policy = encodePolicy({ kind: "open", roomId, name, suite: ciphersuiteName });
  const { group, groupInfo } = await createGroup({
    groupId: fromHex(roomId) ?? new Uint8Array(),
    identity: room.host.identity,
    policy,
  });
  await room.turn((draft) => {
    const joining: Joining = {
      kind: "genesis",
      eventId: newEventId(room.host.random),
      baseSeq: 0,
      baseEpoch: 0,
      before: [],
    };
    storeJoining(room, draft, { next: group, commit: groupInfo, groupInfo }, joining);
  });
}

function storeJoining(
  room: Room,
  draft: Draft,
  made: { next: Group; commit: Uint8Array; groupInfo: Uint8Array },
  joining: Joining,
): void {
  draft.put(room.keys.joining.record, encodeRecord(joining));
  draft.putState(room.keys.joining, { next: made.next, payload: made.commit, groupInfo: made.groupInfo });
}

/** Sends the stored join and finds out from the order whether it counts. */
async function submitJoin(room: Room, joining: Joining): Promise<Step | "again"> {
  const { transport } = room.host;
  const state = await room.loadState(room.keys.joining);
  if (state === undefined) return dropJoining(room);
  const { payload, groupInfo } = state;
  const submitted = await transport.request("event:submit", {
    roomId: room.roomId,
    id: joining.eventId,
    payload,
    ...(joining.kind === "external" ? { groupInfo } : {}),
  });
  if (!submitted.ok) {
    return isFinal(submitted.error) ? dropJoining(room) : waitAfter(submitted.error);
  }
  const { seq } = submitted.value;
  const rival = await findRival(room, joining, seq);
  if (!rival.ok) return waitAfter(rival.error);
  if (rival.value !== "none" && !(await isAttested(room, seq))) {
    if (joining.kind === "external") room.lostEpoch = joining.baseEpoch;
    return dropJoining(room);
  }
  room.lostEpoch = -1;
  await adoptJoin(room, joining, state.next, seq);
  return { done: true };
}

/** Did another join or commit for the same epoch come before ours? Its validity is for members to judge. */
async function findRival(
  room: Room,
  joining: Joining,
  seq: number,
): Promise<{ ok: true; value: "none" | "rival" } | { ok: false; error: { code: "OFFLINE" } }> {
  for (let after = joining.baseSeq; after < seq - 1;) {
    const page = await room.host.transport.request("events:fetch", {
      roomId: room.roomId,
      after,
      limit: backlogPageEvents,
    });
    if (!page.ok) return { ok: false, error: { code: "OFFLINE" } };
    for (const event of page.value.events) {
      if (event.seq >= seq) break;
      if (await isRival(room, joining, event.payload)) return { ok: true, value: "rival" };
    }
    const last = page.value.events.at(-1);
    if (last === undefined || last.seq <= after) break;
    after = last.seq;
  }
  return { ok: true, value: "none" };
}

async function isRival(room: Room, joining: Joining, payload: Uint8Array): Promise<boolean> {
  const peek = peekMessage(payload);
  if (!peek.ok) return false;
  if (joining.kind === "external") {
    return (peek.kind === "commit" || peek.kind === "external-commit") && peek.epoch === BigInt(joining.baseEpoch);
  }
  if (peek.kind !== "group-info") return false;
  const groupId = fromHex(room.roomId) ?? new Uint8Array();
  const inspected = await inspectGroupInfo(payload, { groupId, anchors: room.host.anchors });
  return inspected.ok && inspected.info.epoch === 0n;
}

/** Members that were there took our commit, whatever came before it. */
async function isAttested(room: Room, seq: number): Promise<boolean> {
  await new Promise<void>((resolve) => void room.host.clock.schedule(raceMs, resolve));
  const offered = await room.host.transport.request("room:group-info", { roomId: room.roomId });
  return offered.ok && offered.value.candidates.some((one) => one.seq === seq && one.attestations > 0);
}

async function dropJoining(room: Room): Promise<"again"> {
  await room.turn((draft) => {
    clearJoining(room, draft);
  });
  return "again";
}

function clearJoining(room: Room, draft: Draft): void {
  draft.put(room.keys.joining.record, undefined);
  draft.dropState(room.keys.joining);
}

async function adoptJoin(room: Room, joining: Joining, group: Group, seq: number): Promise<void> {
  await room.turn((draft) => {
    clearJoining(room, draft);
    const isRepair = draft.meta.epochSeq > 0;
    draft.group = group;
    draft.meta.membership = "joined";
    draft.meta.name = decodePolicy(policyOf(group))?.name ?? draft.meta.name;
    draft.meta.cursor = seq;
    draft.meta.joinSeq = seq;
    draft.meta.epochSeq = seq;
    draft.meta.confirmed = joining.kind === "genesis" || joining.before.length === 0;
    draft.meta.before = joining.before;
    draft.meta.newcomers = [];
    draft.meta.leavers = [];
    for (const member of members(group)) draft.pin(member);
    draft.line(seq, { kind: "system", at: room.host.clock.now(), event: isRepair ? "repaired" : "you-joined" });
  });
}

/** The signed policy must be for this very room; its suite is the only one there is (S23). */
function isPolicyOf(room: Room, group: Group): boolean {
  const policy = decodePolicy(policyOf(group));
  return policy !== undefined && policy.roomId === room.roomId;
}
