/** A device comes along into the rooms of its account, whatever befalls it when it hears of them (ENG-29). */

import type { Clock } from "@/lib/client/engine/ports";

import { Cellar, isMember, nameOf, reopen, stateOf, talk, viewOf } from "../support/cellar";
import { FullStore } from "../support/full-store";
import { Person, realClock, unwrap, until } from "../support/person";
import { tampered } from "../support/tampered-transport";

jest.setTimeout(120_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

async function setUp(clock: Clock) {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const { browser, identity, store } = await (await cellar.secondBrowser(bob)).person(nameOf(bob));
  const disk = new FullStore(({ key }) => key.startsWith("room/"));
  const second = cellar.withTab(new Person(browser, identity, disk.wrap(store)));
  await second.open(undefined, clock);
  await until(() => disk.refused > 0, "the keyring was heard, and the room found no place");
  expect(stateOf(second, roomId)?.membership).not.toBe("joined");
  return { alice, roomId, disk, second };
}

test("ENG-20 ENG-29 a device without room for it comes along as soon as there is some", async () => {
  const hasty: Clock = { ...realClock, schedule: (delayMs, task) => realClock.schedule(delayMs / 20, task) };
  const { alice, roomId, disk, second } = await setUp(hasty);
  expect(second.running.troubles).toContain("storage-full");
  disk.isFull = false;
  await until(() => isMember(second, roomId), "bob's second device is in");
  await talk(roomId, [alice, second]);
});

test("ENG-29 a device that died when it had heard of a room comes along the next time", async () => {
  const { alice, roomId, disk, second } = await setUp(realClock);
  await second.close();
  disk.isFull = false;
  await second.open();
  await until(() => isMember(second, roomId), "bob's second device is in");
  await talk(roomId, [alice, second]);
});

test("ENG-29 a GroupInfo from before the account came in is no reason to turn back", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice);
  unwrap(await alice.running.govern.changeRoom(roomId, { topic: "vintage" }));
  await until(() => viewOf(alice, roomId)?.topic === "vintage", "members vouch for an epoch");
  const { delivery } = cellar.server.services;
  await until(async () => (await delivery.groupInfo({ roomId })).candidates[0]?.epoch === 1, "the server offers it");
  const before = await delivery.groupInfo({ roomId });
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await until(() => stateOf(bob, roomId)?.membership === "invited", "bob is invited");
  unwrap(await bob.running.govern.acceptInvite(roomId));
  await until(() => isMember(bob, roomId), "bob is in");
  const second = await cellar.closedDevice(bob);
  let asked = 0;
  await second.open(
    tampered({
      change: (name, answer) => {
        if (name !== "room:group-info") return answer;
        asked += 1;
        return before;
      },
    }),
  );
  await until(() => asked > 1, "asked, and told of an epoch without the account");
  expect(stateOf(second, roomId)?.membership).toBe("joining");
  await reopen(second);
  await until(() => isMember(second, roomId), "bob's second device is in", 30_000);
  await talk(roomId, [alice, second]);
});

test("ENG-29 who leaves on a device that is still on its way in leaves with all devices", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const second = await cellar.closedDevice(bob);
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await second.open(tampered({ hold: (name) => (name === "room:group-info" ? held : Promise.resolve()) }));
  await until(() => stateOf(second, roomId)?.membership === "joining", "the second device is on its way");
  unwrap(await second.running.leave(roomId));
  await until(() => stateOf(bob, roomId)?.membership === "none", "the first one leaves", 30_000);
  await until(() => viewOf(alice, roomId)?.members.length === 1, "alice is alone");
  goOn();
  await until(() => stateOf(second, roomId) === undefined, "and the second has forgotten the room");
});
