/**
 * Sealing of what a browser stores: AES-256-GCM under a key that WebCrypto holds and never shows. It keeps a copied
 * profile directory or a stray database dump unreadable to all that cannot run code in this browser profile.
 * Layout: version (1) | sealed (aes-gcm.ts). The context names the place of the record, so that
 * records cannot trade places (ACC-15).
 */
import { concatBytes, utf8 } from "@/lib/protocol/bytes";
import { open, seal } from "./aes-gcm";

const formatVersion = 1;
const label = "sealroom/at-rest/v1";

/** Non-extractable; IndexedDB stores the handle, never the bytes. */
export async function makeAtRestKey(): Promise<CryptoKey> {
  return await globalThis.crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** False for whatever else a damaged database may hold in its place. Not `instanceof`: handles cross realms. */
export function isAtRestKey(value: unknown): value is CryptoKey {
  return (
    Object.prototype.toString.call(value) === "[object CryptoKey]" && (value as CryptoKey).algorithm.name === "AES-GCM"
  );
}

/** Random nonces: at 2^32 records under one key a repeat has a chance of 2^-33 (NIST SP 800-38D section 8.3). */
export async function sealAtRest(key: CryptoKey, context: string, plaintext: Uint8Array): Promise<Uint8Array> {
  return concatBytes(Uint8Array.of(formatVersion), await seal(key, bindingOf(context), plaintext));
}

/** `undefined`: not sealed by this key for this context, or damaged. */
export async function openAtRest(key: CryptoKey, context: string, sealed: Uint8Array): Promise<Uint8Array | undefined> {
  return sealed[0] === formatVersion ? await open(key, bindingOf(context), sealed.subarray(1)) : undefined;
}

/** The label has no NUL and a fixed length, so label and context cannot run into each other. */
function bindingOf(context: string): Uint8Array {
  return utf8(`${label}\0${context}`);
}
