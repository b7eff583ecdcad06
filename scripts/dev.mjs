/** `npm run dev`: the same server with Next's development build, which follows the files. */

import { main, prepare, startSources } from "./prepare.mjs";

await main(async () => {
  await prepare();
  await startSources();
});
