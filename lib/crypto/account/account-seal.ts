/**
 * Seals what an account's devices keep for each other: AES-256-GCM under a key derived from the account secret for one
 * account and one purpose. The place is authenticated, so nothing opens at another one (S24).
 * Layout: format (1) | nonce (12) | ciphertext and tag.
 */
import { concatBytes, fromHex, utf8 } from "@/lib/protocol/bytes";
import { randomBytes } from "../random";
import { unshared } from "../unshared";

const formatVersion = 1;
const nonceBytes = 12;
const tagBytes = 16;

export interface SealPlace {
  /** The label of the purpose; the key is derived for it. */
  readonly purpose: `sealroom/${string}/v1`;
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** Where among all that is sealed for the purpose. */
  readonly at: readonly (string | number)[];
}

export async function sealForAccount(secret: Uint8Array, place: SealPlace, plaintext: Uint8Array): Promise<Uint8Array> {
  const nonce = randomBytes(nonceBytes);
  const key = await keyOf(secret, place);
  const sealed = await globalThis.crypto.subtle.encrypt(gcm(nonce, place), key, unshared(plaintext));
  return concatBytes(Uint8Array.of(formatVersion), nonce, new Uint8Array(sealed));
}

/** `undefined`: not sealed with this secret for this place, or damaged. */
export async function openForAccount(
  secret: Uint8Array,
  place: SealPlace,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (sealed[0] !== formatVersion || sealed.length < 1 + nonceBytes + tagBytes) return undefined;
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const key = await keyOf(secret, place);
  try {
    const ciphertext = unshared(sealed.subarray(1 + nonceBytes));
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(gcm(nonce, place), key, ciphertext));
  } catch {
    return undefined;
  }
}

async function keyOf(secret: Uint8Array, { purpose, accountId }: SealPlace): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto;
  const base = await subtle.importKey("raw", unshared(secret), "HKDF", false, ["deriveKey"]);
  const salt = unshared(fromHex(accountId) ?? new Uint8Array());
  const hkdf = { name: "HKDF", hash: "SHA-256", salt, info: unshared(utf8(purpose)) };
  return await subtle.deriveKey(hkdf, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

function gcm(nonce: Uint8Array, { purpose, accountId, at }: SealPlace): AesGcmParams {
  const additionalData = unshared(utf8([purpose, accountId, ...at].join("/")));
  return { name: "AES-GCM", iv: unshared(nonce), additionalData };
}
