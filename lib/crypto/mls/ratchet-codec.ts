/**
 * The ratchets of one epoch at rest, in chunks of neighbouring leaves: a message rewrites one chunk of about a
 * kilobyte, however large the room, and the ratchet secret it replaces is gone from the store. (A journal beside a
 * snapshot would be smaller still, but the snapshot would keep what the journal says is used up.)
 */
import type { GenerationSecret, SecretTree, SecretTreeNode } from "ts-mls/secretTree.js";
import { concatBytes } from "@/lib/protocol/bytes";
import { hashBytes } from "@/lib/protocol/mls/profile";
import { tlsOpaque, tlsUint, tlsVector, type TlsReader } from "@/lib/protocol/mls/tls";
import { spentNode } from "./inside";

/** Leaves in one chunk. */
const chunkLeaves = 16;

/** Indexes of the chunks that hold these leaves, each once. */
export function chunksOf(leafIndexes: Iterable<number>): Set<number> {
  return new Set([...leafIndexes].map(chunkOf));
}

/** Chunks in which a ratchet is not the one of `before`. */
export function movedChunks(before: SecretTree, after: SecretTree, leafIndexes: Iterable<number>): Set<number> {
  return chunksOf([...leafIndexes].filter((leaf) => before[leaf * 2] !== after[leaf * 2]));
}

/** Keys of skipped messages are never kept (MLS-11), so there is nothing else to write. */
export function encodeChunk(tree: SecretTree, leafIndexes: Iterable<number>, chunk: number): Uint8Array {
  const leaves = [...leafIndexes]
    .filter((leaf) => chunkOf(leaf) === chunk)
    .map((leaf) => {
      const { handshake, application } = tree[leaf * 2] ?? spentNode();
      return concatBytes(tlsUint(leaf, 4), encodeRatchet(handshake), encodeRatchet(application));
    });
  return tlsVector(leaves);
}

export function readChunk(reader: TlsReader, chunk: number): (readonly [number, SecretTreeNode])[] {
  return reader.vector(chunkLeaves, (inner) => {
    const leafIndex = inner.uint32();
    inner.require(chunkOf(leafIndex) === chunk);
    return [leafIndex, { handshake: readRatchet(inner), application: readRatchet(inner) }] as const;
  });
}

/** The secret tree of `nodes`; `undefined` unless they are exactly those of `leafIndexes`. */
export function treeOf(
  nodes: readonly (readonly [number, SecretTreeNode])[],
  leafIndexes: readonly number[],
): SecretTree | undefined {
  const byLeaf = new Map(nodes);
  if (byLeaf.size !== nodes.length || byLeaf.size !== leafIndexes.length) return undefined;
  const tree: SecretTree = Array.from({ length: 2 * Math.max(...leafIndexes, 0) + 1 }, spentNode);
  for (const leaf of leafIndexes) {
    const node = byLeaf.get(leaf);
    if (node === undefined) return undefined;
    tree[leaf * 2] = node;
  }
  return tree;
}

function chunkOf(leafIndex: number): number {
  return Math.floor(leafIndex / chunkLeaves);
}

function encodeRatchet({ secret, generation }: GenerationSecret): Uint8Array {
  return concatBytes(tlsOpaque(secret), tlsUint(generation, 4));
}

function readRatchet(reader: TlsReader): GenerationSecret {
  const secret = reader.opaque(0, hashBytes);
  return { secret, generation: reader.uint32(), unusedGenerations: {} };
}
