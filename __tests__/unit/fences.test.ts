/**
 * The fences stand: a violation planted in a small copy of the tree is found by the same scripts that `npm run verify`
 * runs, and what the table allows is not. A rule that no longer matches its folder would fail here.
 */

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const root = process.cwd();
const runNode = promisify(execFile);
let tree: string;

async function plant(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
    await writeFile(path.join(tree, name), text);
  }
}

/** What a script of ours says about the planted tree, whether it liked it or not. */
async function check(script: string, ...args: string[]): Promise<string> {
  const command = [path.join(root, "scripts", script), `--root=${tree}`, ...args];
  const { stdout } = await runNode(process.execPath, command, { cwd: root }).catch((error: unknown) => {
    if (typeof error === "object" && error !== null && "stdout" in error) return { stdout: String(error.stdout) };
    throw error;
  });
  return stdout;
}

beforeEach(async () => {
  tree = await mkdtemp(path.join(tmpdir(), "sealroom-fences-"));
  await symlink(path.join(root, "node_modules"), path.join(tree, "node_modules"));
  await plant({
    "package.json": JSON.stringify({
      type: "module",
      dependencies: { zod: "*", react: "*", next: "*", "ts-mls": "*", pino: "*", idb: "*", "socket.io-client": "*" },
      devDependencies: { "fast-check": "*" },
    }),
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        module: "esnext",
        moduleResolution: "bundler",
        jsx: "react-jsx",
        strict: true,
        skipLibCheck: true,
        noEmit: true,
        paths: { "@/*": ["./*"] },
      },
    }),
  });
});

afterEach(async () => {
  await rm(tree, { recursive: true, force: true });
});

/** What each planted file stands for in the table. */
const leaves = {
  "lib/protocol/ids.ts": "export const id = 1;",
  "lib/crypto/account/vault.ts": "export const vault = 1;",
  "lib/crypto/mls/door.ts": "export const door = 1;",
  "lib/client/engine/engine.ts": "export const engine = 1;",
  "lib/client/worker/api.ts": "export type Api = 1;",
  "lib/client/worker/connect.ts": "export const connect = 1;",
  "lib/client/react/hook.ts": "export const hook = 1;",
  "lib/server/context.ts": "export const context = 1;",
  "lib/server/accounts/accounts.ts": "export const accounts = 1;",
  "lib/ui/button.ts": "export const button = 1;",
  "lib/text/words.ts": "export const words = 1;",
};

/** From, import, rule that must name it. */
const forbidden: readonly (readonly [string, string, string])[] = [
  ["lib/server/spy.ts", "../crypto/mls/door", "server-cannot-read"],
  ["lib/server/tab.ts", "../client/engine/engine", "server-cannot-read"],
  ["server.ts", "./lib/crypto/mls/door", "server-cannot-read"],
  ["app/api/route.ts", "../../lib/crypto/mls/door", "server-cannot-read"],
  ["lib/server/view.ts", "react", "server-row"],
  ["lib/protocol/log.ts", "pino", "protocol-is-pure"],
  ["lib/protocol/file.ts", "node:fs", "protocol-is-pure"],
  ["lib/protocol/seal.ts", "../crypto/account/vault", "protocol-is-pure"],
  ["lib/crypto/store.ts", "idb", "crypto-has-no-reach"],
  ["lib/client/engine/socket.ts", "socket.io-client", "engine-is-pure"],
  ["lib/client/store/view.ts", "react", "client-shells"],
  ["lib/client/transport/mls.ts", "ts-mls", "client-shells"],
  ["lib/client/service-worker/parse.ts", "zod", "service-worker-is-small"],
  ["lib/client/service-worker/peek.ts", "../engine/engine", "service-worker-is-small"],
  ["lib/client/react/key.ts", "../../crypto/account/vault", "react-talks-to-the-worker"],
  ["lib/client/react/key.ts", "../../crypto/account/vault", "page-holds-no-keys"],
  ["lib/client/react/engine.ts", "../engine/engine", "react-talks-to-the-worker"],
  ["lib/ui/data.ts", "../client/react/hook", "ui-draws"],
  ["lib/ui/number.ts", "../protocol/ids", "ui-takes-only-types-of-protocol"],
  ["lib/text/date.ts", "zod", "text-is-words"],
  ["app/page.tsx", "../lib/server/accounts/accounts", "app-addresses"],
  ["app/keys.tsx", "../lib/crypto/account/vault", "app-addresses"],
  ["lib/ui/page.ts", "../../app/frame", "nothing-imports-addresses"],
  ["lib/protocol/check.ts", "fast-check", "product-without-development-packages"],
  ["lib/protocol/gone.ts", "./nowhere", "resolvable"],
  ["proxy.ts", "./lib/ui/button", "composition-root"],
];

const allowed: readonly (readonly [string, string])[] = [
  ["lib/server/vault.ts", "../crypto/account/vault"],
  ["lib/server/log.ts", "pino"],
  ["lib/server/files.ts", "node:fs"],
  ["lib/crypto/suite.ts", "ts-mls"],
  ["lib/client/store/idb.ts", "idb"],
  ["lib/client/react/worker.ts", "../worker/connect"],
  ["app/layout.tsx", "../lib/client/react/hook"],
  ["app/about.tsx", "../lib/server/context"],
];

test("each row of the import table refuses what it does not name, and only that", async () => {
  await plant({ ...leaves, "app/frame.tsx": "export const frame = 1;" });
  for (const [from, to] of [...forbidden, ...allowed]) await plant({ [from]: `import ${JSON.stringify(to)};\n` });
  const violations = JSON.parse(await check("imports.mjs", "--json")) as { from: string; rule: string }[];
  const found = violations.map(({ from, rule }) => `${from}: ${rule}`);
  for (const [from, , rule] of forbidden) expect(found).toContain(`${from}: ${rule}`);
  const guilty = new Set(violations.map(({ from }) => from));
  expect(allowed.filter(([from]) => guilty.has(from))).toEqual([]);
  expect([...guilty].sort()).toEqual([...new Set(forbidden.map(([from]) => from))].sort());
});

test("the server cannot reach MLS through others, and values cannot go in circles", async () => {
  await plant({
    ...leaves,
    "lib/crypto/account/vault.ts": 'export { door } from "../mls/door";',
    "lib/server/accounts/accounts.ts": 'export { vault } from "../../crypto/account/vault";',
    "lib/protocol/one.ts": 'import "./two";\nexport const one = 1;',
    "lib/protocol/two.ts": 'import "./one";\nexport const two = 2;',
  });
  const violations = JSON.parse(await check("imports.mjs", "--json")) as { from: string; rule: string }[];
  expect(violations).toContainEqual(
    expect.objectContaining({ from: "lib/server/accounts/accounts.ts", rule: "server-cannot-read" }),
  );
  expect(violations.filter(({ rule }) => rule === "no-circular")).not.toEqual([]);
});

test("each runtime has only its own globals", async () => {
  const runtimes = ["lib/protocol", "lib/text", "lib/crypto", "lib/client", "lib/client/react", "lib/server"];
  for (const runtime of runtimes) {
    const name = `${runtime}/tsconfig.json`;
    await plant({ [name]: await readFile(path.join(root, name), "utf8") });
  }
  await plant({
    "lib/protocol/web-standards.d.ts": await readFile(path.join(root, "lib/protocol/web-standards.d.ts"), "utf8"),
    "lib/protocol/bad.ts": "export const bad = [window, fetch, Buffer, process];",
    "lib/protocol/good.ts": "export const good = [TextEncoder, atob];",
    "lib/text/bad.ts": "export const bad = [document, setTimeout];",
    // Types of node-forge and socket.io-client name Node's; that must not open the door.
    "lib/crypto/bad.ts": 'import forge from "node-forge";\nexport const bad = [forge, window, Buffer];',
    "lib/crypto/good.ts": "export const good = crypto.subtle;",
    "lib/client/bad.ts": 'import { io } from "socket.io-client";\nexport const bad = [io, Buffer, process, document];',
    "lib/client/good.ts": "export const good = [indexedDB, fetch];",
    "lib/client/react/bad.ts": "export const bad = [Buffer, process];",
    "lib/client/react/good.ts": "export const good = [window, document];",
    "lib/server/bad.ts": "export const bad = [window, document, indexedDB];",
    "lib/server/good.ts": "export const good = [Buffer, process, fetch];",
  });
  const said = await check("types.mjs", ...runtimes);
  const missing = [...said.matchAll(/^(\S+)\(\d+,\d+\): error TS\d+: Cannot find name '(\w+)'/gm)];
  const found = missing.map(([, file, name]) => `${String(file)}: ${String(name)}`).sort();
  expect(found).toEqual(
    [
      ...["window", "fetch", "Buffer", "process"].map((name) => `lib/protocol/bad.ts: ${name}`),
      ...["document", "setTimeout"].map((name) => `lib/text/bad.ts: ${name}`),
      ...["window", "Buffer"].map((name) => `lib/crypto/bad.ts: ${name}`),
      ...["Buffer", "process", "document"].map((name) => `lib/client/bad.ts: ${name}`),
      ...["Buffer", "process"].map((name) => `lib/client/react/bad.ts: ${name}`),
      ...["window", "document", "indexedDB"].map((name) => `lib/server/bad.ts: ${name}`),
    ].sort(),
  );
}, 60_000);
