/**
 * The simulation's own test for governed rooms: for each invariant a bug is planted that breaks it, and the simulation must
 * find it within a few seeds, as in simulation-mutations.test.ts.
 */

import { members } from "@/lib/crypto/mls/roster";
import { Draft } from "@/lib/client/engine/draft";
import type * as Expiry from "@/lib/client/engine/expiry";
import { Govern } from "@/lib/client/engine/govern";
import type { Write } from "@/lib/client/engine/ports";
import { Revocations } from "@/lib/client/engine/revocations";
import { Room } from "@/lib/client/engine/room";
import { SharedRooms } from "@/lib/client/engine/shared-rooms";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { toHex } from "@/lib/protocol/bytes";
import type * as Rules from "@/lib/protocol/policy-rules";

import { Cast, type Shape } from "../support/world/cast";
import type { Governing } from "../support/world/governed-script";
import { expectViolation } from "../support/world/planted";
import type { Scenario } from "../support/world/script";
import { plant } from "../support/world/watched-door";
import type * as WatchedDoor from "../support/world/watched-door";

jest.mock("@/lib/crypto/mls/encrypt", () => door().watchedEncrypt(jest.requireActual("@/lib/crypto/mls/encrypt")));
jest.mock("@/lib/crypto/mls/commit", () => door().watchedCommit(jest.requireActual("@/lib/crypto/mls/commit")));
jest.mock("@/lib/crypto/mls/create", () => door().watchedCreate(jest.requireActual("@/lib/crypto/mls/create")));
jest.mock("@/lib/crypto/mls/join-external", () =>
  door().watchedJoinExternal(jest.requireActual("@/lib/crypto/mls/join-external")),
);
jest.mock("@/lib/crypto/mls/process", () => door().watchedProcess(jest.requireActual("@/lib/crypto/mls/process")));
jest.mock("@/lib/crypto/mls/adopt", () => door().watchedAdopt(jest.requireActual("@/lib/crypto/mls/adopt")));

type MockedRules = Partial<Pick<typeof Rules, "isAdmin" | "mayAdd" | "mayInvite" | "mayChange" | "reasonToRemove">>;

/** Rules that all engines have got wrong alike. */
let mockRules: MockedRules = {};
let mockExpires = true;

jest.mock("@/lib/protocol/policy-rules", () => {
  const real = jest.requireActual<typeof Rules>("@/lib/protocol/policy-rules");
  return new Proxy(real, {
    get: (target, name) => (Reflect.get(mockRules, name) ?? Reflect.get(target, name)) as unknown,
  });
});
jest.mock("@/lib/client/engine/expiry", () => {
  const real = jest.requireActual<typeof Expiry>("@/lib/client/engine/expiry");
  return {
    ...real,
    expireMessages: (room: Room) => (mockExpires ? real.expireMessages(room) : Promise.resolve()),
  };
});

function door() {
  return jest.requireActual<typeof WatchedDoor>("../support/world/watched-door");
}

jest.setTimeout(120_000);

const shape: Shape = { devices: 4, accounts: 3, rooms: 1 };
/** Enough people that whoever came in finds somebody to invite before the room's admin does. */
const crowd: Shape = { devices: 5, accounts: 5, rooms: 1 };
const seedsMax = 12;
/** Honest worlds of this size take some two thousand. */
const plantedStepsMax = 8000;

let cast: Cast;
beforeAll(async () => {
  cast = await Cast.of(5, 8);
}, 120_000);
afterEach(() => {
  plant({});
  mockRules = {};
  mockExpires = true;
});
afterAll(() => cast.close());

function governed(deeds: Governing["deeds"] = {}, changes: Partial<Scenario> = {}): Scenario {
  const busy = { invite: 40, link: 0, close: 0, block: 0, ...deeds };
  return { name: "governed", actions: 35, governed: { deeds: busy }, ...changes };
}

async function expectFound(scenario: Scenario, expected: RegExp, people = shape): Promise<void> {
  await expectViolation((seed) => violationsOf(seed, scenario, people), expected, seedsMax);
}

/** A planted bug may keep a world from coming to an end: another seed tells more. */
async function violationsOf(seed: number, scenario: Scenario, people: Shape): Promise<readonly string[]> {
  const options = { hasOneOrder: true, mayMiss: false };
  try {
    const { violations } = await cast.run(seed, people, scenario, options, (world) => {
      world.stepsMax = plantedStepsMax;
    });
    return violations;
  } catch (error) {
    return [String(error).slice(0, 40)];
  }
}

/** Changes every batch before it is stored. */
function storing(change: (batch: readonly Write[]) => readonly Write[]): void {
  const real = Reflect.get(MemoryStore.prototype, "write");
  jest.spyOn(MemoryStore.prototype, "write").mockImplementation(async function (this: MemoryStore, batch) {
    await Reflect.apply(real, this, [change(batch)]);
  });
}

test("the honest engine passes these scenarios", async () => {
  const scenarios = [governed(), governed({ remove: 20 }), governed({}, { governed: { revoke: 10 } })];
  for (const scenario of scenarios) {
    for (let seed = 1; seed <= 3; seed++) {
      const { violations } = await cast.run(seed, shape, scenario, { hasOneOrder: true, mayMiss: false });
      expect(violations).toEqual([]);
    }
  }
});

test("nobody in without leave: engines that let every member invite are found", async () => {
  mockRules = { mayInvite: () => true, mayAdd: () => true };
  await expectFound(governed(), /came in by who may not invite/, crowd);
});

test("nobody in whom nobody asked: a commit that adds a stranger is found", async () => {
  const realInvite = Reflect.get(Govern.prototype, "invite");
  jest.spyOn(Govern.prototype, "invite").mockImplementation(function (this: Govern, roomId, name) {
    const other = name === "person1" ? "person2" : "person1";
    return Reflect.apply(realInvite, this, [roomId, other]);
  });
  await expectFound(governed(), /whom nobody asked/);
});

test("nobody out but by an admin: engines that take everybody for one are found", async () => {
  mockRules = {
    isAdmin: (policy) => policy.kind === "private",
    reasonToRemove: () => "expelled",
    mayChange: () => true,
  };
  await expectFound(governed({ remove: 20 }), /removed by who is no admin/);
});

test("what admins change: engines that let everybody change the policy are found", async () => {
  mockRules = { isAdmin: (policy) => policy.kind === "private", mayChange: () => true };
  await expectFound(governed({ change: 30, role: 20 }), /changed by who/);
});

test("nobody banned inside: a ban that removes nobody is found", async () => {
  mockRules = { mayChange: () => true };
  plant({ commit: ({ remove: _remove, ...options }) => options });
  await expectFound(governed({ ban: 30 }), /is banned and a member/);
});

test("who is out reads nothing more: a device that reads what is sealed without it is found", async () => {
  const plain = new Map<string, Uint8Array>();
  plant({
    message(message, plaintext) {
      plain.set(toHex(message), plaintext);
      return message;
    },
    processed(result, group, message) {
      const [sender] = members(group);
      const plaintext = plain.get(toHex(message));
      if (result.kind === "removed") return { kind: "ignored", reason: "late-epoch" };
      if (result.kind !== "ignored" || plaintext === undefined || sender === undefined) return result;
      return { kind: "application", group, plaintext, sender, epoch: group.epoch };
    },
  });
  await expectFound(governed({ remove: 20 }), /read what was not for it/);
});

test("who is out goes: a device that does not believe its removal is found", async () => {
  plant({
    processed: (result) => (result.kind === "removed" ? { kind: "ignored", reason: "late-epoch" } : result),
  });
  await expectFound(governed({ remove: 20 }), /different epochs|no rest|counts \d+ members/);
});

test("an account is together: a device that does not come along is found", async () => {
  jest.spyOn(SharedRooms.prototype, "comeAlong").mockReturnValue(undefined);
  jest.spyOn(SharedRooms.prototype, "look").mockReturnValue(Promise.resolve());
  await expectFound(governed({ link: 40 }), /of the same account is not/);
});

test("revoked devices go: an account that forgets to take them out is found", async () => {
  jest.spyOn(Revocations.prototype, "of").mockReturnValue(undefined);
  await expectFound(governed({}, { governed: { revoke: 15 } }), /nobody is /);
});

test("no leaf without a device: KeyPackages without their private halves are found", async () => {
  storing((batch) => batch.filter(({ key }) => !key.startsWith("kp/")));
  await expectFound(governed(), /nobody is /);
});

test("declined without a trace: rows that stay are found", async () => {
  storing((batch) => batch.filter(({ key, value }) => value !== undefined || !key.endsWith("/meta")));
  await expectFound(governed(), /keeps rows of a room|keeps an invitation|no rest/);
});

test("shown as signed: a room under another name is found", async () => {
  const real = Reflect.get(Draft.prototype, "save");
  jest.spyOn(Draft.prototype, "save").mockImplementation(async function (this: Draft) {
    if (this.meta.name !== "" && (this.group?.epoch ?? 0n) >= 2n) this.meta.name = "Another";
    return await Reflect.apply(real, this, []);
  });
  await expectFound(governed(), /shows another room than the policy/);
});

test("everybody is answered: wishes of which nobody hears again are found", async () => {
  jest.spyOn(Room.prototype, "wished").mockReturnValue(new Promise(() => undefined));
  await expectFound(governed(), /never answered/);
});

test("messages disappear: a timer that never goes off is found", async () => {
  mockExpires = false;
  await expectFound(governed({ timer: 30 }, { idleMs: 200_000 }), /should have disappeared/);
});
