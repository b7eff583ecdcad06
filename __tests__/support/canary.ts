/**
 * Looks for traces of a secret in bytes: as text in UTF-8 or UTF-16, in hex, in base64 at each of its three alignments.
 * Used to show that what a thief can take (T1) and what a browser sends (S26) holds no secret. A search that finds
 * nothing proves nothing unless the same search finds what is there, so each use looks for a planted one too.
 */

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

interface Form {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Shorter secrets would turn up by chance in their shortest form. */
const shortestSecretBytes = 8;

/** The forms in which the secret is searched for. */
export function formsOf(secret: string): readonly Form[] {
  const bytes = Buffer.from(secret, "utf8");
  if (bytes.length < shortestSecretBytes) throw new RangeError("too short to be told from chance");
  const little = Buffer.from(secret, "utf16le");
  const hex = bytes.toString("hex");
  return [
    { name: "utf-8", bytes },
    { name: "utf-16le", bytes: little },
    { name: "utf-16be", bytes: Buffer.from(little).swap16() },
    { name: "hex", bytes: Buffer.from(hex) },
    { name: "HEX", bytes: Buffer.from(hex.toUpperCase()) },
    ...[0, 1, 2].flatMap((offset) => base64Forms(bytes, offset)),
  ];
}

/** Only the characters that do not depend on what stands before and after the secret. */
function base64Forms(secret: Buffer, offset: number): readonly Form[] {
  const shifted = Buffer.concat([Buffer.alloc(offset), secret]);
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor((shifted.length * 8) / 6);
  return (["base64", "base64url"] as const).map((encoding) => ({
    name: `${encoding}+${offset}`,
    bytes: Buffer.from(shifted.toString(encoding).slice(first, end)),
  }));
}

/** Names of the forms in which the secret is there. */
export function findTraces(haystack: Uint8Array, secret: string): string[] {
  const bytes = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.byteLength);
  return formsOf(secret)
    .filter((form) => bytes.includes(form.bytes))
    .map((form) => form.name);
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `file: form` for each trace in any of them. */
export function tracesIn(pieces: readonly NamedBytes[], secret: string): string[] {
  return pieces.flatMap(({ name, bytes }) => findTraces(bytes, secret).map((form) => `${name}: ${form}`));
}

/** Every file under a folder. */
export async function readTree(folder: string): Promise<NamedBytes[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (name) => ({ name: path.relative(folder, name), bytes: await readFile(name) })));
}
