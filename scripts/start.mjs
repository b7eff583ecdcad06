/** `npm start`: from a clean clone to a running server, with nothing typed before. */

import { buildAll, main, prepare, startServer } from "./prepare.mjs";

await main(async () => {
  await prepare();
  await buildAll();
  await startServer();
});
