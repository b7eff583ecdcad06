/**
 * Seals the keyring for the server to keep (SPEC KEY-01): AES-256-GCM under a key derived from the account secret for
 * this account and this purpose. Account id and version are authenticated, so neither another account's keyring nor
 * this one under another number opens (S24). Layout: format (1) | nonce (12) | ciphertext and tag.
 */
import { concatBytes, fromHex, utf8 } from "@/lib/protocol/bytes";
import { randomBytes } from "../random";
import { unshared } from "../unshared";

const label = "sealroom/keyring/v1";
const formatVersion = 1;
const nonceBytes = 12;
const tagBytes = 16;

export interface KeyringPlace {
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** From 1; grows with every save. */
  readonly version: number;
}

export async function sealKeyring(
  accountSecret: Uint8Array,
  place: KeyringPlace,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const nonce = randomBytes(nonceBytes);
  const key = await keyringKey(accountSecret, place.accountId);
  const sealed = await globalThis.crypto.subtle.encrypt(gcm(nonce, place), key, unshared(plaintext));
  return concatBytes(Uint8Array.of(formatVersion), nonce, new Uint8Array(sealed));
}

/** `undefined`: not sealed with this secret for this account and version, or damaged. */
export async function openKeyring(
  accountSecret: Uint8Array,
  place: KeyringPlace,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (sealed[0] !== formatVersion || sealed.length < 1 + nonceBytes + tagBytes) return undefined;
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const key = await keyringKey(accountSecret, place.accountId);
  try {
    const ciphertext = unshared(sealed.subarray(1 + nonceBytes));
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(gcm(nonce, place), key, ciphertext));
  } catch {
    return undefined;
  }
}

async function keyringKey(accountSecret: Uint8Array, accountId: string): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto;
  const base = await subtle.importKey("raw", unshared(accountSecret), "HKDF", false, ["deriveKey"]);
  const salt = unshared(fromHex(accountId) ?? new Uint8Array());
  const hkdf = { name: "HKDF", hash: "SHA-256", salt, info: unshared(utf8(label)) };
  return await subtle.deriveKey(hkdf, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

function gcm(nonce: Uint8Array, { accountId, version }: KeyringPlace): AesGcmParams {
  const additionalData = unshared(utf8(`${label}/${accountId}/${String(version)}`));
  return { name: "AES-GCM", iv: unshared(nonce), additionalData };
}
