/**
 * T1, S26: what a thief takes from the server and everything the browser ever sent hold neither a message nor a password,
 * in no form that the search knows. The same search finds what is really there.
 */

import { randomBytes } from "node:crypto";
import { copyFile, readFile } from "node:fs/promises";
import path from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { expect } from "@playwright/test";

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
