/**
 * Checks who imports whom against .dependency-cruiser.mjs. Through the library and not its command line, which refuses
 * Node 20 although everything in it runs there. `--root=FOLDER` looks at another tree (the tests plant violations in
 * one); `--json` prints the violations as data.
 */

import { existsSync } from "node:fs";
import path from "node:path";

import { cruise } from "dependency-cruiser";
import extractTsConfig from "dependency-cruiser/config-utl/extract-ts-config";

import config from "../.dependency-cruiser.mjs";
import { root } from "./prepare.mjs";

const places = [
  "app",
  "lib",
  "__tests__",
  "scripts",
  "bench",
  "server.ts",
  "proxy.ts",
  "prisma.config.ts",
  "next.config.mjs",
];

const option = process.argv.find((argument) => argument.startsWith("--root="));
process.chdir(option === undefined ? root : path.resolve(option.slice("--root=".length)));

const { forbidden, options } = config;
const { output } = await cruise(
  places.filter((place) => existsSync(place)),
  { ...options, ruleSet: { forbidden }, validate: true },
  undefined,
  { tsConfig: extractTsConfig(options.tsConfig.fileName) },
);
const { violations, totalCruised } = output.summary;

if (process.argv.includes("--json")) {
  console.log(JSON.stringify(violations.map(({ from, to, rule }) => ({ from, to, rule: rule.name }))));
} else {
  const comments = new Map(forbidden.map(({ name, comment }) => [name, comment]));
  for (const { from, to, rule } of violations) {
    console.error(`${from} -> ${to}\n  ${rule.name}: ${comments.get(rule.name)}`);
  }
  console.log(`${totalCruised} modules, ${violations.length} forbidden imports`);
}
process.exitCode = violations.length === 0 ? 0 : 1;
