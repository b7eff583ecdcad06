/**
 * Compares the code that a live server sends with a manifest that one has made or trusts: every file, the server's own
 * manifest, and what the public pages bring along (S29). Run by scripts/verify-build.mjs. SPEC CODE-04, CODE-05.
 */

import { codeManifestMaxBytes } from "../../protocol/limits";
import { codeManifestPath, parseManifest, type CodeFile, type CodeManifest } from "../../protocol/code/manifest";
import { boundedFetch } from "./bounded-fetch";
import { sha256Hex } from "./build-files";
import { examinePage } from "./examine-page";

export interface Finding {
  /**
   * different: other bytes than in the manifest. missing: no such file there. additional: stated by the server and
   * unknown here. foreign: code on a page that belongs to no file of the manifest. unanswered: could not be looked at.
   */
  readonly kind: "different" | "missing" | "additional" | "foreign" | "unanswered";
  readonly path: string;
  readonly detail: string;
}

export interface Report {
  readonly buildHash: string;
  /** What the server states; `undefined` when it states nothing. */
  readonly servedHash: string | undefined;
  readonly files: number;
  readonly pages: number;
  readonly findings: readonly Finding[];
}

/** Pages that open without an account, and one that is not there. A test compares them with the folder `app`. */
export const publicPages = [
  "/",
  "/about",
  "/join",
  "/keys",
  "/log",
  "/login",
  "/login/link",
  "/recover",
  "/register",
  "/reset",
  "/no-page-is-here",
];

const answerTimeoutMs = 30_000;
const pageMaxBytes = 4 * 1024 * 1024;
const atOnce = 4;

/** Not a manifest: exit code 2. */
export class BadManifest extends Error {}

/** `origin` such as `https://chat.example.org`; `encoded` is the manifest to compare with. */
export async function verifyBuild(origin: string, encoded: Uint8Array, timeoutMs = answerTimeoutMs): Promise<Report> {
  const manifest = parseManifest(encoded);
  if (manifest === undefined) throw new BadManifest("this is not a code manifest");
  const get = (path: string, maxBytes: number) => boundedFetch(origin + path, maxBytes, timeoutMs);
  const known = new Set(manifest.files.map(({ path }) => path));
  const stated = await compareManifests(get, manifest, encoded);
  const files = await eachOf(manifest.files, (file) => compareFile(get, file));
  const pages = await eachOf(publicPages, async (path): Promise<Finding[]> => {
    const fetched = await get(path, pageMaxBytes);
    if (fetched.kind === "unanswered") return [{ kind: "unanswered", path, detail: fetched.why }];
    return examinePage(fetched, origin, known).map((detail) => ({ kind: "foreign", path, detail }));
  });
  return {
    buildHash: sha256Hex(encoded),
    servedHash: stated.hash,
    files: manifest.files.length,
    pages: publicPages.length,
    findings: [...stated.findings, ...files.flat(), ...pages.flat()],
  };
}

/** 0: the same. 1: something differs. 2: nothing differs of what could be looked at, and not all could. */
export function exitCodeOf({ findings }: Report): 0 | 1 | 2 {
  if (findings.some(({ kind }) => kind !== "unanswered")) return 1;
  return findings.length === 0 ? 0 : 2;
}

type Get = (path: string, maxBytes: number) => ReturnType<typeof boundedFetch>;

async function compareManifests(get: Get, manifest: CodeManifest, encoded: Uint8Array) {
  const path = codeManifestPath;
  const fetched = await get(path, codeManifestMaxBytes);
  const only = (kind: Finding["kind"], detail: string) => ({ hash: undefined, findings: [{ kind, path, detail }] });
  if (fetched.kind === "unanswered") return only("unanswered", fetched.why);
  if (fetched.status !== 200) return only("missing", `answers ${fetched.status}`);
  const { bytes } = fetched;
  const served = bytes && parseManifest(bytes);
  if (bytes === undefined || served === undefined) return only("different", "is no manifest that can be read");
  const hash = sha256Hex(bytes);
  if (hash === sha256Hex(encoded)) return { hash, findings: [] };
  const own = new Map(manifest.files.map((file) => [file.path, file.sha256]));
  const theirs = new Map(served.files.map((file) => [file.path, file.sha256]));
  const findings: Finding[] = [{ kind: "different", path, detail: `states build ${hash}` }];
  for (const [name, sha256] of theirs) {
    const wanted = own.get(name);
    if (wanted === undefined) findings.push({ kind: "additional", path: name, detail: "stated by the server only" });
    else if (wanted !== sha256) findings.push({ kind: "different", path: name, detail: `the server states ${sha256}` });
  }
  for (const name of own.keys()) {
    if (!theirs.has(name)) findings.push({ kind: "missing", path: name, detail: "not stated by the server" });
  }
  return { hash, findings };
}

async function compareFile(get: Get, { path, sha256, bytes: size }: CodeFile): Promise<Finding[]> {
  const fetched = await get(path, size);
  if (fetched.kind === "unanswered") return [{ kind: "unanswered", path, detail: fetched.why }];
  if (fetched.status !== 200) return [{ kind: "missing", path, detail: `answers ${fetched.status}` }];
  if (fetched.bytes === undefined) return [{ kind: "different", path, detail: `has more than ${size} bytes` }];
  const found = sha256Hex(fetched.bytes);
  return found === sha256 ? [] : [{ kind: "different", path, detail: `${found} instead of ${sha256}` }];
}

/** The results in the order of `items`, a few at a time. */
async function eachOf<Item, Result>(items: readonly Item[], act: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += atOnce) {
    results.push(...(await Promise.all(items.slice(at, at + atOnce).map(act))));
  }
  return results;
}
