/** Safety numbers as people use them, at desktop and phone width: comparing, and what a swapped key does. */

import { expect, type Browser, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { join, message, messageBox, register, roomsUrl, say, type } from "./people";

const keysTimeoutMs = 60_000;
const another = "umber trellis collapsing harbour 52";

async function tabOf(browser: Browser, origin: string, name: string, width: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  await register(page, origin, name);
  return page;
}

/** By the list of members of the room that is open. */
async function openVerify(page: Page, person: string): Promise<void> {
  await page.goto(`${page.url().replace(/\/info$/, "")}/info`);
  await page.getByRole("link", { name: `Safety number with ${person}` }).click();
  await expect(page.getByRole("group", { name: "Sixty digits" })).toBeVisible({ timeout: keysTimeoutMs });
}

async function digits(page: Page): Promise<string> {
  return (await page.getByRole("group", { name: "Sixty digits" }).innerText()).replace(/\s+/g, " ").trim();
}

const stand = (page: Page) => page.getByRole("region", { name: "Where you stand" });

for (const width of [1200, 360]) {
  test(`VER-01 VER-09 VER-10 two people verify each other, and a swapped key stops what is written (${String(width)} px)`, async ({
    browser,
    server,
  }) => {
    test.setTimeout(300_000);
    const { origin } = server;
    const alice = await tabOf(browser, origin, "alice", width);
    const bob = await tabOf(browser, origin, "bob", width);

    await test.step("they write to each other", async () => {
      await alice.getByRole("button", { name: "New message" }).click();
      await alice.getByLabel("Name of the person").fill("bob");
      await alice.getByRole("button", { name: "Start writing" }).click();
      await alice.waitForURL(/\/rooms\/[0-9a-f]{32}$/, { timeout: keysTimeoutMs });
      await bob.getByRole("button", { name: "Accept alice" }).click({ timeout: keysTimeoutMs });
      await bob.goto(alice.url().replace("/alice/", "/bob/"));
      await expect(messageBox(bob)).toBeVisible({ timeout: keysTimeoutMs });
      await say(alice, "it is me");
      await expect(message(bob, "it is me")).toBeVisible({ timeout: keysTimeoutMs });
      await expect(alice.getByRole("heading", { level: 1 })).toContainText("Not verified");
    });
    const room = alice.url();

    await test.step("both see the same sixty digits", async () => {
      await openVerify(alice, "bob");
      await openVerify(bob, "alice");
      expect(await digits(alice)).toMatch(/^\d{5}( \d{5}){11}$/);
      expect(await digits(bob)).toBe(await digits(alice));
      await expect(alice.getByRole("img", { name: "Your code, for bob to scan" })).toBeVisible();
      await expect(stand(alice)).toContainText("bob has not said yet");
      await alice.setViewportSize({ width: 320, height: 640 });
      expect(await alice.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
      await alice.setViewportSize({ width, height: 800 });
    });

    await test.step("each sees what the other found, and only their own word verifies", async () => {
      await alice.getByRole("button", { name: "They match" }).click();
      await expect(stand(alice)).toContainText("You found that the numbers match", { timeout: keysTimeoutMs });
      await expect(stand(bob)).toContainText("alice found that the numbers match", { timeout: keysTimeoutMs });
      await expect(stand(bob)).toContainText("Not verified");
      await bob.getByRole("button", { name: "They match" }).click();
      await expect(stand(alice)).toContainText("bob found that the numbers match", { timeout: keysTimeoutMs });
      await alice.getByRole("link", { name: "Back to the conversation" }).click();
      await expect(alice.getByRole("heading", { level: 1 })).toContainText("Verified", { timeout: keysTimeoutMs });
      await bob.goto(room.replace("/alice/", "/bob/"));
      await expect(message(bob, "it is me").getByText("Verified")).toBeVisible({ timeout: keysTimeoutMs });
    });

    await test.step("numbers that do not match are red, and stop what is written", async () => {
      await openVerify(alice, "bob");
      await alice.getByRole("button", { name: "They don't match" }).click();
      await expect(alice.getByText("do not write to this person")).toBeVisible({ timeout: keysTimeoutMs });
      await alice.goto(room);
      await expect(alice.getByText("is not sent: it waits until that is cleared up")).toBeVisible({
        timeout: keysTimeoutMs,
      });
      await type(alice, "hold this back");
      await expect(message(alice, "hold this back")).toContainText("Waits for your decision");
      await alice.getByRole("link", { name: "Verify bob again" }).click();
      await alice.getByRole("button", { name: "They match" }).click({ timeout: keysTimeoutMs });
      await expect(stand(alice)).toContainText("You found that the numbers match", { timeout: keysTimeoutMs });
      await expect(message(bob, "hold this back")).toBeVisible({ timeout: keysTimeoutMs });
    });

    await test.step("bob's name gets another key at the server, which comes into a room with alice", async () => {
      await alice.goto(roomsUrl(origin, "alice"));
      await join(alice);
      await say(alice, "only us so far");
      await bob.goto(`${origin}/reset?name=bob`);
      await bob.getByLabel("New password", { exact: true }).fill(another);
      await bob.getByLabel("I understand that this cannot be undone.").check();
      await bob.getByRole("button", { name: "Replace my account key" }).click();
      await bob.waitForURL(roomsUrl(origin, "bob"), { timeout: keysTimeoutMs });
      await join(bob);
    });

    const general = alice.url();
    await test.step("alice is warned, and nothing of hers is sent", async () => {
      await expect(alice.getByText("has a new key from here on")).toBeVisible({ timeout: keysTimeoutMs });
      await expect(alice.getByText("it waits until you decide")).toBeVisible({ timeout: keysTimeoutMs });
      await type(alice, "the harbour code is 4417");
      await expect(message(alice, "the harbour code is 4417")).toContainText("Waits for your decision");
      await say(bob, "hello, bob here");
      await expect(message(alice, "hello, bob here")).toContainText("Key replaced", { timeout: keysTimeoutMs });
      await expect(message(bob, "the harbour code is 4417")).toHaveCount(0);
      await openVerify(alice, "bob");
      await expect(alice.getByText("bob has another key")).toBeVisible();
      await alice.goto(general);
    });

    await test.step("accepted, it is sent, and the name is not verified", async () => {
      await alice
        .getByRole("button", { name: "Accept the new key without comparing" })
        .click({ timeout: keysTimeoutMs });
      await alice.getByRole("dialog").getByRole("button", { name: "Accept the key" }).click();
      await expect(message(bob, "the harbour code is 4417")).toBeVisible({ timeout: keysTimeoutMs });
      await expect(message(alice, "the harbour code is 4417")).toContainText("Sent");
      await expect(message(alice, "hello, bob here").getByText("Key replaced")).toHaveCount(0);
    });
    for (const page of [alice, bob]) await page.context().close();
  });
}
