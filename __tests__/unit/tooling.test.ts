/** What the repository promises about itself: pinned packages with their reasons, a complete lockfile, one version of Node. */

import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { toHex } from "@/lib/protocol/bytes";
import { decodeVerifier } from "@/lib/protocol/log/checkpoint";

const runNode = promisify(execFile);

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly engines: { readonly node: string };
}
interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, LockedPackage> };
const dependencies = { ...manifest.dependencies, ...manifest.devDependencies };

test("every version is exact, and the lockfile agrees", () => {
  for (const [name, version] of Object.entries(dependencies)) {
    expect(`${name}@${version}`).toMatch(/@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/);
    expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
  }
});

test("every dependency has its line in docs/dependencies.md, and no line is left over", () => {
  const rows = readFileSync("docs/dependencies.md", "utf8").matchAll(/^\| `([^`]+)` \|/gm);
  const described = [...rows].map(([, name]) => name).sort();
  expect(described).toEqual(Object.keys(dependencies).sort());
});

test("the lockfile names no host and leaves out no platform", async () => {
  const hosts = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined);
  expect(hosts).toEqual([]);
  await expect(runNode(process.execPath, ["scripts/complete-lockfile.mjs", "--check"])).resolves.toBeDefined();
});

test("exactly the reviewed packages may run install scripts", () => {
  const withScripts = Object.entries(lock.packages)
    .filter(([name, { hasInstallScript }]) => name !== "" && hasInstallScript === true)
    .map(([name]) => name.slice(name.lastIndexOf("node_modules/") + "node_modules/".length));
  // fsevents is for macOS only and not installed elsewhere.
  expect(Object.keys(manifest.allowScripts).sort()).toEqual([...new Set(withScripts)].sort());
});

test("every decision record says what would reverse it", () => {
  const records = readdirSync("docs/decisions").filter((name) => name.endsWith(".md"));
  expect(records.length).toBeGreaterThanOrEqual(5);
  for (const record of records) {
    const text = readFileSync(path.join("docs/decisions", record), "utf8");
    for (const heading of ["## Context", "## Decision", "## Consequences", "## What would reverse it"]) {
      expect(`${record}: ${text}`).toContain(`\n${heading}\n`);
    }
  }
});

test("links between documents lead somewhere", () => {
  const documents = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].concat(
    readdirSync("docs", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => path.join("docs", name)),
  );
  for (const document of documents) {
    for (const [, target] of readFileSync(document, "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const file = path.join(path.dirname(document), target ?? "");
      expect([document, target, existsSync(file)]).toEqual([document, target, true]);
    }
  }
});

test("LOG-03 the README shows a verifier key as servers write it, and the audit with that very key", () => {
  const [operations = ""] = readFileSync("README.md", "utf8").split("\n## Operations\n")[1]?.split("\n## ") ?? [];
  const [, shown = ""] = /\/api\/v1\/log\/key\n(\S+)\n/.exec(operations) ?? [];
  const verifier = decodeVerifier(shown);
  expect(verifier?.name).toBe(`sealroom/${toHex(verifier?.publicKey.slice(0, 8) ?? new Uint8Array())}`);
  expect(operations).toContain(`npm run audit-log -- https://chat.example.org --key '${shown}' --state`);
});

describe("the closing line of CI", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "sealroom-count-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function count(jest: object, playwright: object | undefined, failed: string) {
    await writeFile(path.join(folder, "jest.json"), JSON.stringify(jest));
    const report = path.join(folder, "playwright.json");
    if (playwright === undefined) await rm(report, { force: true });
    else await writeFile(report, JSON.stringify(playwright));
    const args = [`--failed=${failed}`, `--jest=${folder}/jest.json`, `--playwright=${report}`];
    const result = await runNode(process.execPath, ["scripts/count.mjs", ...args]).then(
      ({ stdout }) => ({ stdout, ok: true }),
      (error: unknown) => ({ stdout: (error as { stdout: string }).stdout, ok: false }),
    );
    return { line: result.stdout.trim().split("\n").at(-1), ok: result.ok };
  }
  const jest = {
    numPassedTests: 7,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    numPendingTests: 0,
    numTodoTests: 0,
  };
  const playwright = { stats: { expected: 3, unexpected: 0, flaky: 0, skipped: 0 }, errors: [] };

  test("adds both reports", async () => {
    expect(await count(jest, playwright, "")).toEqual({ line: "10 passed, 0 failed", ok: true });
    expect(await count({ ...jest, numPendingTests: 2 }, playwright, "")).toEqual({
      line: "10 passed, 0 failed, 2 skipped",
      ok: true,
    });
  });

  test("counts failed tests, files that do not load, failed steps and absent reports", async () => {
    expect(await count({ ...jest, numFailedTests: 1 }, playwright, "")).toEqual({
      line: "10 passed, 1 failed",
      ok: false,
    });
    expect(await count({ ...jest, numRuntimeErrorTestSuites: 1 }, playwright, "lint,types")).toEqual({
      line: "10 passed, 3 failed",
      ok: false,
    });
    expect(await count(jest, undefined, "")).toEqual({ line: "7 passed, 1 failed", ok: false });
  });
});

test("every rule of the spec has a test that carries its ID", () => {
  const spec = readFileSync("lib/protocol/SPEC.md", "utf8");
  const rules = [...spec.matchAll(/\*\*([A-Z]+-\d+)\*\*/g)].map((match) => match[1] ?? "");
  expect(rules.length).toBeGreaterThan(100);
  const tests = readdirSync("__tests__", { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(test|spec)\.tsx?$/.test(file))
    .map((file) => readFileSync(path.join("__tests__", file), "utf8"))
    .join("\n");
  expect(rules.filter((rule) => !new RegExp(`\\b${rule}\\b`).test(tests))).toEqual([]);
});
