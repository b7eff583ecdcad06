/** What else than messages must not reach a key before it is proven to be in the log (SPEC LOG-11). */

import type { RoomId } from "@/lib/protocol/ids";
import type { Answer } from "@/lib/protocol/schemas/socket";

import { Cellar, groupOf, hasLeaf, isMember, nameOf, pause, policyAt, reopen, viewOf } from "../support/cellar";
import { unwrap, until, type Person } from "../support/person";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(async () => {
  release();
  await cellar.clear();
});
afterAll(() => cellar.tearDown());

/** Lets the log answer. */
let release: () => void = () => undefined;

const nameIn = (who: Person, roomId: RoomId) => {
  const policy = policyAt(who, roomId);
  return policy.kind === "private" ? policy.name : undefined;
};

test("LOG-11 S3 a name waits for the proof of every key in the room, holds up no other wish, and goes by itself", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const released = new Promise<void>((resolve) => (release = resolve));
  await reopen(alice, { hold: (name) => (name === "log:proofs" ? released : Promise.resolve()) });
  await until(() => isMember(alice, roomId), "alice is back");
  const phone = await cellar.secondDevice(bob);
  await until(() => isMember(phone, roomId), "the phone is in", 30_000);
  await until(() => hasLeaf(alice, roomId, phone.identity), "alice knows");

  const { govern } = alice.running;
  const isNamed = govern.changeRoom(roomId, { name: "Vault" });
  await until(() => (alice.room(roomId)?.meta.wishes.length ?? 0) > 0, "wished");
  unwrap(await govern.setRole(roomId, bob.identity.accountId, "admin"));
  await pause(500);
  const names = [alice, bob, phone].map((who) => nameIn(who, roomId));
  expect(names).toEqual(["Cellar", "Cellar", "Cellar"]);

  release();
  unwrap(await isNamed);
  await until(() => [bob, phone].every((who) => nameIn(who, roomId) === "Vault"), "named");
});

test("LOG-11 S3 no name is given to a room with a key that is not in the log, until a person decides", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  await reopen(alice, {
    change: (name, answer) => {
      if (name !== "log:proofs") return answer;
      const { note, proofs } = answer as Answer<"log:proofs">;
      return { note, proofs: proofs.map(() => null) };
    },
  });
  await until(() => isMember(alice, roomId), "alice is back");
  const phone = await cellar.secondDevice(bob);
  await until(() => isMember(phone, roomId), "the phone is in", 30_000);
  await until(() => viewOf(alice, roomId)?.holds[0]?.why === "unlogged", "held");
  const { govern } = alice.running;
  const { epoch } = groupOf(alice, roomId);
  expect((await govern.changeRoom(roomId, { topic: nameOf(bob) })).ok).toBe(false);
  expect(groupOf(alice, roomId).epoch).toBe(epoch);
  unwrap(await alice.running.acceptUnlogged(bob.identity.accountId));
  unwrap(await govern.changeRoom(roomId, { topic: nameOf(bob) }));
});
