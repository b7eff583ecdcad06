/**
 * `npm run verify-build -- URL [--manifest FILE]`: compares the code that a live server sends with a build of the sources
 * at hand, or with a manifest from elsewhere. Exit code 0: the same; 1: what differs is named; 2: it could not be checked.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { buildAll, codeManifest, importServerFile, main, prepare, root, say, StepFailed } from "./prepare.mjs";

const usage = "say where: npm run verify-build -- https://chat.example.org [--manifest FILE]";

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { manifest: { type: "string" } },
      allowPositionals: true,
    });
    const [address, ...more] = positionals;
    const url = new URL(address);
    if (more.length > 0 || !/^https?:$/.test(url.protocol)) throw new TypeError();
    return { origin: url.origin, file: values.manifest };
  } catch {
    throw new StepFailed(usage);
  }
}

// Until something was compared.
process.exitCode = 2;
await main(async () => {
  const { origin, file } = readArguments();
  await prepare();
  if (file === undefined) await buildAll();
  let encoded;
  try {
    encoded = readFileSync(file ?? path.join(root, codeManifest));
  } catch (error) {
    throw new StepFailed(`the manifest cannot be read: ${error.message}`);
  }
  const { BadManifest, exitCodeOf, verifyBuild } = await importServerFile("lib/server/code/verify-build.ts");
  const report = await verifyBuild(origin, encoded).catch((error) => {
    throw error instanceof BadManifest ? new StepFailed(error.message) : error;
  });
  for (const { kind, path: where, detail } of report.findings) console.log(`${kind.padEnd(10)} ${where}  ${detail}`);
  console.log(`build hash ${report.buildHash}`);
  console.log(`server's   ${report.servedHash ?? "not stated"}`);
  const code = exitCodeOf(report);
  say(
    [
      `${origin} serves this build: ${report.files} files and the code of ${report.pages} pages are the same`,
      `${origin} does NOT serve this build`,
      `${origin} could not be checked to the end`,
    ][code],
  );
  process.exitCode = code;
}, 2);
