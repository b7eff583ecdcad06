/**
 * The code manifest: every file that a browser runs, or that decides what it runs, with size and SHA-256. SPEC CODE.
 * One list has one encoding, so the SHA-256 of the manifest's own bytes, the build hash, stands for all of the code.
 */

import { fromUtf8, utf8 } from "../bytes";
import { codeFileMaxBytes, codeManifestMaxBytes, codeMaxFiles } from "../limits";

/** Where a server states which code it serves. */
export const codeManifestPath = "/code-manifest.json";
export const serviceWorkerPath = "/service-worker.js";
/** Below this path a server has no file that the manifest does not name. */
export const staticPath = "/_next/static/";

export interface CodeFile {
  /** Path of the URL, without query. */
  readonly path: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface CodeManifest {
  /** SHA-256 over what the code was built from; compiled into the code too, so that it knows its own manifest. */
  readonly source: string;
  /** Sorted by path; paths are different. */
  readonly files: readonly CodeFile[];
}

const format = "sealroom-code-1";
const digest = /^[0-9a-f]{64}$/;
/** Segments of plain characters that do not begin with a dot: one spelling per path, and none that leads upwards. */
const plainPath = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/;

export function isBuildHash(text: unknown): text is string {
  return typeof text === "string" && digest.test(text);
}

/** JSON with one file per line, so that two manifests can be compared by eye. Throws when it is none that can be read. */
export function encodeManifest({ source, files }: CodeManifest): Uint8Array {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const lines = sorted.map(({ path, sha256, bytes }) => JSON.stringify({ path, sha256, bytes }));
  const encoded = utf8(`{"format":"${format}","source":"${source}","files":[\n${lines.join(",\n")}\n]}\n`);
  if (read(encoded) === undefined) throw new Error("not a code manifest");
  return encoded;
}

/** `undefined` for bytes that are not exactly what `encodeManifest` makes of what they say. */
export function parseManifest(encoded: Uint8Array): CodeManifest | undefined {
  const manifest = read(encoded);
  if (manifest === undefined) return undefined;
  const again = encodeManifest(manifest);
  const isSame = again.length === encoded.length && again.every((byte, at) => byte === encoded[at]);
  return isSame ? manifest : undefined;
}

function read(encoded: Uint8Array): CodeManifest | undefined {
  if (encoded.length > codeManifestMaxBytes) return undefined;
  const text = fromUtf8(encoded);
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value["format"] !== format) return undefined;
  const { source, files } = value;
  if (!isBuildHash(source) || !Array.isArray(files) || files.length > codeMaxFiles) return undefined;
  const entries = files as unknown[];
  if (!entries.every(isCodeFile)) return undefined;
  if (new Set(entries.map(({ path }) => path)).size !== entries.length) return undefined;
  return { source, files: entries };
}

function isCodeFile(value: unknown): value is CodeFile {
  if (!isRecord(value)) return false;
  const { path, sha256, bytes } = value;
  const isSize = typeof bytes === "number" && Number.isInteger(bytes) && bytes >= 0 && bytes <= codeFileMaxBytes;
  return isSize && typeof path === "string" && plainPath.test(path) && isBuildHash(sha256);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
