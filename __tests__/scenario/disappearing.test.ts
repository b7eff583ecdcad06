/** Messages that disappear do so on every device that holds them, whatever became of its room or its connection (ENG-28). */

import { timerMinMs } from "@/lib/protocol/limits";
import type { Clock, Transport } from "@/lib/client/engine/ports";

import { Cellar, stateOf, talk, viewOf } from "../support/cellar";
import { FullStore } from "../support/full-store";
import { Person, realClock, unwrap, until } from "../support/person";
import { tampered } from "../support/tampered-transport";

jest.setTimeout(120_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

/** A device that is looked at again once the timer is over. */
const later: Clock = { ...realClock, now: () => Date.now() + 2 * timerMinMs };

/** Nothing is ever heard of the server. */
const silent = (transport: Transport): Transport => ({
  ...tampered({})(transport),
  listen: () => () => undefined,
});

async function underTimer() {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  unwrap(await alice.running.govern.changeRoom(roomId, { timerMs: timerMinMs }));
  await until(() => viewOf(bob, roomId)?.timerMs === timerMinMs, "the timer is on");
  await talk(roomId, [alice, bob]);
  return { alice, bob, roomId };
}

test("ENG-28 messages disappear in a room that was left", async () => {
  const { bob, roomId } = await underTimer();
  unwrap(await bob.running.leave(roomId));
  await until(() => stateOf(bob, roomId)?.membership === "none", "bob is out");
  await bob.close();
  await bob.open(undefined, later);
  await until(async () => (await bob.messages(roomId)).length === 0, "nothing is left to read");
  expect(await bob.store.keys(`room/${roomId}/x/`)).toEqual([]);
});

test("ENG-28 messages disappear without a connection", async () => {
  const { bob, roomId } = await underTimer();
  await bob.close();
  await bob.open(silent, later);
  await until(async () => (await bob.messages(roomId)).length === 0, "nothing is left to read");
  expect(bob.running.connection).toBe("connecting");
});

test("ENG-28 messages that a full disk has kept disappear as soon as there is room", async () => {
  const { bob, roomId } = await underTimer();
  const { browser, identity, store } = bob;
  await bob.close();
  const disk = new FullStore(({ key }) => key.startsWith(`room/${roomId}/x/`));
  const again = cellar.withTab(new Person(browser, identity, disk.wrap(store)));
  const hasty: Clock = { ...later, schedule: (delayMs, task) => realClock.schedule(delayMs / 20, task) };
  await again.open(silent, hasty);
  await until(() => disk.refused > 0, "what was to go could not");
  expect(await again.messages(roomId)).toHaveLength(2);
  disk.isFull = false;
  await until(async () => (await again.messages(roomId)).length === 0, "nothing is left to read");
});

test("ENG-28 what has time left stays", async () => {
  const { bob, roomId } = await underTimer();
  await bob.close();
  await bob.open(silent);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await bob.messages(roomId)).toHaveLength(2);
});
