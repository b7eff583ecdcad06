/** The key log as people meet it: the public pages without JavaScript, and what one's own device found. */

import { expect, type Browser, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { join, message, openRoom, register, roomsUrl, say, signIn } from "./people";

const devicesUrl = (origin: string, name: string) => `${origin}/u/${name}/settings/devices`;

async function plainTab(browser: Browser, width: number): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width, height: 800 } });
  return context.newPage();
}

/** Entry number, leaf hash and root, as a page shows them. */
async function shownEntry(page: Page, index: string) {
  const entry = page.locator(`#entry-${index}`);
  // Closed parts are read as well.
  const leaf = await entry.locator("dd").first().textContent();
  const proof = await entry.locator("ol.log-proof li").allTextContents();
  return { title: await entry.getByRole("heading").textContent(), leaf, proof };
}

for (const width of [1200, 360]) {
  test(`LOG-07 the log and a person's keys show the same entry and its proof, without JavaScript (${String(width)} px)`, async ({
    browser,
    page,
    server,
  }) => {
    await register(page, server.origin, "alice");
    const plain = await plainTab(browser, width);
    await plain.goto(`${server.origin}/log`);
    await expect(plain.getByRole("heading", { name: "Key log" })).toBeVisible();
    await expect(plain.getByText("2 entries")).toBeVisible();
    await expect(plain.getByRole("region", { name: "Verifier key" })).toContainText("sealroom/");
    await plain.getByRole("link", { name: "1", exact: true }).click();
    await expect(plain).toHaveURL(/\/log\/1$/);
    const alone = await shownEntry(plain, "1");
    await plain.getByRole("link", { name: "alice" }).click();
    await expect(plain).toHaveURL(/\/keys\/alice$/);
    const withKeys = await shownEntry(plain, "1");
    expect(withKeys).toEqual(alone);
    expect([alone.title, alone.proof.length]).toEqual(["Entry 1: Device certified", 1]);
    expect(await plain.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await plain.context().close();
  });
}

test("LOG-12 a device that came to the account is told on the others, and the page says where the log stands", async ({
  browser,
  page,
  server,
}) => {
  test.setTimeout(180_000);
  await register(page, server.origin, "alice");
  await join(page);
  await say(page, "alone so far");
  await expect(page.getByText("A device was added to your account")).toHaveCount(0);
  const phone = await (await browser.newContext({ viewport: { width: 360, height: 740 } })).newPage();
  await phone.goto(`${server.origin}/login`);
  await signIn(phone, "alice");
  await openRoom(phone, "General");
  await expect(message(phone, "alone so far")).toBeVisible({ timeout: 60_000 });
  // Read with the next connection.
  await page.reload();
  const room = page.url();
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of [room, `${room}/info`, roomsUrl(server.origin, "alice"), devicesUrl(server.origin, "alice")]) {
    await page.goto(path);
    await expect(page.getByText("A device was added to your account")).toBeVisible({ timeout: 60_000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  }
  await page.goto(roomsUrl(server.origin, "alice"));
  await expect(page.getByRole("link", { name: "Key log" })).toContainText("something in it waits for you");
  await page.getByRole("link", { name: "See what was added" }).click();
  await expect(page.getByRole("heading", { name: "Devices added to your account" })).toBeVisible();
  await expect(page.getByText("Nothing to worry about")).toBeVisible();
  await page.getByRole("button", { name: "They are mine" }).click();
  await expect(page.getByRole("heading", { name: "Devices added to your account" })).toHaveCount(0);
  await expect(page.getByText("sealroom/")).toBeVisible();
  await phone.context().close();
});
