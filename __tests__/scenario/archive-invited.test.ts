/** The archive and an invitation that waited, in the real engine: three browsers read one room. */

import { archiveDelayMs } from "@/lib/protocol/limits";
import { roomIdSchema } from "@/lib/protocol/ids";
import { Browser, registered, unwrap, until, type Person } from "../support/person";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test("ARC-05 ARC-06 a device that was invited while it was away counts its places as the others do", async () => {
  const [alice, bob] = [await registered(server.url, "alice"), await registered(server.url, "bob")];
  const browser = new Browser(server.url);
  unwrap(await browser.login("alice"));
  const second: Person = await browser.person("alice");
  await second.open();
  await until(() => second.running.connection === "online", "online");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await second.close();
  await until(() => bob.running.connection === "online", "online");
  const made = unwrap(
    await bob.running.govern.createPrivateRoom({ name: "Den", topic: "" }, roomIdSchema.parse("cd".repeat(16))),
  );
  const { roomId } = made;
  await until(() => bob.room(roomId)?.meta.membership === "joined", "made");
  unwrap(await bob.running.govern.invite(roomId, "alice"));
  await until(() => alice.room(roomId)?.meta.membership === "joined", "invited");
  unwrap(await alice.running.govern.acceptInvite(roomId));
  for (const n of [1, 2, 3, 4, 5, 6]) await bob.say(roomId, `m${String(n)}`);
  await until(async () => (await alice.texts(roomId)).length === 6, "alice reads");
  await until(
    async () =>
      (await server.services.archives.state(alice.identity.accountId)).number > 0 &&
      alice.running.history.view.state === "current",
    "archived",
    4 * archiveDelayMs,
  );
  await second.open();
  await until(() => second.room(roomId)?.meta.membership === "joined", "in");
  await until(async () => (await second.texts(roomId)).length >= 6, "history");
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await alice.close();
  for (const n of [7, 8]) await bob.say(roomId, `m${String(n)}`);
  const chunks = async () => JSON.stringify(await server.services.archives.state(alice.identity.accountId));
  const before = await chunks();
  await until(async () => (await second.texts(roomId)).length === 8, "second reads");
  await until(
    async () => (await chunks()) !== before && second.running.history.view.state === "current",
    "archived",
    4 * archiveDelayMs,
  );
  await second.close();
  await alice.open();
  for (const n of [9, 10, 11, 12, 13, 14, 15, 16, 17, 18]) await bob.say(roomId, `m${String(n)}`);
  await until(async () => (await alice.texts(roomId)).length === 18, "alice reads on");
  await new Promise((resolve) => setTimeout(resolve, 2 * archiveDelayMs));
  await alice.close();
  const newest = new Browser(server.url);
  unwrap(await newest.login("alice"));
  const third = await newest.person("alice");
  await third.open();
  await until(() => third.running.history.view.state === "current" && third.room(roomId) !== undefined, "third");
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(await third.texts(roomId)).toEqual(Array.from({ length: 18 }, (_, index) => `bob: m${String(index + 1)}`));
  for (const person of [bob, third]) await person.close();
});
