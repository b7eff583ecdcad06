/**
 * T1, S26: what a thief takes from the server and everything the browser ever sent hold neither a message nor a password,
 * in no form that the search knows. The same search finds what is really there.
 */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFile, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { expect, type Browser, type Page } from "@playwright/test";

import { PrismaClient } from "../../lib/server/db/generated/client";
import { findTraces, readTree, tracesIn } from "../support/canary";
import { test } from "./fixtures";
import { join, message, register, say, signIn, signOut } from "./people";

function random(): string {
  return randomBytes(12).toString("hex");
}

test("T1 S26 neither messages nor passwords reach the server in any form", async ({
  context,
  server,
  tap,
}, testInfo) => {
  const marker = `marker-${random()}`;
  const secret = `password ${random()}`;
  const name = `canary-${random().slice(0, 12)}`;
  const [alice, bob] = [await context.newPage(), await context.newPage()];
  await register(alice, tap.origin, name, secret);
  await join(alice);
  await register(bob, tap.origin, "bob");
  await join(bob);
  await say(alice, `Meet me at ${marker} tonight`);
  await expect(message(bob, marker)).toBeVisible();
  // Sign in again, so that the password is used in a login too.
  await signOut(alice);
  await alice.waitForURL(/\/login/);
  await signIn(alice, name, secret);

  const sent = tap.sent();
  const live = await readTree(server.dataDir);
  await server.stop();
  const atRest = await readTree(server.dataDir);
  const log = { name: "server.log", bytes: await readFile(server.logFile) };
  const everything = [...sent, ...live, ...atRest, log];

  for (const hidden of [marker, secret]) expect(tracesIn(everything, hidden)).toEqual([]);

  await test.step("the search sees what is there", async () => {
    expect(sent.filter((piece) => piece.name.startsWith("websocket")).length).toBeGreaterThan(0);
    for (const request of ["POST /api/v1/register/start", "POST /api/v1/login/start", "event:submit"]) {
      expect(tracesIn(sent, request)).not.toEqual([]);
    }
    expect(tracesIn(sent, name)).not.toEqual([]);
    expect(tracesIn(live, name)).not.toEqual([]);
    expect(tracesIn(atRest, name)).not.toEqual([]);
    expect(log.bytes.length).toBeGreaterThan(0);
  });

  await test.step("the search finds a marker planted in a copy of the database", async () => {
    const copy = testInfo.outputPath("copy.db");
    await copyFile(path.join(server.dataDir, "sealroom.db"), copy);
    expect(findTraces(await readFile(copy), marker)).toEqual([]);
    const database = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${copy}` }) });
    await database.$executeRawUnsafe("CREATE TABLE planted (words TEXT)");
    const words = [`x${marker}`, Buffer.from(`x${marker}`).toString("base64"), Buffer.from(marker).toString("hex")];
    for (const word of words) await database.$executeRawUnsafe("INSERT INTO planted VALUES (?)", word);
    await database.$disconnect();
    expect(findTraces(await readFile(copy), marker)).toEqual(["utf-8", "hex", "base64+1", "base64url+1"]);
  });
});

test("S30 an address in what people write is asked for by nobody", async ({ browser, server }) => {
  const asked: string[] = [];
  const canary = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end();
  });
  canary.listen(0, "127.0.0.1");
  await once(canary, "listening");
  const { port } = canary.address() as AddressInfo;
  const address = `http://127.0.0.1:${String(port)}/canary.png`;
  // It is heard when somebody does ask.
  await fetch(address);
  expect(asked.splice(0)).toEqual(["/canary.png"]);
  const [alice, bob] = [await newTab(browser), await newTab(browser)];
  await register(alice, server.origin, "alice");
  await register(bob, server.origin, "bob");
  await join(alice);
  await join(bob);
  for (const text of [
    address,
    `<img src="${address}">`,
    `![x](${address})`,
    `<link rel="prefetch" href="${address}">`,
  ]) {
    await say(alice, text);
    await expect(message(bob, text)).toBeVisible();
  }
  await bob.reload();
  await expect(message(bob, address).first()).toBeVisible();
  expect(asked).toEqual([]);
  canary.close();
});

async function newTab(browser: Browser): Promise<Page> {
  return await (await browser.newContext()).newPage();
}
