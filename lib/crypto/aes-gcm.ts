/**
 * AES-256-GCM with a random nonce, and keys for it (NIST SP 800-38D, RFC 5869).
 * Layout of what is sealed: nonce (12) | ciphertext | tag (16).
 */
import { concatBytes } from "@/lib/protocol/bytes";
import { randomBytes } from "./random";
import { unshared } from "./unshared";

export const nonceBytes = 12;
export const tagBytes = 16;
const usages = ["encrypt", "decrypt"] as const;

/** `binding` is authenticated and not encrypted: what is sealed opens nowhere else. */
export async function seal(key: CryptoKey, binding: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
  const nonce = randomBytes(nonceBytes);
  const sealed = await globalThis.crypto.subtle.encrypt(gcm(nonce, binding), key, unshared(plaintext));
  return concatBytes(nonce, new Uint8Array(sealed));
}

/** `undefined`: not sealed with this key for this binding, or damaged. */
export async function open(key: CryptoKey, binding: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | undefined> {
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const algorithm = gcm(sealed.subarray(0, nonceBytes), binding);
  try {
    const ciphertext = unshared(sealed.subarray(nonceBytes));
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(algorithm, key, ciphertext));
  } catch {
    return undefined;
  }
}

/** The key itself: 32 bytes. */
export async function importKey(key: Uint8Array): Promise<CryptoKey> {
  return await globalThis.crypto.subtle.importKey("raw", unshared(key), "AES-GCM", false, usages);
}

/** HKDF-SHA-256: the same secret gives another key for each salt and each info. */
export async function deriveKey(secret: Uint8Array, salt: Uint8Array, info: Uint8Array): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto;
  const base = await subtle.importKey("raw", unshared(secret), "HKDF", false, ["deriveKey"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: unshared(salt), info: unshared(info) };
  return await subtle.deriveKey(hkdf, base, { name: "AES-GCM", length: 256 }, false, usages);
}

function gcm(nonce: Uint8Array, binding: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: unshared(nonce), additionalData: unshared(binding) };
}
