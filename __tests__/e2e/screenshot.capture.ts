/** Takes docs/screenshot.png: two people in a private room, one at a desk and one on a phone, as two windows of one browser. */

import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";

import { test } from "./fixtures";
import { join, message, messageBox, register, say } from "./people";

const desk = { width: 1040, height: 700 };
const phone = { width: 390, height: 700 };
const keysTimeoutMs = 60_000;

const conversation: readonly (readonly ["alice" | "bob", string])[] = [
  ["alice", "Morning! Is the boat still on for Saturday?"],
  ["bob", "Yes. Nine o'clock at the small harbour, bring something warm."],
  ["alice", "And who pays for the fuel?"],
  ["bob", "We split it. The harbour code is 4417, by the way."],
  ["alice", "Good that the server cannot read that."],
];

test("two people talk in a private room", async ({ browser, context, server }) => {
  test.setTimeout(120_000);
  const alice = await context.newPage();
  const bob = await context.newPage();
  for (const [page, name, size] of [[alice, "alice", desk] as const, [bob, "bob", phone] as const]) {
    await page.setViewportSize(size);
    await register(page, server.origin, name);
    await join(page);
  }
  await say(alice, "Hello, everybody.");
  await say(bob, "Does anybody have a cup of flour?");

  const general = alice.url();
  await alice.getByRole("button", { name: "New room" }).click();
  await alice.getByLabel("Room name").fill("Boat on Saturday");
  await alice.getByRole("button", { name: "Create", exact: true }).click();
  await alice.waitForURL((url) => url.href !== general, { timeout: keysTimeoutMs });
  await expect(messageBox(alice)).toBeVisible({ timeout: keysTimeoutMs });
  const room = alice.url();
  await alice.goto(`${room}/info`);
  await alice.getByLabel("Name of the person").fill("bob");
  await alice.getByRole("button", { name: "Invite", exact: true }).click();
  await expect(alice.getByText("bob is invited.")).toBeVisible({ timeout: keysTimeoutMs });
  await bob.goto(room.replace("/alice/", "/bob/"));
  await bob.getByRole("button", { name: "Accept", exact: true }).click();
  await expect(messageBox(bob)).toBeVisible({ timeout: keysTimeoutMs });
  await alice.goto(room);
  await expect(messageBox(alice)).toBeVisible({ timeout: keysTimeoutMs });

  const pages: Record<"alice" | "bob", Page> = { alice, bob };
  for (const [name, text] of conversation) {
    await say(pages[name], text);
    for (const page of [alice, bob]) await expect(message(page, text)).toBeVisible();
  }
  const pictures: string[] = [];
  for (const [page, { width }] of [[alice, desk] as const, [bob, phone] as const]) {
    await page.bringToFront();
    const png = await page.screenshot({ animations: "disabled", caret: "hide" });
    pictures.push(`<img width="${String(width)}" src="data:image/png;base64,${png.toString("base64")}">`);
  }
  const viewport = { width: desk.width + phone.width + 60, height: desk.height + 40 };
  const frame = await browser.newPage({ viewport });
  await frame.setContent(
    `<style>body{margin:0;padding:20px;display:flex;gap:20px;background:#d5dae3}
     img{border-radius:10px;box-shadow:0 4px 24px #0004}</style>${pictures.join("")}`,
  );
  await frame.screenshot({ path: "docs/screenshot.png" });
});
