/**
 * The log's head as text (SPEC LOG-03): a C2SP tlog-checkpoint, which is a C2SP signed note, and the verifier key that
 * names who signs it. Signing and verifying are in lib/crypto/account/log-signature.ts.
 *   origin LF size LF base64(root) LF LF "— " name " " base64(key id 4 | signature 64) LF
 */
import { sha256 } from "@noble/hashes/sha2.js";

import { concatBytes, equalBytes, fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from "../bytes";
import { hashBytes } from "./merkle";

export interface Checkpoint {
  /** Names the log; the same as the name of its key. */
  readonly origin: string;
  /** Entries. */
  readonly size: number;
  /** Of the tree over them, 32 bytes. */
  readonly root: Uint8Array;
}

/** A log's public key under its name. */
export interface Verifier {
  readonly name: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface UnverifiedNote {
  readonly checkpoint: Checkpoint;
  /** What is signed: the text up to its last line feed. */
  readonly signed: Uint8Array;
  readonly signatures: readonly NoteSignature[];
}

interface NoteSignature {
  readonly name: string;
  /** The first 4 bytes of the key's hash. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** Three lines and the log's own signature are some 250 bytes; the rest is room for witnesses. */
export const noteMaxBytes = 4096;
export const verifierMaxLength = 512;
const signaturesMax = 16;
const keyIdBytes = 4;
const nameKeyBytes = 8;
const ed25519Type = Uint8Array.of(1);
const signatureBytes = 64;
const namePattern = /^[\x21-\x2a\x2c-\x7e]{1,255}$/;
const sizePattern = /^(0|[1-9]\d{0,15})$/;

/** A log has its name by its key: one that chose its name could make notes too long to go along with messages (LOG-13). */
export function logVerifier(publicKey: Uint8Array): Verifier {
  return { name: `sealroom/${toHex(publicKey.slice(0, nameKeyBytes))}`, publicKey };
}

/** First 4 bytes of SHA-256 over name, line feed, the type of Ed25519 and the key. */
export function keyIdOf({ name, publicKey }: Verifier): Uint8Array {
  return sha256(concatBytes(utf8(`${name}\n`), ed25519Type, publicKey)).slice(0, keyIdBytes);
}

/** `name+key id+key`, as signed notes write a verifier key. */
export function encodeVerifier(verifier: Verifier): string {
  const key = toBase64(concatBytes(ed25519Type, verifier.publicKey));
  return `${verifier.name}+${toHex(keyIdOf(verifier))}+${key}`;
}

/** `undefined`: no Ed25519 verifier key of a log of ours. */
export function decodeVerifier(text: string): Verifier | undefined {
  const [name, keyId, key] = splitTwice(text);
  const bytes = key === undefined ? undefined : fromBase64(key);
  if (bytes?.length !== 33 || bytes[0] !== 1) return undefined;
  const verifier = logVerifier(bytes.slice(1));
  if (name !== verifier.name) return undefined;
  const held = fromHex(keyId ?? "");
  return held !== undefined && equalBytes(held, keyIdOf(verifier)) ? verifier : undefined;
}

/** What the log signs. */
export function checkpointText({ origin, size, root }: Checkpoint): Uint8Array {
  return utf8(`${origin}\n${String(size)}\n${toBase64(root)}\n`);
}

export function encodeNote(checkpoint: Checkpoint, verifier: Verifier, signature: Uint8Array): string {
  const line = `— ${verifier.name} ${toBase64(concatBytes(keyIdOf(verifier), signature))}\n`;
  return `${fromUtf8(checkpointText(checkpoint)) ?? ""}\n${line}`;
}

/** `undefined`: not a checkpoint of our profile, which has no extension lines. No signature is checked. */
export function decodeNote(bytes: Uint8Array): UnverifiedNote | undefined {
  const text = bytes.length > noteMaxBytes ? undefined : fromUtf8(bytes);
  // Text, an empty line, signatures: nothing else, and a line feed at the end.
  const parts = text?.split("\n\n") ?? [];
  const [head, tail] = parts;
  if (parts.length !== 2 || head === undefined || tail?.endsWith("\n") !== true) return undefined;
  const checkpoint = readCheckpoint(head.split("\n"));
  const lines = tail.slice(0, -1).split("\n");
  const signatures = lines.length > signaturesMax ? [] : lines.map(readSignature);
  const found = signatures.flatMap((signature) => signature ?? []);
  if (checkpoint === undefined || found.length === 0 || found.length !== signatures.length) return undefined;
  return { checkpoint, signed: utf8(`${head}\n`), signatures: found };
}

function readCheckpoint([origin = "", sizeText = "", rootText = "", ...rest]: readonly string[]):
  Checkpoint | undefined {
  const root = fromBase64(rootText);
  const size = sizePattern.test(sizeText) ? Number(sizeText) : Number.NaN;
  if (rest.length > 0 || !namePattern.test(origin) || !Number.isSafeInteger(size)) return undefined;
  return root?.length === hashBytes ? { origin, size, root } : undefined;
}

function readSignature(line: string): NoteSignature | undefined {
  const [dash, name, value, ...rest] = line.split(" ");
  const bytes = value === undefined ? undefined : fromBase64(value);
  if (dash !== "—" || name === undefined || rest.length > 0 || !namePattern.test(name)) return undefined;
  if (bytes === undefined || bytes.length <= keyIdBytes) return undefined;
  return { name, keyId: bytes.slice(0, keyIdBytes), signature: bytes.slice(keyIdBytes) };
}

/** The signature of this key, when the note carries one of its size. */
export function signatureOf(note: UnverifiedNote, verifier: Verifier): Uint8Array | undefined {
  const keyId = keyIdOf(verifier);
  return note.signatures.find(
    ({ name, keyId: id, signature }) =>
      name === verifier.name && equalBytes(id, keyId) && signature.length === signatureBytes,
  )?.signature;
}

/** The name has no plus sign, the key's base64 may. */
function splitTwice(text: string): string[] {
  const first = text.indexOf("+");
  const second = text.indexOf("+", first + 1);
  return second < 0 ? [] : [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

/** What a checkpoint says, unverified; `undefined`: it is none. */
export function peekNote(note: string): Checkpoint | undefined {
  return decodeNote(utf8(note))?.checkpoint;
}
