/**
 * Rooms under random operations: after each one all members are in the same epoch of the same history, see the same
 * members and can talk. `SLOW=1` for long runs, `SEED=n` to repeat one; a failure prints its seed.
 */
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { decodeGroup, encodeGroup } from "@/lib/crypto/mls/group-state";
import { joinWelcome } from "@/lib/crypto/mls/join-welcome";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { makeLeaveProof } from "@/lib/crypto/mls/leave";
import { members } from "@/lib/crypto/mls/roster";
import { groupId, now, Room, World, type Seat } from "../support/mls";

const slow = process.env["SLOW"] === "1";
const sequences = slow ? 200 : 60;
const operations = slow ? 40 : 15;
const firstSeed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const devicesPerAccount = 4;
const usernames = ["alice", "bobby", "carol"];

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const world = new World();
const devices: DeviceIdentity[] = [];

beforeAll(async () => {
  for (const username of usernames) {
    for (let count = 0; count < devicesPerAccount; count++) devices.push(await world.device(username));
  }
}, 60_000);

type Operation = (room: Room, random: (below: number) => number) => Promise<void>;

function pick<T>(items: readonly T[], random: (below: number) => number): T | undefined {
  return items[random(items.length)];
}

function absent(room: Room): DeviceIdentity[] {
  return devices.filter(({ deviceId }) => !room.seats.some(({ identity }) => identity.deviceId === deviceId));
}

function leafOf(seat: Seat, of: Seat): number {
  const member = members(seat.group).find(({ deviceId }) => deviceId === of.identity.deviceId);
  if (member === undefined) throw new Error("a seat without a leaf");
  return member.leafIndex;
}

const operationsByName: Record<string, Operation> = {
  async externalJoin(room, random) {
    const identity = pick(absent(room), random);
    if (identity !== undefined) await room.join(identity);
  },
  async comeBack(room, random) {
    const seat = pick(room.seats, random);
    // The room helper reads the group id from the first seat, which must not be the one that goes.
    if (seat !== undefined && seat !== room.seats[0]) await room.join(seat.identity);
  },
  async add(room, random) {
    const seat = room.seat(random(room.seats.length));
    const identities = [pick(absent(room), random), pick(absent(room), random)];
    const wanted = [...new Set(identities)].filter((identity) => identity !== undefined);
    if (wanted.length === 0) return;
    const packages = await Promise.all(wanted.map((identity) => makeKeyPackage(identity, now, false)));
    const { welcome } = await room.commit(seat, { add: packages.map(({ publicPackage }) => publicPackage) });
    for (const [index, identity] of wanted.entries()) {
      const keyPackage = packages[index];
      if (keyPackage === undefined || welcome === undefined) throw new Error("no welcome");
      const joined = await joinWelcome({ welcome, keyPackage, identity, anchors: world.anchors, groupId });
      if (!joined.ok) throw new Error(`welcome: ${joined.reason}`);
      room.seats.push({ identity, group: joined.group });
    }
  },
  async removeOwnDevice(room, random) {
    const seat = room.seat(random(room.seats.length));
    const mine = room.seats.filter((other) => other !== seat && other.identity.accountId === seat.identity.accountId);
    const target = pick(mine, random);
    if (target !== undefined) await room.commit(seat, { remove: [leafOf(seat, target)] });
  },
  async leave(room, random) {
    const seat = room.seat(random(room.seats.length));
    const leaver = pick(
      room.seats.filter((other) => other !== seat),
      random,
    );
    if (leaver === undefined) return;
    await room.commit(seat, { leaves: [await makeLeaveProof(leaver.group, leaver.identity)] });
  },
  async update(room, random) {
    await room.commit(room.seat(random(room.seats.length)));
  },
  async send(room, random) {
    await room.send(room.seat(random(room.seats.length)), `hello ${String(random(1000))}`);
  },
  restart(room, random) {
    const seat = room.seat(random(room.seats.length));
    seat.group = decodeGroup(encodeGroup(seat.group), seat.identity);
    return Promise.resolve();
  },
};

function expectAgreement(room: Room): void {
  expect(room.authenticators().size).toBe(1);
  const rosters = new Set(
    room.seats.map(({ group }) =>
      JSON.stringify(members(group).map(({ leafIndex, deviceId }) => [leafIndex, deviceId])),
    ),
  );
  expect(rosters.size).toBe(1);
  expect(members(room.seat(0).group)).toHaveLength(room.seats.length);
}

test(
  "MLS-05 MLS-T01 random adds, removes, joins, updates and messages leave all members in agreement",
  async () => {
    for (let index = 0; index < sequences; index++) {
      const seed = firstSeed + index;
      const random = randomFrom(seed);
      const done: string[] = [];
      try {
        const room = await Room.of(world, ["alice"]);
        for (let step = 0; step < operations; step++) {
          const name = pick(Object.keys(operationsByName), random) ?? "send";
          done.push(name);
          await operationsByName[name]?.(room, random);
          expectAgreement(room);
        }
        for (const seat of [...room.seats]) await room.send(seat, "goodbye");
      } catch (error) {
        throw new Error(`SEED=${String(seed)} after ${done.join(", ")}`, { cause: error });
      }
    }
  },
  slow ? 60 * 60_000 : 180_000,
);
