/** Two browsers of one account: the second is seen, renamed, signed out, removed, told so, and set up anew. */

import { expect, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { messageBox, join, password, register, say, signIn } from "./people";

const reachMs = 30_000;

function card(page: Page, name: string) {
  return page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
}

for (const [screen, viewport] of [
  ["a desk", { width: 1200, height: 800 }],
  ["a phone", { width: 360, height: 740 }],
] as const) {
  test(`on ${screen}: a second browser is renamed and removed, and is told so`, async ({ browser, page, server }) => {
    await page.setViewportSize(viewport);
    await register(page, server.origin, "alice");
    await join(page);
    await say(page, "before it was lost");

    const second = await (await browser.newContext({ viewport })).newPage();
    await second.goto(`${server.origin}/login`);
    await signIn(second, "alice");
    await second.goto(page.url());
    // It comes into the account's rooms by itself.
    await expect(messageBox(second)).toBeVisible({ timeout: reachMs });

    await page.goto(`${server.origin}/u/alice/settings/devices`);
    await expect(page.getByRole("heading", { level: 3 })).toHaveCount(2, { timeout: reachMs });
    await expect(page.getByRole("listitem").first()).toContainText("This device");
    const other = page.getByRole("listitem").nth(1);
    await expect(other).toContainText("Signed in");

    await other.getByRole("button", { name: /^Rename/ }).click();
    await other.getByLabel("New name").fill("Lost phone");
    await other.getByLabel("New name").press("Enter");
    await expect(page.getByRole("heading", { name: "Lost phone" })).toBeVisible();

    const lost = card(page, "Lost phone");
    await lost.getByRole("button", { name: /^Remove/ }).click();
    await lost.getByLabel("Your password", { exact: true }).fill("not the password");
    await lost.getByRole("button", { name: "Remove for good" }).click();
    await expect(lost.getByRole("alert")).toContainText("not the password of this account", { timeout: reachMs });
    await lost.getByLabel("Your password", { exact: true }).fill(password);
    await lost.getByRole("button", { name: "Remove for good" }).click();
    await expect(card(page, "Lost phone")).toContainText("Removed", { timeout: reachMs });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);

    await expect(second.getByText("This device was removed from the account").first()).toBeVisible({
      timeout: reachMs,
    });
    await second.goto(`${server.origin}/login?name=alice`);
    await signIn(second, "alice");
    await second.goto(`${server.origin}/u/alice/settings/devices`);
    await expect(second.getByRole("listitem").first()).toContainText("This device", { timeout: reachMs });
    await expect(second.getByRole("heading", { level: 3 })).toHaveCount(3);
    await second.context().close();
  });
}

test("signing out all others ends their sessions", async ({ browser, page, server }) => {
  await register(page, server.origin, "alice");
  const second = await (await browser.newContext()).newPage();
  await second.goto(`${server.origin}/login`);
  await signIn(second, "alice");
  await page.goto(`${server.origin}/u/alice/settings/devices`);
  await page.getByRole("button", { name: "Sign out all others" }).click({ timeout: reachMs });
  await expect(page.getByRole("status").filter({ hasText: "All others are signed out" })).toBeVisible();
  await second.goto(`${server.origin}/u/alice/settings/devices`);
  await expect(second).toHaveURL(/\/login\?/);
  await second.context().close();
});

for (const [screen, viewport] of [
  ["a desk", { width: 1200, height: 800 }],
  ["a phone", { width: 360, height: 740 }],
] as const) {
  test(`on ${screen}: a new browser is linked by its code, without the password there`, async ({
    browser,
    page,
    server,
  }) => {
    await page.setViewportSize(viewport);
    await register(page, server.origin, "alice");
    const second = await (await browser.newContext({ viewport })).newPage();
    await second.goto(`${server.origin}/login/link`);
    await second.getByRole("button", { name: "Show a code" }).click();
    await expect(second.getByRole("img", { name: "The code as a QR code" })).toBeVisible({ timeout: reachMs });
    const code = await second.locator("output").innerText();
    expect(await second.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);

    await page.goto(`${server.origin}/u/alice/settings/devices`);
    const link = page.getByRole("region", { name: "Link a new device" });
    await link.getByLabel("Code from the new device").fill("too short", { timeout: reachMs });
    await link.getByRole("button", { name: "Continue" }).click();
    await expect(link.getByRole("alert")).toContainText("not a whole code", { timeout: reachMs });
    await link.getByLabel("Code from the new device").fill(code.toLowerCase());
    await link.getByRole("button", { name: "Continue" }).click();

    const number = link.getByRole("status");
    await expect(number).toHaveText(/^\d{3} \d{3}$/, { timeout: reachMs });
    await expect(second.getByRole("status")).toHaveText(await number.innerText(), { timeout: reachMs });
    await second.getByRole("button", { name: "They match", exact: true }).click();
    await link.getByLabel("Your password", { exact: true }).fill(password);
    await link.getByRole("button", { name: "They match: link it" }).click();
    await second.waitForURL(`${server.origin}/u/alice/rooms`, { timeout: reachMs });
    await expect(second.getByText("Connected")).toBeVisible({ timeout: reachMs });
    await page.reload();
    await expect(page.getByRole("heading", { level: 3 })).toHaveCount(2, { timeout: reachMs });
    await second.context().close();
  });
}
