/** What people see when the server puts something else in the place of a message: whose device saw it, and until they have understood. */

import path from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { expect, type Browser, type Page } from "@playwright/test";

import { PrismaClient } from "../../lib/server/db/generated/client";
import type { ServerProcess } from "../support/server-process";
import { test } from "./fixtures";
import { join, message, register, say, timeline } from "./people";

const keysTimeoutMs = 60_000;
/** Names come isolated. */
const line = /The server shows .alice.’s device another history than yours since/;

async function memberOf(browser: Browser, origin: string, name: string, width: number): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width, height: 800 } })).newPage();
  await register(page, origin, name);
  await join(page);
  return page;
}

/** In the place of the last message but `after` stands the one before it once more; no place is empty. */
async function replace(server: ServerProcess, after: number): Promise<void> {
  const url = `file:${path.join(server.dataDir, "sealroom.db")}`;
  const database = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) });
  const messages = await database.event.findMany({ where: { kind: "application" }, orderBy: { seq: "desc" } });
  const [victim, other] = [messages[after], messages[after + 1]];
  if (victim === undefined || other === undefined) throw new Error("too little was said");
  const { roomId, seq } = victim;
  const { payload, size } = other;
  await database.event.update({ where: { roomId_seq: { roomId, seq } }, data: { payload, size } });
  await database.$disconnect();
}

for (const width of [1200, 360]) {
  test(`TRN-04 S12 S13 a message that the server replaces is missed at the next one (${String(width)} px)`, async ({
    browser,
    server,
  }) => {
    const alice = await memberOf(browser, server.origin, "alice", width);
    const bob = await memberOf(browser, server.origin, "bob", width);
    await say(alice, "good morning");
    await expect(message(bob, "good morning")).toBeVisible({ timeout: keysTimeoutMs });
    await say(bob, "to you too");
    await expect(message(alice, "to you too")).toBeVisible({ timeout: keysTimeoutMs });
    const room = bob.url();
    await bob.goto("about:blank");
    await say(alice, "not at nine, at seven");
    await say(alice, "see you there");

    await server.stop();
    await replace(server, 1);
    await server.start();

    await bob.goto(room);
    await expect(message(bob, "see you there")).toBeVisible({ timeout: keysTimeoutMs });
    await expect(message(bob, "not at nine")).toHaveCount(0);
    await expect(timeline(bob)).toContainText(line);
    const alarm = bob.getByRole("alert").filter({ hasText: "Two histories of this room" });
    await expect(alarm).toContainText("compare over another channel before you rely on what stands here");
    expect(await bob.evaluate(() => document.documentElement.scrollWidth)).toBe(width);

    // It stays until somebody has understood it, and its line stays after that.
    await bob.reload();
    await expect(alarm).toBeVisible({ timeout: keysTimeoutMs });
    await alarm.getByRole("button", { name: "I have understood" }).click();
    await expect(alarm).toHaveCount(0);
    await bob.reload();
    await expect(timeline(bob)).toContainText(line, { timeout: keysTimeoutMs });
    await expect(alarm).toHaveCount(0);
  });
}
