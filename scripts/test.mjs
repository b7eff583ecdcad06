/** `npm test`: unit, property, contract, scenario, hostile and route tests. Arguments go to jest. */

import { main, prepare, runPackage } from "./prepare.mjs";

await main(async () => {
  await prepare();
  await runPackage("jest/bin/jest.js", process.argv.slice(2), { env: { NODE_ENV: "test" } });
});
