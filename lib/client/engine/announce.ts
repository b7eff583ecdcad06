/**
 * What a commit means to people: lines for who came and went and for what changed in the policy, from the two states
 * alone; and what the room's record keeps of its policy. SPEC ENG-26.
 */

import type { Group, Member, MemberRemoval, Offence } from "../../crypto/mls/door";
import { members, policyOf } from "../../crypto/mls/roster";
import type { PrivatePolicy, RoomPolicy } from "../../protocol/policy";
import { deviceMark } from "../../protocol/policy-rules";
import type { RoomEvent } from "../../protocol/schemas/socket";
import type { Draft } from "./draft";
import { deviceKey } from "./records";
import type { RefusalCause } from "./views";

export interface Changes {
  /** Devices that came. */
  readonly arrived: readonly string[];
  /** Whether a device went. */
  readonly hasLeft: boolean;
}

export interface AppliedCommit {
  readonly from: Group;
  readonly to: Group;
  readonly committer: Member;
  readonly external: boolean;
  /** Of a commit of others; who removed whom in our own is read from the trees. */
  readonly removals?: readonly MemberRemoval[];
}

export function announce(draft: Draft, event: RoomEvent, applied: AppliedCommit): Changes {
  const before = members(applied.from);
  const after = members(applied.to);
  const arrived = announceArrivals(draft, event, applied, before, after);
  const hasLeft = announceDepartures(draft, event, applied, before, after);
  announcePolicy(draft, event, policyOf(applied.from), policyOf(applied.to), applied.committer);
  const stillIn = new Set(after.map((member) => member.leafIndex));
  draft.meta.leavers = draft.meta.leavers.filter((leaver) => stillIn.has(leaver.leafIndex));
  const devices = new Set(after.map(deviceKey));
  draft.meta.revoked = draft.meta.revoked.filter(({ device }) => devices.has(device));
  keepPolicy(draft, applied.to);
  return { arrived, hasLeft };
}

/** What the record holds of the signed policy, so that it is there while the group is not. */
export function keepPolicy(draft: Draft, group: Group): void {
  const policy = policyOf(group);
  const { meta } = draft;
  meta.kind = policy.kind;
  if (policy.kind === "open") {
    meta.name = policy.name;
    return;
  }
  if (meta.secret !== policy.secret) {
    meta.secret = policy.secret;
    meta.secretEpoch = Number(group.epoch);
  }
  if (policy.kind === "private") {
    meta.name = policy.name;
    const listed = new Set(policy.links.map(({ key }) => key));
    meta.ownLinks = Object.fromEntries(Object.entries(meta.ownLinks).filter(([key]) => listed.has(key)));
    return;
  }
  const peerId = policy.peers.find((accountId) => accountId !== draft.identity.accountId) ?? policy.peers[0];
  const peer = members(group).find(({ accountId }) => accountId === peerId);
  if (peer !== undefined) meta.peer = { username: peer.username, accountId: peer.accountId };
  meta.name = meta.peer?.username ?? meta.name;
}

function announceArrivals(
  draft: Draft,
  event: RoomEvent,
  { committer, external, to }: AppliedCommit,
  before: readonly Member[],
  after: readonly Member[],
): string[] {
  const arrived: string[] = [];
  const isInvited = !external && policyOf(to).kind !== "open";
  const said = new Set<string>();
  for (const member of after) {
    draft.pin(member);
    if (before.some((other) => isSameDevice(other, member))) continue;
    arrived.push(deviceKey(member));
    if (before.some((other) => isSameAccount(other, member))) {
      draft.line(event.seq, { kind: "system", at: event.at, event: "device-joined", who: member.username });
      continue;
    }
    if (said.has(member.accountId)) continue;
    said.add(member.accountId);
    if (isInvited) {
      const by = committer.username;
      draft.line(event.seq, { kind: "system", at: event.at, event: "invited", who: member.username, by });
      draft.meta.unanswered = [...new Set([...draft.meta.unanswered, member.accountId])];
    } else draft.line(event.seq, { kind: "system", at: event.at, event: "joined", who: member.username });
    // From here on the name stands for somebody else, perhaps (VER-08).
    if (draft.named(member).keyChanged)
      draft.line(event.seq, { kind: "system", at: event.at, event: "key-changed", who: member.username });
  }
  return arrived;
}

function announceDepartures(
  draft: Draft,
  event: RoomEvent,
  { from, to, committer, removals }: AppliedCommit,
  before: readonly Member[],
  after: readonly Member[],
): boolean {
  const { meta } = draft;
  const said = new Set<string>();
  let hasLeft = false;
  for (const member of before) {
    if (after.some((other) => isSameDevice(other, member))) continue;
    hasLeft = true;
    const reason = removals?.find((removal) => removal.member.leafIndex === member.leafIndex)?.reason;
    const at = event.at;
    const mark = deviceMark(member);
    const isRevoked = policyOf(to).revoked.includes(mark) && !policyOf(from).revoked.includes(mark);
    if (isRevoked) draft.line(event.seq, { kind: "system", at, event: "device-revoked", who: member.username });
    if (after.some((other) => isSameAccount(other, member)) || said.has(member.accountId)) continue;
    said.add(member.accountId);
    const asked = reason === "leaves" || meta.leavers.some((leaver) => leaver.leafIndex === member.leafIndex);
    const wasInvited = meta.unanswered.includes(member.accountId);
    meta.unanswered = meta.unanswered.filter((accountId) => accountId !== member.accountId);
    if (asked || committer.accountId === member.accountId || reason === "own-device") {
      draft.line(event.seq, { kind: "system", at, event: wasInvited ? "declined" : "left", who: member.username });
    } else if (!isRevoked) {
      draft.line(event.seq, { kind: "system", at, event: "removed", who: member.username, by: committer.username });
    }
  }
  return hasLeft;
}

function announcePolicy(draft: Draft, event: RoomEvent, from: RoomPolicy, to: RoomPolicy, committer: Member): void {
  const who = committer.username;
  const { at, seq } = event;
  const timer = (policy: RoomPolicy) => (policy.kind === "open" ? null : policy.timerMs);
  if (timer(from) !== timer(to)) draft.line(seq, { kind: "system", at, event: "timer", who, timerMs: timer(to) });
  if (from.kind !== "private" || to.kind !== "private") return;
  if (from.name !== to.name) draft.line(seq, { kind: "system", at, event: "renamed", who, detail: to.name });
  if (from.topic !== to.topic) draft.line(seq, { kind: "system", at, event: "topic", who, detail: to.topic });
  announceRoles(draft, event, from, to, committer);
  if (!from.closed && to.closed) draft.line(seq, { kind: "system", at, event: "closed", who });
}

function announceRoles(
  draft: Draft,
  { seq, at }: RoomEvent,
  from: PrivatePolicy,
  to: PrivatePolicy,
  { username: by }: Member,
): void {
  const nameOf = (accountId: string) =>
    (draft.group === undefined ? [] : members(draft.group)).find((member) => member.accountId === accountId)
      ?.username ?? draft.nameOf(accountId);
  const line = (event: "promoted" | "demoted" | "banned", accountId: string) => {
    const who = nameOf(accountId);
    if (who !== undefined) draft.line(seq, { kind: "system", at, event, who, by });
  };
  for (const accountId of to.admins) if (!from.admins.includes(accountId)) line("promoted", accountId);
  for (const accountId of from.admins) if (!to.admins.includes(accountId)) line("demoted", accountId);
  for (const accountId of to.bans) if (!from.bans.includes(accountId)) line("banned", accountId);
}

/** A commit that is correct in all but the rules: everybody refuses it and sees who tried what. */
export function announceOffence(draft: Draft, event: RoomEvent, { by, kind }: Offence): void {
  const causes = { add: "add", enter: "enter", remove: "remove", policy: "settings", other: "other" } as const;
  const cause: RefusalCause = causes[kind];
  draft.line(event.seq, { kind: "system", at: event.at, event: "refused", who: by.username, cause });
}

function isSameDevice(a: Member, b: Member): boolean {
  return isSameAccount(a, b) && a.deviceId === b.deviceId;
}

function isSameAccount(a: Member, b: Member): boolean {
  return a.accountId === b.accountId;
}
