/** Leaving rooms, one or all, with all devices of the account. */

import { members, policyOf } from "../../crypto/mls/roster";
import type { RoomKeyringValue } from "../../protocol/keyring";
import type { GovernHost } from "./govern-host";
import { makeWish } from "./make-wish";
import { askToLeave, turnBack } from "./membership";
import { bad, notFound, ok, type EngineResult } from "./results";
import type { Room } from "./room";

/** How long an account that is about to end waits for its goodbyes. */
const leaveWaitMs = 15_000;
const leavePollMs = 50;

/** The last admin among several members names another one first. Of a direct room every one with the same account is left. */
export async function leave(host: GovernHost, roomId: string): Promise<EngineResult<null>> {
  const room = host.room(roomId);
  if (room === undefined) return notFound;
  if (room.data.meta.membership === "joined" && isLastAdmin(host, room)) return bad("LAST_ADMIN");
  const { kind, peer } = room.data.meta;
  const twins = kind === "direct" && peer !== undefined ? directWith(host, peer.accountId) : [];
  for (const one of new Set([room, ...twins])) await leaveOne(host, one);
  return ok(null);
}

/** Every direct room with this account, and what it invites to. */
export async function leaveAllWith(host: GovernHost, accountId: string): Promise<void> {
  const invited = [...host.all()].filter(
    ({ data: { meta } }) => !meta.accepted && meta.invitedBy?.accountId === accountId,
  );
  for (const { roomId } of new Set([...directWith(host, accountId), ...invited])) await leave(host, roomId);
}

function directWith(host: GovernHost, accountId: string): Room[] {
  return [...host.all()].filter(({ data: { meta } }) => meta.kind === "direct" && meta.peer?.accountId === accountId);
}

async function leaveOne(host: GovernHost, room: Room): Promise<void> {
  // From where the account's other devices are this one cannot say goodbye: they do when they read it.
  if (room.data.meta.membership === "joining") await host.keyring.update(`room/${room.roomId}`, asLeft);
  await room.turn(async (draft) => {
    if (draft.meta.membership === "joining") {
      // What was handed in may be in the order already: then our leaf is in the tree, and goes as every other (ENG-10).
      if ((await draft.get(draft.keys.joining.record)) === undefined) turnBack(draft.meta);
      else draft.meta.unwanted = true;
    }
    if (draft.meta.membership !== "joined" || draft.group === undefined) return;
    await askToLeave(draft, draft.group, host.identity, { account: true });
  });
  room.kick();
}

function asLeft(held: RoomKeyringValue | undefined): RoomKeyringValue | undefined {
  return held === undefined || held.left === true ? undefined : { ...held, left: true, asked: true };
}

/** Leaves all rooms and waits until the goodbyes are sent, for a while; names the rooms that it could not leave. */
export async function leaveEverywhere(host: GovernHost): Promise<EngineResult<{ left: number; stuck: string[] }>> {
  const { clock } = host;
  const rooms = [...host.all()].filter(({ data: { meta } }) => meta.membership !== "none");
  for (const room of rooms) {
    if (isLastAdmin(host, room)) await nameHeir(host, room);
    await leave(host, room.roomId);
  }
  const isGone = ({ data }: Room) => data.meta.membership === "none";
  const until = clock.now() + leaveWaitMs;
  while (!rooms.every(isGone) && clock.now() < until) {
    await new Promise<void>((resolve) => void clock.schedule(leavePollMs, resolve));
  }
  const stuck = rooms.filter((room) => !isGone(room)).map(({ data }) => data.meta.name);
  return ok({ left: rooms.length - stuck.length, stuck });
}

/** Whoever sits first governs the room from now on, as the rules would have it anyway (POL-05). */
async function nameHeir(host: GovernHost, { roomId, data: { group } }: Room): Promise<void> {
  const { accountId: self } = host.identity;
  const heir = (group === undefined ? [] : members(group)).find(({ accountId }) => accountId !== self);
  if (heir !== undefined) await makeWish(host, roomId, { kind: "role", accountId: heir.accountId, role: "admin" });
}

function isLastAdmin({ identity: { accountId } }: GovernHost, { data: { group } }: Room): boolean {
  const policy = group && policyOf(group);
  if (group === undefined || policy?.kind !== "private") return false;
  const isAlone = members(group).every((member) => member.accountId === accountId);
  return policy.admins.length === 1 && policy.admins[0] === accountId && !isAlone;
}
