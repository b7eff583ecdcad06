/** Private rooms and direct messages as people use them, at desktop and phone width. */

import { expect, type Browser, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { message, messageBox, register, roomsUrl, say } from "./people";

const keysTimeoutMs = 60_000;

async function tabOf(browser: Browser, origin: string, name: string, width: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  await register(page, origin, name);
  return page;
}

async function newPrivateRoom(page: Page, name: string): Promise<string> {
  await page.getByRole("button", { name: "New room" }).click();
  await page.getByLabel("Room name").fill(name);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.waitForURL(/\/rooms\/[0-9a-f]{32}$/);
  await expect(messageBox(page)).toBeVisible({ timeout: keysTimeoutMs });
  return page.url();
}

async function invite(page: Page, roomUrl: string, name: string): Promise<void> {
  await page.goto(`${roomUrl}/info`);
  await page.getByLabel("Name of the person").fill(name);
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await expect(page.getByText(`${name} is invited.`)).toBeVisible({ timeout: keysTimeoutMs });
}

async function choose(page: Page, person: string, act: string, confirm: string): Promise<void> {
  await page.getByLabel(`Manage ${person}`).click();
  await page
    .getByRole("button", { name: act, exact: true })
    .or(page.getByRole("menuitem", { name: act, exact: true }))
    .click();
  await page.getByRole("dialog").getByRole("button", { name: confirm, exact: true }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0, { timeout: keysTimeoutMs });
}

for (const width of [1200, 360]) {
  test(`a private room is made, people come by name and by link, one governs, one is removed (${String(width)} px)`, async ({
    browser,
    server,
  }) => {
    test.setTimeout(240_000);
    const { origin } = server;
    const alice = await tabOf(browser, origin, "alice", width);
    const bob = await tabOf(browser, origin, "bob", width);
    const carol = await tabOf(browser, origin, "carol", width);
    const roomUrl = await newPrivateRoom(alice, "Cellar");

    await test.step("bob is invited by name and accepts", async () => {
      await invite(alice, roomUrl, "bob");
      await expect(bob.getByText("alice invites you")).toBeVisible({ timeout: keysTimeoutMs });
      await bob.getByRole("button", { name: "Accept Cellar" }).click();
      await bob.goto(roomUrl.replace("/alice/", "/bob/"));
      await expect(messageBox(bob)).toBeVisible({ timeout: keysTimeoutMs });
      await alice.goto(roomUrl);
      await say(alice, "welcome down here");
      await expect(message(bob, "welcome down here")).toBeVisible({ timeout: keysTimeoutMs });
      await say(bob, "thank you");
      await expect(message(alice, "thank you")).toBeVisible({ timeout: keysTimeoutMs });
    });

    await test.step("carol comes by a link", async () => {
      await alice.goto(`${roomUrl}/info`);
      await alice.getByRole("button", { name: "Make a link" }).click();
      const address = alice.getByText(/\/join#/).or(alice.locator("input[value*='/join#']"));
      await expect(address.first()).toBeVisible({ timeout: keysTimeoutMs });
      const shown = (
        await address
          .first()
          .inputValue()
          .catch(() => address.first().innerText())
      ).trim();
      await carol.goto(shown);
      await carol.getByRole("button", { name: "Join as carol" }).click();
      await carol.waitForURL(/\/rooms\/[0-9a-f]{32}$/, { timeout: keysTimeoutMs });
      await expect(messageBox(carol)).toBeVisible({ timeout: keysTimeoutMs });
      await say(carol, "came by the link");
      await expect(message(bob, "came by the link")).toBeVisible({ timeout: keysTimeoutMs });
    });

    await test.step("bob becomes an admin and removes carol", async () => {
      await alice.goto(`${roomUrl}/info`);
      await choose(alice, "bob", "Make admin", "Make admin");
      const bobInfo = `${roomUrl.replace("/alice/", "/bob/")}/info`;
      await bob.goto(bobInfo);
      await choose(bob, "carol", "Remove", "Remove");
      await expect(messageBox(carol)).toHaveCount(0, { timeout: keysTimeoutMs });
      await bob.goto(roomUrl.replace("/alice/", "/bob/"));
      await say(bob, "without carol");
      await alice.goto(roomUrl);
      await expect(message(alice, "without carol")).toBeVisible({ timeout: keysTimeoutMs });
      await expect(message(carol, "without carol")).toHaveCount(0);
    });
    for (const page of [alice, bob, carol]) await page.context().close();
  });
}

test("a direct message arrives as a request that shows nothing until it is accepted; somebody blocked reaches nobody", async ({
  browser,
  server,
}) => {
  test.setTimeout(240_000);
  const { origin } = server;
  const alice = await tabOf(browser, origin, "alice", 1200);
  const bob = await tabOf(browser, origin, "bob", 360);
  await alice.getByRole("button", { name: "New message" }).click();
  await alice.getByLabel("Name of the person").fill("bob");
  await alice.getByRole("button", { name: "Start writing" }).click();
  await alice.waitForURL(/\/rooms\/[0-9a-f]{32}$/, { timeout: keysTimeoutMs });
  await expect(messageBox(alice)).toBeVisible({ timeout: keysTimeoutMs });
  await say(alice, "between us");

  await expect(bob.getByText("alice would like to write to you")).toBeVisible({ timeout: keysTimeoutMs });
  await expect(bob.getByText("between us")).toHaveCount(0);
  await bob.getByRole("button", { name: "Accept alice" }).click();
  await bob.goto(alice.url().replace("/alice/", "/bob/"));
  await expect(message(bob, "between us")).toBeVisible({ timeout: keysTimeoutMs });
  await say(bob, "hello alice");
  await expect(message(alice, "hello alice")).toBeVisible({ timeout: keysTimeoutMs });

  const mallory = await tabOf(browser, origin, "mallory", 1200);
  await mallory.getByRole("button", { name: "New message" }).click();
  await mallory.getByLabel("Name of the person").fill("bob");
  await mallory.getByRole("button", { name: "Start writing" }).click();
  await bob.goto(roomsUrl(origin, "bob"));
  await expect(bob.getByText("mallory would like to write to you")).toBeVisible({ timeout: keysTimeoutMs });
  await bob.getByRole("button", { name: "Block mallory" }).click();
  await bob.getByRole("dialog").getByRole("button", { name: "Block", exact: true }).click();
  await expect(bob.getByText("mallory would like to write to you")).toHaveCount(0, { timeout: keysTimeoutMs });
  for (const page of [alice, bob, mallory]) await page.context().close();
});

test("ENG-31 two who write to each other at once end in one conversation, on the page that each has open", async ({
  browser,
  server,
}) => {
  test.setTimeout(240_000);
  const { origin } = server;
  const pages = [await tabOf(browser, origin, "alice", 1200), await tabOf(browser, origin, "bob", 360)] as const;
  const [alice, bob] = pages;
  for (const [page, other] of [[alice, "bob"] as const, [bob, "alice"] as const]) {
    await page.getByRole("button", { name: "New message" }).click();
    await page.getByLabel("Name of the person").fill(other);
  }
  await Promise.all(pages.map((page) => page.getByRole("button", { name: "Start writing" }).click()));
  for (const page of pages) await page.waitForURL(/\/rooms\/[0-9a-f]{32}$/, { timeout: keysTimeoutMs });
  for (const page of pages) await expect(messageBox(page)).toBeVisible({ timeout: keysTimeoutMs });
  const roomOf = (page: Page) => new URL(page.url()).pathname.split("/").at(-1);
  await expect.poll(() => roomOf(alice) === roomOf(bob), { timeout: keysTimeoutMs }).toBe(true);
  await say(alice, "you first");
  await expect(message(bob, "you first")).toBeVisible({ timeout: keysTimeoutMs });
  await say(bob, "no, you");
  await expect(message(alice, "no, you")).toBeVisible({ timeout: keysTimeoutMs });
  await alice.goto(roomsUrl(origin, "alice"));
  await expect(alice.getByRole("link", { name: "bob", exact: true })).toHaveCount(1);
  for (const page of pages) await page.context().close();
});
