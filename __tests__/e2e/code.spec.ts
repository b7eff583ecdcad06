/** The service worker in a real browser, with the built product behind an operator who changes what is served. */

import { expect, type Page } from "@playwright/test";

import { parseManifest, serviceWorkerPath } from "@/lib/protocol/code/manifest";
import { verifyBuild } from "@/lib/server/code/verify-build";
import { buildHashGroups } from "@/lib/text/build-hash";
import { text } from "@/lib/text/catalogue";
import { BendingServer, sha256, type Bend, type Sent } from "../support/bending-server";
import { test as base } from "./fixtures";
import { register } from "./people";

const test = base.extend<{ operator: BendingServer }>({
  operator: async ({ server }, use) => {
    const operator = new BendingServer(server.port);
    await operator.listen();
    await use(operator);
    await operator.close();
  },
});

const { code } = text;
const planted = "globalThis.ranPlanted = true;";

function ranPlanted(page: Page): Promise<boolean> {
  return page.evaluate(() => Reflect.has(window, "ranPlanted"));
}

async function manifestOf(origin: string) {
  const bytes = new Uint8Array(await (await fetch(`${origin}/code-manifest.json`)).arrayBuffer());
  const manifest = parseManifest(bytes);
  if (manifest === undefined) throw new Error("the server states no build");
  return { hash: sha256(bytes), text: Buffer.from(bytes).toString(), files: manifest.files };
}

/** Opens the about page and waits until its service worker has taken the build. Its hash is the result. */
async function firstVisit(page: Page, origin: string): Promise<string> {
  await page.goto(`${origin}/about`);
  const { hash } = await manifestOf(origin);
  await expect(page.locator(`[data-accepted="${hash}"]`)).toBeVisible();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return hash;
}

/** A file that the about page runs. */
async function usedScript(page: Page): Promise<string> {
  const sources = await page.evaluate(() => Array.from(document.scripts, ({ src }) => src));
  const source = sources.find((src) => src.includes("turbopack-"));
  if (source === undefined) throw new Error("the page has no script");
  return new URL(source).pathname;
}

/** The same file with something planted; `states`: the manifest tells, as after an honest update. */
async function otherBuild(origin: string, path: string, states: boolean): Promise<{ bend: Bend; hash: string }> {
  const original = Buffer.from(await (await fetch(origin + path)).arrayBuffer());
  const changed = Buffer.concat([Buffer.from(planted), original]);
  const { text: manifest } = await manifestOf(origin);
  const stated = manifest.replace(
    new RegExp(`("path":"${path}","sha256":")[0-9a-f]{64}(","bytes":)\\d+`),
    `$1${sha256(changed)}$2${changed.length}`,
  );
  expect(stated).not.toBe(manifest);
  return {
    hash: sha256(stated),
    bend: (asked, sent) => {
      if (asked === path) sent.body = changed;
      if (states && asked === "/code-manifest.json") sent.body = Buffer.from(stated);
    },
  };
}

/** Takes a file out of the browser's store, as a browser short of space might. */
async function evict(page: Page, origin: string, path: string): Promise<void> {
  const file = (await manifestOf(origin)).files.find((candidate) => candidate.path === path);
  const name = `/.sealroom-code/file-${file?.sha256 ?? ""}`;
  expect(await page.evaluate(async (entry) => (await caches.open("sealroom-code")).delete(entry), name)).toBe(true);
}

test("CODE-04 S29 one byte of the running product is changed: the verifier names the file", async ({ operator }) => {
  const { origin } = operator;
  const { hash, text: manifest, files } = await manifestOf(origin);
  const encoded = Buffer.from(manifest);
  expect(await verifyBuild(origin, encoded)).toMatchObject({ servedHash: hash, findings: [] });
  const chunks = files.filter(({ path }) => path.endsWith(".js"));
  const victim = chunks[Math.floor(chunks.length / 2)]?.path ?? "";
  operator.bend = (path, { body }) => {
    if (path === victim) body.writeUInt8(body.readUInt8(0) ^ 1, 0);
  };
  const { findings } = await verifyBuild(origin, encoded);
  expect(findings.map(({ kind, path }) => `${kind} ${path}`)).toEqual([`different ${victim}`]);
});

test("CODE-06 CODE-07 S29 once a build was taken, no other byte runs, whatever the server has", async ({
  page,
  operator,
}) => {
  const { origin } = operator;
  const uncached: Bend = (_, sent) => {
    sent.headers["cache-control"] = "no-store";
  };
  operator.bend = uncached;
  const hash = await firstVisit(page, origin);
  const path = await usedScript(page);
  const { bend } = await otherBuild(origin, path, false);
  operator.bend = bend;

  await test.step("the accepted bytes run from the store", async () => {
    await page.reload();
    await expect(page.locator(`[data-accepted="${hash}"]`)).toBeVisible();
    expect(await ranPlanted(page)).toBe(false);
  });

  await test.step("where they have gone from the store, the page says which file differs and runs nothing", async () => {
    await evict(page, origin, path);
    await page.reload();
    await expect(page.getByRole("heading", { name: code.page.brokenTitle })).toBeVisible();
    await expect(page.getByText(path)).toBeVisible();
    expect(await ranPlanted(page)).toBe(false);
  });

  await test.step("and goes on when they are back", async () => {
    operator.bend = uncached;
    await page.getByRole("link", { name: code.page.again }).click();
    await expect(page.locator(`[data-accepted="${hash}"]`)).toBeVisible();
  });

  await test.step("without the service worker the same byte runs", async () => {
    operator.bend = bend;
    await page.evaluate(async () => {
      for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
    });
    await page.goto(`${origin}/login`);
    await expect.poll(() => ranPlanted(page)).toBe(true);
  });
});

test("CODE-07 pages and their workers take all code from the store", async ({ page, operator }) => {
  const { origin } = operator;
  const asked: string[] = [];
  operator.bend = (path) => asked.push(path);
  await firstVisit(page, origin);
  const isCode = (path: string) => /\.(css|js)$/.test(path) && path !== serviceWorkerPath;
  expect(asked.filter(isCode).length).toBeGreaterThan(20);
  asked.length = 0;
  await page.goto(`${origin}/register`);
  await page.getByLabel("Password").fill("correct horse battery staple");
  // The dictionaries are in chunks of the worker.
  await expect(page.locator(".strength[data-score='4']")).toBeVisible();
  expect(asked).toContain("/register");
  expect(asked.filter(isCode)).toEqual([]);
});

test("CODE-09 a change of code is announced with both hashes, and runs after a yes only", async ({
  page,
  operator,
}) => {
  const { origin } = operator;
  const before = await firstVisit(page, origin);
  const path = await usedScript(page);
  const next = await otherBuild(origin, path, true);
  const open = await page.context().newPage();
  await open.goto(`${origin}/about`);
  await expect(open.locator(`[data-accepted="${before}"]`)).toBeVisible();
  operator.bend = next.bend;

  await test.step("a page that is open is told, and goes on as it was", async () => {
    await open.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await expect(open.getByRole("status").getByText(code.watch.changed)).toBeVisible();
    expect(await ranPlanted(open)).toBe(false);
  });

  await test.step("what pages fetch by themselves waits", async () => {
    const isCurrent = await open.evaluate(async () => {
      const { port1, port2 } = new MessageChannel();
      const answer = new Promise((resolve) => {
        port1.onmessage = ({ data }: MessageEvent<{ accepted: string; served: string }>) => {
          resolve(data.accepted === data.served);
        };
      });
      navigator.serviceWorker.controller?.postMessage("state", [port2]);
      return await answer;
    });
    expect(isCurrent).toBe(false);
  });

  await test.step("a page that is opened asks first", async () => {
    await page.goto(`${origin}/login#kept-part`);
    await expect(page.getByRole("heading", { name: code.page.changedTitle })).toBeVisible();
    for (const hash of [before, next.hash]) await expect(page.getByText(buildHashGroups(hash))).toBeVisible();
    expect(await ranPlanted(page)).toBe(false);
  });

  await test.step("an answer with another token changes nothing", async () => {
    await page.locator("input[name=token]").evaluate((input) => {
      input.setAttribute("value", "0".repeat(32));
    });
    await page.getByRole("button", { name: code.page.accept }).click();
    await expect(page.getByRole("heading", { name: code.page.changedTitle })).toBeVisible();
    expect(await ranPlanted(page)).toBe(false);
  });

  await test.step("after the yes the new code runs, on the page that was asked for", async () => {
    await page.getByRole("button", { name: code.page.accept }).click();
    await expect(page).toHaveURL(`${origin}/login#kept-part`);
    await expect.poll(() => ranPlanted(page)).toBe(true);
    await page.goto(`${origin}/about`);
    await expect(page.locator(`[data-accepted="${next.hash}"]`)).toBeVisible();
  });

  await test.step("going back to the former build is a change as well", async () => {
    operator.bend = () => undefined;
    await page.reload();
    await expect(page.getByText(buildHashGroups(before))).toBeVisible();
    expect(await ranPlanted(page)).toBe(false);
  });
});

test("CODE-09 an open list of rooms, which looks for new ones by itself, stays when the code changes", async ({
  page,
  operator,
}) => {
  const { origin } = operator;
  await firstVisit(page, origin);
  await register(page, origin, "alice");
  const looked: string[] = [];
  const next = await otherBuild(origin, await usedScript(page), true);
  const otherName = (path: string, sent: Sent) => {
    if (sent.headers["content-type"] !== "text/x-component") return;
    looked.push(path);
    // The name of the build, by which Next knows data for other code.
    sent.body = Buffer.from(sent.body.toString().replace(/"b":"[^"]+"/, '"b":"another"'));
  };
  const look = () => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  operator.bend = (path, sent) => {
    next.bend(path, sent);
    otherName(path, sent);
  };
  await look();
  await expect(page.getByRole("status").getByText(code.watch.changed)).toBeVisible();
  await expect(page.getByRole("button", { name: "New room" })).toBeVisible();
  expect(looked).toEqual([]);

  await test.step("such data would take it away", async () => {
    operator.bend = otherName;
    await look();
    await expect.poll(() => looked.length).toBeGreaterThan(0);
    await page.waitForEvent("load");
  });
});

test("CODE-09 another service worker is told of, unless an accepted build brought it", async ({ page, operator }) => {
  const { origin } = operator;
  await firstVisit(page, origin);
  const told = page.getByRole("status").getByText(code.watch.watchman, { exact: true });
  const update = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      return registration.waiting !== null;
    });
  expect(await update()).toBe(false);
  await expect(told).toHaveCount(0);

  operator.bend = (await otherBuild(origin, serviceWorkerPath, false)).bend;
  await expect.poll(update).toBe(true);
  await expect(told).toBeVisible();

  // From the server's own files again.
  operator.bend = () => undefined;
  const { bend, hash } = await otherBuild(origin, serviceWorkerPath, true);
  operator.bend = bend;
  await page.reload();
  await page.getByRole("button", { name: code.page.accept }).click();
  await expect(page.locator(`[data-accepted="${hash}"]`)).toBeVisible();
  expect(await update()).toBe(true);
  await expect(told).toHaveCount(0);
});

test("CODE-08 inline code that a page brings along does not run, also when the server drops its policy", async ({
  page,
  operator,
}) => {
  const { origin } = operator;
  await firstVisit(page, origin);
  const inject: Bend = (_, sent) => {
    if (sent.headers["content-type"]?.startsWith("text/html") !== true) return;
    delete sent.headers["content-security-policy"];
    sent.body = Buffer.from(sent.body.toString().replace("<body>", `<body><script>${planted}</script>`));
  };
  operator.bend = inject;
  await page.goto(`${origin}/login`);
  await expect(page.getByRole("status").getByText(code.watch.refused)).toBeVisible();
  await expect(page.getByRole("status")).toContainText(planted);
  expect(await ranPlanted(page)).toBe(false);

  await test.step("a page that needs files of no build is not shown while the server states none", async () => {
    operator.bend = (path, sent) => {
      inject(path, sent);
      if (path === "/code-manifest.json") sent.status = 404;
    };
    await page.goto(`${origin}/login`);
    await expect(page.getByRole("heading", { name: code.page.unstatedTitle })).toBeVisible();
    expect(await ranPlanted(page)).toBe(false);
    await page.getByRole("button", { name: code.page.stop }).click();
    await expect.poll(() => ranPlanted(page)).toBe(true);
  });
});

test.describe("without service workers", () => {
  test.use({ serviceWorkers: "block" });

  test("CODE-10 pages run as they come, and say that nothing is kept", async ({ page, operator }) => {
    await page.goto(`${operator.origin}/about`);
    await expect(page.getByText(code.runningUnknown)).toBeVisible();
    await expect(page.getByText(buildHashGroups((await manifestOf(operator.origin)).hash))).toBeVisible();
    await page.goto(`${operator.origin}/login`);
    await expect(page.getByRole("button", { name: text.signIn.show })).toBeEnabled();
  });
});
