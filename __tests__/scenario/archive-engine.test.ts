/** The archive in the engine: a second browser of an account gets what the first one has read. */

import { archiveDelayMs } from "@/lib/protocol/limits";

import { Browser, generalId, registered, unwrap, until, type Person } from "../support/person";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const isCurrent = (person: Person) => person.running.history.view.state === "current";

async function secondBrowser(username: string): Promise<Person> {
  const browser = new Browser(server.url);
  unwrap(await browser.login(username));
  const person = await browser.person(username);
  await person.open();
  return person;
}

test("ARC-05 ARC-06 what was read is archived within seconds, and a second browser shows it in its room", async () => {
  const [alice, bob] = [await registered(server.url, "alice"), await registered(server.url, "bob")];
  const general = await generalId(server.url);
  await alice.join(general);
  await bob.join(general);
  await alice.say(general, "one");
  await until(async () => (await bob.texts(general)).length === 1, "bob reads");
  await bob.say(general, "two");
  await until(async () => (await alice.texts(general)).length === 2, "alice reads");
  const written = () => server.services.archives.state(alice.identity.accountId);
  await until(async () => (await written()).number === 1 && isCurrent(alice), "archived", 4 * archiveDelayMs);

  const second = await secondBrowser("alice");
  await until(() => second.room(general)?.meta.membership === "joined", "the second browser is in");
  await until(async () => (await second.texts(general)).length === 2, "the history is there");
  expect(await second.texts(general)).toEqual(["alice: one", "bob: two"]);
  const [own, other] = await second.messages(general);
  expect([own?.own, own?.state, other?.own, other?.state]).toEqual([true, "sent", false, "received"]);
  expect(second.running.rooms().find(({ roomId }) => roomId === general)).toMatchObject({ unread: 0, lastText: "two" });
  expect(second.events.some((event) => event.type === "restored" && event.roomId === general)).toBe(true);

  // What all read live stands there once, on both and in the archive.
  await bob.say(general, "three");
  for (const person of [alice, second]) {
    await until(async () => (await person.texts(general)).length === 3, "all read on");
  }
  await until(async () => (await written()).revision >= 2 || (await written()).number >= 2, "archived again");
  const third = await secondBrowser("alice");
  await until(async () => (await third.texts(general)).length === 3, "the third browser has all");
  expect(await third.texts(general)).toEqual(["alice: one", "bob: two", "bob: three"]);
  for (const person of [alice, bob, second, third]) await person.close();
});

test("ARC-06 what was read in a room that was left is there, and nobody is in it by that", async () => {
  const carol = await registered(server.url, "carol");
  const general = await generalId(server.url);
  await carol.join(general);
  await carol.say(general, "gone soon");
  await until(() => carol.room(general)?.pending.length === 0, "sent");
  unwrap(await carol.running.leave(general));
  await until(() => carol.room(general)?.meta.membership === "none", "left");
  await until(() => isCurrent(carol), "archived", 4 * archiveDelayMs);
  await until(
    async () => (await server.services.archives.state(carol.identity.accountId)).number > 0,
    "archived",
    4 * archiveDelayMs,
  );
  const second = await secondBrowser("carol");
  await until(() => second.room(general) !== undefined && isCurrent(second), "restored");
  expect(await second.texts(general)).toEqual(["carol: gone soon"]);
  expect(second.room(general)?.meta.membership).toBe("none");
  await carol.close();
  await second.close();
});
