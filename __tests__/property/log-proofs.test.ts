/** No proof survives a change of any part of what it claims (ATTACKS S9). */

import fc from "fast-check";

import { utf8 } from "@/lib/protocol/bytes";
import { checkConsistency, checkInclusion, leafHash } from "@/lib/protocol/log/merkle";

import { Reference } from "../support/merkle";

const numRuns = process.env["SLOW"] === "1" ? 50_000 : 5_000;
const leaves = Array.from({ length: 400 }, (_, index) => utf8(`leaf ${String(index)}`));
const reference = new Reference(leaves);

/** What a server that lies can do to a list of hashes. */
function damaged(proof: readonly Uint8Array[], how: number, at: number, bit: number): Uint8Array[] | undefined {
  const copy = proof.map((hash) => hash.slice());
  const place = copy.length === 0 ? 0 : at % copy.length;
  const hash = copy[place];
  switch (how) {
    case 0:
      return [...copy, leafHash(utf8("more"))];
    case 1:
      if (hash === undefined) return undefined;
      copy.splice(place, 1);
      return copy;
    case 2:
      if (hash === undefined) return undefined;
      hash[(bit >> 3) % hash.length] = (hash[(bit >> 3) % hash.length] ?? 0) ^ (1 << (bit & 7));
      return copy;
    case 3:
      if (hash === undefined || copy.length < 2) return undefined;
      copy.splice(place, 1);
      copy.splice((place + 1) % (copy.length + 1), 0, hash);
      return copy;
    default:
      return hash === undefined ? undefined : [...copy.slice(0, place), hash, ...copy.slice(place)];
  }
}

const change = fc.record({ how: fc.nat({ max: 4 }), at: fc.nat(), bit: fc.nat({ max: 255 }) });
const sizes = fc.tuple(fc.integer({ min: 1, max: 400 }), fc.nat()).map(([size, other]) => ({ size, other }));
const isUnchanged = (a: readonly Uint8Array[], b: readonly Uint8Array[]) =>
  a.length === b.length && a.every((hash, index) => Buffer.from(hash).equals(Buffer.from(b[index] ?? [])));

test("LOG-05 S9 none of thousands of damaged inclusion proofs is accepted", () => {
  fc.assert(
    fc.property(sizes, change, ({ size, other }, { how, at, bit }) => {
      const index = other % size;
      const proof = reference.path(index, 0, size);
      const claim = { leaf: reference.root(index, index + 1), index, size, root: reference.root(0, size), proof };
      expect(checkInclusion(claim)).toBeUndefined();
      const wrong = damaged(proof, how, at, bit);
      fc.pre(wrong !== undefined && !isUnchanged(wrong, proof));
      expect(checkInclusion({ ...claim, proof: wrong })).toBeDefined();
    }),
    { numRuns },
  );
});

test("LOG-05 S9 none of thousands of damaged consistency proofs is accepted", () => {
  fc.assert(
    fc.property(sizes, change, ({ size, other }, { how, at, bit }) => {
      const from = 1 + (other % size);
      const proof = reference.proof(from, 0, size);
      const roots = { oldRoot: reference.root(0, from), newRoot: reference.root(0, size) };
      const claim = { from, to: size, ...roots, proof };
      expect(checkConsistency(claim)).toBeUndefined();
      const wrong = damaged(proof, how, at, bit);
      fc.pre(wrong !== undefined && !isUnchanged(wrong, proof));
      expect(checkConsistency({ ...claim, proof: wrong })).toBeDefined();
    }),
    { numRuns },
  );
});
