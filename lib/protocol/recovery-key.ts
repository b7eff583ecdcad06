/**
 * Keys that a person prints, keeps and types again: 128 bits and a checksum of 32, as eight groups of four digits in
 * Crockford's base 32, which has no I, L, O and U (SPEC REC-01). Pure. The checksum depends on what the key is for, so a
 * key of the other kind and nearly every slip of the hand are caught before anybody is asked.
 */
import { sha256 } from "@noble/hashes/sha2.js";

import { concatBytes, equalBytes, utf8 } from "./bytes";

/** `recovery`: opens the vault. `reset`: the host's word that a new account key may take the name. */
export type PrintedKeyKind = "recovery" | "reset";

export type ParsedPrintedKey =
  | { readonly ok: true; readonly key: Uint8Array }
  | {
      readonly ok: false;
      /** `character`: a sign that no key has. `length`: too short or too long. `checksum`: some sign is another one. */
      readonly reason: "character" | "length" | "checksum";
    };

export const printedKeyBytes = 16;
const checksumBytes = 4;
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const digits = ((printedKeyBytes + checksumBytes) * 8) / 5;
const groupDigits = 4;

/** Such as `7ZQ4-0F3K-...`, 39 characters. */
export function printKey(kind: PrintedKeyKind, key: Uint8Array): string {
  if (key.length !== printedKeyBytes) throw new RangeError("a printed key has 16 bytes");
  const text = toBase32(concatBytes(key, checksumOf(kind, key)));
  return Array.from({ length: digits / groupDigits }, (_, group) =>
    text.slice(group * groupDigits, (group + 1) * groupDigits),
  ).join("-");
}

/** As typed: any case, spaces and dashes anywhere, O for 0, I and L for 1. */
export function parsePrintedKey(kind: PrintedKeyKind, typed: string): ParsedPrintedKey {
  const text = typed
    .toUpperCase()
    .replace(/[\s\u2010-\u2015-]/g, "")
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
  if (/[^0-9A-HJKMNP-TV-Z]/.test(text)) return { ok: false, reason: "character" };
  if (text.length !== digits) return { ok: false, reason: "length" };
  const bytes = fromBase32(text);
  const key = bytes.slice(0, printedKeyBytes);
  return equalBytes(bytes.subarray(printedKeyBytes), checksumOf(kind, key))
    ? { ok: true, key }
    : { ok: false, reason: "checksum" };
}

function checksumOf(kind: PrintedKeyKind, key: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8(`sealroom/printed-key/v1/${kind}/`), key)).subarray(0, checksumBytes);
}

/** Whole groups of five bytes only: 160 bits are 32 digits without a rest. */
function toBase32(bytes: Uint8Array): string {
  let text = "";
  let [bits, bitCount] = [0, 0];
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff;
    bitCount += 8;
    while (bitCount >= 5) {
      bitCount -= 5;
      text += alphabet.charAt((bits >> bitCount) & 31);
    }
  }
  return text;
}

function fromBase32(text: string): Uint8Array {
  const bytes: number[] = [];
  let [bits, bitCount] = [0, 0];
  for (const digit of text) {
    bits = ((bits << 5) | alphabet.indexOf(digit)) & 0xffff;
    bitCount += 5;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes.push((bits >> bitCount) & 255);
    }
  }
  return Uint8Array.from(bytes);
}
