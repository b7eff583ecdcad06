/**
 * Safety numbers: 60 digits that two people compare, by voice or by sight, to know that each sees the other's account key (SPEC
 * section VER). The construction follows Signal's numeric fingerprint (an iterated hash over version, key and identifier, five
 * bytes for each group of digits): 30 digits stand for each account, and both see the two halves in the same order.
 */
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, fromHex, toHex, utf8 } from "@/lib/protocol/bytes";
import { tlsOpaque } from "@/lib/protocol/mls/tls";
import type { AccountCertificate } from "./certificates";

const label = utf8("sealroom/safety-number/v2");
/** Slows the search for a key whose digits look alike; about 20 ms for an honest reader. */
const iterations = 5200;
const groupCount = 6;
const bytesPerGroup = 5;
const digitsPerGroup = 5;

export type SafetyNumberKey = Pick<AccountCertificate, "accountId" | "spki">;

/**
 * The half that stands for one account: 6 groups of 5 digits, separated by single spaces. A given half is met by another key after a
 * work of about 2^99 hashes (30 digits), each of which costs 5,200. Throws RangeError when the id is not the key's.
 */
export function safetyDigits({ accountId, spki }: SafetyNumberKey): string {
  const id = fromHex(accountId);
  if (id === undefined || toHex(sha256(spki)) !== accountId) throw new RangeError("not the account id of this key");
  let digest = sha512(concatBytes(tlsOpaque(label), tlsOpaque(spki), tlsOpaque(id)));
  for (let round = 1; round < iterations; round++) digest = sha512(concatBytes(digest, id));
  return Array.from({ length: groupCount }, (_, group) => digitsOf(digest, group * bytesPerGroup)).join(" ");
}

/** The number of a pair: both halves, the smaller account id's first, so that both people see the same. */
export function safetyNumber(a: SafetyNumberKey, b: SafetyNumberKey): string {
  if (a.accountId === b.accountId) throw new RangeError("a pair is two accounts");
  const [first, second] = a.accountId < b.accountId ? [a, b] : [b, a];
  return `${safetyDigits(first)} ${safetyDigits(second)}`;
}

/** Forty bits modulo 100,000: the bias is below 2^-23. */
function digitsOf(digest: Uint8Array, offset: number): string {
  const bytes = digest.subarray(offset, offset + bytesPerGroup);
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 10 ** digitsPerGroup).padStart(digitsPerGroup, "0");
}
