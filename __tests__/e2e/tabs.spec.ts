/**
 * Three tabs of one account and two of another, all writing at once, while tabs are closed and opened (the leading one
 * too) and the server is killed and started again, twice. In the end every tab shows the same, each message once.
 */

import { expect, type BrowserContext, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { join, messageBox, openRoom, register, roomsUrl, shown, type } from "./people";

const perTab = 8;
const settledMs = 90_000;

async function anotherTab(context: BrowserContext, origin: string, name: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(roomsUrl(origin, name));
  await openRoom(page, "General");
  await expect(messageBox(page)).toBeVisible({ timeout: 60_000 });
  return page;
}

test("all tabs of two accounts end with the same messages, none twice, none missing", async ({
  server: site,
  browser,
}) => {
  test.setTimeout(300_000);
  const [aliceContext, bobContext] = [await browser.newContext(), await browser.newContext()];
  const aliceFirst = await aliceContext.newPage();
  await register(aliceFirst, site.origin, "alice");
  await join(aliceFirst);
  const bobFirst = await bobContext.newPage();
  await register(bobFirst, site.origin, "bob");
  await join(bobFirst);
  const aliceTabs = [
    aliceFirst,
    await anotherTab(aliceContext, site.origin, "alice"),
    await anotherTab(aliceContext, site.origin, "alice"),
  ];
  const bobTabs = [bobFirst, await anotherTab(bobContext, site.origin, "bob")];

  const written: string[] = [];
  /** A tab writes; what has left its box counts, whatever becomes of the tab. */
  async function write(page: Page, who: string): Promise<void> {
    for (let index = 0; index < perTab; index++) {
      const text = `${who} number ${String(index)} of the day`;
      await type(page, text);
      await expect(messageBox(page)).toHaveValue("");
      written.push(text);
      await page.waitForTimeout(150);
    }
  }

  await Promise.all([
    ...aliceTabs.map((page, index) => write(page, `alice tab ${String(index)}`)),
    ...bobTabs.map((page, index) => write(page, `bob tab ${String(index)}`)),
    (async () => {
      await aliceFirst.waitForTimeout(300);
      await site.stop("SIGKILL");
      await aliceFirst.waitForTimeout(1000);
      await site.start();
    })(),
  ]);

  // The tab that leads goes, in the middle of what it does; the next one takes over with what was accepted.
  await type(aliceFirst, "alice tab 0 number 99 of the day");
  await expect(messageBox(aliceFirst)).toHaveValue("");
  written.push("alice tab 0 number 99 of the day");
  await expect(aliceTabs[1] ?? aliceFirst).toHaveURL(/rooms/);
  await shownIn(aliceTabs[1], "alice tab 0 number 99 of the day");
  await aliceFirst.close();
  await bobFirst.close();
  const [, aliceSecond, aliceThird] = aliceTabs;
  const [, bobSecond] = bobTabs;
  if (aliceSecond === undefined || aliceThird === undefined || bobSecond === undefined) throw new Error("no tabs");
  const aliceNew = await anotherTab(aliceContext, site.origin, "alice");

  await site.stop("SIGKILL");
  await Promise.all([
    write(aliceSecond, "alice tab 3"),
    write(aliceNew, "alice tab 4"),
    write(bobSecond, "bob tab 2"),
    (async () => {
      await bobSecond.waitForTimeout(500);
      await aliceThird.close();
      await site.start();
    })(),
  ]);

  const pattern = /(?:alice|bob) tab \d number \d+ of the day/;
  const wanted = [...written].sort();
  const open = [aliceSecond, aliceNew, bobSecond];
  for (const page of open) {
    await expect
      .poll(async () => (await shown(page, pattern)).sort(), { timeout: settledMs, intervals: [500] })
      .toEqual(wanted);
  }
  const orders = await Promise.all(open.map((page) => shown(page, pattern)));
  for (const order of orders) expect(order).toEqual(orders[0]);
  await aliceContext.close();
  await bobContext.close();
});

async function shownIn(page: Page | undefined, text: string): Promise<void> {
  if (page === undefined) throw new Error("no such tab");
  await expect(page.getByRole("log")).toContainText(text, { timeout: settledMs });
}
