/**
 * Ratchet trees judged before ts-mls touches them (RFC 9420 sections 7.1 and 7.9). Indexes from outside are bounded
 * here, since the tree arithmetic below does not end for a leaf that lies outside (MLS-10), and keys are
 * compared over the whole tree (MLS-09).
 */
import type { Node, RatchetTree } from "ts-mls/ratchetTree.js";
import { addLeafNode, filteredDirectPathAndCopathResolution, removeLeafNode } from "ts-mls/ratchetTree.js";
import type { LeafNode } from "ts-mls/leafNode.js";
import { directPath, leafToNodeIndex, leafWidth, nodeToLeafIndex, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import type { UpdatePath } from "ts-mls/updatePath.js";
import { toHex } from "@/lib/protocol/bytes";
import { roomMaxLeaves } from "@/lib/protocol/limits";
import { aeadTagBytes, hashBytes, publicKeyBytes } from "@/lib/protocol/mls/profile";
import { hasLeafForm } from "./leaf";
import { isSoundX25519Key } from "./x25519";

/** A path secret of 32 bytes under AES-GCM. */
const sealedPathSecretBytes = hashBytes + aeadTagBytes;

export interface PlacedLeaf {
  readonly leafIndex: number;
  readonly leaf: LeafNode;
}

export function leavesOf(tree: RatchetTree): PlacedLeaf[] {
  const leaves: PlacedLeaf[] = [];
  for (const [index, node] of tree.entries()) {
    if (node?.nodeType === "leaf") leaves.push({ leafIndex: nodeToLeafIndex(toNodeIndex(index)), leaf: node.leaf });
  }
  return leaves;
}

export function leafAt(tree: RatchetTree, leafIndex: number): LeafNode | undefined {
  const node = tree[leafIndex * 2];
  return node?.nodeType === "leaf" ? node.leaf : undefined;
}

/** Shape, leaf form, sound and unique keys. Says nothing about signatures, hashes and credentials. */
export function isSoundTree(tree: RatchetTree): boolean {
  const leaves = leavesOf(tree);
  return (
    leaves.length > 0 &&
    leaves.length <= roomMaxLeaves &&
    tree.every((node, index) => node === undefined || (node.nodeType === "leaf") === (index % 2 === 0)) &&
    tree.every(
      (node, index) => node?.nodeType !== "parent" || hasSoundUnmergedLeaves(tree, index, node.parent.unmergedLeaves),
    ) &&
    leaves.every(({ leaf }) => hasLeafForm(leaf)) &&
    hasSoundKeys(tree)
  );
}

/** HPKE keys of leaves and parents, and signature keys, are each unlike all others (RFC 9420 section 7.3). */
export function hasSoundKeys(tree: RatchetTree): boolean {
  const hpkeKeys = new Set<string>();
  const signatureKeys = new Set<string>();
  let nodes = 0;
  let leaves = 0;
  for (const node of tree) {
    if (node === undefined) continue;
    const key = node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey;
    if (!isSoundX25519Key(key)) return false;
    hpkeKeys.add(toHex(key));
    nodes++;
    if (node.nodeType === "leaf") {
      signatureKeys.add(toHex(node.leaf.signaturePublicKey));
      leaves++;
    }
  }
  return hpkeKeys.size === nodes && signatureKeys.size === leaves;
}

/** Strictly increasing indexes of leaves that are there and lie below the node. */
function hasSoundUnmergedLeaves(tree: RatchetTree, nodeIndex: number, unmerged: readonly number[]): boolean {
  return unmerged.every((leafIndex, position) => {
    if (position > 0 && leafIndex <= (unmerged[position - 1] ?? -1)) return false;
    if (leafIndex * 2 >= tree.length || leafAt(tree, leafIndex) === undefined) return false;
    return directPath(leafToNodeIndex(toLeafIndex(leafIndex)), leafWidth(tree.length)).includes(toNodeIndex(nodeIndex));
  });
}

/** The tree after a commit's proposals and before its path, removes first (RFC 9420 section 12.3). */
export function applyToTree(
  tree: RatchetTree,
  removed: readonly number[],
  added: readonly LeafNode[],
): { readonly tree: RatchetTree; readonly addedAt: readonly number[] } {
  let next = removed.reduce((current, leafIndex) => removeLeafNode(current, toLeafIndex(leafIndex)), tree);
  const addedAt: number[] = [];
  for (const leaf of added) {
    const [extended, nodeIndex] = addLeafNode(next, leaf);
    next = extended;
    addedAt.push(nodeToLeafIndex(nodeIndex));
  }
  return { tree: next, addedAt };
}

/** One sealed secret of the right size for each recipient (RFC 9420 section 7.6), checked by all and not by each alone. */
export function pathFits(tree: RatchetTree, committer: number, path: UpdatePath, addedAt: readonly number[]): boolean {
  const nodes = filteredDirectPathAndCopathResolution(toLeafIndex(committer), tree);
  const excluded = new Set(addedAt.map((leafIndex) => leafIndex * 2));
  return (
    nodes.length === path.nodes.length &&
    path.nodes.every((node, level) => {
      const recipients = nodes[level]?.resolution.filter((index) => !excluded.has(index)) ?? [];
      return (
        isSoundX25519Key(node.hpkePublicKey) &&
        node.encryptedPathSecret.length === recipients.length &&
        node.encryptedPathSecret.every(
          ({ kemOutput, ciphertext }) =>
            kemOutput.length === publicKeyBytes && ciphertext.length === sealedPathSecretBytes,
        )
      );
    })
  );
}

/** The parents whose private keys this leaf should hold: on its path, not blank, and not added before it was merged. */
export function heldParents(
  tree: RatchetTree,
  leafIndex: number,
): { readonly nodeIndex: number; readonly publicKey: Uint8Array }[] {
  return directPath(leafToNodeIndex(toLeafIndex(leafIndex)), leafWidth(tree.length)).flatMap((nodeIndex) => {
    const node: Node | undefined = tree[nodeIndex];
    if (node?.nodeType !== "parent" || node.parent.unmergedLeaves.includes(leafIndex)) return [];
    return [{ nodeIndex, publicKey: node.parent.hpkePublicKey }];
  });
}
