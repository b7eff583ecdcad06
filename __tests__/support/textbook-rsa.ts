/**
 * RSASSA-PSS (RFC 8017 section 8.1) in plain arithmetic, to sign with keys that no library would make or load. For attacks
 * in tests only: slow and not constant-time.
 */
import { createHash } from "node:crypto";

export interface TextbookKey {
  readonly modulus: bigint;
  /** Any multiple of the group's exponent, such as the product of all p - 1. */
  readonly order: bigint;
}

const hashBytes = 32;

/** SHA-256, MGF1 with SHA-256, salt of 32 zero bytes, exponent 65537. */
export function pssSignature({ modulus, order }: TextbookKey, message: Uint8Array): Uint8Array {
  const length = modulus.toString(2).length / 8;
  const salt = Buffer.alloc(hashBytes);
  const digest = sha256(Buffer.concat([Buffer.alloc(8), sha256(message), salt]));
  const padding = Buffer.alloc(length - hashBytes - 1);
  padding[padding.length - hashBytes - 1] = 1;
  salt.copy(padding, padding.length - hashBytes);
  const mask = mgf1(digest, padding.length);
  const masked = padding.map((byte, index) => byte ^ (mask[index] ?? 0));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  const encoded = BigInt(`0x${Buffer.concat([masked, digest, Buffer.of(0xbc)]).toString("hex")}`);
  const signature = power(encoded, inverse(65537n, order), modulus);
  return Uint8Array.from(Buffer.from(signature.toString(16).padStart(length * 2, "0"), "hex"));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function mgf1(seed: Buffer, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / hashBytes) }, (_, counter) => {
    return sha256(Buffer.concat([seed, Buffer.of(0, 0, 0, counter)]));
  });
  return Buffer.concat(blocks).subarray(0, length);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Extended Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [previous, current] = [modulus, value % modulus];
  let [previousFactor, factor] = [0n, 1n];
  while (current !== 0n) {
    const quotient = previous / current;
    [previous, current] = [current, previous - quotient * current];
    [previousFactor, factor] = [factor, previousFactor - quotient * factor];
  }
  return ((previousFactor % modulus) + modulus) % modulus;
}
