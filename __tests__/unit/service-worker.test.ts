/** What the service worker decides, with its real code over a store in memory and a server that does what it likes. */

import { fromUtf8, utf8 } from "@/lib/protocol/bytes";
import { encodeManifest } from "@/lib/protocol/code/manifest";
import {
  acceptedBuilds,
  expectsWorker,
  meetWorker,
  servedBuild,
  takeBuild,
  type Build,
} from "@/lib/client/service-worker/builds";
import { answerCode, answerConsent, answerPage } from "@/lib/client/service-worker/gate";
import { isWatchState } from "@/lib/client/service-worker/messages";
import { foreignOf } from "@/lib/client/service-worker/foreign";
import type { Ports } from "@/lib/client/service-worker/ports";
import { buildHash } from "@/lib/client/worker/build-hash";
import { buildHashGroups } from "@/lib/text/build-hash";
import { text } from "@/lib/text/catalogue";
import { sha256 } from "../support/bending-server";

const origin = "https://chat.example.org";
const script = "/_next/static/chunks/main.js";
const style = "/_next/static/chunks/site.css";
const data = 'self.__next_f.push([1,"hello"])';
const { page } = text.code;

/** The files of a server, and a browser that knows it. */
function world(code: string) {
  const served = new Map<string, string>();
  const stored = new Map<string, Uint8Array<ArrayBuffer>>();
  const asked: string[] = [];
  /** What there is no room for. */
  const full = new Set<string>();
  const deploy = (main: string, source = "ab".repeat(32), watchman = "watch") => {
    const contents: Record<string, string> = { [script]: main, [style]: "body {}", "/service-worker.js": watchman };
    const files = Object.entries(contents).map(([path, content]) => ({
      path,
      sha256: sha256(content),
      bytes: content.length,
    }));
    for (const [path, content] of Object.entries(contents)) served.set(path, content);
    const manifest = encodeManifest({ source, files });
    served.set("/code-manifest.json", fromUtf8(manifest) ?? "");
    return sha256(manifest);
  };
  const ports: Ports = {
    store: {
      read: async (name) => stored.get(name),
      write: async (name, bytes) => {
        if (full.has(name)) throw new DOMException("no room", "QuotaExceededError");
        stored.set(name, new Uint8Array(bytes));
      },
      remove: async (name) => void stored.delete(name),
      names: async () => [...stored.keys()],
    },
    ask: async (path) => {
      asked.push(path);
      const content = served.get(path);
      return content === undefined ? new Response(null, { status: 404 }) : new Response(content);
    },
  };
  const first = deploy(code);
  return { served, stored, full, asked, ports, deploy, first };
}

type World = ReturnType<typeof world>;

async function take({ ports }: World) {
  const served = await servedBuild(ports);
  if (served.kind !== "build") throw new Error(served.kind);
  return await takeBuild(ports, served.build);
}

async function accepted({ ports }: World): Promise<[Build, ...Build[]]> {
  const [current, ...more] = await acceptedBuilds(ports);
  if (current === undefined) throw new Error("nothing is accepted");
  return [current, ...more];
}

async function load(it: World, path: string) {
  const { response, refused } = await answerCode(it.ports, await accepted(it), path);
  return { status: response.status, body: await response.text(), refused };
}

const htmlHeaders = { "content-type": "text/html; charset=utf-8", "content-security-policy": "script-src 'nonce-x'" };
const goodPage = `<html><body><script src="${script}"></script><script>${data}</script></body></html>`;

/** Opens a page that the server answers with `html`. */
async function open(it: World, html: string, headers: Record<string, string> = htmlHeaders) {
  const fetched = new Response(html, { headers });
  const served = await servedBuild(it.ports);
  const { response, refused } = await answerPage(it.ports, await accepted(it), fetched, served, origin);
  const body = await response.text();
  const token = /name="token" value="([0-9a-f]+)"/.exec(body)?.[1];
  return { response, body, refused, token, policy: response.headers.get("content-security-policy") ?? "" };
}

describe("CODE-06 a build is taken whole or not at all", () => {
  test("after every file had the hash that the manifest names", async () => {
    const it = world("one");
    expect(await acceptedBuilds(it.ports)).toEqual([]);
    expect(await take(it)).toEqual({ ok: true });
    expect((await accepted(it)).map(({ hash }) => hash)).toEqual([it.first]);
    expect(it.asked.sort()).toEqual(["/code-manifest.json", "/service-worker.js", script, style].sort());
  });

  test("S29 one other byte in one file: nothing is taken, the file is named, what was accepted stays", async () => {
    const it = world("one");
    await take(it);
    it.deploy("two");
    it.served.set(script, "tw0");
    expect(await take(it)).toEqual({ ok: false, why: "differs", path: script });
    expect((await accepted(it)).map(({ hash }) => hash)).toEqual([it.first]);
    expect(await load(it, script)).toEqual({ status: 200, body: "one", refused: [] });
    // Of what was not taken nothing stays.
    expect(it.stored.size).toBe(5);
  });

  test("a browser without room takes nothing, keeps what it had, and says so", async () => {
    const it = world("one");
    await take(it);
    it.deploy("two");
    const { token = "" } = await open(it, goodPage);
    it.full.add("accepted");
    const answer = await answerConsent(it.ports, await accepted(it), token, `${origin}/`);
    expect(await answer?.text()).toContain(page.fullTitle);
    it.full.add("candidate");
    const { body, token: none } = await open(it, goodPage);
    expect([body.includes(page.fullTitle), none]).toEqual([true, undefined]);
    expect((await load(it, script)).body).toBe("one");
    it.full.clear();
    const { token: again = "" } = await open(it, goodPage);
    await answerConsent(it.ports, await accepted(it), again, `${origin}/`);
    expect((await load(it, script)).body).toBe("two");
  });

  test("two builds are kept, for pages that are open; what belongs to neither is deleted", async () => {
    const it = world("one");
    await take(it);
    const hashes = [it.first];
    for (const code of ["two", "three"]) {
      hashes.unshift(it.deploy(code));
      await take(it);
    }
    expect((await accepted(it)).map(({ hash }) => hash)).toEqual(hashes.slice(0, 2));
    expect([...it.stored.keys()]).not.toContain(`file-${sha256("one")}`);
    expect([...it.stored.keys()]).toContain(`file-${sha256("two")}`);
  });
});

describe("CODE-07 code is what was accepted", () => {
  test("it comes from the store, whatever the server has by now", async () => {
    const it = world("one");
    await take(it);
    it.served.set(script, "evil");
    expect(await load(it, script)).toEqual({ status: 200, body: "one", refused: [] });
  });

  test("S29 where the store has lost it, the server's bytes count only with the same hash", async () => {
    const it = world("one");
    await take(it);
    it.stored.delete(`file-${sha256("one")}`);
    it.served.set(script, "on3");
    expect(await load(it, script)).toEqual({ status: 403, body: "", refused: [script] });
    it.served.set(script, "one");
    expect((await load(it, script)).body).toBe("one");
  });

  test("what was changed in the store is not believed, neither files nor manifest", async () => {
    const it = world("one");
    await take(it);
    it.stored.set(`file-${sha256("one")}`, new Uint8Array(utf8("evil")));
    expect((await load(it, script)).body).toBe("one");
    it.stored.set(`manifest-${it.first}`, new Uint8Array(utf8("{}")));
    expect((await load(it, script)).body).toBe("one");
    expect(fromUtf8(it.stored.get(`manifest-${it.first}`) ?? new Uint8Array())).toContain(script);
  });

  test("S29 a manifest that the store has lost is taken again with the same hash only; until then nothing runs", async () => {
    const it = world("one");
    await take(it);
    const manifest = it.served.get("/code-manifest.json") ?? "";
    it.stored.delete(`manifest-${it.first}`);
    it.deploy("evil");
    expect(await load(it, script)).toEqual({ status: 403, body: "", refused: [script] });
    expect((await open(it, goodPage)).body).toContain(page.changedTitle);
    it.served.delete("/code-manifest.json");
    expect(await load(it, script)).toEqual({ status: 403, body: "", refused: [script] });
    expect((await open(it, goodPage)).body).toContain(page.unstatedTitle);
    it.served.set("/code-manifest.json", manifest);
    expect((await load(it, script)).body).toBe("one");
  });

  test("a path that no accepted build has is refused, here and elsewhere", async () => {
    const it = world("one");
    await take(it);
    it.served.set("/evil.js", "evil");
    for (const path of ["/evil.js", `https://elsewhere.example${script}`]) {
      expect(await load(it, path)).toEqual({ status: 403, body: "", refused: [path] });
    }
  });

  test("it comes with its type and a policy of its own", async () => {
    const it = world("one");
    await take(it);
    const { response } = await answerCode(it.ports, await accepted(it), script);
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("script-src 'self' 'wasm-unsafe-eval'");
  });
});

describe("CODE-08 pages bring data, not code", () => {
  test("a page goes through under the worker's policy, which names the hash of its data", async () => {
    const it = world("one");
    await take(it);
    const { body, refused, policy } = await open(it, goodPage);
    const hash = Buffer.from(sha256(data), "hex").toString("base64");
    expect([body, refused]).toEqual([goodPage, []]);
    expect(policy).toContain(`script-src 'self' 'sha256-${hash}' 'wasm-unsafe-eval'`);
  });

  test("S29 of the server's headers none takes the page out of the worker's hands", async () => {
    const it = world("one");
    await take(it);
    for (const type of ["text/html; charset=utf-8", "image/svg+xml"]) {
      const { response, policy } = await open(it, goodPage, {
        "content-type": type,
        "content-security-policy": "sandbox allow-scripts allow-forms",
        link: "</evil.js>; rel=preload; as=script",
        refresh: "0; url=https://elsewhere.example",
        "referrer-policy": "no-referrer",
      });
      expect(policy).not.toContain("sandbox");
      expect([...response.headers.keys()].sort()).toEqual([
        "content-security-policy",
        "content-type",
        "referrer-policy",
      ]);
    }
  });

  test("inline code and foreign files are named and get no place in the policy", async () => {
    const it = world("one");
    await take(it);
    const evil = `<script>alert(1)</script><script src="/evil.js"></script>`;
    const { refused, policy } = await open(it, goodPage + evil);
    expect(refused).toEqual(["<script>alert(1)", "/evil.js"]);
    expect(policy.match(/sha256-/g)).toHaveLength(1);
    expect(policy).not.toMatch(/script-src [^;]*unsafe-inline/);
  });

  test("a document that is no page runs nothing", async () => {
    const it = world("one");
    await take(it);
    const { policy } = await open(it, "<svg onload='alert(1)'/>", { "content-type": "image/svg+xml" });
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).not.toContain("script-src");
  });

  test("a page whose script cannot be had as accepted is not shown half", async () => {
    const it = world("one");
    await take(it);
    it.stored.delete(`file-${sha256("one")}`);
    it.served.set(script, "on3");
    const { body, refused } = await open(it, goodPage);
    expect(body).toContain(page.brokenTitle);
    expect(body).toContain(script);
    expect(refused).toEqual([script]);
  });
});

describe("CODE-09 a change is announced, and runs after a yes only", () => {
  test("the worker's own page names both builds, runs no script, and nothing is taken yet", async () => {
    const it = world("one");
    await take(it);
    const next = it.deploy("two");
    const { body, policy } = await open(it, goodPage);
    for (const hash of [it.first, next]) expect(body).toContain(buildHashGroups(hash));
    expect(body).not.toContain("<script");
    expect(policy).toMatch(/^default-src 'none'/);
    expect((await load(it, script)).body).toBe("one");
  });

  test("the yes needs the token of the newest question, and leads back to where one was", async () => {
    const it = world("one");
    await take(it);
    const next = it.deploy("two");
    const former = (await open(it, goodPage)).token ?? "";
    const { token = "" } = await open(it, goodPage);
    for (const wrong of [former, "", "0".repeat(32)]) {
      expect(await answerConsent(it.ports, await accepted(it), wrong, `${origin}/join?x=1`)).toBeUndefined();
    }
    const answer = await answerConsent(it.ports, await accepted(it), token, `${origin}/join?x=1#part`);
    expect([answer?.status, answer?.headers.get("location")]).toEqual([303, `${origin}/join?x=1`]);
    expect((await accepted(it)).map(({ hash }) => hash)).toEqual([next, it.first]);
    expect((await load(it, script)).body).toBe("two");
    expect(await answerConsent(it.ports, await accepted(it), token, origin)).toBeUndefined();
  });

  test("a yes is to the build that was shown: another one since then is not taken with it", async () => {
    const it = world("one");
    await take(it);
    it.deploy("two");
    const { token = "" } = await open(it, goodPage);
    it.deploy("evil");
    const answer = await answerConsent(it.ports, await accepted(it), token, `${origin}/`);
    expect(await answer?.text()).toContain(page.brokenTitle);
    expect((await load(it, script)).body).toBe("one");
  });

  test.each(["hash", "manifest"])(
    "S29 a yes to a build is never one to whatever comes, should its %s be lost",
    async (part) => {
      const it = world("one");
      await take(it);
      it.deploy("two");
      const { token = "" } = await open(it, goodPage);
      const record = JSON.parse(fromUtf8(it.stored.get("candidate") ?? new Uint8Array()) ?? "") as Record<
        string,
        unknown
      >;
      const { [part]: lost, ...rest } = record;
      expect(lost).toBeDefined();
      it.stored.set("candidate", new Uint8Array(utf8(JSON.stringify(rest))));
      expect(await answerConsent(it.ports, await accepted(it), token, `${origin}/`)).toBeUndefined();
      expect((await accepted(it)).map(({ hash }) => hash)).toEqual([it.first]);
    },
  );

  test("what an open page loads ahead of the build that is announced is no foreign code; other bytes of an accepted file are", async () => {
    const it = world("one");
    await take(it);
    const next = "/_next/static/chunks/next.js";
    const files = [
      { path: next, sha256: sha256("two"), bytes: 3 },
      { path: script, sha256: sha256("evil"), bytes: 4 },
    ];
    it.served.set("/code-manifest.json", fromUtf8(encodeManifest({ source: "cd".repeat(32), files })) ?? "");
    const served = await servedBuild(it.ports);
    expect(foreignOf([next, script, "/evil.js"], await accepted(it), served)).toEqual([script, "/evil.js"]);
    expect(foreignOf([next], await accepted(it), { kind: "unstated" })).toEqual([next]);
  });

  test("a worker that an accepted build brought is expected once; the next one is a surprise again", async () => {
    const it = world("one");
    await take(it);
    await meetWorker(it.ports);
    expect(await expectsWorker(it.ports, await accepted(it))).toBe(false);
    it.deploy("two", "ab".repeat(32), "another watchman");
    await take(it);
    expect(await expectsWorker(it.ports, await accepted(it))).toBe(true);
    await meetWorker(it.ports);
    expect(await expectsWorker(it.ports, await accepted(it))).toBe(false);
    it.deploy("three", "ab".repeat(32), "a third watchman");
    await take(it);
    expect(await expectsWorker(it.ports, await accepted(it))).toBe(true);
  });

  test("a server that states nothing and sends something else is announced too", async () => {
    const it = world("one");
    await take(it);
    it.served.delete("/code-manifest.json");
    expect((await open(it, goodPage)).body).toBe(goodPage);
    const { body, token = "" } = await open(it, `${goodPage}<script src="/other.js"></script>`);
    expect(body).toContain(page.unstatedTitle);
    await answerConsent(it.ports, await accepted(it), token, `${origin}/`);
    expect(await acceptedBuilds(it.ports)).toEqual([]);
  });
});

test("CODE-10 the store holds manifests, files and what was accepted, and nothing of pages", async () => {
  const it = world("one");
  await take(it);
  await open(it, `${goodPage}<p>alice</p>`);
  it.deploy("two");
  await open(it, `${goodPage}<p>alice</p>`);
  for (const [name, bytes] of it.stored) {
    expect(name).toMatch(/^(accepted|candidate|worker|(file|manifest)-[0-9a-f]{64})$/);
    expect(fromUtf8(bytes)).not.toContain("alice");
  }
});

test("CODE-10 what the worker tells pages is parsed", () => {
  const state = { type: "code", accepted: "ab".repeat(32), served: undefined, expectsAnother: false, refused: [] };
  expect(isWatchState(state)).toBe(true);
  for (const bad of [null, {}, { ...state, type: "x" }, { ...state, served: "x" }, { ...state, refused: [1] }]) {
    expect(isWatchState(bad)).toBe(false);
  }
});

describe("CODE-11 code says which build it is", () => {
  const source = "ef".repeat(32);
  const manifest = encodeManifest({ source, files: [] });
  const answering = (body: string | Uint8Array<ArrayBuffer>, status = 200) =>
    (() => Promise.resolve(new Response(body, { status }))) as typeof fetch;

  afterEach(() => {
    delete process.env["SEALROOM_SOURCE"];
  });

  test("by the manifest that names its own sources", async () => {
    process.env["SEALROOM_SOURCE"] = source;
    expect(await buildHash(answering(new Uint8Array(manifest)))).toBe(sha256(manifest));
  });

  test("and nothing when the server has another build by now, none, or is out of reach", async () => {
    expect(await buildHash(answering(new Uint8Array(manifest)))).toBeUndefined();
    process.env["SEALROOM_SOURCE"] = "00".repeat(32);
    expect(await buildHash(answering(new Uint8Array(manifest)))).toBeUndefined();
    process.env["SEALROOM_SOURCE"] = source;
    expect(await buildHash(answering("{}"))).toBeUndefined();
    expect(await buildHash(answering(new Uint8Array(manifest), 404))).toBeUndefined();
    expect(await buildHash(() => Promise.reject(new TypeError("offline")))).toBeUndefined();
  });
});
