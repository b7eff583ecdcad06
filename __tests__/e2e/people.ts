/** What a person does in a tab, by the names a person sees. */

import { expect, type Locator, type Page } from "@playwright/test";

export const password = "ochre lantern widening tarpaulin 47";

/** Making keys and stretching passwords takes a while on a busy machine. */
const keysTimeoutMs = 60_000;
/** A lost connection is tried again after a while, longer each time. */
export const reconnectTimeoutMs = 60_000;

export function roomsUrl(origin: string, name: string): string {
  return `${origin}/u/${name}/rooms`;
}

export async function register(page: Page, origin: string, name: string, secret = password): Promise<void> {
  await page.goto(`${origin}/register`);
  await fillIn(page, name, secret);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("button", { name: "Later" }).click({ timeout: keysTimeoutMs });
  await page.waitForURL(roomsUrl(origin, name), { timeout: keysTimeoutMs });
}

/** On the sign-in page that is open; leads to a page of the account, or to `leadsTo`. */
export async function signIn(page: Page, name: string, secret = password, leadsTo = `/u/${name}/`): Promise<void> {
  await fillIn(page, name, secret);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname.startsWith(leadsTo), { timeout: keysTimeoutMs });
}

/** Without a recovery key the page asks once more. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign out anyway" }).click();
}

async function fillIn(page: Page, name: string, secret: string): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(secret);
}

export async function openRoom(page: Page, room: string): Promise<void> {
  await page.getByRole("link", { name: room, exact: true }).click();
  await page.waitForURL(/\/rooms\/[0-9a-f]{32}$/);
}

export async function join(page: Page, room = "General"): Promise<void> {
  await openRoom(page, room);
  await page.getByRole("button", { name: "Join room" }).click();
  await expect(messageBox(page)).toBeVisible({ timeout: keysTimeoutMs });
}

export function messageBox(page: Page): Locator {
  return page.getByRole("textbox", { name: "Message" });
}

export function timeline(page: Page): Locator {
  return page.getByRole("log");
}

export async function type(page: Page, text: string): Promise<void> {
  await messageBox(page).fill(text);
  await messageBox(page).press("Enter");
}

/** Types, sends, and waits until the server has it. */
export async function say(page: Page, text: string): Promise<void> {
  await type(page, text);
  await expect(message(page, text)).toContainText("Sent", { timeout: reconnectTimeoutMs });
}

export function message(page: Page, text: string): Locator {
  return timeline(page).getByRole("listitem").filter({ hasText: text });
}

/** What matches `pattern` in the timeline, in the order shown: one per list item. */
export async function shown(page: Page, pattern: RegExp): Promise<string[]> {
  const items = await timeline(page).getByRole("listitem").allInnerTexts();
  return items.flatMap((item) => pattern.exec(item)?.[0] ?? []);
}
