/**
 * The Merkle tree of the transparency log (SPEC section LOG; RFC 6962 section 2.1, verification as in RFC 9162 section
 * 2.1.3). Pure. Hashes are SHA-256, 32 bytes; sizes and indexes are safe integers, so no 32-bit operators here.
 */
import { sha256 } from "@noble/hashes/sha2.js";

import { concatBytes, equalBytes } from "../bytes";

export const hashBytes = 32;
/** More elements than any proof in a tree of 2^53 entries has. */
export const proofMaxHashes = 64;

/** Hash of the tree without entries. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array());

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(concatBytes(leafPrefix, entry));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(nodePrefix, left, right));
}

/** A perfect subtree: entries `index * 2^level` up to `(index + 1) * 2^level`. */
export interface Place {
  readonly level: number;
  readonly index: number;
}

/** Entries `start` up to `end`, a subtree of the tree or all of it. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** What a proof consists of, in its order: each hash is that of the perfect subtrees named, folded by `foldHashes`. */
export type ProofPlan = readonly (readonly Place[])[];

/** RFC 6962 section 2.1.1. Throws RangeError unless `0 <= index < size`. */
export function inclusionPlan(index: number, size: number): ProofPlan {
  if (!isCount(index) || !isCount(size) || index >= size) throw new RangeError("no such entry");
  const ranges: Range[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + halfOf(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse().map(placesOf);
}

/** RFC 6962 section 2.1.2. Throws RangeError unless `0 < from <= to`. */
export function consistencyPlan(from: number, to: number): ProofPlan {
  if (!isCount(from) || !isCount(to) || from === 0 || from > to) throw new RangeError("no such sizes");
  const ranges: Range[] = [];
  let [start, end, isWhole] = [0, to, true];
  while (from !== end) {
    const middle = start + halfOf(end - start);
    if (from <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      [start, isWhole] = [middle, false];
    }
  }
  if (!isWhole) ranges.push({ start, end });
  return ranges.reverse().map(placesOf);
}

/** The perfect subtrees that a tree of this size consists of, largest first. */
export function frontierPlaces(size: number): Place[] {
  return placesOf({ start: 0, end: size });
}

/** Root over perfect subtrees in falling size, which stand side by side. */
export function foldHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1);
  if (last === undefined) return emptyRoot;
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** A tree as far as appending needs it: the roots of its perfect subtrees, largest first. */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

export const emptyFrontier: Frontier = { size: 0, hashes: [] };

export interface PlacedHash extends Place {
  readonly hash: Uint8Array;
}

/** With the perfect subtrees that the new leaf completes, itself first. */
export function appendLeaf(frontier: Frontier, hash: Uint8Array): { frontier: Frontier; made: PlacedHash[] } {
  const hashes = [...frontier.hashes];
  const made: PlacedHash[] = [{ level: 0, index: frontier.size, hash }];
  let current: PlacedHash = { level: 0, index: frontier.size, hash };
  while (current.index % 2 === 1) {
    const left = hashes.pop();
    if (left === undefined) throw new RangeError("not a frontier of this size");
    current = { level: current.level + 1, index: (current.index - 1) / 2, hash: nodeHash(left, current.hash) };
    made.push(current);
  }
  hashes.push(current.hash);
  return { frontier: { size: frontier.size + 1, hashes }, made };
}

/** Which check a proof failed. */
export const proofFailures = [
  /** A hash has not 32 bytes, or a size or an index is no number that can be one. */
  "MALFORMED",
  /** The entry is not below the size, or the older size is not below the newer. */
  "WRONG_SIZE",
  /** Fewer or more hashes than a proof for these sizes has. */
  "WRONG_LENGTH",
  /** It does not lead to the newer root, or the only one. */
  "WRONG_ROOT",
  /** It does not lead to the older root: the older tree is no beginning of the newer. */
  "WRONG_OLD_ROOT",
] as const;
export type ProofFailure = (typeof proofFailures)[number];

export interface InclusionClaim {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** `undefined`: the leaf is in the tree. RFC 9162 section 2.1.3.2. */
export function checkInclusion({ leaf, index, size, root, proof }: InclusionClaim): ProofFailure | undefined {
  if (![leaf, root, ...proof].every(isHash) || !isCount(index) || !isCount(size)) return "MALFORMED";
  if (index >= size) return "WRONG_SIZE";
  let [node, last, hash] = [index, size - 1, leaf];
  for (const other of proof) {
    if (last === 0) return "WRONG_LENGTH";
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(other, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, other);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) return "WRONG_LENGTH";
  return equalBytes(hash, root) ? undefined : "WRONG_ROOT";
}

/**
 * The tree before the entry: what stands on the left of its path are the perfect subtrees over all entries before it. `claim` must
 * have passed `checkInclusion`.
 */
export function leftOf({ index, size, proof }: Pick<InclusionClaim, "index" | "size" | "proof">): Frontier {
  const left: Uint8Array[] = [];
  let [node, last] = [index, size - 1];
  for (const other of proof) {
    if (node % 2 === 1 || node === last) {
      left.push(other);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return { size: index, hashes: left.reverse() };
}

export interface ConsistencyClaim {
  readonly from: number;
  readonly oldRoot: Uint8Array;
  readonly to: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** `undefined`: the older tree is a beginning of the newer. RFC 9162 section 2.1.4.2; every tree begins with the empty one. */
export function checkConsistency({ from, oldRoot, to, newRoot, proof }: ConsistencyClaim): ProofFailure | undefined {
  if (![oldRoot, newRoot, ...proof].every(isHash) || !isCount(from) || !isCount(to)) return "MALFORMED";
  if (from > to) return "WRONG_SIZE";
  if (from === 0 || from === to) {
    if (proof.length > 0) return "WRONG_LENGTH";
    if (from === 0 && !equalBytes(oldRoot, emptyRoot)) return "WRONG_OLD_ROOT";
    return from === 0 || equalBytes(oldRoot, newRoot) ? undefined : "WRONG_OLD_ROOT";
  }
  const path = isPowerOfTwo(from) ? [oldRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return "WRONG_LENGTH";
  let [node, last] = [from - 1, to - 1];
  while (node % 2 === 1) [node, last] = [(node - 1) / 2, Math.floor(last / 2)];
  let [older, newer] = [first, first];
  for (const other of rest) {
    if (last === 0) return "WRONG_LENGTH";
    if (node % 2 === 1 || node === last) {
      older = nodeHash(other, older);
      newer = nodeHash(other, newer);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      newer = nodeHash(newer, other);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) return "WRONG_LENGTH";
  if (!equalBytes(older, oldRoot)) return "WRONG_OLD_ROOT";
  return equalBytes(newer, newRoot) ? undefined : "WRONG_ROOT";
}

function placesOf({ start, end }: Range): Place[] {
  const places: Place[] = [];
  for (let at = start; at < end;) {
    let [level, width] = [0, 1];
    while (at % (width * 2) === 0 && at + width * 2 <= end) [level, width] = [level + 1, width * 2];
    places.push({ level, index: at / width });
    at += width;
  }
  return places;
}

/** The largest power of two below `count`, which is at least 2. */
function halfOf(count: number): number {
  let half = 1;
  while (half * 2 < count) half *= 2;
  return half;
}

function isPowerOfTwo(count: number): boolean {
  return halfOf(count * 2) === count;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === hashBytes;
}
