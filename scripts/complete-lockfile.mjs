/**
 * Adds to package-lock.json the optional platform packages that npm left out.
 *
 * npm drops an optional package from the lockfile when the registry it was run against does not carry it (a mirror
 * that holds one platform only, for example); `npm ci` then refuses that lockfile everywhere. The entries are known
 * without the registry: the parent pins the exact version, the name says the platform. They carry no integrity hash,
 * because nobody here has seen those bytes; run `npm install` against the full registry to fill it in.
 *
 * `node scripts/complete-lockfile.mjs` mends, `--check` only says what is missing and fails.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];

/** Optional dependencies of locked packages that have no entry: [name, version, parent is a dev dependency]. */
export function missingOptional(lock) {
  const missing = new Map();
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isLocked(lock, path, name)) continue;
      const isDevelopment = entry.dev === true && (missing.get(name)?.isDevelopment ?? true);
      missing.set(name, { name, version, isDevelopment });
    }
  }
  return [...missing.values()];
}

/** Node's look-up: the package's own node_modules first, then each one above it. */
function isLocked(lock, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === "") return false;
  }
}

function platformEntry({ name, version, isDevelopment }) {
  const words = name.split(/[/-]/);
  const cpu = processors.find((processor) => words.some((word) => word === processor || word === `${processor}v7`));
  const os = systems.find((system) => words.includes(system));
  if (os === undefined || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`${name}@${version} is missing and its name does not say for which platform it is`);
  }
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(isDevelopment ? { dev: true } : {}),
    optional: true,
    os: [os],
  };
}

function main() {
  const path = new URL("../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(path, "utf8"));
  const missing = missingOptional(lock);
  for (const dependency of missing) console.log(`missing: ${dependency.name}@${dependency.version}`);
  if (process.argv.includes("--check") || missing.length === 0) {
    process.exitCode = missing.length === 0 ? 0 : 1;
    return;
  }
  for (const dependency of missing) lock.packages[`node_modules/${dependency.name}`] = platformEntry(dependency);
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
