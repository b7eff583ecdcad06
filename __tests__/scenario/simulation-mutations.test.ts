/**
 * The simulation's own test: for each invariant a bug is planted that breaks it, and the simulation must find it within a
 * few seeds. Without this nobody would know whether it could fail.
 */

import { ownMember } from "@/lib/crypto/mls/roster";
import { Draft } from "@/lib/client/engine/draft";
import type { Write } from "@/lib/client/engine/ports";
import type * as Repair from "@/lib/client/engine/repair";
import type { Room } from "@/lib/client/engine/room";
import type * as TranscriptNotes from "@/lib/client/engine/transcript-notes";
import { deviceKey } from "@/lib/client/engine/records";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { concatBytes } from "@/lib/protocol/bytes";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

import { Cast, type Shape } from "../support/world/cast";
import { Host } from "../support/world/host";
import type { JudgeOptions } from "../support/world/judge";
import { expectViolation } from "../support/world/planted";
import type { Scenario } from "../support/world/script";
import { plant, type Bug } from "../support/world/watched-door";
import { marker } from "../support/world/witness";
import type * as WatchedDoor from "../support/world/watched-door";

jest.mock("@/lib/crypto/mls/encrypt", () => door().watchedEncrypt(jest.requireActual("@/lib/crypto/mls/encrypt")));
jest.mock("@/lib/crypto/mls/commit", () => door().watchedCommit(jest.requireActual("@/lib/crypto/mls/commit")));
jest.mock("@/lib/crypto/mls/create", () => door().watchedCreate(jest.requireActual("@/lib/crypto/mls/create")));
jest.mock("@/lib/crypto/mls/join-external", () =>
  door().watchedJoinExternal(jest.requireActual("@/lib/crypto/mls/join-external")),
);
jest.mock("@/lib/crypto/mls/process", () => door().watchedProcess(jest.requireActual("@/lib/crypto/mls/process")));
jest.mock("@/lib/crypto/mls/adopt", () => door().watchedAdopt(jest.requireActual("@/lib/crypto/mls/adopt")));

jest.mock("@/lib/client/engine/repair", () => {
  const real = jest.requireActual<typeof Repair>("@/lib/client/engine/repair");
  return { ...real, checkBranch: (room: Room) => (mockRepairs ? real.checkBranch(room) : { done: true }) };
});

jest.mock("@/lib/client/engine/transcript-notes", () => {
  const real = jest.requireActual<typeof TranscriptNotes>("@/lib/client/engine/transcript-notes");
  const addToTranscript: typeof real.addToTranscript = (draft, group, event) =>
    mockForgets(draft, event) ? false : real.addToTranscript(draft, group, event);
  return { ...real, addToTranscript };
});

let mockRepairs = true;
/** Events that a device does not add to its transcript. */
let mockForgets: (draft: Draft, event: RoomEvent) => boolean = () => false;

function door() {
  return jest.requireActual<typeof WatchedDoor>("../support/world/watched-door");
}

const shape: Shape = { devices: 4, accounts: 3, rooms: 1 };
const strict: JudgeOptions = { hasOneOrder: true, mayMiss: false };
const seedsMax = 60;

let cast: Cast;
beforeAll(async () => {
  cast = await Cast.of(3, 4);
}, 120_000);
afterEach(() => {
  plant({});
  mockRepairs = true;
  mockForgets = () => false;
});
afterAll(() => cast.close());

async function expectFound(scenario: Scenario, expected: RegExp, judgeOptions = strict): Promise<void> {
  await expectViolation(
    async (seed) => (await cast.run(seed, shape, scenario, judgeOptions)).violations,
    expected,
    seedsMax,
  );
}

/** Changes every batch before it is stored. */
function storing(change: (batch: readonly Write[], store: MemoryStore) => Promise<readonly Write[]>): void {
  const real = Reflect.get(MemoryStore.prototype, "write");
  jest.spyOn(MemoryStore.prototype, "write").mockImplementation(async function (this: MemoryStore, batch) {
    await Reflect.apply(real, this, [await change(batch, this)]);
  });
}

const talk: Scenario = { name: "talk", actions: 25 };
const crashes: Scenario = { name: "crashes", actions: 30, faults: { crash: 4 } };
const badNetwork: Scenario = { name: "bad network", actions: 30, offline: 8, faults: { disconnect: 5 } };
const comeAndGo: Scenario = { name: "come and go", actions: 40, leave: 20 };

test("the honest engine passes all of these scenarios", async () => {
  for (const scenario of [talk, crashes, badNetwork, comeAndGo]) {
    for (let seed = 1; seed <= 3; seed++) {
      expect((await cast.run(seed, shape, scenario, strict)).violations).toEqual([]);
    }
  }
});

test("read by every member: a message that is passed over is found", async () => {
  let count = 0;
  const bug: Bug = {
    processed: (result) =>
      result.kind === "application" && ++count % 9 === 0
        ? { kind: "ignored", reason: "replayed", group: result.group }
        : result,
  };
  plant(bug);
  await expectFound(talk, /misses 1/);
});

test("read exactly once: a retry that is a new message to readers without a memory is found", async () => {
  jest.spyOn(Draft.prototype, "has").mockResolvedValue(false);
  const real = Reflect.get(MemoryStore.prototype, "get");
  jest.spyOn(MemoryStore.prototype, "get").mockImplementation(async function (this: MemoryStore, key) {
    return key.includes("/sealed/") ? undefined : await Reflect.apply(real, this, [key]);
  });
  await expectFound(badNetwork, /shows twice/);
});

test("one order for all: own messages in the place where they were written are found", async () => {
  const real = Reflect.get(Draft.prototype, "line");
  jest.spyOn(Draft.prototype, "line").mockImplementation(function (this: Draft, seq, item) {
    const place = item.kind === "message" && item.own ? Math.max(seq - 2, 1) : seq;
    return Reflect.apply(real, this, [place, item]);
  });
  await expectFound(talk, /another order/);
});

test("no epoch it was not in: a leaver that keeps its keys is found", async () => {
  const real = Reflect.get(Draft.prototype, "save");
  jest.spyOn(Draft.prototype, "save").mockImplementation(async function (this: Draft) {
    const line = [...this.upserts.values()].find((item) => item.kind === "system" && item.event === "you-left");
    if (line !== undefined) {
      this.group = kept.get(this.keys.base);
      this.meta.membership = "joined";
    }
    if (this.group !== undefined) kept.set(this.keys.base, this.group);
    return await Reflect.apply(real, this, []);
  });
  const kept = new Map<string, Draft["group"]>();
  await expectFound(comeAndGo, /read what was not for it|different epochs|counts \d+ members/);
});

test("states converge: a device that never takes the commits of others is found", async () => {
  // The engine would notice and join again.
  mockRepairs = false;
  const blind = cast.deviceKeys[0];
  plant({
    processed: (result, group) =>
      result.kind === "commit" && deviceKey(ownMember(group)) === blind
        ? { kind: "ignored", reason: "late-epoch" }
        : result,
  });
  await expectFound(talk, /different epochs|no rest/);
});

test("no key for two contents: a ratchet that is not stored with its message is found", async () => {
  storing(async (batch, store) => {
    const changes = await Promise.all(
      batch.map(async (write) => {
        const isRatchet = write.key.includes("/g/ratchets/") && write.value !== undefined;
        return isRatchet && (await store.get(write.key)) !== undefined ? [] : [write];
      }),
    );
    return changes.flat();
  });
  // Long enough that who is restarted has said something before, and says something again.
  await expectFound({ ...crashes, actions: 60 }, /one key for two ciphertexts/);
});

test("what was accepted is sent: an outbox that is not stored is found", async () => {
  storing((batch) => Promise.resolve(batch.filter(({ key }) => !key.includes("/out/"))));
  await expectFound(crashes, /accepted and never sent/);
});

test("no plaintext outside the store: a message that carries its text is found", async () => {
  plant({ message: (message, plaintext) => concatBytes(message, plaintext) });
  await expectFound({ ...talk, actions: 12 }, /plaintext left/);
});

test("every loss is told: a repair that does not count is found", async () => {
  const real = Reflect.get(Draft.prototype, "line");
  jest.spyOn(Draft.prototype, "line").mockImplementation(function (this: Draft, seq, item) {
    return Reflect.apply(real, this, [seq, item.kind === "system" ? { ...item, missed: 0 } : item]);
  });
  const damage: Scenario = { name: "damage", actions: 40, damage: 15 };
  await expectFound(damage, /misses \d+, told of/, { hasOneOrder: true, mayMiss: true });
});

test("no honest server is accused: a transcript that passes an event over, or is not stored with what it covers, is found", async () => {
  const careless = cast.deviceKeys[0];
  mockForgets = ({ identity }, { seq }) => deviceKey(identity) === careless && seq % 5 === 0;
  await expectFound(talk, /accuses an honest server/);
  await expectFound(talk, /different transcripts/);
  mockForgets = () => false;
  storing(async (batch, store) => {
    const changes = await Promise.all(
      batch.map(async (write) => {
        const isTranscript = write.key.endsWith("/transcript") || write.key.includes("/h/");
        return isTranscript && (await store.get(write.key)) !== undefined ? [] : [write];
      }),
    );
    return changes.flat();
  });
  await expectFound(crashes, /accuses an honest server/);
});

test("no plaintext on the server: a room named after what is said is found", async () => {
  const real = Reflect.get(Host.prototype, "makeRoom");
  jest.spyOn(Host.prototype, "makeRoom").mockImplementation(async function (this: Host, id, name) {
    return await Reflect.apply(real, this, [id, `${marker} ${name}`.slice(0, 60)]);
  });
  await expectFound({ ...talk, actions: 2 }, /plaintext is on the server's disk/);
});
