/** Coming back into a private room without its group state: by what the account's keyring knows, or by asking members (ENG-29, ENG-33). */

import { makeKnock } from "@/lib/crypto/mls/knock";
import { members } from "@/lib/crypto/mls/roster";
import { askToLeave } from "@/lib/client/engine/membership";
import { fromHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";

import { Cellar, groupOf, isMember, policyAt, stateOf, talk } from "../support/cellar";
import { type Person, unwrap, until } from "../support/person";
import { tampered } from "../support/tampered-transport";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

const devicesIn = (who: Person, roomId: RoomId) => members(groupOf(who, roomId)).map(({ deviceId }) => deviceId);

/** Somebody is removed, and the secret is a new one. */
async function renewed(admin: Person, roomId: RoomId, removed: Person): Promise<void> {
  const secret = () => policyIn(admin, roomId).secret;
  const before = secret();
  unwrap(await admin.running.govern.removeMember(roomId, removed.identity.accountId, { ban: false }));
  await until(() => !policyIn(admin, roomId).stale && secret() !== before, "a new secret");
}

function policyIn(who: Person, roomId: RoomId) {
  const policy = policyAt(who, roomId);
  if (policy.kind !== "private") throw new Error("not a private room");
  return policy;
}

test("ENG-29 a private room whose record is damaged is joined again with what the keyring knows", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  await talk(roomId, [alice, bob]);
  await until(() => bob.running.keyring.get(`room/${roomId}`)?.secret !== undefined, "in the keyring");
  await bob.close();
  await bob.store.write([{ key: `room/${roomId}/meta`, value: new Uint8Array([1, 2, 3]) }]);
  await bob.open();
  await until(() => isMember(bob, roomId), "bob is back", 30_000);
  expect(stateOf(bob, roomId)).toMatchObject({ kind: "private", name: "Cellar" });
  expect(devicesIn(alice, roomId)).toHaveLength(2);
  await talk(roomId, [alice, bob]);
});

/** A browser that has lost everything: only the password is left. */
async function lost(who: Person): Promise<Person> {
  await who.close();
  return await cellar.closedDevice(who);
}

/** Whether whoever answers is of the room only a person can tell: it may be a group of somebody else under its id (ENG-27). */
async function isBack(who: Person, roomId: RoomId): Promise<void> {
  await until(() => stateOf(who, roomId)?.membership === "invited", "answered", 60_000);
  unwrap(await who.running.govern.acceptInvite(roomId));
  await until(() => isMember(who, roomId), "back", 30_000);
}

test("ENG-33 a device that knows only an old secret asks, and is added again as soon as a member is there", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  await until(() => bob.running.keyring.get(`room/${roomId}`)?.secret !== undefined, "in the keyring");
  const again = await lost(bob);
  await renewed(alice, roomId, carol);
  await alice.close();
  await again.open();
  await until(() => again.running.room(roomId)?.asksBack === true, "asked", 30_000);
  expect(stateOf(again, roomId)).toMatchObject({ kind: "private", membership: "joining" });
  const head = () => cellar.server.services.database.reader.event.count({ where: { roomId } });
  const before = await head();
  // Asking leaves nothing in the room's order.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await head()).toBe(before);
  await again.close();
  await alice.open();
  await until(() => isMember(alice, roomId), "alice is there");
  await until(() => alice.running.connection === "online", "alice online");
  await again.open();
  await isBack(again, roomId);
  expect(again.running.room(roomId)?.asksBack).toBe(false);
  expect(again.room(roomId)?.meta.secret).toBe(policyIn(alice, roomId).secret);
  expect(devicesIn(alice, roomId)).toContain(again.identity.deviceId);
  await talk(roomId, [alice, again]);
});

test("ENG-33 the answer waits in the inbox for a device that has gone again", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  const again = await lost(bob);
  await renewed(alice, roomId, carol);
  await again.open(
    tampered({ hold: (name) => (name === "inbox:fetch" ? new Promise(() => undefined) : Promise.resolve()) }),
  );
  // Nobody reads its inbox: what the keyring says comes by hand.
  await again.running.keyring.sync();
  await until(() => devicesIn(alice, roomId).includes(again.identity.deviceId), "added", 60_000);
  await again.close();
  await again.open();
  await isBack(again, roomId);
  await talk(roomId, [alice, again]);
});

test("ENG-33 an account that is not in the room is not added by asking, nor one that has gone by an old question", async () => {
  const [alice, bob, carol, dave] = [
    await cellar.person("alice"),
    await cellar.person("bob"),
    await cellar.person("carol"),
    await cellar.person("dave"),
  ];
  const roomId = await cellar.room(alice, bob, carol);
  const laptop = await lost(bob);
  await bob.open();
  await laptop.open();
  await until(() => isMember(laptop, roomId), "the laptop is in", 30_000);
  const groupId = fromHex(roomId) ?? new Uint8Array();
  const epoch = () => groupOf(alice, roomId).epoch;
  const knock = async (who: Person) => (await makeKnock(groupId, epoch(), who.identity, new Date())).message;
  // The server passes on whatever it likes, as often as it likes.
  const ask = async (...messages: Uint8Array[]) => {
    const before = epoch();
    for (const message of messages) alice.running.unsafeRoom(roomId)?.knocked(message, 0);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return epoch() - before;
  };
  const old = await knock(laptop);
  unwrap(await alice.running.govern.removeMember(roomId, carol.identity.accountId, { ban: false }));
  await until(() => !policyIn(alice, roomId).stale, "carol is out, and the secret renewed");
  expect(await ask(await knock(dave), await knock(carol), old)).toBe(0n);
  unwrap(await alice.running.govern.removeMember(roomId, dave.identity.accountId, { ban: true }));
  expect(await ask(await knock(dave), await knock(bob))).toBe(0n);

  // The laptop alone goes; what it had asked before counts no more, what it asks now does.
  const earlier = await knock(laptop);
  const room = laptop.running.unsafeRoom(roomId);
  await room?.turn(async (draft) => {
    if (draft.group !== undefined) await askToLeave(draft, draft.group, laptop.identity, { account: false });
  });
  room?.kick();
  await until(() => laptop.room(roomId)?.meta.membership === "none", "gone");
  await laptop.close();
  await until(() => !devicesIn(alice, roomId).includes(laptop.identity.deviceId), "the laptop is out", 30_000);
  await until(() => !policyIn(alice, roomId).stale, "the secret is renewed");
  expect(await ask(earlier, old)).toBe(0n);
  expect(await ask(await knock(laptop))).toBe(1n);
  expect(devicesIn(alice, roomId)).toContain(laptop.identity.deviceId);
});
