/** The recovery key: saved, and used when the password is forgotten; the other ways in and out of an account. */

import { expect, type Locator, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { join, password, register, roomsUrl, signIn, timeline } from "./people";

const keysTimeoutMs = 60_000;
const newPassword = "gravel umbrella forecasting mitten 82";

/** The key as the page shows it. */
async function shownKey(page: Page): Promise<string> {
  const groups = page.getByRole("group", { name: "Recovery key" });
  await expect(groups).toBeVisible({ timeout: keysTimeoutMs });
  return (await groups.innerText()).trim().split(/\s+/).join(" ");
}

/** What went wrong, as the page says it; Next's own announcer of routes is an alert too. */
function problem(page: Page): Locator {
  return page.locator('main [role="alert"]');
}

async function registerWithKey(page: Page, origin: string, name: string): Promise<string> {
  await page.goto(`${origin}/register`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  const key = await shownKey(page);
  expect(key).toMatch(/^[0-9A-Z]{4}( [0-9A-Z]{4}){7}$/);
  await page.getByLabel("Type it back").fill(key.slice(0, -1));
  await page.getByRole("button", { name: "Save recovery key" }).click();
  await expect(problem(page)).toContainText("eight groups of four");
  await page.getByLabel("Type it back").fill(key.toLowerCase());
  await page.getByRole("button", { name: "Save recovery key" }).click();
  await page.waitForURL(roomsUrl(origin, name), { timeout: keysTimeoutMs });
  return key;
}

async function fitsWidth(page: Page): Promise<void> {
  const { scroll, inner } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    inner: window.innerWidth,
  }));
  expect(scroll).toBeLessThanOrEqual(inner);
}

for (const width of [1280, 360]) {
  test(`REC-02 REC-03 a forgotten password at ${String(width)} px: the recovery key sets a new one`, async ({
    page,
    server,
  }) => {
    await page.setViewportSize({ width, height: 720 });
    const key = await registerWithKey(page, server.origin, "alice");
    await join(page);
    await page.goto(roomsUrl(server.origin, "alice"));
    await expect(page.getByText("You have no recovery key yet")).toHaveCount(0);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/login/);

    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("alice");
    await expect(page.getByLabel("Recovery key")).toBeVisible();
    await fitsWidth(page);
    await page.getByLabel("Recovery key").fill(key.replace(/.$/, key.endsWith("0") ? "1" : "0"));
    await page.getByLabel("New password", { exact: true }).fill(newPassword);
    await page.getByRole("button", { name: "Set new password" }).click();
    await expect(problem(page)).toContainText("At least one sign of this recovery key is wrong");
    await page.getByLabel("Recovery key").fill(key);
    await page.getByRole("button", { name: "Set new password" }).click();
    await page.waitForURL(roomsUrl(server.origin, "alice"), { timeout: keysTimeoutMs });

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/login/);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(problem(page)).toContainText("do not fit together");
    await signIn(page, "alice", newPassword);
    await page.getByRole("link", { name: "General", exact: true }).click();
    await expect(timeline(page)).toBeVisible();
  });
}

test("REC-02 REC-04 settings: a key is made, tested and replaced, and the password changed", async ({
  page,
  server,
}) => {
  await page.setViewportSize({ width: 320, height: 720 });
  await register(page, server.origin, "bob");
  await page.getByRole("link", { name: "Save one" }).click();
  await page.getByRole("button", { name: "Make a recovery key" }).click();
  const key = await shownKey(page);
  await fitsWidth(page);
  await page.getByLabel("Type it back").fill(key);
  await page.getByLabel("Current password", { exact: true }).first().fill(password);
  await page.getByRole("button", { name: "Save recovery key" }).click();
  await expect(page.getByText("Your recovery key is saved")).toBeVisible({ timeout: keysTimeoutMs });
  await expect(page.getByText("A recovery key opens it too.")).toBeVisible();

  await page.getByLabel("Recovery key", { exact: true }).fill(key);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByText("This key opens your account.")).toBeVisible();

  await page.getByLabel("Current password", { exact: true }).fill(password);
  await page.getByLabel("New password", { exact: true }).fill(newPassword);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("The password is changed.")).toBeVisible({ timeout: keysTimeoutMs });
  await page.goto(roomsUrl(server.origin, "bob"));
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
});

test("REC-05 both lost: a signed-in browser replaces its account key after the consequences", async ({
  page,
  server,
}) => {
  await page.setViewportSize({ width: 360, height: 720 });
  await register(page, server.origin, "carol");
  await join(page);
  const before: unknown = await (await page.request.get(`${server.origin}/api/v1/users/carol`)).json();
  await page.goto(`${server.origin}/reset?name=carol`);
  await expect(page.getByText("This browser is signed in")).toBeVisible();
  await fitsWidth(page);
  await page.getByLabel("New password", { exact: true }).fill(newPassword);
  const replace = page.getByRole("button", { name: "Replace my account key" });
  await expect(replace).toBeDisabled();
  await page.getByLabel("I understand that this cannot be undone.").check();
  await replace.click();
  await page.waitForURL(roomsUrl(server.origin, "carol"), { timeout: keysTimeoutMs });
  const after: unknown = await (await page.request.get(`${server.origin}/api/v1/users/carol`)).json();
  expect((after as { fingerprint: string }).fingerprint).not.toBe((before as { fingerprint: string }).fingerprint);
  await join(page);
});

test("REC-06 an account is deleted after its rooms are left, and its name is not free again", async ({
  page,
  server,
}) => {
  await page.setViewportSize({ width: 360, height: 720 });
  await register(page, server.origin, "dave");
  await join(page);
  await page.goto(`${server.origin}/u/dave/settings/delete`);
  await fitsWidth(page);
  await page.getByLabel("Password", { exact: true }).fill("not the password 9");
  await page.getByLabel("I understand that this cannot be undone.").check();
  await page.getByRole("button", { name: "Delete my account" }).click();
  await expect(problem(page)).toContainText("not the password");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Delete my account" }).click();
  await page.waitForURL(`${server.origin}/`, { timeout: keysTimeoutMs });
  expect((await page.request.get(`${server.origin}/api/v1/users/dave`)).status()).toBe(404);
  await page.goto(`${server.origin}/register`);
  await page.getByLabel("Name", { exact: true }).fill("dave");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(problem(page)).toContainText("already has this name");
});
