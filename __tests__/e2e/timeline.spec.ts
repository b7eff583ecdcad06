/** Where "New messages" stands in a conversation that went on while one was elsewhere. */

import { expect } from "@playwright/test";

import { test } from "./fixtures";
import { join, message, openRoom, register, roomsUrl, say, timeline } from "./people";

test("what was written while one was elsewhere begins below a line, and the room opens there", async ({
  browser,
  page,
  server,
}) => {
  const context = await browser.newContext();
  const bob = await context.newPage();
  await register(page, server.origin, "alice");
  await join(page);
  await register(bob, server.origin, "bob");
  await join(bob);
  await say(bob, "seen as it came");
  await expect(message(page, "seen as it came")).toBeVisible();
  const line = timeline(page).getByRole("separator", { name: "New messages" });
  await expect(line).toHaveCount(0);

  await page.goto(roomsUrl(server.origin, "alice"));
  for (let number = 1; number <= 30; number += 1) await say(bob, `unread number ${String(number)}.`);
  await expect(page.getByText("unread number 30.")).toBeVisible();
  await openRoom(page, "General");
  await expect(line).toBeInViewport();
  await expect(message(page, "unread number 1.")).toBeInViewport();
  await expect(message(page, "unread number 30.")).not.toBeInViewport();
  const order = await timeline(page).locator("[role=separator], li").allInnerTexts();
  const place = order.findIndex((words) => words.startsWith("New messages"));
  expect(order[place - 1]).toContain("seen as it came");
  expect(order[place + 1]).toContain("unread number 1.");

  await page.getByRole("button", { name: "30 new messages" }).click();
  await expect(message(page, "unread number 30.")).toBeInViewport();
  await expect(line).toHaveCount(1);
  await say(page, "I have read it all");
  await expect(line).toHaveCount(0);
  await context.close();
});
