/** Ed25519 by WebCrypto (RFC 8032), with the verdict made the same on every platform. */
import { concatBytes, fromBase64Url } from "@/lib/protocol/bytes";
import { publicKeyBytes, signatureBytes } from "@/lib/protocol/mls/profile";
import { isSoundEd25519Point } from "./ed25519-points";
import { unshared } from "../unshared";

/** PKCS #8 of an Ed25519 seed, up to the seed (RFC 8410 section 7). */
const pkcs8Prefix = Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32);

/** `seed`: 32 bytes. */
export async function signEd25519(seed: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  if (seed.length !== publicKeyBytes) throw new RangeError("an Ed25519 seed has 32 bytes");
  const { subtle } = globalThis.crypto;
  const pkcs8 = unshared(concatBytes(pkcs8Prefix, seed));
  const key = await subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  pkcs8.fill(0);
  return new Uint8Array(await subtle.sign("Ed25519", key, unshared(message)));
}

/** Of a 32-byte seed (RFC 8032 section 5.1.5). */
export async function ed25519PublicKey(seed: Uint8Array): Promise<Uint8Array> {
  if (seed.length !== publicKeyBytes) throw new RangeError("an Ed25519 seed has 32 bytes");
  const { subtle } = globalThis.crypto;
  const pkcs8 = unshared(concatBytes(pkcs8Prefix, seed));
  const key = await subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  pkcs8.fill(0);
  const { x } = await subtle.exportKey("jwk", key);
  const publicKey = x === undefined ? undefined : fromBase64Url(x);
  if (publicKey?.length !== publicKeyBytes) throw new Error("WebCrypto exported no Ed25519 public key");
  return publicKey;
}

/** False for points that implementations disagree about: key or R of small order, or not in canonical form. */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (signature.length !== signatureBytes || !isSoundEd25519Point(publicKey)) return false;
  if (!isSoundEd25519Point(signature.subarray(0, publicKeyBytes))) return false;
  const { subtle } = globalThis.crypto;
  try {
    const key = await subtle.importKey("raw", unshared(publicKey), "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", key, unshared(signature), unshared(message));
  } catch {
    // Some platforms refuse a point off the curve at import, others at verification.
    return false;
  }
}
