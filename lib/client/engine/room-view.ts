/** What pages see of a room: plain data from its record and its signed state. */

import { members, policyOf } from "../../crypto/mls/roster";
import { encodeLinkFragment } from "../../protocol/link-fragment";
import { fromHex } from "../../protocol/bytes";
import { latestDateMs } from "../../protocol/limits";
import type { RoomPolicy } from "../../protocol/policy";
import { isAdmin, mayInvite, usesOf } from "../../protocol/policy-rules";
import type { Builds } from "./builds";
import type { RoomData } from "./draft";
import type { StoredIdentity } from "./identity";
import type { Keyring } from "./keyring";
import type { KeyLog } from "./log/key-log";
import { awaited } from "./log/rely";
import { holdsOf, isWords } from "./trust/hold";
import type { TrustBook } from "./trust/trust";
import type { AccountRef, LinkView, MemberDevice, MemberView, Membership, RoomState, RoomView, Trust } from "./views";

export interface ViewContext {
  readonly identity: StoredIdentity;
  /** Account ids by the names under which they were met. */
  readonly pins: ReadonlyMap<string, string>;
  readonly keyring: Pick<Keyring, "get">;
  readonly trust: TrustBook;
  readonly keyLog: KeyLog;
  readonly builds: Builds;
}

export function roomState({ meta, group }: RoomData, { keyring, trust }: ViewContext): RoomState {
  const { roomId, name, kind, unread, mentions, lastText, lastAt, accepted, peer, invitedBy } = meta;
  const policy = group && policyOf(group);
  return {
    roomId,
    name,
    kind,
    membership: membershipOf(meta),
    peer,
    invitedBy: accepted ? undefined : invitedBy,
    trust: trustOfAsker(meta, trust),
    unread: accepted ? unread : 0,
    mentions: accepted ? mentions : 0,
    lastText: accepted ? lastText : undefined,
    lastAt,
    muted: keyring.get(`mute/${roomId}`) ?? false,
    favourite: keyring.get(`favourite/${roomId}`) ?? false,
    closed: isClosed(policy),
  };
}

export function roomView(data: RoomData, context: ViewContext): RoomView {
  const { meta, group } = data;
  const { identity } = context;
  const policy = group && policyOf(group);
  const people = memberViews(data, context);
  const admins = policy?.kind === "private" ? policy.admins : [];
  const isLastAdmin = admins.length === 1 && admins[0] === identity.accountId && people.length > 1;
  return {
    roomId: meta.roomId,
    name: meta.name,
    kind: meta.kind,
    topic: policy?.kind === "private" ? policy.topic : "",
    membership: membershipOf(meta),
    asksBack: meta.asksBack && meta.membership === "joining",
    confirmed: meta.confirmed,
    closed: isClosed(policy),
    role: policy !== undefined && isAdmin(policy, identity.accountId) ? "admin" : "member",
    peer: meta.peer,
    invitedBy: meta.invitedBy,
    trust: trustOfAsker(meta, context.trust),
    holds: holdsOf(group, context),
    awaited: data.pending.some(({ body }) => isWords(body)) ? awaited(group, context) : [],
    peerFound: meta.peerFound,
    invite: policy?.kind === "private" ? policy.invite : "members",
    timerMs: policy === undefined || policy.kind === "open" ? null : policy.timerMs,
    members: people,
    links: linkViews(data, context),
    bans: (policy?.kind === "private" ? policy.bans : []).map((accountId) => accountRef(accountId, context.pins)),
    may: {
      invite: policy?.kind === "private" && mayInvite(policy, identity.accountId),
      govern: policy !== undefined && isAdmin(policy, identity.accountId) && !isClosed(policy),
      leave: !isLastAdmin,
    },
    waiting: waitingTexts(data),
    alarm: meta.alarm,
  };
}

export function waitingTexts({ pending }: RoomData): number {
  return pending.filter((entry) => entry.body.kind === "text").length;
}

/** Of whom the page says that they ask, or that this is the room with them. */
function asker({ kind, peer, invitedBy, accepted }: RoomData["meta"]): AccountRef | undefined {
  return kind === "direct" ? (peer ?? invitedBy) : accepted ? undefined : invitedBy;
}

function trustOfAsker(meta: RoomData["meta"], trust: TrustBook): Trust | undefined {
  const who = asker(meta);
  return who && trust.of(who);
}

function membershipOf({ membership, accepted, unwanted }: RoomData["meta"]): Membership {
  if (unwanted) return "leaving";
  const isPresent = membership === "joined" || membership === "joining";
  return isPresent && !accepted ? "invited" : membership;
}

function memberViews({ meta, group }: RoomData, { identity, pins, trust, builds }: ViewContext): MemberView[] {
  const accounts = new Map<string, AccountRef & { readonly devices: MemberDevice[] }>();
  for (const { username, accountId, deviceId } of group === undefined ? [] : members(group)) {
    const account = accounts.get(accountId) ?? { username, accountId, devices: [] };
    const own = accountId === identity.accountId && deviceId === identity.deviceId;
    account.devices.push({ deviceId, own, build: own ? builds.own : builds.of({ accountId, deviceId }) });
    accounts.set(accountId, account);
  }
  const policy = group && policyOf(group);
  return [...accounts.values()].map((account) => ({
    ...account,
    role: policy !== undefined && isAdmin(policy, account.accountId) ? "admin" : "member",
    deviceCount: account.devices.length,
    keyChanged: (pins.get(account.username) ?? account.accountId) !== account.accountId,
    trust: trust.of(account),
    accepted: !meta.unanswered.includes(account.accountId),
  }));
}

function linkViews({ meta, group }: RoomData, { identity, pins }: ViewContext): LinkView[] {
  const policy = group && policyOf(group);
  if (group === undefined || policy?.kind !== "private") return [];
  const people = members(group);
  return policy.links.map(({ key, by, expiresAt: ends, uses }) => {
    // The policy takes any number, and changing that would change what members agree on.
    const expiresAt = ends === null ? null : Math.min(ends, latestDateMs);
    const held = meta.ownLinks[key];
    const secret = held === undefined ? undefined : fromHex(held);
    const epoch = Number(group.epoch);
    return {
      id: key,
      by: { username: "", ...accountRef(by, pins) },
      expiresAt,
      uses,
      used: usesOf(people, key),
      ...(secret === undefined
        ? {}
        : {
            address: encodeLinkFragment({
              roomId: meta.roomId,
              secret,
              epoch,
              inviter: identity.accountId,
              endsAt: expiresAt,
            }),
          }),
    };
  });
}

function accountRef(accountId: string, pins: ReadonlyMap<string, string>) {
  for (const [username, pinned] of pins) if (pinned === accountId) return { accountId, username };
  return { accountId };
}

function isClosed(policy: RoomPolicy | undefined): boolean {
  return policy?.kind === "private" && policy.closed;
}
