/** The product's pages, read off the app folder: a new page is in every test of pages without being named there. */

import { readdirSync } from "node:fs";
import path from "node:path";

import type { Page } from "@playwright/test";

const app = path.join(import.meta.dirname, "../../app");

/** Addresses of all pages, with parameters filled in from `values` (by folder name, such as `[name]`). */
export function pagePaths(values: Readonly<Record<string, string>>): string[] {
  return readdirSync(app, { recursive: true, encoding: "utf8" })
    .filter((file) => path.basename(file) === "page.tsx")
    .map((file) => `/${path.dirname(file).replace(/^\.$/, "")}`)
    .map((route) =>
      route.replace(/\[[^\]]+\]/g, (folder) => {
        const value = values[folder];
        if (value === undefined) throw new Error(`no value for ${folder} of ${route}`);
        return value;
      }),
    )
    .sort();
}

export function isAccountPage(address: string): boolean {
  return address.startsWith("/u/");
}

/** What the content security policy stopped on this page from now on, and every request that leaves for elsewhere. */
export async function watch(page: Page, origin: string): Promise<{ violations: string[]; foreign: string[] }> {
  const seen = { violations: [] as string[], foreign: [] as string[] };
  await page.exposeFunction("reportViolation", (violation: string) => seen.violations.push(violation));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) => {
      const report = Reflect.get(window, "reportViolation") as (violation: string) => void;
      report(`${violatedDirective} ${blockedURI} ${sourceFile}`);
    });
  });
  page.on("console", (message) => {
    // Workers and what happens before the listener is there.
    if (/content security policy/i.test(message.text())) seen.violations.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) seen.foreign.push(url);
  });
  return seen;
}
