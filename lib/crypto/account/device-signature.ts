/**
 * Signatures by the device key outside of MLS, such as the answer to the socket's nonce. What is signed always begins
 * with a label of its own and frames each part with its length, so that a signature made for one purpose
 * or one split of the bytes is worth nothing for another (ACC-05).
 */
import { concatBytes, utf8, isBytes } from "@/lib/protocol/bytes";
import type { DeviceIdentity } from "./identity";
import { unshared } from "../unshared";
import { isSoundEd25519Point } from "./ed25519-points";

/** `sealroom/purpose/version`, for example `sealroom/socket/v1`. */
export type SignatureLabel = `sealroom/${string}/v${number}`;

/** PKCS #8 of an Ed25519 seed up to the seed itself (RFC 8410 section 7). */
const pkcs8Prefix = Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32);
const seedBytes = 32;
const signatureBytes = 64;

/** Ed25519 signature, 64 bytes. */
export async function signAsDevice(
  signer: Pick<DeviceIdentity, "secretKey"> | Uint8Array,
  label: SignatureLabel,
  parts: readonly Uint8Array[],
): Promise<Uint8Array> {
  const seed = isBytes(signer) ? signer : signer.secretKey;
  if (seed.length !== seedBytes) throw new RangeError("an Ed25519 seed has 32 bytes");
  const { subtle } = globalThis.crypto;
  const pkcs8 = unshared(concatBytes(pkcs8Prefix, seed));
  const key = await subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  pkcs8.fill(0);
  return new Uint8Array(await subtle.sign("Ed25519", key, unshared(framed(label, parts))));
}

/** False for every key or signature that an honest device would not make, whatever the platform thinks of it. */
export async function verifyDeviceSignature(
  publicKey: Uint8Array,
  label: SignatureLabel,
  parts: readonly Uint8Array[],
  signature: Uint8Array,
): Promise<boolean> {
  if (signature.length !== signatureBytes || !isSoundEd25519Point(publicKey)) return false;
  if (!isSoundEd25519Point(signature.subarray(0, 32))) return false;
  const { subtle } = globalThis.crypto;
  try {
    const key = await subtle.importKey("raw", unshared(publicKey), "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", key, unshared(signature), unshared(framed(label, parts)));
  } catch {
    // Some platforms refuse a point off the curve at import, others at verification.
    return false;
  }
}

/** Every piece is preceded by its length, 4 bytes big-endian; the label comes first. */
function framed(label: SignatureLabel, parts: readonly Uint8Array[]): Uint8Array {
  const pieces = [utf8(label), ...parts];
  return concatBytes(...pieces.flatMap((piece) => [uint32(piece.length), piece]));
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
