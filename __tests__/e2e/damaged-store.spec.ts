/**
 * A browser's store is damaged while nobody looks: the person reads one sentence, signs in again, and goes on in the same
 * room as a new device, with what had been read. SPEC ENG-24.
 */

import { expect, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { join, message, register, say, signIn } from "./people";

/** Flips a bit of the sealed identity record, as a failing disk may. */
async function damageIdentity(page: Page, name: string): Promise<string> {
  return await page.evaluate(async (username) => {
    const prefix = `sealroom:${username}:`;
    const database = (await indexedDB.databases()).find((one) => one.name?.startsWith(prefix));
    const found = database?.name;
    if (found === undefined) throw new Error("no database");
    const opened = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(found);
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(new Error("cannot be opened"));
      };
    });
    await new Promise<void>((resolve, reject) => {
      const transaction = opened.transaction("rows", "readwrite", { durability: "strict" });
      const rows = transaction.objectStore("rows");
      const read = rows.get("identity") as IDBRequest<Uint8Array>;
      read.onsuccess = () => {
        const sealed = read.result;
        sealed[20] = (sealed[20] ?? 0) ^ 1;
        rows.put(sealed, "identity");
      };
      transaction.oncomplete = () => {
        resolve();
      };
      transaction.onerror = () => {
        reject(new Error("cannot be damaged"));
      };
    });
    opened.close();
    return found;
  }, name);
}

test("a damaged store is set aside, and after signing in again messages arrive", async ({ server, browser }) => {
  test.setTimeout(240_000);
  const [aliceContext, bobContext] = [await browser.newContext(), await browser.newContext()];
  const alice = await aliceContext.newPage();
  await register(alice, server.origin, "alice");
  await join(alice);
  const bob = await bobContext.newPage();
  await register(bob, server.origin, "bob");
  await join(bob);
  await say(bob, "before the damage");
  await expect(message(alice, "before the damage")).toBeVisible();

  const database = await damageIdentity(alice, "alice");
  await alice.reload();
  await alice.waitForURL(/\/login\?.*why=damage/);
  await expect(alice.getByText("was set aside, not deleted")).toBeVisible();
  await signIn(alice, "alice");

  await expect(message(alice, "before the damage")).toBeVisible({ timeout: 60_000 });
  await expect(alice.getByRole("textbox", { name: "Message" })).toBeVisible({ timeout: 60_000 });
  await say(bob, "after the damage");
  await expect(message(alice, "after the damage")).toBeVisible({ timeout: 60_000 });
  await say(alice, "here again");
  await expect(message(bob, "here again")).toBeVisible({ timeout: 60_000 });
  await expect(message(bob, "here again")).toHaveCount(1);

  await alice.goto(`${server.origin}/u/alice/settings/storage`);
  await expect(alice.getByRole("heading", { name: "Set aside because it could not be read" })).toBeVisible();
  await expect(alice.getByText(database, { exact: true })).toBeVisible();
  const left = await alice.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(left).toContain(database);
  expect(left).toContain(`${database}~1`);
  await aliceContext.close();
  await bobContext.close();
});
