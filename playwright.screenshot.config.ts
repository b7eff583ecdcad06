/** `npm run screenshot`: the picture of the README, taken from the running product. */

import { defineConfig } from "@playwright/test";

import product from "./playwright.config";

export default defineConfig({ ...product, testMatch: "*.capture.ts", reporter: "list" });
