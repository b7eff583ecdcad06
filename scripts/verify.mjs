/**
 * `npm run verify`: everything that must hold before a change lands, cheapest first. All steps run even when one fails,
 * so that one round shows all there is to mend. `--without=tests,build` leaves steps out.
 */

import { buildAll, main, prepare, runPackage, run, say, StepFailed } from "./prepare.mjs";

const script = (name, ...args) => run(process.execPath, [`scripts/${name}.mjs`, ...args]);

const steps = [
  ["format", () => runPackage("prettier/bin/prettier.cjs", ["--check", "--log-level=warn", "."])],
  ["imports", () => script("imports")],
  ["types", () => script("types")],
  ["lint", () => runPackage("eslint/bin/eslint.js", ["--max-warnings=0", "."])],
  ["unused", () => runPackage("knip/bin/knip.js", [])],
  ["tests", () => script("test")],
  ["build", () => buildAll()],
];

await main(async () => {
  const option = process.argv.find((argument) => argument.startsWith("--without="));
  const without = new Set(option?.slice("--without=".length).split(","));
  await prepare();
  const failed = [];
  for (const [name, step] of steps) {
    if (without.has(name)) continue;
    const startedAt = performance.now();
    const problem = await step().then(
      () => undefined,
      (error) => error,
    );
    if (problem !== undefined && !(problem instanceof StepFailed)) throw problem;
    if (problem !== undefined) failed.push(name);
    say(
      `${name}: ${problem === undefined ? "ok" : "FAILED"} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`,
    );
  }
  if (failed.length > 0) throw new StepFailed(`verify failed in: ${failed.join(", ")}`);
});
