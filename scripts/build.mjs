/** `npm run build`: what `npm start` builds when it has to, and the hash that stands for all code in it. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import { buildAll, codeManifest, main, prepare, root } from "./prepare.mjs";

await main(async () => {
  await prepare();
  await buildAll();
  const hash = createHash("sha256").update(readFileSync(path.join(root, codeManifest)));
  console.log(`build hash ${hash.digest("hex")}`);
  console.log(`manifest   ${codeManifest}`);
});
