/**
 * Coming into a room: as its founder (genesis), or by external commit from a GroupInfo that members attested.
 * Each step is stored before it is sent, so that a crash goes on with the same bytes. SPEC ENG-05 to ENG-07.
 */

import { createGroup } from "../../crypto/mls/create";
import type { Group, IgnoredReason } from "../../crypto/mls/door";
import { joinExternal } from "../../crypto/mls/join-external";
import { members, ownMember, policyOf } from "../../crypto/mls/roster";
import { fromHex } from "../../protocol/bytes";
import { crowdedRoomBytes } from "../../protocol/limits";
import { peekMessage } from "../../protocol/mls/peek";
import { peekSealedGroupInfo } from "../../protocol/mls/sealed-group-info";
import { ciphersuiteName, decodePolicy } from "../../protocol/policy";
import { adoptJoin, clearJoining } from "./adopt-join";
import { AnchorsUnavailable } from "./anchors";
import { askBack } from "./ask-back";
import { groupInfoKey } from "./enter";
import { askIn, type Admission, type Reading } from "./knocks";
import { forgetGroup } from "./apply";
import type { Draft } from "./draft";
import { turnBack } from "./membership";
import { newEventId } from "./new-ids";
import { findWays, readLog, type Way } from "./ways";
import type { Outcome } from "./ports";
import { decodeRecord, deviceKey, encodeRecord, joiningSchema, type Joining } from "./records";
import { heedGoodbyes } from "./repair";
import { hasLost } from "./rivals";
import type { Room } from "./room";
import { recall } from "./shared-rooms";
import { isFinal, waitAfter, type Step } from "./step";

/** Attempts after which the room gives way to other work before trying on. */
const attempts = 6;
const retryMs = 250;
/** Until members may have made a way in that there is not now. */
const closedMs = 20 * retryMs;

export async function joinRoom(room: Room): Promise<Step> {
  try {
    await recall(room);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const step = await joinOnce(room);
      if (step !== "again") return step;
    }
    return { done: false, retryMs };
  } catch (error) {
    if (error instanceof AnchorsUnavailable) return { done: false, retryMs };
    throw error;
  }
}

async function joinOnce(room: Room): Promise<Step | "again"> {
  const { store, transport } = room.host;
  // An invitation may have come first.
  if (room.data.meta.membership !== "joining") return { done: true };
  const stored = await store.get(room.keys.joining.record);
  const joining = stored === undefined ? undefined : decodeRecord(joiningSchema, room.keys.joining.record, stored);
  if (joining !== undefined) return submitJoin(room, joining);
  if (room.data.meta.unwanted) return await giveUpJoin(room);

  const offered = await transport.request("room:group-info", { roomId: room.roomId });
  if (!offered.ok) return waitAfter(offered.error);
  room.head = Math.max(room.head, offered.value.head);
  const { candidates } = offered.value;
  const ways = await findWays(room, candidates);
  if (!ways.ok) return waitAfter(ways.error);
  const [best] = ways.value;
  const isCrowded = !room.hasAsked && (best?.candidate.groupInfo.length ?? 0) >= crowdedRoomBytes;
  if ((room.hasMet || isCrowded) && best !== undefined && room.data.meta.via === undefined) {
    room.hasMet = false;
    room.hasAsked = true;
    const adopt = (admission: Admission) => adoptAdmission(room, best, admission);
    if (await askIn(room, best, adopt)) return { done: true };
    // Time has passed: look again from where to come in.
    return "again";
  }
  const isLink = room.data.meta.via !== undefined;
  // Into a room that is not open a link or a secret leads: what opens older states only would draw us where nobody is.
  const isVouched = room.data.meta.kind !== "open" && best !== undefined && best.rootSeq > 0;
  for (const way of isLink || isVouched ? ways.value.slice(0, 1) : ways.value) {
    const prepared = await prepareExternal(room, way);
    if (prepared === "made") return "again";
    // An older one might open, and lead to an epoch that is over.
    if (prepared === "sealed" && !isLink) return await askBack(room, way.candidate.epoch);
    // Members vouch for where this leads, and we are no longer among them, or never were.
    if (prepared === "not-allowed" && isVouched && !isLink) return await giveUpRoom(room, way.candidate.epoch);
  }
  if (isLink) return await giveUpLink(room);
  const { kind, founding } = room.data.meta;
  if (candidates.length > 0 && room.data.meta.newestEpoch > 0) return { done: false, retryMs: closedMs };
  // Nothing to come in from, and nothing to found: of a room that is not open only its maker knows the policy.
  if (kind !== "open" && (founding === undefined || candidates.length > 0)) return { done: false, retryMs: closedMs };
  await prepareGenesis(room);
  return "again";
}

/** A Welcome that came meanwhile was kept for the end of this. */
function gaveUp(room: Room): Step {
  room.host.hasLeft();
  room.kick();
  return { done: false };
}

/** It was left before anything of it was in the order. */
async function giveUpJoin(room: Room): Promise<Step> {
  await room.turn(({ meta }) => {
    meta.unwanted = false;
    if (meta.membership !== "joining") return;
    turnBack(meta);
    meta.hasLeft = true;
  });
  return gaveUp(room);
}

/** The link has died since it was looked at: there is no room for us, and nothing of one stays. */
async function giveUpLink(room: Room): Promise<Step> {
  const said = room.host.shared(room.roomId);
  await room.turn(({ meta }) => {
    if (meta.membership !== "joining" || meta.via === undefined) return;
    // Another device of the account is in by now: this one comes along.
    if (said !== undefined && said.left !== true) meta.via = undefined;
    else turnBack(meta);
  });
  return gaveUp(room);
}

/** The account was taken out while this device was away, or was let in by a commit that lost: there is nothing to come back to. */
async function giveUpRoom(room: Room, epoch: number): Promise<Step> {
  const said = room.host.shared(room.roomId);
  // Another device of the account came in after that; members have not said so yet.
  if (said?.left !== true && epoch < (said?.epoch ?? 0)) return { done: false, retryMs: closedMs };
  await room.turn((draft) => {
    const { meta } = draft;
    if (meta.membership !== "joining") return;
    clearJoining(room, draft);
    forgetGroup(draft);
    meta.hasLeft = true;
    meta.purge = !meta.accepted || meta.joinSeq === 0;
    if (!meta.purge) draft.line(meta.cursor, { kind: "system", at: draft.nowMs, event: "you-left" }, "event");
  });
  return gaveUp(room);
}

/**
 * sealed: this device has no key for it. ended: the link is over. Any other reason: not one to join from, by the server's or a
 * hostile member's making.
 */
async function prepareExternal(
  room: Room,
  { candidate, rootSeq }: Way,
): Promise<"made" | "sealed" | "ended" | IgnoredReason> {
  const { identity, anchors } = room.host;
  const groupId = fromHex(room.roomId) ?? new Uint8Array();
  const unlock = await groupInfoKey(room);
  const made = await joinExternal({
    groupInfo: candidate.groupInfo,
    groupId,
    identity,
    anchors,
    minEpoch: BigInt(Math.max(room.data.meta.newestEpoch, room.data.meta.via?.epoch ?? 0)),
    unlock,
  });
  if (!made.ok) {
    const isSealed = peekSealedGroupInfo(candidate.groupInfo) !== undefined;
    return isSealed && (unlock === undefined || made.reason === "undecryptable") ? "sealed" : made.reason;
  }
  if (room.data.meta.via !== undefined && hasEnded(made.next, room.host.clock.now())) return "ended";
  await room.turn((draft) => {
    if (draft.meta.membership !== "joining") return;
    const before = members(made.next)
      .filter((member) => deviceKey(member) !== deviceKey(identity))
      .map(deviceKey);
    storeJoining(room, draft, made, {
      kind: "external",
      eventId: newEventId(room.host.random),
      baseSeq: candidate.seq,
      baseEpoch: candidate.epoch,
      rootSeq,
      before,
    });
  });
  return "made";
}

/** The link by which we would come in has ended by our clock: members who have not dropped it yet would let us in (POL-10). */
function hasEnded(group: Group, nowMs: number): boolean {
  const policy = policyOf(group);
  const { link } = ownMember(group);
  const listed = policy.kind === "private" ? policy.links.find(({ key }) => key === link) : undefined;
  return listed !== undefined && listed.expiresAt !== null && listed.expiresAt <= nowMs;
}

async function prepareGenesis(room: Room): Promise<void> {
  const { roomId, name, founding } = room.data.meta;
  const held = founding === undefined ? undefined : decodePolicy(fromHex(founding) ?? new Uint8Array());
  const { group, groupInfo } = await createGroup({
    groupId: fromHex(roomId) ?? new Uint8Array(),
    identity: room.host.identity,
    policy: held ?? { kind: "open", roomId, name, suite: ciphersuiteName, revoked: [] },
  });
  await room.turn((draft) => {
    const joining: Joining = {
      kind: "genesis",
      eventId: newEventId(room.host.random),
      baseSeq: 0,
      baseEpoch: 0,
      rootSeq: 0,
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
  const lost = await hasLost(room, joining, seq);
  if (!lost.ok) return waitAfter(lost.error);
  if (lost.value) {
    room.hasMet = joining.kind === "external";
    return dropJoining(room);
  }
  return await conclude(room, joining, state.next, submitted.value);
}

/** The join counts. */
async function conclude(
  room: Room,
  joining: Joining,
  group: Group,
  place: { readonly seq: number; readonly at: number },
): Promise<Step> {
  const missed = await countMissed(room, place.seq);
  if (!missed.ok) return waitAfter(missed.error);
  // Who left while we came in may have left nobody behind who remembers it.
  const told = await room.host.transport.request("room:group-info", { roomId: room.roomId, limit: 0 });
  if (!told.ok) return waitAfter(told.error);
  await adoptJoin(room, joining, group, place, missed.value);
  await heedGoodbyes(room, told.value.goodbyes);
  return { done: true };
}

/** A member let us in: it counts when its commit was the first of its epoch, as for a join of our own. */
async function adoptAdmission(room: Room, way: Way, { group, event, before }: Admission): Promise<Reading> {
  const joining: Joining = {
    kind: "external",
    eventId: event.id,
    baseSeq: way.candidate.seq,
    baseEpoch: Number(group.epoch) - 1,
    rootSeq: way.rootSeq,
    before: [...before],
  };
  const lost = await hasLost(room, joining, event.seq);
  if (!lost.ok) return "unreachable";
  if (lost.value) return "refused";
  const concluded = await conclude(room, joining, group, event);
  return concluded.done ? "in" : "unreachable";
}

async function dropJoining(room: Room): Promise<"again"> {
  await room.turn((draft) => {
    clearJoining(room, draft);
  });
  return "again";
}

/** Messages of others between the last one we applied and our coming back: nobody can read them to us. */
async function countMissed(room: Room, seq: number): Promise<Outcome<number>> {
  const { repair } = room.data.meta;
  if (repair === undefined) return { ok: true, value: 0 };
  const own = new Set(room.data.pending.map(({ eventId }) => eventId));
  let missed = 0;
  const looked = await readLog(room, repair.from, seq - 1, (event) => {
    const peek = own.has(event.id) ? undefined : peekMessage(event.payload);
    if (peek?.ok === true && peek.kind === "application") missed += 1;
    return Promise.resolve(true);
  });
  return looked.ok ? { ok: true, value: missed } : looked;
}
