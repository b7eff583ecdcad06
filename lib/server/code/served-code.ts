/** What this server states about the code it serves, read once at start. SPEC CODE-02. */

import { readFile } from "node:fs/promises";
import path from "node:path";

import { parseManifest } from "../../protocol/code/manifest";
import { manifestFile, serviceWorkerFile, sha256Hex } from "./build-files";

export interface ServedCode {
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly serviceWorker: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the manifest, in hex. */
  readonly buildHash: string;
}

/** `undefined` where there is no build: while developing, and in most tests. */
export async function loadServedCode(buildFolder: string): Promise<ServedCode | undefined> {
  const [manifest, serviceWorker] = await Promise.all([
    read(path.join(buildFolder, manifestFile)),
    read(path.join(buildFolder, serviceWorkerFile)),
  ]);
  if (manifest === undefined || serviceWorker === undefined || parseManifest(manifest) === undefined) return undefined;
  return { manifest, serviceWorker, buildHash: sha256Hex(manifest) };
}

async function read(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(file));
  } catch {
    return undefined;
  }
}
