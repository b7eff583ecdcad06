/** What an engine does for itself: fresh keys, stock, damaged stores, full disks and clocks, in a world that waits. */

import { ClockGuard } from "@/lib/client/engine/clock-guard";
import { refillKeyPackages } from "@/lib/client/engine/key-packages";
import type { Transport } from "@/lib/client/engine/ports";
import { decodeRecord, timelineItemSchema } from "@/lib/client/engine/records";
import { currentChain, headOf, lengthOf } from "@/lib/client/engine/transcript";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { keyPackageLifetimeMs, keyPackageTarget, textMaxBytes } from "@/lib/protocol/limits";
import { eventIdSchema, messageIdSchema } from "@/lib/protocol/ids";

import { privateMessage } from "../support/events";
import { World as MlsWorld } from "../support/mls";
import { Cast, startMs, type Shape } from "../support/world/cast";
import { isAtRest } from "../support/world/rest";
import { play, type Scenario } from "../support/world/script";
import { stillness } from "../support/world/stillness";
import type { World } from "../support/world/world";

jest.setTimeout(60_000);

const dayMs = 24 * 60 * 60 * 1000;
const shape: Shape = { devices: 2, accounts: 2, rooms: 1 };
/** Its stores are sealed. */
const meeting: Scenario = { name: "meet", actions: 8, storm: true, damage: 0 };

let cast: Cast;
let world: World;
let realNow: () => number;

beforeAll(async () => {
  cast = await Cast.of(2, 2);
}, 120_000);
beforeEach(async () => {
  realNow = Date.now;
  world = await cast.world(11, shape, meeting);
  Date.now = () => world.time.now;
  await play(world, meeting, shape);
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
});
afterEach(async () => {
  await world.close();
  Date.now = realNow;
});
afterAll(() => cast.close());

function room() {
  const [roomId] = world.rooms;
  const [device, other] = world.devices;
  const engine = device?.engine;
  if (roomId === undefined || device === undefined || other === undefined || engine === undefined) {
    throw new Error("an empty world");
  }
  return { roomId, device, other, engine };
}

async function lines() {
  const { device, roomId } = room();
  const keys = device.engine?.keysOf(roomId);
  const rows = keys === undefined ? [] : await device.store.list(keys.timelinePrefix);
  return rows.map(({ key, value }) => decodeRecord(timelineItemSchema, key, value));
}

test("ENG-16 every leaf has fresh keys after a week", async () => {
  const { roomId, engine } = room();
  const before = engine.inspect(roomId)?.group?.epoch ?? 0n;
  world.time.now += 8 * dayMs;
  const isRenewed = () => isAtRest(world) && (engine.inspect(roomId)?.group?.epoch ?? 0n) >= before + 2n;
  expect(await world.heal(isRenewed, 3 * 60 * 60 * 1000)).toBe(true);
  // Both are done for another week.
  const after = engine.inspect(roomId)?.group?.epoch;
  world.time.now += 5 * dayMs;
  await world.heal(() => false, 2 * 60 * 60 * 1000);
  expect(engine.inspect(roomId)?.group?.epoch).toBe(after);
});

test("ENG-19 ENG-17 a damaged room is set aside and joined again, and says so", async () => {
  const { roomId, device } = room();
  const before = await lines();
  device.crash();
  const [part] = (await device.disk.keys("room/")).filter((key) => key.endsWith("/g/head"));
  if (part === undefined) throw new Error("no group is stored");
  await device.disk.write([{ key: part, value: new Uint8Array([1, 2, 3]) }]);
  const old = await device.disk.keys("room/");
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);

  const kept = new Set(await device.disk.keys("room/"));
  expect(old.filter((key) => !kept.has(key))).toEqual([]);
  expect(await device.disk.get(part)).toEqual(new Uint8Array([1, 2, 3]));
  const after = await lines();
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.at(-1)).toMatchObject({ kind: "system", event: "repaired", cause: "store-damaged", missed: 0 });
  expect(device.engine?.inspect(roomId)?.meta.membership).toBe("joined");
  expect((await device.engine?.health())?.repairs["store-damaged"]).toBe(1);
});

test("ENG-19 a damaged pin does not keep the engine from starting: its name is met again", async () => {
  const { device } = room();
  device.crash();
  const [pin] = await device.disk.keys("pin/");
  if (pin === undefined) throw new Error("nobody was pinned");
  await device.disk.write([{ key: pin, value: new Uint8Array([9]) }]);
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
  const said = device.engine?.send(room().roomId, "still here");
  await world.run(100);
  expect((await said)?.ok).toBe(true);
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
});

test("ENG-20 a full disk stops sending with a code, keeps what waits, and is over when there is room", async () => {
  const { roomId, engine, device, other } = room();
  const waits = messageIdSchema.parse("ab".repeat(16));
  device.disconnect();
  const queued = engine.send(roomId, "this waits", waits);
  await world.run(50);
  expect((await queued).ok).toBe(true);

  world.faults = { ...world.faults, quota: 100 };
  const refused = engine.send(roomId, "this finds no room");
  await world.run(50);
  expect(await refused).toEqual({ ok: false, error: { code: "STORAGE_FULL" } });
  expect(engine.troubles).toEqual(["storage-full"]);
  expect(engine.inspect(roomId)?.pending.map(({ messageId }) => messageId)).toEqual([waits]);

  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
  expect(engine.troubles).toEqual([]);
  const read = await other.engine?.earlier(roomId, undefined);
  expect(
    read?.ok === true && read.value.items.some((item) => item.kind === "message" && item.text === "this waits"),
  ).toBe(true);
});

test("ENG-23 a call that is repeated by another tab is done once", async () => {
  const { roomId, engine } = room();
  const id = messageIdSchema.parse("cd".repeat(16));
  const first = engine.send(roomId, "once", id);
  const second = engine.send(roomId, "once", id);
  await world.run(200);
  expect([(await first).ok, (await second).ok]).toEqual([true, true]);
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
  const third = engine.send(roomId, "once", id);
  await world.run(200);
  expect((await third).ok).toBe(true);
  expect((await lines()).filter((item) => item.kind === "message" && item.text === "once")).toHaveLength(1);
});

test("ENG-18 a server that goes back is told, and what was lost is said again", async () => {
  const { roomId, engine, other } = room();
  await world.restartServer(() => {
    world.host.backUp();
  });
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
  const sent = engine.send(roomId, "after the backup");
  await world.run(200);
  expect((await sent).ok).toBe(true);
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
  await world.restartServer(() => {
    world.host.restore();
  });
  expect(await world.heal(() => isAtRest(world), 120_000)).toBe(true);

  expect((await lines()).some((item) => item.kind === "system" && item.cause === "server-rolled-back")).toBe(true);
  for (const one of [engine, other.engine]) {
    const page = await one?.earlier(roomId, undefined);
    const items = page?.ok === true ? page.value.items : [];
    expect(items.filter((item) => item.kind === "message" && item.text === "after the backup")).toHaveLength(1);
  }
});

test("MSG-02 a text that no message can hold is refused, and keeps nothing else from being sent", async () => {
  const { roomId, engine, other } = room();
  expect(await engine.send(roomId, `x${"\u0001".repeat(textMaxBytes - 1)}`)).toEqual({
    ok: false,
    error: { code: "TEXT_TOO_LONG" },
  });
  void engine.send(roomId, "a short one");
  await world.run(200);
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
  expect(other.engine?.inspect(roomId)?.meta.lastText).toBe("a short one");
});

test("ENG-18 what comes live before a device has looked whether the server went back is not taken for the next event", async () => {
  const { roomId, device, engine } = room();
  const cursor = () => engine.inspect(roomId)?.meta.cursor ?? 0;
  const before = cursor();
  device.disconnect();
  await stillness();
  device.connect();
  await stillness();
  const stray = { seq: before + 1, id: eventIdSchema.parse("ee".repeat(16)), at: 1, payload: privateMessage(roomId) };
  engine.unsafeRoom(roomId)?.live(stray);
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
  expect(cursor()).toBe(before);
  // It would have been taken back as what a server had lost.
  expect((await engine.health()).repairs["server-rolled-back"]).toBe(0);
});

const chains = () => {
  const { roomId, engine, other } = room();
  return [engine, other.engine].map((one) => currentChain(one?.inspect(roomId)?.transcript));
};

test("TRN-06 where a server goes back within an epoch, the transcript goes back with it and accuses nobody", async () => {
  const { roomId, engine, other } = room();
  await world.restartServer(() => {
    world.host.backUp();
  });
  expect(await world.heal(() => isAtRest(world), 60_000)).toBe(true);
  for (const [from, text] of [
    [engine, "one"],
    [other.engine, "two"],
    [engine, "three"],
  ] as const) {
    void from?.send(roomId, text);
    await world.run(200);
  }
  const before = chains().map((chain) => chain && lengthOf(chain));
  await world.restartServer(() => {
    world.host.restore();
  });
  void other.engine?.send(roomId, "four");
  expect(await world.heal(() => isAtRest(world), 120_000)).toBe(true);
  const after = chains();
  expect(after[0] && headOf(after[0])).toEqual(after[1] && headOf(after[1]));
  expect(after.map((chain) => chain && lengthOf(chain))).not.toEqual(before);
  for (const one of [engine, other.engine]) {
    expect((await one?.health())?.transcript).toEqual({ missing: 0, late: 0, forked: 0 });
  }
});

test("TRN-06 where a server has lost the event that made the epoch, there is no transcript until another epoch begins", async () => {
  const { roomId, engine, other } = room();
  await world.restartServer(() => {
    world.host.backUp();
  });
  world.time.now += 8 * dayMs;
  await stillness();
  const epoch = engine.inspect(roomId)?.group?.epoch ?? 0n;
  const isLater = () => isAtRest(world) && (engine.inspect(roomId)?.group?.epoch ?? 0n) > epoch;
  expect(await world.heal(isLater, 3 * 60 * 60 * 1000)).toBe(true);
  await world.restartServer(() => {
    world.host.restore();
  });
  const isBegun = () => isAtRest(world) && chains().every((chain) => chain !== undefined);
  expect(await world.heal(isBegun, 120_000)).toBe(true);
  void other.engine?.send(roomId, "and on");
  expect(await world.heal(() => isAtRest(world), 120_000)).toBe(true);
  const after = chains();
  expect(after[0] && headOf(after[0])).toEqual(after[1] && headOf(after[1]));
  for (const one of [engine, other.engine]) {
    expect((await one?.health())?.transcript).toEqual({ missing: 0, late: 0, forked: 0 });
  }
});

test("ENG-15 a commit of ours that another one overtook is dropped, and what it was for is done on the new epoch", async () => {
  const { roomId, engine, other } = room();
  const before = engine.inspect(roomId)?.group?.epoch ?? 0n;
  world.time.now += 8 * dayMs;
  // Both want fresh keys at the same time: one commit loses in each round.
  await stillness();
  const isRenewed = () =>
    isAtRest(world) &&
    [engine, other.engine].every((one) => world.time.now - (one?.inspect(roomId)?.meta.updatedAt ?? 0) < 7 * dayMs);
  expect(await world.heal(isRenewed, 3 * 60 * 60 * 1000)).toBe(true);
  expect(engine.inspect(roomId)?.group?.epoch).toBe(before + 2n);
});

test("ENG-20 a clock that goes back is noticed, also after a start, and forgiven when the server's agrees with it", async () => {
  const store = new MemoryStore();
  let now = startMs;
  const clock = { now: () => now, schedule: () => () => undefined };
  const guard = new ClockGuard(store, clock);
  await guard.load();
  now += 60 * 60 * 1000;
  expect(await guard.look()).toBe(false);
  now -= 60 * 60 * 1000;
  expect(await guard.look()).toBe(true);
  const later = new ClockGuard(store, clock);
  await later.load();
  expect(await later.look()).toBe(true);
  await later.compare(startMs + 365 * dayMs);
  expect(await later.look()).toBe(true);
  await later.compare(startMs + 1000);
  expect(await later.look()).toBe(false);
});

test("ENG-21 the stock is filled to twenty, and private halves go when their packages have long expired", async () => {
  const identity = await new MlsWorld().device("alice");
  const store = new MemoryStore();
  let now = startMs;
  const uploads: { count: number; lastResort: boolean }[] = [];
  const transport = {
    keyPackageStock: () => Promise.resolve({ ok: true, value: 7 }),
    uploadKeyPackages: (packages: readonly Uint8Array[], lastResort?: Uint8Array) => {
      uploads.push({ count: packages.length, lastResort: lastResort !== undefined });
      return Promise.resolve({ ok: true, value: null });
    },
  } as unknown as Transport;
  const clock = { now: () => now, schedule: () => () => undefined };
  await refillKeyPackages(store, transport, clock, identity);
  expect(uploads).toEqual([{ count: keyPackageTarget - 7, lastResort: true }]);
  const halves = async () => (await store.keys("kp/")).length;
  expect(await halves()).toBe(keyPackageTarget - 7 + 1);
  now += keyPackageLifetimeMs - dayMs;
  await refillKeyPackages(store, transport, clock, identity);
  // The last resort is old by now, the others still live.
  expect(uploads.at(-1)).toEqual({ count: keyPackageTarget - 7, lastResort: true });
  expect(await halves()).toBe(2 * (keyPackageTarget - 7 + 1));
  now += 3 * dayMs;
  await refillKeyPackages(store, transport, clock, identity);
  expect(await halves()).toBe(2 * (keyPackageTarget - 7) + 1);
});
