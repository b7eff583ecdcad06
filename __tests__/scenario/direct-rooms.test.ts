/** Two people who write to each other in the same moment end in one room, whatever comes first (ENG-31). */

import type { Store } from "@/lib/client/engine/ports";
import { members } from "@/lib/crypto/mls/roster";
import { randomBytes } from "@/lib/crypto/random";
import { toHex } from "@/lib/protocol/bytes";
import { roomIdSchema, type RoomId } from "@/lib/protocol/ids";

import { Browser, Person, registered, unwrap, until } from "../support/person";
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

/** Keeps a person's invitations back until it is opened. */
class Gate {
  open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.open = resolve));
  readonly wrap = tampered({ hold: (name) => (name === "inbox:fetch" ? this.#opened : Promise.resolve()) });
}

let count = 0;
async function person(name: string): Promise<Person> {
  const made = await registered(server.url, `${name}${String(count++)}`);
  people.push(made);
  await online(made);
  return made;
}

/** Open, and hearing of no invitation until its gate is opened. */
async function gated(name: string): Promise<{ who: Person; gate: Gate }> {
  const who = await person(name);
  await who.close();
  const gate = new Gate();
  await who.open(gate.wrap);
  await online(who);
  return { who, gate };
}

async function anotherDevice(of: Person): Promise<Person> {
  const browser = new Browser(server.url);
  unwrap(await browser.login(nameOf(of)));
  const made = await browser.person(nameOf(of));
  people.push(made);
  return made;
}

const online = (who: Person) => until(() => who.running.connection === "online", `${nameOf(who)} online`);
const nameOf = (who: Person) => who.identity.username;
const shown = (who: Person) => who.running.rooms().filter(({ kind }) => kind === "direct");
const isIn = (who: Person, roomId: RoomId) =>
  who.room(roomId)?.meta.membership === "joined" && who.room(roomId)?.meta.confirmed === true;

/** Ids of which the first comes first. */
function twoIds(): [RoomId, RoomId] {
  const id = (first: string) => roomIdSchema.parse(first + toHex(randomBytes(16)).slice(1));
  return [id("1"), id("e")];
}

async function open(who: Person, other: Person, roomId: RoomId, words: string): Promise<void> {
  unwrap(await who.running.govern.openDirect(nameOf(other), roomId));
  await until(() => members(who.room(roomId)?.group ?? none()).length > 1, `${nameOf(other)} is invited`);
  await who.say(roomId, words);
  await until(async () => (await who.messages(roomId)).every(({ state }) => state === "sent"), "sent");
}

/** All are in this one room, and in no other with each other, and all has been read once. */
async function expectOne(roomId: RoomId, gone: RoomId, all: readonly Person[], texts: readonly string[]) {
  for (const who of all) {
    const list = () => JSON.stringify(shown(who).map((room) => [room.roomId, room.membership]));
    await until(() => list() === JSON.stringify([[roomId, "joined"]]), `${nameOf(who)} sees one room`, 40_000);
    await until(() => isIn(who, roomId), `${nameOf(who)} is in`, 30_000);
    await until(
      async () => {
        const read = (await who.texts(roomId)).toSorted();
        return JSON.stringify(read) === JSON.stringify([...texts].toSorted());
      },
      `${nameOf(who)} reads all of it`,
    );
    await until(async () => (await who.store.keys(`room/${gone}`)).length === 0, `${nameOf(who)} keeps nothing else`);
  }
}

async function talk(roomId: RoomId, all: readonly Person[]): Promise<string[]> {
  const said: string[] = [];
  for (const from of all) {
    const text = `now ${toHex(randomBytes(3))}`;
    await from.say(roomId, text);
    said.push(`${nameOf(from)}: ${text}`);
    for (const to of all) {
      await until(async () => (await to.texts(roomId)).includes(said.at(-1) ?? ""), `${nameOf(to)} hears`);
    }
  }
  return said;
}

for (const mine of ["first", "last"] as const) {
  for (const hears of ["alice", "bob"] as const) {
    test(`ENG-31 both open at once, alice's id comes ${mine}, ${hears} hears of the other first`, async () => {
      const [{ who: alice, gate: toAlice }, { who: bob, gate: toBob }] = [await gated("alice"), await gated("bob")];
      const [stays, goes] = twoIds();
      const [hers, his] = mine === "first" ? [stays, goes] : [goes, stays];
      await Promise.all([open(alice, bob, hers, "hello bob"), open(bob, alice, his, "hello alice")]);
      expect([shown(alice).length, shown(bob).length]).toEqual([1, 1]);
      const [early, late] = hears === "alice" ? [toAlice, toBob] : [toBob, toAlice];
      early.open();
      await new Promise((resolve) => setTimeout(resolve, 600));
      late.open();
      const said = [`${nameOf(alice)}: hello bob`, `${nameOf(bob)}: hello alice`];
      await expectOne(stays, goes, [alice, bob], said);
      await talk(stays, [alice, bob]);
      // Asked for again it is this one, for both.
      expect(unwrap(await alice.running.govern.openDirect(nameOf(bob), goes)).roomId).toBe(stays);
      expect(unwrap(await bob.running.govern.openDirect(nameOf(alice), goes)).roomId).toBe(stays);
      expect(await server.services.database.reader.room.findUnique({ where: { id: goes } })).toMatchObject({});
    });
  }
}

test("ENG-31 with both away in between, and with a crash between the new place and the old one", async () => {
  const [{ who: alice }, { who: bob }] = [await gated("alice"), await gated("bob")];
  const [stays, goes] = twoIds();
  await open(alice, bob, goes, "hello bob");
  await alice.close();
  await open(bob, alice, stays, "hello alice");
  await bob.close();
  // Alice comes back to a store that takes the new place of her words, and nothing more for the old one.
  const broken: Store = {
    get: (key) => alice.store.get(key),
    list: (prefix, options) => alice.store.list(prefix, options),
    keys: (prefix, options) => alice.store.keys(prefix, options),
    write: (batch) => {
      const isClearing = batch.some(({ key, value }) => key.startsWith(`room/${goes}/t/`) && value === undefined);
      return isClearing ? Promise.reject(new Error("crash")) : alice.store.write(batch);
    },
  };
  const crashing = new Person(alice.browser, alice.identity, broken);
  people.push(crashing);
  await crashing.open();
  await bob.open();
  await until(async () => (await bob.texts(stays)).length === 2, "said again", 40_000);
  expect(await alice.store.keys(`room/${goes}/t/`)).not.toEqual([]);
  await crashing.close();
  await bob.close();
  await alice.open();
  await online(alice);
  await bob.open();
  await expectOne(stays, goes, [alice, bob], [`${nameOf(alice)}: hello bob`, `${nameOf(bob)}: hello alice`]);
  await Promise.all([alice.close(), bob.close()]);
  await Promise.all([alice.open(), bob.open()]);
  await talk(stays, [alice, bob]);
});

test("ENG-31 all devices of both: what a device that was away had to say in the other room is said in this one", async () => {
  const [{ who: alice, gate: toAlice }, { who: bob, gate: toBob }] = [await gated("alice"), await gated("bob")];
  const [stays, goes] = twoIds();
  const phone = await anotherDevice(alice);
  await phone.open();
  await open(alice, bob, goes, "from the desk");
  await until(() => isIn(phone, goes), "the phone is in", 40_000);
  await phone.say(goes, "from the phone");
  await until(async () => (await alice.texts(goes)).length === 2, "heard");
  await phone.close();
  await phone.open(
    tampered({ hold: (name) => (name === "event:submit" ? new Promise(() => undefined) : Promise.resolve()) }),
  );
  await phone.say(goes, "never sent");
  await phone.close();
  await open(bob, alice, stays, "from bob");
  toAlice.open();
  toBob.open();
  await until(() => shown(alice)[0]?.roomId === stays && shown(bob)[0]?.roomId === stays, "one room", 40_000);
  await until(async () => (await alice.store.keys(`room/${goes}`)).length === 0, "the other is gone", 40_000);
  await phone.open();
  const [a, b] = [nameOf(alice), nameOf(bob)];
  const said = [`${a}: from the desk`, `${a}: from the phone`, `${a}: never sent`, `${b}: from bob`];
  await expectOne(stays, goes, [alice, bob, phone], said);
  await talk(stays, [alice, bob, phone]);
});

test("ENG-31 what somebody blocked opens is not taken for an answer, nor is a stranger's request", async () => {
  const [{ who: alice, gate: toAlice }, { who: bob }] = [await gated("alice"), await gated("bob")];
  const carol = await person("carol");
  const [stays, goes] = twoIds();
  await open(alice, bob, goes, "hello bob");
  const laptop = await anotherDevice(alice);
  await laptop.open();
  await until(() => isIn(laptop, goes), "the laptop is in", 40_000);
  await laptop.close();
  const toLaptop = new Gate();
  await laptop.open(toLaptop.wrap);
  await online(laptop);
  await open(bob, alice, stays, "hello alice");
  unwrap(await alice.running.govern.setBlocked(bob.identity.accountId, true));
  await laptop.running.keyring.sync();
  toAlice.open();
  toLaptop.open();
  await until(() => alice.room(goes)?.meta.membership === "none", "left");
  await until(() => laptop.room(goes)?.meta.membership === "none", "left with the laptop");
  unwrap(await carol.running.govern.openDirect(nameOf(alice), twoIds()[0]));
  await until(() => shown(alice).some(({ name }) => name === nameOf(carol)), "a request");
  await until(() => shown(laptop).some(({ name }) => name === nameOf(carol)), "a request");
  for (const who of [alice, laptop]) {
    expect(who.room(stays)).toBeUndefined();
    expect(
      shown(who)
        .map(({ name, membership }) => [name, membership])
        .toSorted(),
    ).toEqual([
      [nameOf(bob), "none"],
      [nameOf(carol), "invited"],
    ]);
  }
  expect(members(bob.room(stays)?.group ?? none()).length).toBe(3);
  expect(bob.running.room(stays)?.members.find(({ username }) => username === nameOf(alice))?.accepted).toBe(false);
});

test("ENG-31 two requests of one stranger are one request, and no answer to it", async () => {
  const [alice, carol] = [await person("alice"), await person("carol")];
  const [stays, goes] = twoIds();
  await open(carol, alice, goes, "let me in");
  await until(() => shown(alice).length === 1, "a request");
  // Carol's software forgets what it has made.
  await carol.running.unsafeRoom(goes)?.turn(({ meta }) => {
    meta.kind = "private";
    meta.peer = undefined;
  });
  await open(carol, alice, stays, "let me in again");
  await until(() => alice.room(stays) !== undefined && alice.room(goes) === undefined, "one request", 30_000);
  expect(shown(alice).map(({ roomId, membership }) => [roomId, membership])).toEqual([[stays, "invited"]]);
  expect(alice.room(stays)?.meta.accepted).toBe(false);
  expect(carol.running.room(stays)?.members.find(({ username }) => username === nameOf(alice))?.accepted).toBe(false);
  unwrap(await alice.running.govern.acceptInvite(stays));
  await until(async () => (await alice.texts(stays)).length === 2, "both can be read now");
});

function none(): never {
  throw new Error("no group");
}
