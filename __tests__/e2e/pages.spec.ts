/** Every page: without JavaScript, on a small screen, under its content security policy; and the ways in and out. */

import { expect, type Browser, type Page } from "@playwright/test";

import { test } from "./fixtures";
import { join, message, messageBox, openRoom, register, roomsUrl, say, signIn, signOut, timeline } from "./people";
import { isAccountPage, pagePaths, watch } from "./site";

/** A member of General, on its page, and the addresses of all pages as this person has them. */
async function member(page: Page, origin: string): Promise<string[]> {
  await register(page, origin, "alice");
  await join(page);
  const roomId = new URL(page.url()).pathname.split("/").at(-1);
  if (roomId === undefined) throw new Error("no room is open");
  return pagePaths({ "[name]": "alice", "[person]": "bob", "[roomId]": roomId, "[index]": "0" });
}

async function withoutScript(browser: Browser, from: Page): Promise<Page> {
  const storageState = await from.context().storageState();
  const context = await browser.newContext({ javaScriptEnabled: false, storageState });
  return context.newPage();
}

test("every page says something true and useful without JavaScript", async ({ browser, page, server }) => {
  const paths = await member(page, server.origin);
  await say(page, "only for members");
  const plain = await withoutScript(browser, page);
  for (const path of paths) {
    const response = await plain.goto(server.origin + path);
    expect([path, response?.status()]).toEqual([path, 200]);
    await expect(plain.getByRole("heading").first()).toBeVisible();
    const said = await plain.locator("body").innerText();
    expect(said.length).toBeGreaterThan(100);
    expect(said).not.toContain("only for members");
    // Where nothing can be done without script, the page says so instead of offering a dead form.
    const needsScript = /^\/(join|login|register|u\/.*)$/.test(path);
    if (needsScript) expect([path, said]).toEqual([path, expect.stringMatching(/JavaScript/)]);
    for (const button of await plain.getByRole("button").all()) {
      const isPlainForm = (await button.locator("xpath=ancestor::form[@action]").count()) > 0;
      const isDead = (await button.isVisible()) && (await button.isEnabled()) && !isPlainForm;
      expect([path, isDead ? await button.innerText() : ""]).toEqual([path, ""]);
    }
  }
  await plain.goto(`${server.origin}/keys`);
  await plain.getByRole("textbox", { name: "Name" }).fill("alice");
  await plain.getByRole("button", { name: "Look up" }).click();
  await expect(plain).toHaveURL(/\/keys\/alice$/);
  await expect(plain.locator("body")).toContainText("-----BEGIN");
  await plain.context().close();
});

test("no page scrolls sideways at 320 pixels", async ({ page, server }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  const paths = await member(page, server.origin);
  await say(page, "unbroken".repeat(60));
  for (const path of paths) {
    await page.goto(server.origin + path);
    if (/\/rooms\/[0-9a-f]+(\/report)?$/.test(path)) await expect(message(page, "unbroken")).toBeVisible();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect([path, width]).toEqual([path, 320]);
  }
});

test("HTTP-09 W18 W19 pages keep to their policy, and ask nobody else for anything", async ({ page, server }) => {
  const seen = await watch(page, server.origin);
  const paths = await member(page, server.origin);
  await say(page, "hello");
  for (const path of paths) {
    const response = await page.goto(server.origin + path);
    await expect(page.getByRole("heading").first()).toBeVisible();
    const policy = response?.headers()["content-security-policy"] ?? "";
    for (const rule of ["frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"]) {
      expect([path, policy]).toEqual([path, expect.stringContaining(rule)]);
    }
    // By nonces from the server, or by hashes from the service worker.
    const scripts = policy.split(";").find((rule) => rule.trim().startsWith("script-src")) ?? "";
    expect([path, scripts]).toEqual([path, expect.stringMatching(/'(nonce|sha256)-/)]);
    expect(scripts).not.toContain("unsafe-inline");
    if (isAccountPage(path)) expect(response?.headers()["cache-control"]).toContain("no-store");
  }
  expect(seen).toEqual({ violations: [], foreign: [] });
});

const injected = `<script>window.ranScript = true</script><img src="data:," onerror="window.ranHandler = true">`;

/** Opens a page into whose HTML somebody has put markup of theirs; says what of it ran. */
async function openInjected(page: Page, url: string): Promise<string[]> {
  await page.route(url, async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace("</body>", `${injected}</body>`);
    expect(body).toContain(injected);
    await route.fulfill({ response, body });
  });
  await page.goto(url);
  // Code from text, as an injected value in a careless script would be.
  await page.evaluate(() => {
    const text: unknown = "window.ranText = true";
    setTimeout(text as () => void);
  });
  await page.waitForTimeout(500);
  return page.evaluate(() => ["ranHandler", "ranScript", "ranText"].filter((name) => Reflect.has(window, name)));
}

test.describe("in a browser that has no service worker", () => {
  // It would keep to its own policy as well (CODE-08), and the page's own must do without.
  test.use({ serviceWorkers: "block" });

  test("W19 injected script does not run, and forms lead nowhere else", async ({ browser, page, server }) => {
    const seen = await watch(page, server.origin);
    for (const path of ["/", "/login", "/register"]) {
      seen.violations.length = 0;
      expect(await openInjected(page, server.origin + path)).toEqual([]);
      for (const directive of ["script-src-elem", "script-src-attr"])
        expect(seen.violations.join()).toContain(directive);
      await page.evaluate(() => {
        const form = document.createElement("form");
        form.action = "http://127.0.0.2:9/steal";
        document.body.append(form);
        form.requestSubmit();
      });
      await expect.poll(() => seen.violations.join()).toContain("form-action");
      expect(seen.foreign).toEqual([]);
    }
    await test.step("the same injection runs where the policy is switched off", async () => {
      const context = await browser.newContext({ bypassCSP: true });
      const open = await context.newPage();
      expect(await openInjected(open, `${server.origin}/login`)).toEqual(["ranHandler", "ranScript", "ranText"]);
      await context.close();
    });
  });
});

test("M9 markup in messages and room names is shown as text", async ({ context, page, server }) => {
  const seen = await watch(page, server.origin);
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await register(page, server.origin, "alice");
  const room = "<b>bold</b> & <img src=x onerror=alert(1)>";
  await page.getByRole("button", { name: "New room" }).click();
  await page.getByRole("radio", { name: "Open" }).check();
  await page.getByLabel("Room name").fill(room);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page.getByRole("link", { name: room, exact: true })).toBeVisible();
  const bob = await context.newPage();
  const seenByBob = await watch(bob, server.origin);
  await register(bob, server.origin, "bob");
  await join(bob, room);
  const texts = [
    "<script>alert(1)</script>",
    "<img src=http://127.0.0.2:9/pixel onerror=alert(1)>",
    "<svg onload=alert(1)><a href='javascript:alert(1)'>press</a>",
    "[press](javascript:alert(1)) http://127.0.0.2:9/preview",
    "&lt;b&gt; \u202Ereversed {{7*7}} ${7*7}",
  ];
  for (const text of texts) await say(page, text);
  for (const reader of [page, bob]) {
    for (const text of texts) await expect(message(reader, text)).toHaveCount(1);
    expect(await timeline(reader).locator("script, img, svg a, a, b, iframe").count()).toBe(0);
  }
  expect(dialogs).toEqual([]);
  for (const { violations, foreign } of [seen, seenByBob])
    expect({ violations, foreign }).toEqual({ violations: [], foreign: [] });
});

test("an account page leads to signing in and from there back; signing out closes it again", async ({
  browser,
  page,
  server,
}) => {
  await register(page, server.origin, "alice");
  await join(page);
  await say(page, "before signing out");
  const room = page.url();

  await test.step("a stranger's browser is sent to sign in", async () => {
    const context = await browser.newContext();
    const stranger = await context.newPage();
    await stranger.goto(room);
    await expect(stranger).toHaveURL(/\/login\?/);
    await expect(stranger.locator("body")).not.toContainText("before signing out");
    await context.close();
  });

  await test.step("signing out closes the account's pages", async () => {
    await signOut(page);
    await page.waitForURL(/\/login\?/);
    await page.goto(room);
    await expect(page).toHaveURL(/\/login\?/);
  });

  await test.step("signing in leads back, and this browser still has what it read", async () => {
    await signIn(page, "alice");
    await expect(page).toHaveURL(room);
    await expect(message(page, "before signing out")).toBeVisible();
    await say(page, "back again");
  });

  await test.step("W18 the way back is never another site", async () => {
    await page.goto(
      `${server.origin}/login?name=alice&next=${encodeURIComponent("https://example.org/u/alice/rooms")}`,
    );
    await signIn(page, "alice");
    await expect(page).toHaveURL(roomsUrl(server.origin, "alice"));
  });
});

test("a second browser signs in with the password alone and talks as a new device", async ({
  browser,
  page,
  server,
}) => {
  await register(page, server.origin, "alice");
  await join(page);
  const context = await browser.newContext();
  const second = await context.newPage();
  await second.goto(`${server.origin}/login`);
  await signIn(second, "alice");
  // It comes into the account's rooms by itself.
  await openRoom(second, "General");
  await expect(messageBox(second)).toBeVisible({ timeout: 60_000 });
  await say(page, "to my other device");
  await expect(message(second, "to my other device")).toBeVisible();
  await say(second, "and back");
  await expect(message(page, "and back")).toBeVisible();
  await context.close();
});

test("what is written offline waits and goes out on return", async ({ browser, context, page, server, tap }) => {
  await register(page, tap.origin, "alice");
  await join(page);
  const other = await browser.newContext();
  const bob = await other.newPage();
  await register(bob, server.origin, "bob");
  await join(bob);
  await say(page, "still online");

  await context.setOffline(true);
  await tap.cut();
  for (const text of ["written in the tunnel", "and one more"]) {
    await page.getByRole("textbox", { name: "Message" }).fill(text);
    await page.keyboard.press("Enter");
    await expect(message(page, text)).toContainText("Sending");
  }
  await say(bob, "meanwhile at home");
  await expect(message(bob, "written in the tunnel")).toHaveCount(0);

  await tap.connect();
  await context.setOffline(false);
  for (const text of ["written in the tunnel", "and one more"]) {
    await expect(message(page, text)).toContainText("Sent", { timeout: 60_000 });
    await expect(message(bob, text)).toHaveCount(1);
  }
  await expect(message(page, "meanwhile at home")).toHaveCount(1);
  await other.close();
});
