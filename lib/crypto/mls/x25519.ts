/**
 * HPKE public keys that members may put into the tree. A key of small order makes every encryption to it fail, so one
 * such key in one node would stop all later commits (MLS-09); nobody honest makes one (RFC 7748 section 6.1).
 */
import { equalBytes, toHex } from "@/lib/protocol/bytes";
import { publicKeyBytes } from "@/lib/protocol/mls/profile";
import { suite } from "./provider";

const fieldPrime = 2n ** 255n - 19n;
/** u-coordinates of the points of order 8 (Langley, Hamburg, Turner: RFC 7748; cr.yp.to/ecdh.html, "validate"). */
const orderEight = [
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];
/** Order 1, 2, 4 and 8, and the two values at and above the prime that reduce to 0 and 1. */
const smallOrder = new Set(
  [0n, 1n, ...orderEight, fieldPrime - 1n, fieldPrime, fieldPrime + 1n].map((value) => toHex(littleEndian(value))),
);

export function isSoundX25519Key(key: Uint8Array): boolean {
  if (key.length !== publicKeyBytes) return false;
  const masked = key.slice();
  // The top bit is ignored by X25519 (RFC 7748 section 5).
  masked[31] = (masked[31] ?? 0) & 0x7f;
  return !smallOrder.has(toHex(masked));
}

/** Whether a private key belongs to a public key, both raw. */
export async function isX25519Pair(privateKey: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  const { hpke } = await suite();
  const { subtle } = globalThis.crypto;
  const base = new Uint8Array(publicKeyBytes);
  base[0] = 9;
  const basePoint = await subtle.importKey("raw", base, "X25519", true, []);
  const imported = await hpke.importPrivateKey(privateKey);
  const derived = await subtle.deriveBits({ name: "X25519", public: basePoint }, imported, publicKeyBytes * 8);
  return equalBytes(new Uint8Array(derived), publicKey);
}

function littleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(publicKeyBytes);
  let rest = value;
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}
