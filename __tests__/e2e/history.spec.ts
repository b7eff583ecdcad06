/** A second browser gets what the first one has read; the archive is switched off; a file takes it out and back in. */

import { readFileSync } from "node:fs";

import { expect, type Browser, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { join, message, messageBox, register, say, shown, signIn } from "./people";

const reachMs = 30_000;

async function secondBrowser(browser: Browser, origin: string, viewport: { width: number; height: number }) {
  const page = await (await browser.newContext({ viewport })).newPage();
  await page.goto(`${origin}/login`);
  await signIn(page, "alice");
  return page;
}

async function openHistory(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/u/alice/settings/history`);
  await expect(page.getByRole("heading", { name: "Archive for new devices" })).toBeVisible({ timeout: reachMs });
}

for (const [screen, viewport] of [
  ["a desk", { width: 1200, height: 800 }],
  ["a phone", { width: 360, height: 740 }],
] as const) {
  test(`on ${screen}: a second browser has the history, and none once the archive is off`, async ({
    browser,
    page,
    server,
  }) => {
    await page.setViewportSize(viewport);
    await register(page, server.origin, "alice");
    await join(page);
    const roomUrl = page.url();
    for (const number of [1, 2, 3]) await say(page, `said early ${String(number)}`);
    await openHistory(page, server.origin);
    await expect(page.getByText("Up to date with this device.")).toBeVisible({ timeout: reachMs });
    await expect(page.getByText(/in 1 sealed part\./)).toBeVisible({ timeout: reachMs });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);

    const second = await secondBrowser(browser, server.origin, viewport);
    await second.goto(roomUrl);
    await expect(messageBox(second)).toBeVisible({ timeout: reachMs });
    await expect(message(second, "said early 1")).toBeVisible({ timeout: reachMs });
    await say(second, "said late");
    expect(await shown(second, /said (early \d|late)/)).toEqual([
      "said early 1",
      "said early 2",
      "said early 3",
      "said late",
    ]);
    await second.reload();
    await expect(message(second, "said early 3")).toBeVisible({ timeout: reachMs });

    await page.getByRole("button", { name: "Turn off and delete the archive" }).click();
    await page.getByRole("button", { name: "Turn off and delete the archive" }).click();
    await expect(page.getByText(/^Off\. Nothing is archived/)).toBeVisible({ timeout: reachMs });
    await openHistory(second, server.origin);
    await expect(second.getByText(/^Off\. Nothing is archived/)).toBeVisible({ timeout: reachMs });

    const third = await secondBrowser(browser, server.origin, viewport);
    await third.goto(roomUrl);
    await expect(messageBox(third)).toBeVisible({ timeout: reachMs });
    await say(third, "begins with nothing");
    expect(await shown(third, /said (early \d|late)/)).toEqual([]);

    // A file brings it there all the same.
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export", exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^sealroom-history-alice-\d{4}-\d\d-\d\d\.sealed$/);
    const file = readFileSync(await download.path());
    expect(file.includes("said early")).toBe(false);
    await openHistory(third, server.origin);
    const choose = async (bytes: Buffer) => {
      const [chooser] = await Promise.all([
        third.waitForEvent("filechooser"),
        third.getByRole("button", { name: "Import a file" }).click(),
      ]);
      await chooser.setFiles({ name: "history.sealed", mimeType: "application/octet-stream", buffer: bytes });
    };
    await choose(file.subarray(0, file.length - 3));
    await expect(third.locator('main [role="alert"]')).toContainText("incomplete or was changed", { timeout: reachMs });
    await choose(file);
    await expect(third.getByText(/^Imported: \d+ lines in 1 room\.$/)).toBeVisible({ timeout: reachMs });
    expect(await third.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
    await third.goto(roomUrl);
    await expect(message(third, "said early 2")).toBeVisible({ timeout: reachMs });
    await second.context().close();
    await third.context().close();
  });
}
