/**
 * The product in Chromium, built as it ships, storage included: how long a backlog takes from navigation to the last
 * message on the screen, and how long a room with many stored messages takes to open.
 */

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { chromium, type BrowserContext, type Page } from "@playwright/test";

import { join, register, roomsUrl } from "../../__tests__/e2e/people";
import { generalId, registered, until, type Person } from "../../__tests__/support/person";
import { ServerProcess } from "../../__tests__/support/server-process";
import type { RoomId } from "../../lib/protocol/ids";
import type { Row } from "../rows";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const group = "Chromium, two members";
const patienceMs = 120_000;
/** What a page that was opened does by itself is over. */
const settleMs = 6000;

export async function browserRows(): Promise<Row[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "sealroom-bench-"));
  const server = new ServerProcess(folder);
  await server.start();
  const profile = path.join(folder, "profile");
  let context = await launch(profile);
  try {
    const page = await context.newPage();
    await register(page, server.origin, "reader");
    await join(page);
    const roomUrl = page.url();
    const writer = await registered(server.origin, "writer");
    const roomId = await generalId(server.origin);
    await writer.join(roomId);
    await until(() => writer.room(roomId)?.meta.confirmed === true, "the writer is confirmed", patienceMs);
    await page.close();

    const small = await backlog(context, roomUrl, writer, roomId, 1000, 0);
    const large = await backlog(context, roomUrl, writer, roomId, 9000, 1000);
    await writer.close();

    await context.close();
    context = await launch(profile);
    const cold = await opened(context, roomUrl, "number 9999");
    const again = await opened(context, roomUrl, "number 9999");
    // Another tab of the account runs the engine.
    const neighbour = await context.newPage();
    await neighbour.goto(roomsUrl(server.origin, "reader"));
    await neighbour.waitForTimeout(settleMs);
    const warm = await opened(context, roomUrl, "number 9999");
    return [
      { group, name: "backlog of 1,000, navigation to last message", unit: "ms", value: small, ...bound(small, 1500) },
      { group, name: "backlog of 9,000, navigation to last message", unit: "ms", value: large },
      { group, name: "open with 10,000 stored, browser just started", unit: "ms", value: cold, ...bound(cold, 1500) },
      { group, name: "open with 10,000 stored, worker started anew", unit: "ms", value: again },
      { group, name: "open with 10,000 stored, worker warm", unit: "ms", value: warm, ...bound(warm, 500) },
    ];
  } finally {
    await context.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function bound(value: number, most: number) {
  return { aim: `at most ${String(most)} ms`, met: value <= most };
}

async function launch(profile: string): Promise<BrowserContext> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  return await chromium.launchPersistentContext(profile, { executablePath, args: flags, headless: true });
}

/** The reader is away while `count` messages are written, then opens the room. */
async function backlog(
  context: BrowserContext,
  url: string,
  writer: Person,
  roomId: RoomId,
  count: number,
  from: number,
): Promise<number> {
  const said = Array.from({ length: count }, (_, index) =>
    writer.say(roomId, `number ${String(from + index)} of many`),
  );
  await Promise.all(said);
  await until(() => writer.room(roomId)?.pending.length === 0, "everything is sent", patienceMs);
  return await opened(context, url, `number ${String(from + count - 1)} `);
}

/** Milliseconds from the start of the navigation until `text` stands in the timeline. */
async function opened(context: BrowserContext, url: string, text: string): Promise<number> {
  const page: Page = await context.newPage();
  await page.goto(url, { waitUntil: "commit" });
  const elapsed = await page.waitForFunction(
    (wanted) => (document.querySelector("[role=log]")?.textContent.includes(wanted) === true ? performance.now() : 0),
    text,
    { polling: "raf", timeout: patienceMs },
  );
  const value = await elapsed.jsonValue();
  // What is still being stored is stored before the page goes.
  await page.waitForTimeout(1000);
  await page.close();
  return value;
}
