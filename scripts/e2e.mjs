/** `npm run test:e2e`: the built product in a real browser. Arguments go to Playwright. */

import { buildAll, main, prepare, runPackage } from "./prepare.mjs";

await main(async () => {
  await prepare();
  await buildAll();
  await runPackage("@playwright/test/cli.js", ["test", ...process.argv.slice(2)]);
});
