/**
 * `npm run check-reproducible`: builds these sources twice, in folders of different names and depths, with different
 * clocks' zones and languages, and compares everything that browsers get (CODE-01). Names the files that differ.
 */

import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { codeManifest, main, prepare, root, run, say, StepFailed } from "./prepare.mjs";

const left = new Set([".git", ".next", "coverage", "data", "node_modules", "test-results"]);
/** What a build writes into: copied, so that the packages at hand stay as they are. */
const written = (name) => name.startsWith(".");

const places = [
  { folder: "a", env: { TZ: "UTC", LANG: "C" } },
  { folder: "another/and deeper/sealroom", env: { TZ: "Pacific/Auckland", LANG: "de_DE.UTF-8" } },
];

/** Hard links where the disk allows it: the packages are large and nothing writes to them. */
function linkTree(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) cpSync(source, target, { verbatimSymlinks: true });
    else linkOrCopy(source, target);
  }
}

function linkOrCopy(source, target) {
  try {
    linkSync(source, target);
  } catch (error) {
    if (error.code !== "EXDEV" && error.code !== "EPERM") throw error;
    cpSync(source, target);
  }
}

function copyTree(to) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(root).filter((entry) => !left.has(entry))) {
    cpSync(path.join(root, name), path.join(to, name), { recursive: true });
  }
  const packages = path.join(root, "node_modules");
  mkdirSync(path.join(to, "node_modules"));
  for (const entry of readdirSync(packages, { withFileTypes: true })) {
    const [source, target] = [path.join(packages, entry.name), path.join(to, "node_modules", entry.name)];
    if (written(entry.name)) cpSync(source, target, { recursive: true, verbatimSymlinks: true });
    else if (entry.isDirectory()) linkTree(source, target);
  }
}

/** Paths and hashes out of the manifest, which the build has taken from its files. */
function filesOf(folder) {
  const { files } = JSON.parse(readFileSync(path.join(folder, codeManifest), "utf8"));
  return new Map(files.map(({ path: name, sha256 }) => [name, sha256]));
}

await main(async () => {
  await prepare();
  const home = mkdtempSync(path.join(tmpdir(), "sealroom-reproducible-"));
  try {
    for (const { folder, env } of places) {
      say(`building in ${folder}`);
      const place = path.join(home, folder);
      copyTree(place);
      await run(process.execPath, ["scripts/build.mjs"], { cwd: place, env });
    }
    const [one, other] = places.map(({ folder }) => filesOf(path.join(home, folder)));
    const differing = [...new Set([...one.keys(), ...other.keys()])].filter(
      (name) => one.get(name) !== other.get(name),
    );
    for (const name of differing) console.log(`differs    ${name}`);
    if (differing.length > 0) throw new StepFailed(`${differing.length} files differ between two builds`);
    say(`two builds gave the same ${one.size} files`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
