/** The manifest of code, what pages may bring along inline, and the hash of the sources that a build is named after. */

import { execFile } from "node:child_process";
import { appendFile, cp, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { fromUtf8, utf8 } from "@/lib/protocol/bytes";
import { encodeManifest, parseManifest, type CodeFile } from "@/lib/protocol/code/manifest";
import { chunksNamedIn, isBootstrapData, pageCode } from "@/lib/protocol/code/page-code";

const runNode = promisify(execFile);
const source = "ab".repeat(32);
const file = (name: string, more: Partial<CodeFile> = {}): CodeFile => ({
  path: name,
  sha256: "12".repeat(32),
  bytes: 3,
  ...more,
});
const files = [file("/service-worker.js"), file("/_next/static/chunks/0-a_b~c.js")];

test("CODE-01 the name of a build depends on the bytes of the sources, not on place, time or git", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "sealroom-source-"));
  const hash = async (...args: string[]) => {
    const program = `import("./scripts/prepare.mjs").then((it) => console.log(it.codeSourceHash(...process.argv.slice(1))))`;
    return (await runNode(process.execPath, ["-e", program, ...args])).stdout.trim();
  };
  for (const name of ["app", "lib", "patches", "next.config.mjs", "package-lock.json", "proxy.ts", "tsconfig.json"]) {
    await cp(name, path.join(folder, name), { recursive: true });
  }
  await cp("scripts/bundle-server.mjs", path.join(folder, "scripts/bundle-server.mjs"));
  const here = await hash();
  expect(here).toMatch(/^[0-9a-f]{64}$/);
  await utimes(path.join(folder, "app/page.tsx"), 0, 0);
  expect(await hash(folder)).toBe(here);
  // Nobody is asked to accept a change that does not reach a browser.
  await appendFile(path.join(folder, "lib/server/env.ts"), "\n");
  expect(await hash(folder)).toBe(here);
  await writeFile(path.join(folder, "app/page.tsx"), " ", { flag: "a" });
  expect(await hash(folder)).not.toBe(here);
  await rm(folder, { recursive: true, force: true });
});

describe("CODE-02 a manifest has one encoding", () => {
  const encoded = encodeManifest({ source, files });
  const text = fromUtf8(encoded) ?? "";
  const changed = (from: string, to: string) => {
    expect(text).toContain(from);
    return parseManifest(utf8(text.replace(from, to)));
  };

  test("it is sorted, whatever order the files come in, and reads back", () => {
    expect(encodeManifest({ source, files: [...files].reverse() })).toEqual(encoded);
    expect(parseManifest(encoded)).toEqual({ source, files: [files[1], files[0]] });
  });

  test("every other spelling is refused", () => {
    expect(parseManifest(utf8(`${text} `))).toBeUndefined();
    expect(parseManifest(utf8(text.trimEnd()))).toBeUndefined();
    expect(changed('"bytes":3', '"bytes": 3')).toBeUndefined();
    expect(changed('"bytes":3', '"bytes":3.0')).toBeUndefined();
    expect(changed('"bytes":3', '"bytes":3,"more":1')).toBeUndefined();
    expect(changed('"format"', '"more":1,"format"')).toBeUndefined();
    expect(parseManifest(utf8(text.split("\n").reverse().join("\n")))).toBeUndefined();
  });

  test("what is no manifest is refused without a throw", () => {
    expect(changed("sealroom-code-1", "sealroom-code-2")).toBeUndefined();
    expect(changed("121212", "12121G")).toBeUndefined();
    expect(changed(source, source.slice(2))).toBeUndefined();
    expect(changed('"bytes":3', '"bytes":-3')).toBeUndefined();
    expect(changed('"bytes":3', '"bytes":99999999')).toBeUndefined();
    for (const bad of ["", "null", "[]", "{}", '{"format":"sealroom-code-1","source":"x","files":{}}', "\xff"]) {
      expect(parseManifest(utf8(bad))).toBeUndefined();
    }
    expect(parseManifest(new Uint8Array(300 * 1024).fill(32))).toBeUndefined();
  });

  test("paths are plain, begin at the root and are there once", () => {
    for (const bad of [
      "a.js",
      "//host/a.js",
      "/../a.js",
      "/./a.js",
      "/a b.js",
      "/a.js?x",
      "/%61.js",
      "/a/",
      "https://h/a",
    ]) {
      expect(() => encodeManifest({ source, files: [file(bad)] })).toThrow("not a code manifest");
    }
    expect(() => encodeManifest({ source, files: [file("/a.js"), file("/a.js")] })).toThrow("not a code manifest");
  });
});

describe("CODE-03 what pages bring along inline is data", () => {
  const start =
    '(globalThis["TURBOPACK"] || (globalThis["TURBOPACK"] = [])).push({"otherChunks":["static/chunks/a.js"],"runtimeModuleIds":[1]});';
  const flight = String.raw`self.__next_f.push([1,"1:\"$Sreact.fragment\"\n2:\"/_next/static/chunks/b.js\""])`;

  test("the three forms, and base64", () => {
    for (const data of [
      "(self.__next_f=self.__next_f||[]).push([0])",
      flight,
      start,
      'self.__next_f.push([3,"AAEC"])',
    ]) {
      expect([data, isBootstrapData(data)]).toEqual([data, true]);
    }
  });

  test.each([
    "alert(1)",
    "",
    `${flight};alert(1)`,
    `alert(1);${flight}`,
    "self.__next_f.push([1,alert(1)])",
    "self.__next_f.push([1,`${alert(1)}`])",
    'self.__next_f.push([1,"a"],alert(1))',
    'self.__next_f.push([1,"a",alert(1)])',
    'self.__next_f.push([2,{"a":1}])',
    'self.__next_f.push([1,"a"+alert(1)+""])',
    'self.__next_f.push([1,"a"])\nalert([1])',
    'self.__next_f.push([1,["a"]])',
    start.replace("[1]", "[alert(1)]"),
    start.replace('"runtimeModuleIds"', '"run":1,"runtimeModuleIds"'),
    `${start}alert({})`,
    "(self.__next_f=self.__next_f||[]).push([0]);alert(1)",
  ])("nothing else: %s", (text) => {
    expect(isBootstrapData(text)).toBe(false);
  });

  test("a page's scripts, style sheets and inline code are found however they are written", () => {
    const page = (body: string) => pageCode(`<!doctype html><html><body>${body}</body></html>`);
    expect(page(`<script nonce="x">${flight}</script><SCRIPT Src='/a.js' async></SCRIPT>`)).toEqual({
      addresses: ["/a.js"],
      data: [flight],
      foreign: [],
    });
    expect(
      page("<link rel=modulepreload href=/b.js><link href='/c.css?a=1&amp;b' rel='stylesheet'>").addresses,
    ).toEqual(["/b.js", "/c.css?a=1&b"]);
    expect(page('<link rel="icon" href="/icon.svg">').addresses).toEqual([]);
    for (const bad of [
      "<script>alert(1)</script>",
      "<script>alert(1)",
      '<script type="importmap">{}</script>',
      '<img src="x" onerror="alert(1)">',
      "<img src=x onerror=alert(1)>",
      "<svg/onload=alert(1)>",
      '<a title=">" onclick="alert(1)">x</a>',
      '<a href="javascript:alert(1)">x</a>',
      "<iframe src='/a.html'></iframe>",
      '<base href="https://elsewhere.example/">',
      "<object data=a.swf></object>",
    ]) {
      expect([bad, page(bad).foreign.length]).toEqual([bad, 1]);
    }
    expect(
      page('<p title="onclick=1">Talk about <b title="javascript:x">onerror=x</b> &lt;script&gt;</p>').foreign,
    ).toEqual([]);
  });

  test.each([
    `<script nonce=q a=b"c>alert(1)</script><!--" ><script>${flight}</script>`,
    `<script x="'" y='"'z src="/a.js">alert(1)</script>`,
    `<script data-x=" src=/a.js ">alert(1)</script>`,
    `<script x\u00a0src="/a.js">alert(1)</script>`,
    `<script/src="/a.js">alert(1)</script>`,
    `<script src="/a.js" <script>alert(1)</script>`,
    `<!--<script>${flight}<script>alert(1)</script>`,
    `<script title="<script>alert(1)</script>">${flight}</script>`,
    `<script>${flight}</script\u00a0><img src=x></script>`,
  ])("a script tag that could be read in two ways is foreign: %s", (html) => {
    expect(pageCode(html).foreign).not.toEqual([]);
  });

  test("files that the data names are found", () => {
    const html = `<script>${start}</script><script>${flight}</script><script src="/_next/static/chunks/c.js"></script>`;
    expect(chunksNamedIn(html)).toEqual(["a", "b", "c"].map((name) => `/_next/static/chunks/${name}.js`));
  });
});
