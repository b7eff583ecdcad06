/** Coming back into a private room without its group state: by what the account's keyring knows, or by asking members (ENG-29, ENG-33). */

import { makeKnock } from "@/lib/crypto/mls/knock";
import { members, policyOf } from "@/lib/crypto/mls/roster";
import { randomBytes } from "@/lib/crypto/random";
import { askToLeave } from "@/lib/client/engine/membership";
import { fromHex, toHex } from "@/lib/protocol/bytes";
import { roomIdSchema, type RoomId } from "@/lib/protocol/ids";

import { Browser, type Person, registered, unwrap, until } from "../support/person";
import { startTestServer, type TestServer } from "../support/server";
import { tampered } from "../support/tampered-transport";

jest.setTimeout(180_000);

let server: TestServer;
const people: Person[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(async () => {
  await Promise.all(people.splice(0).map((person) => person.close()));
});
afterAll(() => server.close());

let count = 0;
async function person(name: string): Promise<Person> {
  const made = await registered(server.url, `${name}${String(count++)}`);
  people.push(made);
  await until(() => made.running.connection === "online", `${name} online`);
  return made;
}

const nameOf = (who: Person) => who.identity.username;
const stateOf = (who: Person, roomId: string) => who.running.rooms().find((room) => room.roomId === roomId);
const groupOf = (who: Person, roomId: string) => who.room(roomIdSchema.parse(roomId))?.group;
const isMember = (who: Person, roomId: string) =>
  stateOf(who, roomId)?.membership === "joined" && who.running.room(roomId)?.confirmed === true;
const devicesIn = (who: Person, roomId: string) =>
  (groupOf(who, roomId) === undefined ? [] : members(groupOf(who, roomId) ?? none())).map(({ deviceId }) => deviceId);

async function cellarOf(founder: Person, ...guests: readonly Person[]): Promise<RoomId> {
  const wanted = roomIdSchema.parse(toHex(randomBytes(16)));
  const { roomId } = unwrap(await founder.running.govern.createPrivateRoom({ name: "Cellar", topic: "" }, wanted));
  for (const guest of guests) {
    unwrap(await founder.running.govern.invite(roomId, nameOf(guest)));
    await until(() => stateOf(guest, roomId)?.membership === "invited", `${nameOf(guest)} is invited`);
    unwrap(await guest.running.govern.acceptInvite(roomId));
  }
  for (const guest of guests) await until(() => isMember(guest, roomId), `${nameOf(guest)} is in`);
  return roomId;
}

/** Somebody is removed, and the secret is a new one. */
async function renewed(admin: Person, roomId: RoomId, removed: Person): Promise<void> {
  const secret = () => policyIn(admin, roomId).secret;
  const before = secret();
  unwrap(await admin.running.govern.removeMember(roomId, removed.identity.accountId, { ban: false }));
  await until(() => !policyIn(admin, roomId).stale && secret() !== before, "a new secret");
}

function policyIn(who: Person, roomId: string) {
  const policy = policyOf(groupOf(who, roomId) ?? none());
  if (policy.kind !== "private") throw new Error("not a private room");
  return policy;
}

async function talk(roomId: RoomId, all: readonly Person[]): Promise<void> {
  for (const from of all) {
    const text = `from ${nameOf(from)} ${toHex(randomBytes(3))}`;
    await from.say(roomId, text);
    for (const to of all) {
      await until(async () => (await to.texts(roomId)).includes(`${nameOf(from)}: ${text}`), `${nameOf(to)} hears`);
    }
  }
}

test("ENG-29 a private room whose record is damaged is joined again with what the keyring knows", async () => {
  const [alice, bob] = [await person("alice"), await person("bob")];
  const roomId = await cellarOf(alice, bob);
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
  const browser = new Browser(server.url);
  unwrap(await browser.login(nameOf(who)));
  const made = await browser.person(nameOf(who));
  people.push(made);
  return made;
}

/** Whether whoever answers is of the room only a person can tell: it may be a group of somebody else under its id (ENG-27). */
async function isBack(who: Person, roomId: RoomId): Promise<void> {
  await until(() => stateOf(who, roomId)?.membership === "invited", "answered", 60_000);
  unwrap(await who.running.govern.acceptInvite(roomId));
  await until(() => isMember(who, roomId), "back", 30_000);
}

test("ENG-33 a device that knows only an old secret asks, and is added again as soon as a member is there", async () => {
  const [alice, bob, carol] = [await person("alice"), await person("bob"), await person("carol")];
  const roomId = await cellarOf(alice, bob, carol);
  await until(() => bob.running.keyring.get(`room/${roomId}`)?.secret !== undefined, "in the keyring");
  const again = await lost(bob);
  await renewed(alice, roomId, carol);
  await alice.close();
  await again.open();
  await until(() => again.running.room(roomId)?.asksBack === true, "asked", 30_000);
  expect(stateOf(again, roomId)).toMatchObject({ kind: "private", membership: "joining" });
  const head = () => server.services.database.reader.event.count({ where: { roomId } });
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
  const [alice, bob, carol] = [await person("alice"), await person("bob"), await person("carol")];
  const roomId = await cellarOf(alice, bob, carol);
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
    await person("alice"),
    await person("bob"),
    await person("carol"),
    await person("dave"),
  ];
  const roomId = await cellarOf(alice, bob, carol);
  const laptop = await lost(bob);
  await bob.open();
  await laptop.open();
  await until(() => isMember(laptop, roomId), "the laptop is in", 30_000);
  const groupId = fromHex(roomId) ?? new Uint8Array();
  const epoch = () => groupOf(alice, roomId)?.epoch ?? 0n;
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

function none(): never {
  throw new Error("no group");
}
