/** The built product in a real browser. Each test starts its own server (see __tests__/e2e/fixtures.ts). */

import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

const isCi = process.env["CI"] !== undefined;

/** The system's browser; where there is none, the one Playwright downloads. */
const systemBrowser = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((file) => file !== undefined && existsSync(file));

export default defineConfig({
  testDir: "__tests__/e2e",
  outputDir: "test-results/e2e",
  reporter: isCi ? [["list"], ["json", { outputFile: "test-results/playwright.json" }]] : "list",
  // A server, two or three tabs and their workers fill two cores.
  workers: 1,
  // A test that passes at the second try has found something.
  retries: 0,
  forbidOnly: isCi,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  use: {
    browserName: "chromium",
    locale: "en-GB",
    trace: "retain-on-failure",
    launchOptions: systemBrowser === undefined ? {} : { executablePath: systemBrowser },
  },
});
