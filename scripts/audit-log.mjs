/**
 * `npm run audit-log -- URL [--key=LINE] [--state=FILE] [--evidence=FILE]`: reads the transparency log of the server at URL from its first
 * entry on and says whether it is sound. With `--state` the next audit sees whether the log only grew. Ends with 0 when
 * nothing was found, 1 when something was, 2 when there was nothing to judge. With `--evidence` it judges a file that a client
 * has saved instead.
 */

import path from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

import { main, prepare, root, StepFailed } from "./prepare.mjs";

const bundle = path.join(root, ".next/sealroom-audit-log.mjs");

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { key: { type: "string" }, state: { type: "string" }, evidence: { type: "string" } },
  });
  const [url] = positionals;
  if (url === undefined || !URL.canParse(url))
    throw new StepFailed("say which: npm run audit-log -- https://chat.example");
  await prepare();
  const { bundleServer } = await import("./bundle-server.mjs");
  await bundleServer(root, bundle, "lib/server/ops/audit-command.ts");
  const { audit, judge } = await import(pathToFileURL(bundle).href);
  const origin = new URL(url);
  try {
    const { isClean, lines } =
      values.evidence === undefined
        ? await audit({ origin, key: values.key, stateFile: values.state })
        : await judge(origin, values.evidence, values.key);
    for (const line of lines) console.log(line);
    if (!isClean) process.exitCode = 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
});
