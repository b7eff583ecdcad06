/** Takes docs/screenshot.png: two people in General, side by side, as two windows of one browser. */

import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";

import { test } from "./fixtures";
import { join, message, register, say } from "./people";

const size = { width: 760, height: 640 };

const conversation: readonly (readonly ["alice" | "bob", string])[] = [
  ["alice", "Morning! Is the boat still on for Saturday?"],
  ["bob", "Yes. Nine o'clock at the small harbour, bring something warm."],
  ["alice", "And who pays for the fuel?"],
  ["bob", "We split it. The harbour code is 4417, by the way."],
  ["alice", "Good that the server cannot read that."],
];

test("two people talk in General", async ({ browser, context, server }) => {
  const pages: Record<"alice" | "bob", Page> = { alice: await context.newPage(), bob: await context.newPage() };
  for (const [name, page] of Object.entries(pages)) {
    await page.setViewportSize(size);
    await register(page, server.origin, name);
    await join(page);
  }
  for (const [name, text] of conversation) {
    await say(pages[name], text);
    for (const page of Object.values(pages)) await expect(message(page, text)).toBeVisible();
  }
  const pictures: string[] = [];
  for (const page of Object.values(pages)) {
    await page.bringToFront();
    pictures.push((await page.screenshot({ animations: "disabled", caret: "hide" })).toString("base64"));
  }
  const frame = await browser.newPage({ viewport: { width: size.width * 2 + 60, height: size.height + 40 } });
  const images = pictures
    .map((picture) => `<img width="${size.width}" src="data:image/png;base64,${picture}">`)
    .join("");
  await frame.setContent(
    `<style>body{margin:0;padding:20px;display:flex;gap:20px;background:#d5dae3}
     img{border-radius:10px;box-shadow:0 4px 24px #0004}</style>${images}`,
  );
  await frame.screenshot({ path: "docs/screenshot.png" });
});
