/**
 * The log's tree against the vectors that certificate transparency's own implementations test with, and, for every tree
 * of up to 300 entries, against the definitions of RFC 6962.
 */

import { equalBytes, fromHex, toHex, utf8 } from "@/lib/protocol/bytes";
import {
  appendLeaf,
  checkConsistency,
  checkInclusion,
  consistencyPlan,
  emptyFrontier,
  emptyRoot,
  foldHashes,
  frontierPlaces,
  inclusionPlan,
  leafHash,
  type Place,
  type ProofPlan,
} from "@/lib/protocol/log/merkle";

import { Reference } from "../support/merkle";

/** A tree that keeps the hash of every perfect subtree, as the server does. */
class Tree {
  readonly #hashes = new Map<string, Uint8Array>();
  readonly roots: Uint8Array[] = [emptyRoot];

  constructor(leaves: readonly Uint8Array[]) {
    let frontier = emptyFrontier;
    for (const leaf of leaves) {
      const appended = appendLeaf(frontier, leafHash(leaf));
      frontier = appended.frontier;
      for (const { level, index, hash } of appended.made) this.#hashes.set(`${String(level)}/${String(index)}`, hash);
      this.roots.push(foldHashes(frontier.hashes));
    }
  }

  hashOf({ level, index }: Place): Uint8Array {
    const found = this.#hashes.get(`${String(level)}/${String(index)}`);
    if (found === undefined) throw new Error("a proof asks for a subtree that is not whole");
    return found;
  }

  root(size: number): Uint8Array {
    return this.roots[size] ?? fail();
  }

  prove(plan: ProofPlan): Uint8Array[] {
    return plan.map((places) => foldHashes(places.map((place) => this.hashOf(place))));
  }
}

function fail(): never {
  throw new Error("not there");
}

const bytes = (hex: string) => fromHex(hex) ?? fail();

describe("LOG-01 the vectors of certificate transparency", () => {
  const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];
  const tree = new Tree(leaves.map(bytes));

  test.each(roots.map((root, size) => [size, root] as const))("root of %i entries", (size, root) => {
    expect(toHex(tree.root(size))).toBe(root);
    expect(toHex(foldHashes(frontierPlaces(size).map((place) => tree.hashOf(place))))).toBe(root);
  });

  test.each([
    [0, 1, []],
    [
      0,
      8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ],
    ],
    [
      5,
      8,
      [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ],
    ],
    [2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]],
    [
      1,
      5,
      [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      ],
    ],
  ])("inclusion of entry %i in %i", (index, size, proof) => {
    expect(tree.prove(inclusionPlan(index, size)).map(toHex)).toEqual(proof);
    const leaf = leafHash(bytes(leaves[index] ?? fail()));
    const claim = { leaf, index, size, root: tree.root(size), proof: proof.map(bytes) };
    expect(checkInclusion(claim)).toBeUndefined();
  });

  test.each([
    [1, 1, []],
    [
      1,
      8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ],
    ],
    [
      6,
      8,
      [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ],
    ],
    [
      2,
      5,
      [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      ],
    ],
  ])("consistency of %i with %i", (from, to, proof) => {
    expect(tree.prove(consistencyPlan(from, to)).map(toHex)).toEqual(proof);
    const claim = { from, oldRoot: tree.root(from), to, newRoot: tree.root(to), proof: proof.map(bytes) };
    expect(checkConsistency(claim)).toBeUndefined();
  });
});

describe("LOG-01 every tree of up to 300 entries", () => {
  const most = 300;
  const leaves = Array.from({ length: most }, (_, index) => utf8(`entry ${String(index)}`));
  const tree = new Tree(leaves);
  const reference = new Reference(leaves);

  const isSame = (found: readonly Uint8Array[], wanted: readonly Uint8Array[]) =>
    found.length === wanted.length && found.every((hash, at) => equalBytes(hash, wanted[at] ?? emptyRoot));

  test("roots are those of the definition", () => {
    for (let size = 0; size <= most; size++) expect(toHex(tree.root(size))).toBe(toHex(reference.root(0, size)));
  });

  test("every inclusion proof is that of the definition, is accepted, and is accepted for no other entry", () => {
    const wrong: string[] = [];
    for (let size = 1; size <= most; size++) {
      for (let index = 0; index < size; index++) {
        const proof = tree.prove(inclusionPlan(index, size));
        const leaf = leafHash(leaves[index] ?? fail());
        const claim = { leaf, index, size, root: tree.root(size), proof };
        const isRight = isSame(proof, reference.path(index, 0, size)) && checkInclusion(claim) === undefined;
        const other = checkInclusion({ ...claim, index: (index + 1) % size });
        if (!isRight || (other === undefined && size > 1)) wrong.push(`${String(index)} of ${String(size)}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  test("every consistency proof is that of the definition, is accepted, and is accepted for no other size", () => {
    const wrong: string[] = [];
    for (let to = 1; to <= most; to++) {
      for (let from = 1; from <= to; from++) {
        const proof = tree.prove(consistencyPlan(from, to));
        const claim = { from, oldRoot: tree.root(from), to, newRoot: tree.root(to), proof };
        const isRight = isSame(proof, reference.proof(from, 0, to)) && checkConsistency(claim) === undefined;
        const other = checkConsistency({ ...claim, from: from === 1 ? 2 : from - 1 });
        if (!isRight || other === undefined) wrong.push(`${String(from)} to ${String(to)}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  test("every tree begins with the empty one, which has nothing to prove", () => {
    for (let to = 0; to <= most; to++) {
      const claim = { from: 0, oldRoot: emptyRoot, to, newRoot: tree.root(to), proof: [] };
      expect(checkConsistency(claim)).toBeUndefined();
      expect(checkConsistency({ ...claim, oldRoot: tree.root(1) })).toBe("WRONG_OLD_ROOT");
    }
  });

  describe("LOG-05 S9 a refusal names the check that failed", () => {
    const inclusion = {
      leaf: leafHash(leaves[70] ?? fail()),
      index: 70,
      size: 200,
      root: tree.root(200),
      proof: tree.prove(inclusionPlan(70, 200)),
    };
    const consistency = {
      from: 70,
      oldRoot: tree.root(70),
      to: 200,
      newRoot: tree.root(200),
      proof: tree.prove(consistencyPlan(70, 200)),
    };

    test.each([
      ["a hash of another length", { proof: [new Uint8Array(31), ...inclusion.proof.slice(1)] }, "MALFORMED"],
      ["a leaf of another length", { leaf: new Uint8Array(33) }, "MALFORMED"],
      ["a size that is none", { size: Number.NaN }, "MALFORMED"],
      ["a negative place", { index: -1 }, "MALFORMED"],
      ["a place behind the end", { index: 200 }, "WRONG_SIZE"],
      ["a hash too few", { proof: inclusion.proof.slice(1) }, "WRONG_LENGTH"],
      ["a hash too many", { proof: [...inclusion.proof, emptyRoot] }, "WRONG_LENGTH"],
      ["another tree's root", { root: tree.root(201) }, "WRONG_ROOT"],
      ["another leaf", { leaf: leafHash(leaves[71] ?? fail()) }, "WRONG_ROOT"],
    ])("inclusion: %s", (_name, change, failure) => {
      expect(checkInclusion({ ...inclusion, ...change })).toBe(failure);
    });

    test.each([
      ["a hash of another length", { proof: [new Uint8Array(31), ...consistency.proof.slice(1)] }, "MALFORMED"],
      ["a size that is none", { from: 1.5 }, "MALFORMED"],
      ["a tree that shrinks", { from: 201 }, "WRONG_SIZE"],
      ["a hash too few", { proof: consistency.proof.slice(0, -1) }, "WRONG_LENGTH"],
      ["no hash", { proof: [] }, "WRONG_LENGTH"],
      ["a hash too many", { proof: [...consistency.proof, emptyRoot] }, "WRONG_LENGTH"],
      ["another old tree", { oldRoot: tree.root(69) }, "WRONG_OLD_ROOT"],
      ["another new tree", { newRoot: tree.root(201) }, "WRONG_ROOT"],
      ["two trees of one size", { to: 70, newRoot: tree.root(71), proof: [] }, "WRONG_OLD_ROOT"],
      ["a proof between trees of one size", { to: 70, newRoot: tree.root(70) }, "WRONG_LENGTH"],
    ])("consistency: %s", (_name, change, failure) => {
      expect(checkConsistency({ ...consistency, ...change })).toBe(failure);
    });
  });
});
