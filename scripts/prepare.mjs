/**
 * What must be true before anything of ours can run: a fitting Node, the locked packages, the Prisma client, a build.
 * Each step looks first and does nothing when its result is fresh, so that a second start costs milliseconds.
 * Plain Node without packages, because on a clean clone there are none.
 */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const oldestNode = [20, 19];
const installStamp = "node_modules/.sealroom-installed";
const clientStamp = "node_modules/.cache/sealroom/prisma-client";
const buildStamp = ".next/sealroom-sources";
const serverBundle = ".next/sealroom-server.mjs";
/** What a build says of itself (lib/server/code). */
export const codeManifest = ".next/sealroom-code-manifest.json";

/** What a build is made of. */
const buildSources = [
  "app",
  "lib",
  "patches",
  "prisma/schema.prisma",
  "next.config.mjs",
  "package-lock.json",
  "proxy.ts",
  "scripts/bundle-server.mjs",
  "scripts/prepare.mjs",
  "server.ts",
  "tsconfig.json",
];
/**
 * Of these, what can reach a browser, or shape the data that pages carry for it. A change of the server alone gives the
 * same code, so that nobody is asked to accept what is the same.
 */
const codeSources = [
  "app",
  "lib/client",
  "lib/crypto",
  "lib/protocol",
  "lib/text",
  "lib/ui",
  "next.config.mjs",
  "package-lock.json",
  "patches",
  // What it matches is compiled into a file for browsers.
  "proxy.ts",
  "scripts/bundle-server.mjs",
  "tsconfig.json",
];
const notSources = new Set(["generated", "node_modules", ".next"]);

export class StepFailed extends Error {}

/** One line about what takes time now, for the person who waits. */
export function say(sentence) {
  console.log(`sealroom: ${sentence}`);
}

/** Resolves when the command ended well, rejects with `StepFailed` when not. */
export function run(command, args, { cwd = root, env = {}, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["inherit", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
      shell: process.platform === "win32" && command === "npm",
    });
    const output = [];
    child.stdout?.on("data", (chunk) => output.push(chunk));
    child.stderr?.on("data", (chunk) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new StepFailed(`${path.basename(command)} ${args.join(" ")} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** Runs a package's program with this Node: no shell, no PATH, the locked version. */
export function runPackage(program, args, options) {
  return run(process.execPath, [path.join(root, "node_modules", program), ...args], options);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new StepFailed(`Node ${oldestNode.join(".")} or newer is needed; this is ${process.versions.node}`);
}

/** The locked packages, compiled for this Node, with our patches applied. */
export async function installPackages() {
  const wanted = installFingerprint();
  if (stampIs(installStamp, wanted)) return;
  if (isLockedTreeInstalled()) {
    // Installed by hand: the patches and the stamp are all that can be missing.
    await finishInstall();
    return;
  }
  say("installing packages (two minutes the first time: the database driver is compiled)");
  await run("npm", ["ci", "--loglevel=error", "--no-audit", "--no-fund"]);
  if (!stampIs(installStamp, wanted)) await finishInstall();
}

/** After every `npm install` and `npm ci`: our patches, then the stamp that says what this tree was made from. */
export async function finishInstall() {
  await runPackage("patch-package/index.js", ["--error-on-fail"], { quiet: true });
  writeFileSync(path.join(root, installStamp), installFingerprint());
}

/** `prisma generate` is pure code generation, yet the CLI looks for a schema engine that it would have to download. */
export async function generatePrismaClient() {
  const wanted = fingerprint(["prisma/schema.prisma", "prisma.config.ts", "node_modules/prisma/package.json"]);
  if (stampIs(clientStamp, wanted) && existsSync(path.join(root, "lib/server/db/generated"))) return;
  say("generating the database client");
  const env = {
    // Any executable does; it is never started.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: "1",
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
  };
  await runPackage("prisma/build/index.js", ["generate"], { env, quiet: true });
  stamp(clientStamp, wanted);
}

/** The pages, the server in one file, and the manifest of the code that browsers run. */
export async function buildAll() {
  const wanted = fingerprint(buildSources);
  if (stampIs(buildStamp, wanted) && existsSync(path.join(root, ".next/BUILD_ID"))) return;
  say("building the pages (a minute)");
  const source = codeSourceHash();
  const env = { ...withoutNext(), NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", SEALROOM_SOURCE: source };
  await runPackage("next/dist/bin/next", ["build"], { env, quiet: true });
  const { bundleServer, bundleServiceWorker } = await import("./bundle-server.mjs");
  await bundleServer(root, path.join(root, serverBundle));
  await bundleServiceWorker(root);
  const code = await importServerFile("lib/server/code/write-manifest.ts");
  await code.writeManifest(root, source);
  stamp(buildStamp, wanted);
}

/** Depends on names and bytes only: not on where the sources lie, when they were written, or whether git is there. */
export function codeSourceHash(folder = root) {
  return fingerprint(codeSources, "", folder);
}

/** A file of the server as a module that plain Node can load. */
export async function importServerFile(file) {
  const { bundleServer } = await import("./bundle-server.mjs");
  const bundle = path.join(root, ".next", `sealroom-${path.basename(file, ".ts")}.mjs`);
  await bundleServer(root, bundle, file);
  return await import(pathToFileURL(bundle).href);
}

/** Settings of Next that a machine may have would get into the code. */
function withoutNext() {
  const names = Object.keys(process.env).filter((name) => /^(__)?(NEXT|VERCEL|TURBOPACK)_/.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** Everything that code needs before it can be run or tested. */
export async function prepare() {
  checkNode();
  await installPackages();
  await generatePrismaClient();
}

/** Starts the built server in this very process, so that signals and the exit code are its own. */
export async function startServer() {
  enterMode("production");
  await import(pathToFileURL(path.join(root, serverBundle)).href);
}

/** The same from the sources, translated as they load. */
export async function startSources() {
  enterMode("development");
  await import("tsx");
  await import("../server.ts");
}

function enterMode(mode) {
  process.env.NODE_ENV = mode;
  process.env.NEXT_TELEMETRY_DISABLED ??= "1";
  process.chdir(root);
}

/** Runs a script's steps; what went wrong is one line, not a stack of our own tooling. */
export async function main(steps, failedCode = 1) {
  try {
    await steps();
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(`sealroom: ${error.message}`);
    process.exitCode = failedCode;
  }
}

/** Lockfile and patches, and the binary interface that the database driver was compiled for. */
function installFingerprint() {
  return fingerprint(["package-lock.json", "patches"], process.versions.modules);
}

/** npm writes what it installed into node_modules; optional packages for other platforms are rightly absent. */
function isLockedTreeInstalled() {
  const installedFile = path.join(root, "node_modules/.package-lock.json");
  if (!existsSync(installedFile) || existsSync(path.join(root, installStamp))) return false;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const locked = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(locked).every(
    ([name, { version, optional }]) =>
      name === "" || (installed[name] === undefined ? optional === true : installed[name].version === version),
  );
}

/** SHA-256 over the names and bytes of files and folders: a checkout that only touches times changes nothing. */
function fingerprint(sources, salt = "", folder = root) {
  const hash = createHash("sha256").update(salt);
  for (const source of sources) {
    for (const file of filesOf(source, folder)) {
      hash.update(`\0${file}\0`).update(readFileSync(path.join(folder, file)));
    }
  }
  return hash.digest("hex");
}

function filesOf(source, folder) {
  const stats = statSync(path.join(folder, source), { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [source];
  return readdirSync(path.join(folder, source))
    .filter((name) => !notSources.has(name))
    .sort()
    .flatMap((name) => filesOf(`${source}/${name}`, folder));
}

function stampIs(file, wanted) {
  const absolute = path.join(root, file);
  return existsSync(absolute) && readFileSync(absolute, "utf8") === wanted;
}

function stamp(file, text) {
  const absolute = path.join(root, file);
  mkdirSync(path.dirname(absolute), { recursive: true });
  writeFileSync(absolute, text);
}
