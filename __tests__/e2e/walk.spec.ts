/** The walk of the first demo: two windows of one browser, alice and bob, room General. It must survive the server. */

import { expect, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { join, message, reconnectTimeoutMs, register, say, shown, timeline } from "./people";

const counted = /(alice|bob) says \d\d/;

async function meet(alice: Page, bob: Page, origin: string): Promise<void> {
  await register(alice, origin, "alice");
  await join(alice);
  await register(bob, origin, "bob");
  await join(bob);
}

/** Both see the same `count` messages in the same order; returns them. */
async function sameOrder(alice: Page, bob: Page, count: number): Promise<string[]> {
  for (const page of [alice, bob]) await expect.poll(() => shown(page, counted)).toHaveLength(count);
  const order = await shown(alice, counted);
  expect(await shown(bob, counted)).toEqual(order);
  expect(new Set(order).size).toBe(count);
  return order;
}

async function talk(from: Page, to: Page, text: string): Promise<void> {
  await say(from, text);
  await expect(message(to, text)).toBeVisible({ timeout: reconnectTimeoutMs });
}

test("two tabs of one browser talk, in one order, through reload and restart", async ({ context, server }) => {
  const [alice, bob] = [await context.newPage(), await context.newPage()];
  await meet(alice, bob, server.origin);

  await test.step("ten messages each way arrive in one order", async () => {
    const write = async (page: Page, name: string) => {
      for (let number = 1; number <= 10; number += 1) {
        await say(page, `${name} says ${String(number).padStart(2, "0")}`);
      }
    };
    await Promise.all([write(alice, "alice"), write(bob, "bob")]);
    const order = await sameOrder(alice, bob, 20);
    // What one person says keeps its own order too.
    for (const name of ["alice", "bob"]) {
      const own = order.filter((text) => text.startsWith(name));
      expect(own).toEqual([...own].sort());
    }
  });

  await test.step("a reload shows the same", async () => {
    const before = await sameOrder(alice, bob, 20);
    await Promise.all([alice.reload(), bob.reload()]);
    expect(await sameOrder(alice, bob, 20)).toEqual(before);
  });

  await test.step("a restart of the server changes nothing", async () => {
    const before = await sameOrder(alice, bob, 20);
    expect(await server.stop("SIGTERM")).toBe(0);
    await server.start();
    await talk(alice, bob, "after the restart");
    await talk(bob, alice, "I am here too");
    expect(await sameOrder(alice, bob, 20)).toEqual(before);
  });

  await test.step("nor does its sudden death", async () => {
    await talk(alice, bob, "last words");
    await server.stop("SIGKILL");
    await server.start();
    await talk(bob, alice, "the words survived");
    for (const page of [alice, bob]) {
      await page.reload();
      for (const text of ["last words", "the words survived"]) await expect(message(page, text)).toHaveCount(1);
    }
  });
});

test("a message shows as sending until the server has it", async ({ context, server }) => {
  const page = await context.newPage();
  await register(page, server.origin, "alice");
  await join(page);
  await server.stop();
  await page.getByRole("textbox", { name: "Message" }).fill("nobody is there");
  await page.keyboard.press("Enter");
  await expect(message(page, "nobody is there")).toContainText("Sending");
  await server.start();
  await expect(message(page, "nobody is there")).toContainText("Sent", { timeout: reconnectTimeoutMs });
  await expect(timeline(page).getByRole("listitem").filter({ hasText: "nobody is there" })).toHaveCount(1);
});
