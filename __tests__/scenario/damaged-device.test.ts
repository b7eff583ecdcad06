/**
 * A browser whose device cannot be read any more, against the real server: the person signs in again, and the new device
 * is in the same rooms, with what had been read. SPEC ENG-24.
 */

import { fromUtf8, utf8 } from "@/lib/protocol/bytes";

import { generalId, registered, until, type Person } from "../support/person";
import { startTestServer } from "../support/server";

jest.setTimeout(120_000);

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function sees(person: Person, line: string): Promise<void> {
  const roomId = await generalId(server.url);
  await until(async () => (await person.texts(roomId)).includes(line), `${person.identity.username} sees ${line}`);
}

test("ENG-24 after damage a sign-in makes a new device that goes on in its rooms", async () => {
  const general = await generalId(server.url);
  const [alice, bob] = [await registered(server.url, "alice"), await registered(server.url, "bob")];
  await alice.join(general);
  await bob.join(general);
  await bob.say(general, "before");
  await sees(alice, "bob: before");
  await alice.close();

  const [name = ""] = [...alice.browser.stores.keys()].filter((one) => one.startsWith("sealroom:alice:"));
  const store = alice.browser.stores.get(name);
  const identity = (await store?.get("identity")) ?? new Uint8Array();
  await store?.write([{ key: "identity", value: identity.subarray(0, identity.length / 2) }]);
  const before = await store?.list("");

  await expect(alice.browser.person("alice")).rejects.toThrow("set-aside");
  expect(await alice.browser.login("alice", "another sentence 48!")).toMatchObject({ ok: false });

  // S25: damage does not unpin the server.
  const registry = alice.browser.stores.get("sealroom");
  const row = (await registry?.get("account/alice")) ?? new Uint8Array();
  const elsewhere = { ...(JSON.parse(fromUtf8(row) ?? "") as object), serverPublicKey: "another server's" };
  await registry?.write([{ key: "account/alice", value: utf8(JSON.stringify(elsewhere)) }]);
  expect(await alice.browser.login("alice")).toEqual({ ok: false, error: { code: "SERVER_KEY_CHANGED" } });
  await registry?.write([{ key: "account/alice", value: row }]);

  expect(await alice.browser.login("alice")).toEqual({ ok: true, value: { username: "alice", newDevice: true } });
  const again = await alice.browser.person("alice");
  expect(again.identity.accountId).toBe(alice.identity.accountId);
  expect(again.identity.deviceId).not.toBe(alice.identity.deviceId);
  expect(await store?.list("")).toEqual(before);

  await again.open();
  await until(() => again.room(general)?.meta.membership === "joined", "alice is back");
  await sees(again, "bob: before");
  await bob.say(general, "after");
  await sees(again, "bob: after");
  await again.say(general, "here");
  await sees(bob, "alice: here");
  const repairs = (await again.timeline(general)).filter((item) => item.kind === "system" && item.event === "repaired");
  expect(repairs).toMatchObject([{ cause: "store-damaged" }]);
  expect((await again.running.health()).repairs["store-damaged"]).toBe(1);
  await Promise.all([again.close(), bob.close()]);
});
