/**
 * Which builds this browser has accepted, and their files. A build is taken whole, after each of its files had the hash
 * that its manifest names, or not at all (CODE-06). Nothing that the store holds is believed without hashing it again.
 */

import { fromJson, fromUtf8, utf8 } from "../../protocol/bytes";
import {
  codeManifestPath,
  isBuildHash,
  parseManifest,
  serviceWorkerPath,
  type CodeFile,
  type CodeManifest,
} from "../../protocol/code/manifest";
import { sha256Hex, type Ports } from "./ports";

export interface Build {
  /** SHA-256 of the manifest: the build hash. */
  readonly hash: string;
  readonly manifest: CodeManifest;
  readonly encoded: Uint8Array<ArrayBuffer>;
}

const acceptedName = "accepted";
/** Hash of the newest service worker that came as a build said. */
const workerName = "worker";
/** The newest, and the one before it, whose tabs may still be open. */
const keptBuilds = 2;
const filesAtOnce = 6;

/** The build that new pages run, then those whose open pages may go on. Empty before the first was taken. */
export async function acceptedBuilds(ports: Ports): Promise<Build[]> {
  const record = await ports.store.read(acceptedName);
  const hashes = record === undefined ? undefined : fromJson(record);
  if (!Array.isArray(hashes)) return [];
  const [newest, ...former] = hashes.filter(isBuildHash).slice(0, keptBuilds);
  if (newest === undefined) return [];
  const builds = [(await storedBuild(ports, newest)) ?? (await lostBuild(ports, newest))];
  for (const hash of former) {
    const build = await storedBuild(ports, hash);
    if (build !== undefined) builds.push(build);
  }
  return builds;
}

async function storedBuild({ store }: Ports, hash: string): Promise<Build | undefined> {
  const encoded = await store.read(manifestName(hash));
  const manifest = encoded && (await sha256Hex(encoded)) === hash ? parseManifest(encoded) : undefined;
  return encoded === undefined || manifest === undefined ? undefined : { hash, manifest, encoded };
}

/** Of what was accepted only the hash is left: the server may give the same manifest again, or no file belongs to it. */
async function lostBuild(ports: Ports, hash: string): Promise<Build> {
  const served = await servedBuild(ports);
  if (served.kind !== "build" || served.build.hash !== hash)
    return { hash, manifest: { source: "", files: [] }, encoded: new Uint8Array() };
  await ports.store.write(manifestName(hash), served.build.encoded).catch(() => undefined);
  return served.build;
}

function manifestName(hash: string): string {
  return `manifest-${hash}`;
}

export type Served =
  | { readonly kind: "build"; readonly build: Build }
  /** The server does not say which code it serves, or not in a form that can be read. */
  | { readonly kind: "unstated" }
  | { readonly kind: "unreachable" };

/** The build that the server states now. */
export async function servedBuild({ ask }: Ports): Promise<Served> {
  let encoded: Uint8Array<ArrayBuffer>;
  try {
    const response = await ask(codeManifestPath, "no-cache");
    if (response.status >= 500) return { kind: "unreachable" };
    if (!response.ok) return { kind: "unstated" };
    encoded = new Uint8Array(await response.arrayBuffer());
  } catch {
    return { kind: "unreachable" };
  }
  const manifest = parseManifest(encoded);
  if (manifest === undefined) return { kind: "unstated" };
  return { kind: "build", build: { hash: await sha256Hex(encoded), manifest, encoded } };
}

/** `path` names the first file that differs; `full`: the browser has no room for the build. */
export type Taken =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: "differs"; readonly path: string }
  | { readonly ok: false; readonly why: "full" };

/** Fetches and checks every file of `build`, and makes it the one that new pages run. */
export async function takeBuild(ports: Ports, build: Build): Promise<Taken> {
  const { store } = ports;
  const before = await acceptedBuilds(ports);
  const files = [...build.manifest.files];
  let wrong: string | undefined;
  const fill = async () => {
    for (let file = files.pop(); file !== undefined && wrong === undefined; file = files.pop()) {
      if ((await fileBytes(ports, file)) === undefined) wrong ??= file.path;
    }
  };
  await Promise.all(Array.from({ length: filesAtOnce }, fill));
  if (wrong !== undefined) {
    await dropFilesOf(ports, build);
    return { ok: false, why: "differs", path: wrong };
  }
  const kept = [build, ...before.filter(({ hash }) => hash !== build.hash)].slice(0, keptBuilds);
  try {
    await store.write(manifestName(build.hash), build.encoded);
    await store.write(acceptedName, utf8(JSON.stringify(kept.map(({ hash }) => hash))));
  } catch {
    await dropFilesOf(ports, build);
    return { ok: false, why: "full" };
  }
  await dropAllBut(ports, kept);
  return { ok: true };
}

/** Notes that the service worker which the newest build brought is there: a further one is a surprise again. */
export async function meetWorker(ports: Ports): Promise<void> {
  const worker = workerOf((await acceptedBuilds(ports))[0]);
  if (worker !== undefined) await ports.store.write(workerName, utf8(worker));
}

/** Whether a build was accepted that brings another service worker, and none came since. */
export async function expectsWorker({ store }: Ports, [current, former]: readonly Build[]): Promise<boolean> {
  const worker = workerOf(current);
  if (former === undefined || worker === workerOf(former)) return false;
  const met = await store.read(workerName);
  return met === undefined || fromUtf8(met) !== worker;
}

function workerOf(build: Build | undefined): string | undefined {
  return build?.manifest.files.find(({ path }) => path === serviceWorkerPath)?.sha256;
}

/** From now on nothing is accepted: what comes next is believed as on the first visit. */
export async function forgetBuilds(ports: Ports): Promise<void> {
  await dropAllBut(ports, []);
}

/** The bytes of a file, from the store or else from the server; `undefined` when neither has those of the manifest. */
export async function fileBytes(
  { store, ask }: Ports,
  { path, sha256, bytes: size }: CodeFile,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const name = `file-${sha256}`;
  const stored = await store.read(name);
  if (stored !== undefined && (await sha256Hex(stored)) === sha256) return stored;
  // What the page has just loaded is in the HTTP cache; when that is not it, the server is asked.
  for (const cache of ["default", "reload"] as const) {
    try {
      const response = await ask(path, cache);
      if (!response.ok) continue;
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length !== size || (await sha256Hex(bytes)) !== sha256) continue;
      // A full disk costs the copy, not the page.
      await store.write(name, bytes).catch(() => undefined);
      return bytes;
    } catch {
      // Not reachable.
    }
  }
  return undefined;
}

/** Of a build that was not taken. Touches no record: another page may have taken one meanwhile. */
async function dropFilesOf(ports: Ports, { manifest }: Build): Promise<void> {
  const wanted = (await acceptedBuilds(ports)).flatMap((build) => build.manifest.files.map(({ sha256 }) => sha256));
  for (const { sha256 } of manifest.files) if (!wanted.includes(sha256)) await ports.store.remove(`file-${sha256}`);
}

async function dropAllBut({ store }: Ports, builds: readonly Build[]): Promise<void> {
  const wanted = new Set(builds.length > 0 ? [acceptedName, workerName] : []);
  for (const { hash, manifest } of builds) {
    wanted.add(manifestName(hash));
    for (const { sha256 } of manifest.files) wanted.add(`file-${sha256}`);
  }
  for (const name of await store.names()) if (!wanted.has(name)) await store.remove(name);
}
