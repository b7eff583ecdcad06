/** What people do in private and direct rooms: each deed is asked of an engine, which may refuse it, and noted with its answer. */

import type { Engine } from "@/lib/client/engine/engine";
import { isStoreFull } from "@/lib/client/engine/ports";
import type { EngineResult } from "@/lib/client/engine/results";
import { inviteLink } from "@/lib/crypto/mls/invite-link";
import { fromHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { decodeLinkFragment } from "@/lib/protocol/link-fragment";

import type { SimulatedDevice } from "./device";
import type { Asked, World } from "./world";

export type Deed = keyof typeof usual;

export interface Governing {
  /** How often, in percent per action, an account gives up one of its devices. */
  readonly revoke?: number;
  /** Of the rooms that are founded, how many percent are direct ones. */
  readonly direct?: number;
  /** How often each deed is done, compared with the others; what is left out is as usual. */
  readonly deeds?: Partial<Record<Deed, number>>;
}

const usual = {
  say: 45,
  invite: 14,
  remove: 3,
  ban: 2,
  unban: 2,
  role: 5,
  change: 4,
  timer: 1,
  link: 5,
  unlink: 2,
  leave: 4,
  close: 1,
  block: 1,
};

/** Nothing is done. */
export const calm: Readonly<Record<Deed, number>> = {
  say: 0,
  invite: 0,
  remove: 0,
  ban: 0,
  unban: 0,
  role: 0,
  change: 0,
  timer: 0,
  link: 0,
  unlink: 0,
  leave: 0,
  close: 0,
  block: 0,
};

interface Person {
  readonly username: string;
  readonly accountId: string;
}

/** One deed of one person. `say`: says something in a room. */
export async function govern(
  world: World,
  device: SimulatedDevice,
  { governed, rooms }: { readonly governed: Governing; readonly rooms: number },
  say: (roomId: RoomId) => void,
): Promise<void> {
  const { dice } = world;
  if (dice.chance(governed.revoke ?? 0)) await giveUpOne(world);
  const { engine } = device;
  if (engine === undefined) return;
  if (world.rooms.length < rooms && (world.rooms.length === 0 || dice.chance(20))) {
    found(world, device, engine, governed.direct ?? 0);
    return;
  }
  const roomId = roomFor(world, engine);
  if (roomId === undefined) return;
  const meta = engine.inspect(roomId)?.meta;
  if (meta === undefined || meta.membership === "none") comeByLink(world, device, engine, roomId);
  else if (!meta.accepted) answerInvitation(world, device, engine, roomId);
  else {
    const deed = pickDeed(world, governed.deeds);
    if (deed === "say") say(roomId);
    else deeds[deed]({ world, device, engine, roomId });
  }
}

/** Asks an engine for something; who dies meanwhile is not answered. */
export function ask(
  world: World,
  device: SimulatedDevice,
  what: string,
  answer: Promise<EngineResult<unknown>>,
): Asked {
  world.note(`${device.name}: ${what}?`);
  const asked = { what, device, life: device.lives, isAnswered: false };
  world.asked.push(asked);
  answer.then(
    (result) => {
      asked.isAnswered = true;
      world.note(`${device.name}: ${what}: ${result.ok ? "ok" : result.error.code}`);
    },
    (error: unknown) => {
      asked.isAnswered = true;
      // A full disk is told to whoever asked; here nobody listens.
      if (!isStoreFull(error)) throw error;
    },
  );
  return asked;
}

function found(world: World, device: SimulatedDevice, engine: Engine, direct: number): void {
  const peer = world.dice.chance(direct) ? somebodyElse(world, device) : undefined;
  const roomId = world.newRoomId();
  if (peer === undefined) {
    const name = `Room ${String(world.rooms.length)}`;
    ask(world, device, `founds ${roomId}`, engine.govern.createPrivateRoom({ name, topic: "" }, roomId));
    return;
  }
  openDirect(world, device, engine, peer, roomId);
}

function openDirect(world: World, device: SimulatedDevice, engine: Engine, peer: Person, roomId: RoomId): void {
  world.witness.invites(roomId, device.identity.accountId, peer.accountId, world.head(roomId));
  ask(world, device, `opens ${roomId} with ${peer.username}`, engine.govern.openDirect(peer.username, roomId));
}

/** Mostly one that this person is in. */
function roomFor(world: World, engine: Engine): RoomId | undefined {
  const { dice, rooms } = world;
  const own = rooms.filter((roomId) => (engine.inspect(roomId)?.meta.membership ?? "none") !== "none");
  return dice.pick(own.length > 0 && dice.chance(80) ? own : rooms);
}

function comeByLink(world: World, device: SimulatedDevice, engine: Engine, roomId: RoomId): void {
  const link = world.dice.pick(world.links.filter((one) => one.roomId === roomId));
  if (link === undefined || world.dice.chance(30)) return;
  ask(world, device, `comes to ${roomId} by a link`, engine.govern.joinByLink(link.fragment));
}

function answerInvitation(world: World, device: SimulatedDevice, engine: Engine, roomId: RoomId): void {
  if (world.dice.chance(60)) ask(world, device, `accepts ${roomId}`, engine.govern.acceptInvite(roomId));
  else if (world.dice.chance(60)) ask(world, device, `declines ${roomId}`, engine.govern.declineInvite(roomId));
}

function pickDeed(world: World, changed: Governing["deeds"] = {}): Deed {
  const weights = Object.entries({ ...usual, ...changed }) as [Deed, number][];
  let left = world.dice.below(weights.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [deed, weight] of weights) {
    left -= weight;
    if (left < 0) return deed;
  }
  return "say";
}

interface Doing {
  readonly world: World;
  readonly device: SimulatedDevice;
  readonly engine: Engine;
  readonly roomId: RoomId;
}

const deeds: Record<Exclude<Deed, "say">, (doing: Doing) => void> = {
  invite({ world, device, engine, roomId }) {
    const who = somebodyElse(world, device);
    if (who === undefined) return;
    world.witness.invites(roomId, device.identity.accountId, who.accountId, world.head(roomId));
    ask(world, device, `invites ${who.username} to ${roomId}`, engine.govern.invite(roomId, who.username));
  },
  remove: (doing) => {
    remove(doing, false);
  },
  ban: (doing) => {
    remove(doing, true);
  },
  unban({ world, device, engine, roomId }) {
    // In the order of people: that of the list follows their keys.
    const bans = engine.room(roomId)?.bans ?? [];
    const who = peopleOf(world).find(({ accountId }) => bans.some((ban) => ban.accountId === accountId));
    if (who === undefined) return;
    ask(world, device, `unbans ${who.username} in ${roomId}`, engine.govern.unban(roomId, who.accountId));
  },
  role({ world, device, engine, roomId }) {
    const who = memberOf(world, engine, roomId, world.dice.chance(25) ? undefined : device);
    const role = world.dice.chance(65) ? "admin" : "member";
    if (who === undefined) return;
    const what = `makes ${who.username} ${role} of ${roomId}`;
    ask(world, device, what, engine.govern.setRole(roomId, who.accountId, role));
  },
  change({ world, device, engine, roomId }) {
    world.said += 1;
    const text = String(world.said);
    const invite = world.dice.pick(["admins", "members", "members"] as const) ?? "members";
    const change = world.dice.pick([{ name: `Room ${text}` }, { topic: `Topic ${text}` }, { invite }]) ?? {};
    ask(world, device, `changes ${roomId}: ${JSON.stringify(change)}`, engine.govern.changeRoom(roomId, change));
  },
  timer({ world, device, engine, roomId }) {
    const timerMs = world.dice.pick([minuteMs, hourMs, null]) ?? null;
    ask(world, device, `timer of ${roomId}: ${String(timerMs)}`, engine.govern.changeRoom(roomId, { timerMs }));
  },
  link: makeLink,
  unlink({ world, device, engine, roomId }) {
    const link = world.dice.pick(world.links.filter((one) => one.roomId === roomId));
    if (link !== undefined)
      ask(world, device, `revokes a link of ${roomId}`, engine.govern.revokeLink(roomId, link.key));
  },
  leave({ world, device, engine, roomId }) {
    ask(world, device, `leaves ${roomId}`, engine.leave(roomId));
  },
  close({ world, device, engine, roomId }) {
    ask(world, device, `closes ${roomId}`, engine.govern.closeRoom(roomId));
  },
  block({ world, device, engine }) {
    const who = somebodyElse(world, device);
    if (who === undefined) return;
    world.blockers.add(device.identity.accountId);
    ask(world, device, `blocks ${who.username}`, engine.govern.setBlocked(who.accountId, true));
  },
};

function remove({ world, device, engine, roomId }: Doing, ban: boolean): void {
  const who = memberOf(world, engine, roomId, device);
  if (who === undefined) return;
  const what = `${ban ? "bans" : "removes"} ${who.username} from ${roomId}`;
  ask(world, device, what, engine.govern.removeMember(roomId, who.accountId, { ban }));
}

function makeLink({ world, device, engine, roomId }: Doing): void {
  const { dice } = world;
  const options = { uses: dice.pick([1, 1, 2, null]) ?? null, expiresInMs: dice.pick([null, null, minuteMs]) ?? null };
  const made = engine.govern.createLink(roomId, options).then(async (result) => {
    if (result.ok) {
      const { fragment } = result.value;
      const secret = decodeLinkFragment(fragment)?.secret ?? new Uint8Array();
      const { key } = await inviteLink(secret, fromHex(roomId) ?? new Uint8Array());
      world.links.push({ roomId, key, fragment });
    }
    return result;
  });
  ask(world, device, `makes a link to ${roomId}`, made);
}

/** A device of an account that has another one. */
async function giveUpOne(world: World): Promise<void> {
  const living = world.devices.filter(({ isRevoked }) => !isRevoked);
  const spare = living.filter((device) =>
    living.some((other) => other !== device && other.identity.accountId === device.identity.accountId),
  );
  const chosen = world.dice.pick(spare);
  if (chosen !== undefined) await world.revoke(chosen);
}

function peopleOf(world: World): Person[] {
  const people = new Map(world.devices.map(({ identity }) => [identity.accountId, identity.username]));
  return [...people].map(([accountId, username]) => ({ accountId, username }));
}

function somebodyElse(world: World, device: SimulatedDevice): Person | undefined {
  return world.dice.pick(peopleOf(world).filter(({ accountId }) => accountId !== device.identity.accountId));
}

/** Of the room as this device sees it; `but`: not the account of this device. */
function memberOf(world: World, engine: Engine, roomId: RoomId, but: SimulatedDevice | undefined): Person | undefined {
  const here = engine.room(roomId)?.members ?? [];
  return world.dice.pick(here.filter(({ accountId }) => accountId !== but?.identity.accountId));
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
