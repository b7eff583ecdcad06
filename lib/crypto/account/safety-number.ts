/**
 * Safety numbers: 60 digits that two people compare by voice or by sight to know that they see the same account key.
 * The construction follows Signal's numeric fingerprint (an iterated hash over version, key and name, five bytes per
 * group of digits), with the account id standing for the key it is the hash of.
 */
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, fromHex, utf8 } from "@/lib/protocol/bytes";

const label = utf8("sealroom/safety-number/v1");
/** Slows the search for a key whose number looks alike; about 20 ms for an honest reader. */
const iterations = 5200;
const groupCount = 12;
const bytesPerGroup = 5;
const digitsPerGroup = 5;

/**
 * The account's own number: 12 groups of 5 digits, separated by single spaces. Equal numbers mean equal account ids up
 * to a work of about 2^99 (60 digits in 199 bits, halved for collisions; twice that to match a given one).
 */
export function accountSafetyNumber(accountId: string): string {
  const id = fromHex(accountId);
  if (id?.length !== 32) throw new RangeError("an account id has 64 lower-case hex digits");
  let digest = sha512(concatBytes(label, id));
  for (let round = 1; round < iterations; round++) digest = sha512(concatBytes(digest, id));
  return Array.from({ length: groupCount }, (_, group) => digitsOf(digest, group * bytesPerGroup)).join(" ");
}

/** Forty bits modulo 100,000: the bias is below 2^-23. */
function digitsOf(digest: Uint8Array, offset: number): string {
  const bytes = digest.subarray(offset, offset + bytesPerGroup);
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 10 ** digitsPerGroup).padStart(digitsPerGroup, "0");
}
