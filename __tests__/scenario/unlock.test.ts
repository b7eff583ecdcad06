/** The vault's secrets for one task, asked of the real server by the real client code. */

import { loadIdentity, saveIdentity } from "@/lib/client/engine/identity";
import { unlockAccount } from "@/lib/client/worker/unlock";
import { call, prepareLogin } from "../support/accounts";
import { Browser, password, unwrap } from "../support/person";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startTestServer();
  browser = new Browser(server.url);
  unwrap(await browser.register("alice"));
});
afterAll(() => server.close());

test("ACC-18 the password opens the vault again, and neither a session nor a device comes of it", async () => {
  const { database } = server.services;
  const before = [await database.reader.session.count(), await database.reader.device.count()];
  const cookies = browser.cookieHeader;
  const unlocked = unwrap(await unlockAccount(browser.ports, "Alice", password));
  const { identity } = await browser.person("alice");
  expect(unlocked.accountSecret).toEqual(identity.accountSecret);
  expect(unlocked.accountSecret?.bytes).toHaveLength(32);
  expect(unlocked.vaultVersion).toBe(1);
  expect(unlocked.privateKeyPkcs8.length).toBeGreaterThan(1700);
  expect([await database.reader.session.count(), await database.reader.device.count()]).toEqual(before);
  expect(browser.cookieHeader).toBe(cookies);
});

test("ACC-18 another device gets the same account secret at its sign-in, an older one at its next", async () => {
  const second = new Browser(server.url);
  unwrap(await second.login("alice"));
  const there = await second.person("alice");
  const here = await browser.person("alice");
  expect(there.identity.accountSecret).toEqual(here.identity.accountSecret);

  await saveIdentity(there.store, { ...there.identity, accountSecret: undefined });
  expect((await loadIdentity(there.store))?.accountSecret).toBeUndefined();
  unwrap(await second.login("alice"));
  expect((await loadIdentity(there.store))?.accountSecret).toEqual(here.identity.accountSecret);
});

test("ACC-18 a wrong password, a browser without the account and an ended session get nothing", async () => {
  expect(await unlockAccount(browser.ports, "alice", "not the password 9")).toMatchObject({
    error: { code: "WRONG_PASSWORD" },
  });
  expect(await unlockAccount(new Browser(server.url).ports, "alice", password)).toMatchObject({
    error: { code: "NO_DEVICE" },
  });
  const third = new Browser(server.url);
  unwrap(await third.login("alice"));
  unwrap(await third.http.logout("alice"));
  expect(await unlockAccount(third.ports, "alice", password)).toMatchObject({
    error: { code: "NOT_SIGNED_IN" },
  });
});

test("ACC-18 W2 the proof of one account does not open another one's vault", async () => {
  const bobs = new Browser(server.url);
  unwrap(await bobs.register("bob"));
  const { finish } = await prepareLogin(server.url, "alice", password);
  const crossed = await call(server.url, "/users/bob/unlock", { json: finish, cookie: bobs.cookieHeader });
  expect([crossed.status, crossed.code]).toEqual([401, "WRONG_CREDENTIALS"]);
});

test("ACC-11 S24 an older vault than this browser has seen is refused, and nothing is learned from it", async () => {
  const { identity, store } = await browser.person("alice");
  await saveIdentity(store, { ...identity, vaultVersion: 2 });
  expect(await unlockAccount(browser.ports, "alice", password)).toMatchObject({
    error: { code: "VAULT_ROLLED_BACK" },
  });
  expect((await loadIdentity(store))?.vaultVersion).toBe(2);
  await saveIdentity(store, identity);
});

test("S24 a vault that was tampered with says so", async () => {
  const { database } = server.services;
  const where = { username: "alice" };
  const { vault } = await database.reader.account.findUniqueOrThrow({ where });
  const spoiled = vault.slice();
  spoiled[spoiled.length - 1] = (spoiled.at(-1) ?? 0) ^ 1;
  await database.write((transaction) => transaction.account.update({ where, data: { vault: spoiled } }));
  expect(await unlockAccount(browser.ports, "alice", password)).toMatchObject({
    error: { code: "VAULT_TAMPERED" },
  });
  await database.write((transaction) => transaction.account.update({ where, data: { vault } }));
});
