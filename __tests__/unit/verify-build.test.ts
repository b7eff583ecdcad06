/** The verifier against real servers over HTTP: honest ones, and operators who change what they serve. */

import { existsSync, readdirSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { utf8 } from "@/lib/protocol/bytes";
import { encodeManifest, type CodeFile } from "@/lib/protocol/code/manifest";
import { BadManifest, exitCodeOf, publicPages, verifyBuild } from "@/lib/server/code/verify-build";
import { sha256 } from "../support/bending-server";

const source = "cd".repeat(32);
const script = "/_next/static/chunks/main.js";
const contents: Readonly<Record<string, string>> = {
  [script]: "console.log('main');",
  "/_next/static/chunks/site.css": "body { color: black }",
  "/service-worker.js": "self.onfetch = () => {};",
};
const fileOf = ([name, text]: readonly [string, string]): CodeFile => ({
  path: name,
  sha256: sha256(text),
  bytes: text.length,
});
const manifest = encodeManifest({ source, files: Object.entries(contents).map(fileOf) });
const pageOf = (more = "") =>
  `<!doctype html><html><head><link rel="stylesheet" href="/_next/static/chunks/site.css">
<script src="${script}" nonce="aGk="></script></head><body>${more}<script nonce="aGk=">self.__next_f.push([1,"x"])</script></body></html>`;
const policy = "default-src 'none'; script-src 'self' 'nonce-aGk=' 'strict-dynamic' 'wasm-unsafe-eval'";

interface Answer {
  readonly status?: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

let server: Server;
let handler: RequestListener;
let origin: string;

/** An honest server, but for what `bent` says by path; `undefined` never answers. */
function serve(bent: Readonly<Record<string, Answer | undefined>> = {}): void {
  handler = ({ url = "/" }, response) => {
    const honest: Answer =
      url === "/code-manifest.json"
        ? { body: manifest }
        : url in contents
          ? { body: contents[url] ?? "" }
          : {
              status: url === "/no-page-is-here" ? 404 : 200,
              body: pageOf(),
              headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": policy },
            };
    if (url in bent && bent[url] === undefined) return;
    const answer = { ...honest, ...bent[url] };
    response.writeHead(answer.status ?? 200, { ...honest.headers, ...bent[url]?.headers }).end(answer.body);
  };
}

beforeEach(async () => {
  serve();
  server = createServer((request, response) => {
    handler(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function findings(bent: Readonly<Record<string, Answer | undefined>>) {
  serve(bent);
  const report = await verifyBuild(origin, manifest, 500);
  return { code: exitCodeOf(report), found: report.findings.map(({ kind, path: where }) => `${kind} ${where}`) };
}

const changedByte = (text: string) => text.replace("m", "n");

test("CODE-04 a server that serves the build gives nothing to say", async () => {
  const report = await verifyBuild(origin, manifest);
  expect(report).toEqual({
    buildHash: sha256(manifest),
    servedHash: sha256(manifest),
    files: 3,
    pages: publicPages.length,
    findings: [],
  });
  expect(exitCodeOf(report)).toBe(0);
});

test("CODE-04 S29 one byte of served code is changed: the verifier names the file", async () => {
  for (const [name, text] of Object.entries(contents)) {
    const body = `${text.slice(0, -1)}\0`;
    expect(await findings({ [name]: { body } })).toEqual({ code: 1, found: [`different ${name}`] });
  }
});

test("CODE-04 S29 a manifest that admits the change helps nobody: file and manifest are named", async () => {
  const bent = { ...contents, [script]: changedByte(contents[script] ?? "") };
  const lying = encodeManifest({ source, files: Object.entries(bent).map(fileOf) });
  const { code, found } = await findings({ "/code-manifest.json": { body: lying }, [script]: { body: bent[script] } });
  expect(code).toBe(1);
  expect(new Set(found)).toEqual(new Set(["different /code-manifest.json", `different ${script}`]));
});

test("CODE-04 missing and additional files are named", async () => {
  expect(await findings({ [script]: { status: 404 } })).toEqual({ code: 1, found: [`missing ${script}`] });
  const { [script]: _, ...fewer } = contents;
  const other = encodeManifest({ source, files: Object.entries({ ...fewer, "/extra.js": "1" }).map(fileOf) });
  expect((await findings({ "/code-manifest.json": { body: other } })).found).toEqual([
    "different /code-manifest.json",
    "additional /extra.js",
    `missing ${script}`,
  ]);
  for (const body of ["", "{}", utf8("{".repeat(1000))]) {
    const { code, found } = await findings({ "/code-manifest.json": { body } });
    expect([code, found]).toEqual([1, ["different /code-manifest.json"]]);
  }
  expect((await findings({ "/code-manifest.json": { status: 404 } })).found).toEqual(["missing /code-manifest.json"]);
});

test.each([
  ["inline code", pageOf("<script nonce='aGk='>alert(1)</script>"), undefined],
  ["a handler", pageOf("<img src=x onerror=alert(1)>"), undefined],
  ["a script that no build has", pageOf('<script src="/evil.js"></script>'), undefined],
  ["a script of another server", pageOf(`<script src="https://elsewhere.example${script}"></script>`), undefined],
  [
    "data that names such a file",
    pageOf('<script>self.__next_f.push([1,"/_next/static/evil.js"])</script>'),
    undefined,
  ],
  ["a policy that lets inline code run", pageOf(), "script-src 'self' 'unsafe-inline'"],
  ["a policy with another host", pageOf(), "script-src 'self' https://elsewhere.example"],
  ["a policy that says nothing of scripts", pageOf(), "default-src *"],
])("CODE-03 CODE-04 a page with %s is named", async (_, body, csp) => {
  const headers = csp === undefined ? {} : { headers: { "content-security-policy": csp } };
  expect(await findings({ "/login": { body, ...headers } })).toEqual({ code: 1, found: ["foreign /login"] });
});

test("CODE-05 it waits a bounded time, reads a bounded length and follows no redirect", async () => {
  expect(await findings({ [script]: undefined })).toEqual({ code: 2, found: [`unanswered ${script}`] });
  expect(await findings({ [script]: { body: new Uint8Array(20_000_000) } })).toEqual({
    code: 1,
    found: [`different ${script}`],
  });
  expect(await findings({ "/about": { body: new Uint8Array(5_000_000).fill(32) } })).toEqual({
    code: 1,
    found: ["foreign /about"],
  });
  const elsewhere = { status: 302, headers: { location: "/service-worker.js" } };
  expect(await findings({ [script]: elsewhere })).toEqual({ code: 1, found: [`missing ${script}`] });
});

test("CODE-05 what could not be looked at is never called the same", async () => {
  server.closeAllConnections();
  server.close();
  const report = await verifyBuild(origin, manifest, 500);
  expect(exitCodeOf(report)).toBe(2);
  expect(report.findings).toHaveLength(1 + 3 + publicPages.length);
  await expect(verifyBuild(origin, utf8("{}"))).rejects.toThrow(BadManifest);
});

test("CODE-04 every page that opens without an account is looked at", () => {
  const pages = readdirSync("app", { recursive: true, encoding: "utf8" })
    .filter((name) => path.basename(name) === "page.tsx" && !name.includes("["))
    .map((name) => `/${path.dirname(name).replace(/^\.$/, "")}`)
    .filter((address) => existsSync(path.join("app", address, "page.tsx")));
  expect([...publicPages].sort()).toEqual([...pages, "/no-page-is-here"].sort());
});
