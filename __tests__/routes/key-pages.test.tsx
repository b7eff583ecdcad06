/** The public pages of the key directory and its log, rendered as the server renders them, over a real directory. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ReactElement } from "react";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { renderToStaticMarkup } from "react-dom/server";

import AccountKeysPage from "@/app/keys/[name]/page";
import LogEntryPage from "@/app/log/[index]/page";
import LogPage from "@/app/log/page";
import { addressHeader } from "@/lib/server/http/address";

import { deleteAccount, resetByCode } from "../support/account-changes";
import { call, makeTestAccount, type TestAccount } from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";

let address = "10.0.0.1";
jest.mock("next/headers", () => ({
  headers: () => Promise.resolve(new Headers({ [addressHeader]: address, host: "chat.example" })),
}));

jest.setTimeout(120_000);

let server: TestServer;
let successor: TestAccount;

beforeAll(async () => {
  server = await startTestServer({ RATE_LIMIT_FACTOR: "1" });
  await makeTestAccount(server.url, "alice");
  successor = await resetByCode(server, "alice");
  const carol = await makeTestAccount(server.url, "carol");
  await deleteAccount(server.url, carol);
});
afterAll(() => server.close());

const shown = async (page: Promise<ReactElement>) => renderToStaticMarkup(await page);
const keysOf = (name: string) => shown(AccountKeysPage({ params: Promise.resolve({ name }) }));
const entry = (index: string) => shown(LogEntryPage({ params: Promise.resolve({ index }) }));
/** What the entries of the log on a page say they are, in their order. */
const kindsOn = (html: string) =>
  [...html.matchAll(/<h3><a href="\/log\/\d+">[^<]*<\/a>: ([^<]*)/g)].map(([, kind]) => kind);

test("LOG-07 REC-05 the page of a name says when its key was replaced, and shows the entries of both keys", async () => {
  const html = await keysOf("alice");
  expect(html).toMatch(/given another key on <time[^>]*>[^<]*<\/time>\. .*href="#entry-2"/);
  expect(kindsOn(html)).toEqual([
    ...["Device certified", "Account created"],
    ...["Name given to another key", "Device certified", "Account created"],
  ]);
  // Only those of the former key are marked so.
  expect(html.split("Of a key that had this name before").length - 1).toBe(3);
  expect(html).toContain(successor.identity.accountId);
  // The log leads there.
  expect(await shown(LogPage())).toMatch(/Name given to another key<\/td><td><a href="\/keys\/alice"/);
});

test("LOG-07 a name whose key was never replaced says nothing of the kind", async () => {
  await makeTestAccount(server.url, "bob");
  const html = await keysOf("bob");
  expect(kindsOn(html)).toEqual(["Device certified", "Account created"]);
  expect(html).not.toMatch(/another key|had this name before/);
});

test("LOG-07 REC-06 the page of a deleted account says so, with what the log says of it and no keys", async () => {
  const html = await keysOf("carol");
  expect(html).toMatch(/This account was deleted on <time/);
  expect(kindsOn(html)).toEqual(["Account deleted", "Device revoked", "Device certified", "Account created"]);
  expect(html).not.toMatch(/BEGIN PUBLIC KEY|safety number/);
  expect((await call(server.url, "/users/carol")).code).toBe("NOT_FOUND");
  expect((await call(server.url, "/users/carol/log")).status).toBe(200);
});

test("LOG-07 LOG-08 the audit that the log's page recommends names the log's key", async () => {
  const key = server.services.transparencyLog.verifierLine;
  const command = `npm run audit-log -- http://chat.example --key &#x27;${key}&#x27; --state log.state`;
  expect(await shown(LogPage())).toContain(command);
});

test("LOG-07 a name that nobody ever had has no page", async () => {
  await expect(keysOf("nobody")).rejects.toMatchObject({ digest: expect.stringContaining("404") as string });
  await expect(entry("99999")).rejects.toMatchObject({ digest: expect.stringContaining("404") as string });
});

test("LOG-07 accounts that were deleted before that was written down are found by the migration", async () => {
  const [folder = ""] = readdirSync("prisma/migrations").filter((name) => name.endsWith("_retired_accounts"));
  const [, update = ""] = readFileSync(path.join("prisma/migrations", folder, "migration.sql"), "utf8").split(
    /(?=UPDATE)/,
  );
  // A name that is the end of the other's, and one that it begins with.
  for (const name of ["arol", "ca"]) await deleteAccount(server.url, await makeTestAccount(server.url, name));
  const rows = () => server.services.database.reader.retiredName.findMany({ orderBy: { username: "asc" } });
  const before = await rows();
  await server.restart(async () => {
    const connection = await new PrismaBetterSqlite3({ url: `file:${server.services.env.databaseFile}` }).connect();
    await connection.executeScript(`UPDATE "RetiredName" SET "accountId" = NULL; ${update}`);
    await connection.dispose();
  });
  expect(before).toHaveLength(3);
  expect(before.map(({ accountId }) => accountId)).not.toContain(null);
  expect(await rows()).toEqual(before);
});

test.each<[string, () => Promise<string>]>([
  ["/log", () => shown(LogPage())],
  ["/log/0", () => entry("0")],
  ["/keys/alice", () => keysOf("alice")],
])("HTTP-07 beyond the limit %s says what is wrong and how long it takes", async (name, show) => {
  address = `10.0.1.${String(name.length)}`;
  const { limits } = server.services;
  await limits.take("lookup", address, 599);
  expect(await show()).not.toContain("too often");
  const html = await show();
  expect(html).toMatch(/That was too often.*(second|minute)/);
  expect(html).toMatch(/<h1>/);
  address = "10.0.0.1";
  expect(await show()).not.toContain("too often");
});
