/**
 * Signatures by the device key outside of MLS, such as the answer to the socket's nonce. What is signed always begins
 * with a label of its own and frames each part with its length, so that a signature made for one purpose
 * or one split of the bytes is worth nothing for another (ACC-05).
 */
import { concatBytes, utf8, isBytes } from "@/lib/protocol/bytes";
import type { DeviceIdentity } from "./identity";
import { signEd25519, verifyEd25519 } from "./ed25519";

/** `sealroom/purpose/version`, for example `sealroom/socket/v1`. */
export type SignatureLabel = `sealroom/${string}/v${number}`;

/** Ed25519 signature, 64 bytes. */
export async function signAsDevice(
  signer: Pick<DeviceIdentity, "secretKey"> | Uint8Array,
  label: SignatureLabel,
  parts: readonly Uint8Array[],
): Promise<Uint8Array> {
  const seed = isBytes(signer) ? signer : signer.secretKey;
  return await signEd25519(seed, framed(label, parts));
}

/** False for every key or signature that an honest device would not make, whatever the platform thinks of it. */
export async function verifyDeviceSignature(
  publicKey: Uint8Array,
  label: SignatureLabel,
  parts: readonly Uint8Array[],
  signature: Uint8Array,
): Promise<boolean> {
  return await verifyEd25519(publicKey, framed(label, parts), signature);
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
