/**
 * The crypto under ts-mls for our one suite. Hash, HMAC and HKDF are synchronous (@noble/hashes), because a commit
 * needs thousands of tiny ones and each WebCrypto call costs 10 to 30 microseconds; AES-GCM, X25519 and Ed25519 are
 * WebCrypto's. Signatures that some platforms take and others do not are refused everywhere (CERT-08), else members
 * would disagree about a commit (DESIGN section 9).
 */
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { hmac } from "@noble/hashes/hmac.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { getCiphersuiteFromName, type CiphersuiteImpl } from "ts-mls/crypto/ciphersuite.js";
import type { Hash } from "ts-mls/crypto/hash.js";
import type { Kdf } from "ts-mls/crypto/kdf.js";
import type { Hpke } from "ts-mls/crypto/hpke.js";
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js";
import { defaultRng } from "ts-mls/crypto/implementation/default/rng.js";
import { constantTimeEqual } from "ts-mls/util/constantTimeCompare.js";
import { hashBytes } from "@/lib/protocol/mls/profile";
import { unshared } from "../unshared";
import { signEd25519, verifyEd25519 } from "../account/ed25519";

export const suiteName = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

export const hash: Hash = {
  digest: (data) => Promise.resolve(sha256(data)),
  mac: (key, data) => Promise.resolve(hmac(sha256, key, data)),
  verifyMac: (key, mac, data) => Promise.resolve(constantTimeEqual(hmac(sha256, key, data), mac)),
};

const kdf: Kdf = {
  extract: (salt, ikm) => Promise.resolve(extract(sha256, ikm, salt)),
  expand: (prk, info, length) => Promise.resolve(expand(sha256, prk, info, length)),
  size: hashBytes,
};

let implementation: Promise<CiphersuiteImpl> | undefined;

/** The suite, made once per process. */
export function suite(): Promise<CiphersuiteImpl> {
  implementation ??= makeSuite();
  return implementation;
}

/** False where WebCrypto lacks Ed25519 or X25519: then there is no encryption and no composer (DESIGN section 8). */
export async function isMlsSupported(): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  try {
    await subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    await subtle.generateKey("X25519", false, ["deriveBits"]);
    return true;
  } catch {
    return false;
  }
}

async function makeSuite(): Promise<CiphersuiteImpl> {
  const hpke = await makeHpke();
  return {
    name: suiteName,
    hash,
    kdf,
    hpke,
    rng: defaultRng,
    signature: {
      sign: signEd25519,
      verify: verifyEd25519,
      // Device keys come from lib/crypto/account; MLS never makes one.
      keygen: () => Promise.reject(new Error("signature keys are not made here")),
    },
  };
}

function makeHpke(): Promise<Hpke> {
  const cipherSuite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new SynchronousHkdf(),
    aead: new Aes128Gcm(),
  });
  return makeGenericHpke(getCiphersuiteFromName(suiteName).hpke, { encrypt, decrypt }, cipherSuite);
}

type Bytes = ArrayBufferLike | ArrayBufferView;

/** HKDF of the HPKE key schedule (RFC 9180 section 5.1). */
class SynchronousHkdf extends HkdfSha256 {
  override extract(salt: Bytes, ikm: Bytes): Promise<ArrayBuffer> {
    return Promise.resolve(extract(sha256, view(ikm), view(salt)).slice().buffer);
  }

  override expand(prk: Bytes, info: Bytes, length: number): Promise<ArrayBuffer> {
    return Promise.resolve(expand(sha256, view(prk), view(info), length).slice().buffer);
  }
}

function view(bytes: Bytes): Uint8Array {
  return ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
}

async function encrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const aesKey = await importAesKey(key, "encrypt");
  return new Uint8Array(await globalThis.crypto.subtle.encrypt(gcm(nonce, aad), aesKey, unshared(plaintext)));
}

async function decrypt(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
  const aesKey = await importAesKey(key, "decrypt");
  return new Uint8Array(await globalThis.crypto.subtle.decrypt(gcm(nonce, aad), aesKey, unshared(sealed)));
}

function gcm(nonce: Uint8Array, aad: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: unshared(nonce), additionalData: unshared(aad) };
}

function importAesKey(key: Uint8Array, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  return globalThis.crypto.subtle.importKey("raw", unshared(key), "AES-GCM", false, [usage]);
}
