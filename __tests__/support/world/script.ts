/** What people do in a world, and what happens to their machines. */

import { isStoreFull } from "@/lib/client/engine/ports";
import { messageIdSchema, type RoomId } from "@/lib/protocol/ids";
import { toHex } from "@/lib/protocol/bytes";

import type { Shape } from "./cast";
import type { SimulatedDevice } from "./device";
import { calm, govern, type Governing } from "./governed-script";
import { promise } from "./promises";
import { tell, type Step } from "./story";
import { marker } from "./witness";
import { noFaults, type Faults, type World } from "./world";

export interface Scenario {
  readonly name: string;
  readonly faults?: Partial<Faults>;
  /** Actions of people. */
  readonly actions: number;
  /** How often, in percent per action, something happens to the whole. */
  readonly leave?: number;
  readonly switchTabs?: number;
  readonly closeTab?: number;
  readonly offline?: number;
  readonly restartServer?: number;
  /** At the end of the first third the server is backed up; after the second it is restored from that. */
  readonly rollBack?: boolean;
  readonly damage?: number;
  readonly clock?: number;
  /** All join in the same moment. */
  readonly storm?: boolean;
  /** How long, at most, nothing happens between two actions. */
  readonly idleMs?: number;
  /** Rooms are private and direct ones, which people found, open to each other and govern. */
  readonly governed?: Governing;
  /** A fixed course instead of chance. */
  readonly story?: (world: World) => readonly Step[];
}

/** Lets the scenario happen; what is left open is brought to rest by `World.heal`. */
export async function play(world: World, scenario: Scenario, { rooms }: Pick<Shape, "rooms">): Promise<void> {
  const { dice } = world;
  for (const device of world.devices) {
    device.open();
    device.connect();
  }
  await settleBriefly(world);
  if (scenario.story !== undefined) await tell(world, scenario.story(world));
  if (scenario.governed !== undefined && scenario.story === undefined) await meet(world, scenario, rooms);
  if (scenario.storm === true) for (const device of world.devices) joinAll(world, device);
  world.faults = { ...noFaults, ...scenario.faults };
  for (let action = 0; action < scenario.actions; action++) {
    await act(world, scenario, rooms);
    if (scenario.rollBack === true && action === Math.floor(scenario.actions / 3)) {
      await world.restartServer(() => {
        world.host.backUp();
      });
    }
    if (scenario.rollBack === true && action === Math.floor((scenario.actions * 2) / 3)) {
      world.note("the server goes back");
      await world.restartServer(() => {
        world.host.restore();
        world.witness.wentBack();
      });
    }
    await world.run(dice.below(scenario.governed === undefined ? 12 : 30));
    if (dice.chance(30)) await pause(world, scenario.idleMs);
  }
}

async function pause(world: World, idleMs: number | undefined): Promise<void> {
  if (idleMs === undefined) {
    await world.wait(world.dice.below(5000));
    return;
  }
  const until = world.time.now + world.dice.below(idleMs);
  while (await world.wait(until - world.time.now)) await world.run(pauseSteps);
}

/** Rooms are founded and people get into them before anything goes wrong: there is more to see then. */
async function meet(world: World, { governed }: Scenario, rooms: number): Promise<void> {
  const deeds = { ...calm, invite: 60, say: 10 };
  for (let action = 0; action < meetActions; action++) {
    await act(world, { name: "meeting", actions: 0, governed: { ...governed, revoke: 0, deeds } }, rooms);
    await world.run(60);
  }
}

async function act(world: World, scenario: Scenario, rooms: number): Promise<void> {
  const { dice } = world;
  const device = dice.pick(world.devices);
  if (device === undefined) return;
  if (dice.chance(scenario.restartServer ?? 0)) {
    world.note("the server restarts");
    await world.restartServer();
  }
  if (dice.chance(scenario.switchTabs ?? 0)) {
    world.note(`${device.name}: another tab takes over`);
    device.crash();
    device.open();
    device.connect();
  }
  if (dice.chance(scenario.closeTab ?? 0)) device.crash();
  if (dice.chance(scenario.offline ?? 0)) device.disconnect();
  if (dice.chance(scenario.clock ?? 0)) {
    device.clockSkewMs = dice.pick([-hourMs, -365 * 24 * hourMs, 24 * hourMs, 0]) ?? 0;
    world.note(`${device.name}: clock off by ${String(device.clockSkewMs)}`);
  }
  if (dice.chance(scenario.damage ?? 0)) await damage(world, device);
  if (!device.isOpen && dice.chance(60)) device.open();
  if (!device.isOnline && dice.chance(60)) device.connect();
  await settleBriefly(world);

  const { governed } = scenario;
  if (governed !== undefined) {
    await govern(world, device, { governed, rooms }, (roomId) => {
      say(world, device, roomId);
    });
    return;
  }
  const roomId = dice.pick(world.rooms);
  if (device.engine === undefined || roomId === undefined) return;
  const membership = device.engine.inspect(roomId)?.meta.membership ?? "none";
  if (membership === "none") {
    if (dice.chance(70)) join(world, device, roomId);
  } else if (dice.chance(scenario.leave ?? 0)) {
    world.note(`${device.name}: leaves`);
    forgiveFull(device.engine.leave(roomId));
  } else {
    say(world, device, roomId);
  }
}

function joinAll(world: World, device: SimulatedDevice): void {
  for (const roomId of world.rooms) join(world, device, roomId);
}

function join(world: World, device: SimulatedDevice, roomId: RoomId): void {
  world.note(`${device.name}: joins`);
  forgiveFull(device.engine?.join(roomId, "Simulated"));
}

/** A full disk is told to whoever asked; here nobody listens. */
function forgiveFull(asked: Promise<unknown> | undefined): void {
  asked?.catch((error: unknown) => {
    if (!isStoreFull(error)) throw error;
  });
}

function say(world: World, device: SimulatedDevice, roomId: RoomId): void {
  world.said += 1;
  const text = `${marker}${device.name} ${String(world.said)}`;
  const messageId = messageIdSchema.parse(toHex(world.dice.bytes(16)));
  world.note(`${device.name}: says ${text}`);
  if (device.engine !== undefined) void promise(world, { device, roomId, messageId, text }, device.engine);
}

/** A row of a room is cut, emptied, overwritten or gone while the tab is closed. */
async function damage(world: World, device: SimulatedDevice): Promise<void> {
  const { dice } = world;
  device.crash();
  // What is said and read is not replaceable; that its rows are lost when they are damaged needs no proof.
  const keys = (await device.disk.keys("room/")).filter((key) => !key.includes("/out/") && !key.includes("/t/"));
  const named = keys.map((key) => ({ key, name: world.plain(key) }));
  const key = dice.pick(named.sort((a, b) => (a.name < b.name ? -1 : 1)))?.key;
  const value = key === undefined ? undefined : await device.disk.get(key);
  if (key !== undefined && value !== undefined) {
    const damaged = dice.pick([
      value.subarray(0, Math.floor(value.length / 2)),
      new Uint8Array(),
      value.map((byte, index) => (index % 7 === 3 ? byte ^ 0x55 : byte)),
      undefined,
    ]);
    world.note(`${device.name}: ${key} is damaged`);
    await device.disk.write([{ key, value: damaged }]);
  }
  device.open();
  device.connect();
}

async function settleBriefly(world: World): Promise<void> {
  await world.run(6);
}

const meetActions = 14;
const pauseSteps = 30;
const hourMs = 60 * 60 * 1000;
