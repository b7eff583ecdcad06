/**
 * What the service worker decides: which bytes run as code, which pages are shown, and when a person is asked first.
 * SPEC CODE-06 to CODE-10. While nothing is accepted it decides nothing and passes everything through.
 */

import { fromJson, fromUtf8, toHex, utf8 } from "../../protocol/bytes";
import { filePolicyOf, pagePolicyOf, stillPolicy } from "../../protocol/code/content-policy";
import { isBuildHash, parseManifest, type CodeFile } from "../../protocol/code/manifest";
import { pageCode } from "../../protocol/code/page-code";
import { announce, type Announcement } from "./announcement";
import { fileBytes, forgetBuilds, takeBuild, type Build, type Served } from "./builds";
import { sha256Hex, type Ports } from "./ports";

export interface Answer {
  readonly response: Response;
  /** What the server sent as code and was not let through. */
  readonly refused: readonly string[];
}

const candidateName = "candidate";
const tokenBytes = 16;

const contentTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  map: "application/json",
  svg: "image/svg+xml",
  wasm: "application/wasm",
};

/** The file at `path` out of an accepted build; a refusal when it is in none, whatever the server has there. */
export async function answerCode(ports: Ports, builds: readonly Build[], path: string): Promise<Answer> {
  for (const { manifest } of builds) {
    const file = manifest.files.find((candidate) => candidate.path === path);
    const bytes = file && (await fileBytes(ports, file));
    if (file !== undefined && bytes !== undefined) return { response: codeResponse(file, bytes), refused: [] };
  }
  return { response: new Response(null, { status: 403 }), refused: [path] };
}

/**
 * `fetched` is the server's answer to a navigation: the document itself, no redirect. `served` is what the server states
 * at this moment: where that is another build, the person is asked first, also when this page needs none of what is new.
 */
export async function answerPage(
  ports: Ports,
  builds: readonly [Build, ...Build[]],
  fetched: Response,
  served: Served,
  origin: string,
): Promise<Answer> {
  const [current] = builds;
  const type = fetched.headers.get("content-type") ?? "";
  // Other documents (SVG, XML) can bring scripts along as well; none of ours does.
  if (!/^text\/html\b/i.test(type)) return { response: underPolicy(fetched, fetched.body, stillPolicy), refused: [] };
  if (served.kind === "build" && served.build.hash !== current.hash)
    return await askAbout(ports, served.build, current, origin);
  const html = await fetched.text();
  const { addresses, data, foreign } = pageCode(html);
  const known = new Set(current.manifest.files.map(({ path }) => path));
  const refused = [...foreign, ...addresses.filter((address) => !known.has(pathOf(address, origin) ?? ""))];
  if (refused.length > 0 && served.kind === "unstated") return await askAbout(ports, undefined, current, origin);
  for (const address of addresses) {
    // A page without one of its scripts would stand still and say nothing.
    const file = current.manifest.files.find(({ path }) => path === pathOf(address, origin));
    if (file !== undefined && (await fileBytes(ports, file)) === undefined) {
      return { response: announce({ kind: "broken", path: file.path }, current, origin), refused: [file.path] };
    }
  }
  const hashes = await Promise.all(data.map(async (text) => `'sha256-${await sha256Base64(text)}'`));
  const response = underPolicy(fetched, html, pagePolicyOf([...new Set(hashes)], []));
  response.headers.set("content-type", "text/html; charset=utf-8");
  return { response, refused };
}

/** The answer to a form of ours; `undefined` when `token` is not of the newest one. `address` is the page that waits. */
export async function answerConsent(
  ports: Ports,
  builds: readonly [Build, ...Build[]],
  token: string,
  address: string,
): Promise<Response | undefined> {
  const { store } = ports;
  const record = await store.read(candidateName);
  const kept = record === undefined ? undefined : fromJson(record);
  if (typeof kept !== "object" || kept === null || !("token" in kept) || kept.token !== token) return undefined;
  const { origin, pathname, search } = new URL(address);
  if (!("hash" in kept) && !("manifest" in kept)) {
    await forgetBuilds(ports);
  } else {
    // A yes to a build is never one to anything else: with half of the question there is no answer.
    if (!("hash" in kept) || !("manifest" in kept) || typeof kept.manifest !== "string") return undefined;
    const encoded = new Uint8Array(utf8(kept.manifest));
    const hash = await sha256Hex(encoded);
    const manifest = parseManifest(encoded);
    if (manifest === undefined || !isBuildHash(kept.hash) || kept.hash !== hash) return undefined;
    const taken = await takeBuild(ports, { hash, manifest, encoded });
    if (!taken.ok) {
      const said: Announcement = taken.why === "full" ? { kind: "full" } : { kind: "broken", path: taken.path };
      return announce(said, builds[0], origin);
    }
  }
  return Response.redirect(origin + pathname + search, 303);
}

/** The page that asks about a build, or, for `undefined`, about code that the server does not state. */
async function askAbout(ports: Ports, build: Build | undefined, current: Build, origin: string): Promise<Answer> {
  const token = await keepCandidate(ports, build);
  return { response: announce(questionOf(build, current, token), current, origin), refused: [] };
}

function questionOf(build: Build | undefined, current: Build, token: string | undefined): Announcement {
  if (token === undefined) return { kind: "full" };
  if (build === undefined) return { kind: "unstated", token };
  return { kind: "changed", from: current.hash, to: build.hash, token };
}

/** What a person is being asked about, in one record. A later question takes the place of a former one. `undefined`: no room for it. */
async function keepCandidate({ store }: Ports, build: Build | undefined): Promise<string | undefined> {
  const token = toHex(crypto.getRandomValues(new Uint8Array(tokenBytes)));
  const about = build === undefined ? {} : { hash: build.hash, manifest: fromUtf8(build.encoded) };
  try {
    await store.write(candidateName, utf8(JSON.stringify({ token, ...about })));
  } catch {
    return undefined;
  }
  return token;
}

function codeResponse({ path }: CodeFile, bytes: Uint8Array<ArrayBuffer>): Response {
  const extension = path.slice(path.lastIndexOf(".") + 1);
  return new Response(bytes, {
    headers: {
      "content-type": contentTypes[extension] ?? "application/octet-stream",
      "content-security-policy": filePolicyOf([]),
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
    },
  });
}

/**
 * What the server may still say of a document. Not its policy: one with `sandbox` would take the page out of the worker's hands, and
 * what it loads then would come past us. Nor anything else that a browser may come to heed.
 */
const keptHeaders = [
  "cache-control",
  "content-type",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "permissions-policy",
  "referrer-policy",
  "x-content-type-options",
  "x-frame-options",
];

/** The same answer under our policy. */
function underPolicy(fetched: Response, body: BodyInit | null, policy: string): Response {
  const { status, statusText } = fetched;
  const headers = new Headers({ "content-security-policy": policy });
  for (const name of keptHeaders) {
    const value = fetched.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const isWithoutBody = status === 204 || status === 205 || status === 304;
  return new Response(isWithoutBody ? null : body, { status, statusText, headers });
}

function pathOf(address: string, origin: string): string | undefined {
  if (!URL.canParse(address, origin)) return undefined;
  const url = new URL(address, origin);
  return url.origin === origin ? url.pathname : undefined;
}

async function sha256Base64(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
