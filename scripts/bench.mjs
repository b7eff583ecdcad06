/** `npm run bench`: measures, and writes bench/results and the tables of docs/PERFORMANCE.md. Arguments name parts. */

import { buildAll, main, prepare, run } from "./prepare.mjs";

await main(async () => {
  await prepare();
  // The weight of the server is that of the built one.
  await buildAll();
  await run(process.execPath, ["--import", "tsx", "bench/run.ts", ...process.argv.slice(2)], {
    env: { NODE_ENV: "production" },
  });
});
