/**
 * What stands behind the # of an invite link stays in its tab: not in the address, not in any request, not on the server;
 * also while somebody signs in on the way.
 */

import { expect } from "@playwright/test";

import { readTree, tracesIn } from "../support/canary";
import { test } from "./fixtures";
import { password, register, signIn } from "./people";

const secret = "Qk7vN2xW9rT4mZ8pLs3dFg6hJ1yBcE5aUoXiV0tRnMw";

test("W18 the secret of an invite link never leaves the tab, through signing in and a refused join", async ({
  browser,
  page,
  server,
  tap,
}) => {
  await register(page, server.origin, "alice");
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(`${tap.origin}/join#${secret}`);
  await expect(tab).toHaveURL(`${tap.origin}/join`);
  await expect(tab.getByText("holds no account here yet")).toBeVisible();

  await test.step("signing in leads back to the link", async () => {
    await tab.getByRole("link", { name: "Sign in" }).click();
    await signIn(tab, "alice", password, "/join");
    await expect(tab.getByRole("button", { name: "Join as alice" })).toBeVisible();
  });

  await test.step("a link that fits no room says so, and can be forgotten", async () => {
    await tab.getByRole("button", { name: "Join as alice" }).click();
    await expect(tab.getByText("You could not join")).toBeVisible();
    await tab.getByRole("button", { name: "Forget this link" }).click();
    await expect(tab.getByText("There is no link here")).toBeVisible();
    expect(await tab.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(secret);
  });

  const sent = tap.sent();
  expect(tracesIn(sent, "/api/v1/login/start")).not.toEqual([]);
  expect(tracesIn([...sent, ...(await readTree(server.dataDir))], secret)).toEqual([]);
  await context.close();
});
