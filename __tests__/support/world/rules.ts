/**
 * What a room's rules say of its history, written down a second time and more simply than in lib/protocol/policy-rules.ts: who
 * came in was let in, who went wanted to, was revoked or was removed by an admin, and what only admins change was changed by one.
 */

import type { Member } from "@/lib/crypto/mls/door";
import { deviceKey } from "@/lib/client/engine/records";
import type { PrivatePolicy } from "@/lib/protocol/policy";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

import type { ChainLink } from "./epochs";
import type { World } from "./world";

interface Change {
  readonly from: ChainLink;
  readonly to: ChainLink;
  /** Account of who made it. */
  readonly maker: string;
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
}

export function brokenRules(
  world: World,
  roomId: string,
  log: readonly RoomEvent[],
  chain: readonly ChainLink[],
): string[] {
  const violations = chain.slice(1).flatMap((to, index) => {
    const from = chain[index];
    if (from === undefined || to.epoch.policy.kind === "open") return [];
    const change = changeOf(from, to);
    return [...admissions(world, roomId, change), ...departures(world, log, change), ...changes(change)].map(
      (what) => `${what} at ${String(to.seq)}`,
    );
  });
  const last = chain.at(-1)?.epoch;
  if (last?.policy.kind === "private") {
    const { bans } = last.policy;
    const banned = last.members.find(({ accountId }) => bans.includes(accountId));
    if (banned !== undefined) violations.push(`${banned.username} is banned and a member`);
  }
  return violations;
}

function changeOf(from: ChainLink, to: ChainLink): Change {
  const minus = (these: readonly Member[], those: readonly Member[]) =>
    these.filter((one) => !those.some((other) => deviceKey(other) === deviceKey(one)));
  return {
    from,
    to,
    maker: accountOf(to.by),
    added: minus(to.epoch.members, from.epoch.members),
    removed: minus(from.epoch.members, to.epoch.members),
  };
}

function admissions(world: World, roomId: string, { from, to, maker, added }: Change): string[] {
  const { policy, members } = from.epoch;
  const isIn = (accountId: string) => members.some((member) => member.accountId === accountId);
  return added.flatMap((member) => {
    const { accountId, username, link: key } = member;
    const refuse = (why: string) => [`${username} came in ${why}`];
    if (policy.kind === "private" && policy.bans.includes(accountId)) return refuse("though banned");
    if (policy.kind === "direct") return policy.peers.includes(accountId) ? [] : refuse("to two others");
    if (policy.kind === "open" || isIn(accountId)) return [];
    if (policy.closed) return refuse("to a closed room");
    if (to.kind === "external") {
      const link = policy.links.find((one) => one.key === key);
      if (link === undefined) return refuse("without a link");
      const used = members.filter((other) => other.link === key).length;
      return link.uses !== null && used >= link.uses ? refuse("by a link that is used up") : [];
    }
    if (policy.invite !== "members" && !policy.admins.includes(maker)) return refuse("by who may not invite");
    return world.witness.hasInvited(roomId, maker, accountId, to.seq) ? [] : refuse("whom nobody asked");
  });
}

function departures(world: World, log: readonly RoomEvent[], { from, to, maker, removed }: Change): string[] {
  const { policy } = from.epoch;
  const isExpelled = (member: Member) =>
    member.accountId !== maker && !hasSaidGoodbye(world, log, member, to.seq) && !isRevoked(world, member);
  const expelled = removed.filter(isExpelled);
  if (expelled.length === 0) return [];
  const names = expelled.map(({ username }) => username).join(", ");
  if (policy.kind !== "private" || !policy.admins.includes(maker)) return [`${names} removed by who is no admin`];
  const isHalf = to.epoch.members.some(({ accountId }) => expelled.some((member) => member.accountId === accountId));
  return isHalf ? [`${names} removed with some devices only`] : [];
}

function hasSaidGoodbye(world: World, log: readonly RoomEvent[], member: Member, before: number): boolean {
  return log.some((event) => {
    const sealed = event.seq < before ? world.witness.sealedAs(event.payload) : undefined;
    return sealed?.by === deviceKey(member) && sealed.body?.kind === "leave";
  });
}

function isRevoked(world: World, member: Member): boolean {
  return world.devices.some(({ identity, isRevoked: is }) => is && deviceKey(identity) === deviceKey(member));
}

const forAdmins = ["name", "topic", "invite", "timerMs", "bans"] as const;

function changes({ from, to, maker, removed }: Change): string[] {
  const [before, after] = [from.epoch.policy, to.epoch.policy];
  if (before.kind !== after.kind || before.roomId !== after.roomId) return ["the room became another one"];
  if (before.kind !== "private" || after.kind !== "private") return [];
  const isByAdmin = before.admins.includes(maker) && !before.closed;
  const violations: string[] = [];
  const differs = (field: keyof PrivatePolicy) => JSON.stringify(before[field]) !== JSON.stringify(after[field]);
  for (const field of forAdmins) if (differs(field) && !isByAdmin) violations.push(`${field} changed by who may not`);
  if (before.closed && !after.closed) violations.push("a closed room was opened");
  if (!before.closed && after.closed && !isByAdmin) violations.push("closed by who is no admin");
  if (differs("admins") && !isByAdmin && !isSuccession(before, after, to, removed))
    violations.push("admins changed by who is none");
  const made = after.links.filter(({ key }) => !before.links.some((link) => link.key === key));
  const mayMake = !before.closed && (before.invite === "members" || before.admins.includes(maker));
  if (made.length > 0 && (!mayMake || made.some(({ by }) => by !== maker))) violations.push("a link by who may not");
  return violations;
}

/** Admins who have gone are off the list, and one member follows the last of them. */
function isSuccession(before: PrivatePolicy, after: PrivatePolicy, to: ChainLink, removed: readonly Member[]): boolean {
  if (removed.length === 0) return false;
  const isIn = (accountId: string) => to.epoch.members.some((member) => member.accountId === accountId);
  const here = before.admins.filter(isIn);
  if (here.length > 0) return JSON.stringify(here) === JSON.stringify(after.admins);
  return after.admins.length === 1 && after.admins.every(isIn);
}

function accountOf(device: string): string {
  return device.split(".")[0] ?? "";
}
