/**
 * `npm run mutations [-- ID...]`: switches defences off, one at a time, and looks whether the tests that name the attack
 * notice. What is switched off, and who must notice, is the list in __tests__/mutations.json. Works in a copy of the
 * sources, so that a stop at any moment leaves nothing changed. Fails when an attack is not caught, or when a text that
 * is to be changed is no longer there.
 */

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { main, prepare, root, say, StepFailed } from "./prepare.mjs";

const left = new Set([".git", ".next", "coverage", "data", "node_modules", "test-results"]);
/** Packages that we patch: a defence may stand there. */
const patched = new Set(["ts-mls"]);
const longestRunMs = 240_000;

/** What runs now, ended with us. */
let running;

function copySources(to) {
  for (const name of readdirSync(root).filter((entry) => !left.has(entry))) {
    cpSync(path.join(root, name), path.join(to, name), { recursive: true });
  }
  mkdirSync(path.join(to, "node_modules"));
  for (const name of readdirSync(path.join(root, "node_modules"))) {
    const [source, target] = [path.join(root, "node_modules", name), path.join(to, "node_modules", name)];
    if (patched.has(name)) cpSync(source, target, { recursive: true });
    else symlinkSync(source, target, "junction");
  }
}

/** Tests by their names, literally. Those that ran, with their full names; `undefined` when the file did not load or took too long. */
async function runTests(place, file, names) {
  const report = path.join(place, "mutations-report.json");
  rmSync(report, { force: true });
  const pattern = names.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join("|");
  const args = ["--runTestsByPath", file, "-t", pattern, "--runInBand", "--forceExit", "--json"];
  const cache = ["--outputFile", report, "--cacheDirectory", path.join(place, ".jest-cache")];
  await runJest(place, [...args, ...cache]);
  let results;
  try {
    results = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return undefined;
  }
  if (results.numRuntimeErrorTestSuites > 0) return undefined;
  return results.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed" || status === "failed");
}

/** Ends in any case: with the tests, or when they take too long. */
function runJest(place, args) {
  return new Promise((resolve, reject) => {
    const jest = path.join(root, "node_modules/jest/bin/jest.js");
    // A group of its own, so that what a test has started ends with it.
    const detached = process.platform !== "win32";
    const env = { ...process.env, NODE_ENV: "test" };
    running = spawn(process.execPath, [jest, ...args], { cwd: place, env, stdio: "ignore", detached });
    const timer = setTimeout(endRunning, longestRunMs);
    running.on("error", reject);
    running.on("close", () => {
      clearTimeout(timer);
      endRunning();
      running = undefined;
      resolve();
    });
  });
}

function endRunning() {
  if (running?.pid === undefined) return;
  try {
    if (process.platform === "win32") running.kill("SIGKILL");
    else process.kill(-running.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Which tests do not pass as things are, or name another attack: that they fail with the change would say nothing. */
async function unfit(place, entries) {
  const said = [];
  for (const file of new Set(entries.map(({ test }) => test.file))) {
    const ofFile = entries.filter(({ test }) => test.file === file);
    const ran = (await runTests(place, file, [...new Set(ofFile.map(({ test }) => test.name))])) ?? [];
    for (const { attacks, test } of ofFile) {
      const own = ran.filter(({ fullName }) => fullName.includes(test.name));
      const isSound = own.length > 0 && own.every(({ status }) => status === "passed");
      const isNamed = attacks.every((id) =>
        own.some(({ fullName }) => new RegExp(String.raw`\b${id}\b`).test(fullName)),
      );
      if (!isSound) said.push(`${file} does not pass: ${test.name}`);
      else if (!isNamed) said.push(`${file} does not name ${attacks.join(" ")}: ${test.name}`);
    }
  }
  return said;
}

/** What the tests said about these changes: nothing, when they were caught. */
async function complaint(place, { changes, test }) {
  const originals = new Map();
  try {
    for (const { file, find, replace } of changes) {
      const source = readFileSync(path.join(place, file), "utf8");
      if (!originals.has(file)) originals.set(file, source);
      const parts = source.split(find);
      if (parts.length !== 2) return `${file} has the text to change ${parts.length - 1} times`;
      writeFileSync(path.join(place, file), parts.join(replace));
    }
    const ran = await runTests(place, test.file, [test.name]);
    if (ran === undefined) return "the tests could not be run, or took too long";
    return ran.some(({ status }) => status === "failed") ? undefined : `${test.file} passes all the same`;
  } finally {
    for (const [file, source] of originals) writeFileSync(path.join(place, file), source);
  }
}

await main(async () => {
  await prepare();
  const wanted = process.argv.slice(2);
  const list = JSON.parse(readFileSync(path.join(root, "__tests__/mutations.json"), "utf8")).mutations;
  const entries = list.filter(({ attacks }) => wanted.length === 0 || attacks.some((id) => wanted.includes(id)));
  const unknown = wanted.filter((id) => !list.some(({ attacks }) => attacks.includes(id)));
  if (unknown.length > 0) throw new StepFailed(`nothing is switched off for ${unknown.join(", ")}`);

  const place = mkdtempSync(path.join(tmpdir(), "sealroom-mutations-"));
  const leave = () => rmSync(place, { recursive: true, force: true });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      endRunning();
      leave();
      process.exit(1);
    });
  }
  try {
    copySources(place);
    say(`running the tests of ${entries.length} changes as they are`);
    const complaints = await unfit(place, entries);
    if (complaints.length > 0) throw new StepFailed(`first of all:\n  ${complaints.join("\n  ")}`);
    let missed = 0;
    for (const entry of entries) {
      const said = await complaint(place, entry);
      if (said !== undefined) missed++;
      const verdict = said === undefined ? "caught" : `NOT CAUGHT, ${said}`;
      console.log(`${entry.attacks.join(" ").padEnd(8)} ${verdict}: ${entry.off}`);
    }
    if (missed > 0) throw new StepFailed(`${missed} of ${entries.length} changes were not caught`);
    say(`all ${entries.length} changes were caught`);
  } finally {
    endRunning();
    leave();
  }
});
