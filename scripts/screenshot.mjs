/** `npm run screenshot`: takes docs/screenshot.png anew from the running product. */

import { buildAll, main, prepare, runPackage } from "./prepare.mjs";

await main(async () => {
  await prepare();
  await buildAll();
  await runPackage("@playwright/test/cli.js", ["test", "--config=playwright.screenshot.config.ts"]);
});
