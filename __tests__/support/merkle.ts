/** The definitions of RFC 6962 section 2.1 word for word, slow and recursive: what the tree of the log is measured by. */

import { createHash } from "node:crypto";

export type Leaf = Uint8Array;

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

function largestPowerOfTwoBelow(count: number): number {
  return 2 ** Math.ceil(Math.log2(count) - 1);
}

/** Remembers subtrees: all trees of a run begin with the same leaves. */
export class Reference {
  readonly #known = new Map<string, Uint8Array>();

  constructor(private readonly leaves: readonly Leaf[]) {}

  /** MTH(D[start:end]). */
  root(start: number, end: number): Uint8Array {
    const key = `${String(start)}:${String(end)}`;
    const found = this.#known.get(key) ?? this.#root(start, end);
    this.#known.set(key, found);
    return found;
  }

  /** PATH(m, D[start:end]), m counted from `start`. */
  path(m: number, start: number, end: number): Uint8Array[] {
    if (end - start === 1) return [];
    const k = largestPowerOfTwoBelow(end - start);
    return m < k
      ? [...this.path(m, start, start + k), this.root(start + k, end)]
      : [...this.path(m - k, start + k, end), this.root(start, start + k)];
  }

  /** SUBPROOF(m, D[start:end], isWhole). */
  proof(m: number, start: number, end: number, isWhole = true): Uint8Array[] {
    if (m === end - start) return isWhole ? [] : [this.root(start, end)];
    const k = largestPowerOfTwoBelow(end - start);
    return m <= k
      ? [...this.proof(m, start, start + k, isWhole), this.root(start + k, end)]
      : [...this.proof(m - k, start + k, end, false), this.root(start, start + k)];
  }

  #root(start: number, end: number): Uint8Array {
    if (end === start) return sha256();
    const leaf = this.leaves[start];
    if (leaf === undefined) throw new RangeError("no such leaf");
    if (end - start === 1) return sha256(Uint8Array.of(0), leaf);
    const k = largestPowerOfTwoBelow(end - start);
    return sha256(Uint8Array.of(1), this.root(start, start + k), this.root(start + k, end));
  }
}
