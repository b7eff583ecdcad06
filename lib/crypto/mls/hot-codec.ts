/**
 * The secrets of a group at rest (see group-state.ts). Of the secret tree only the leaves that someone sits on are written;
 * ts-mls also derives ratchets for inner nodes, which nobody uses.
 */
import { decodeGroupContext, encodeGroupContext, type GroupContext } from "ts-mls/groupContext.js";
import { decodeKeySchedule, encodeKeySchedule, type KeySchedule } from "ts-mls/keySchedule.js";
import type { PrivateKeyPath } from "ts-mls/privateKeyPath.js";
import type { GenerationSecret, SecretTree } from "ts-mls/secretTree.js";
import { concatBytes } from "@/lib/protocol/bytes";
import { retainedEpochs, roomMaxLeaves } from "@/lib/protocol/limits";
import { hashBytes, policyMaxBytes, publicKeyBytes } from "@/lib/protocol/mls/profile";
import { tlsOpaque, tlsUint, tlsVector, type TlsReader } from "@/lib/protocol/mls/tls";
import { spentNode, type Inside, type PastEpoch } from "./inside";

export interface HotPart {
  readonly groupContext: GroupContext;
  readonly keySchedule: KeySchedule;
  readonly confirmationTag: Uint8Array;
  readonly privatePath: PrivateKeyPath;
  readonly secretTree: SecretTree;
  readonly past: ReadonlyMap<bigint, Omit<PastEpoch, "roster">>;
}

/** Group context with its policy; key schedule of eight secrets. */
const contextMaxBytes = policyMaxBytes + 1024;
/** Nodes from a leaf of a room of `roomMaxLeaves` to its root. */
const pathMaxKeys = 12;

export function encodeHot({ state, roster, past }: Inside): Uint8Array {
  const { leafIndex, privateKeys } = state.privatePath;
  const keys = Object.entries(privateKeys).map(([node, key]) => concatBytes(tlsUint(Number(node), 4), tlsOpaque(key)));
  const epochs = [...past].map(([epoch, { groupContext, senderDataSecret, secretTree, roster: people }]) =>
    concatBytes(
      tlsUint(epoch, 8),
      tlsOpaque(encodeGroupContext(groupContext)),
      tlsOpaque(senderDataSecret),
      encodeSecretTree(secretTree, people.keys()),
    ),
  );
  return concatBytes(
    tlsOpaque(encodeGroupContext(state.groupContext)),
    // Resumption secrets are for PSKs, which we refuse (MLS-06): not worth stealing when they are not there.
    tlsOpaque(encodeKeySchedule({ ...state.keySchedule, resumptionPsk: new Uint8Array() })),
    tlsOpaque(state.confirmationTag),
    tlsUint(leafIndex, 4),
    tlsVector(keys),
    encodeSecretTree(state.secretTree, roster.keys()),
    tlsVector(epochs),
  );
}

/** `treeLength`: nodes of the ratchet tree. */
export function decodeHot(reader: TlsReader, treeLength: number): HotPart {
  const groupContext = readWith(reader, decodeGroupContext);
  const keySchedule = readWith(reader, decodeKeySchedule);
  const confirmationTag = reader.opaque(hashBytes, hashBytes);
  const leafIndex = reader.uint32();
  const keys = reader.vector(
    pathMaxKeys,
    (inner) => [inner.uint32(), inner.opaque(publicKeyBytes, publicKeyBytes)] as const,
  );
  const secretTree = readSecretTree(reader, treeLength);
  const epochs = reader.vector(retainedEpochs, (inner) => {
    const epoch = inner.uint64();
    const context = readWith(inner, decodeGroupContext);
    const senderDataSecret = inner.opaque(hashBytes, hashBytes);
    const ratchets = readSecretTree(inner, 2 * roomMaxLeaves);
    return [epoch, { groupContext: context, senderDataSecret, secretTree: ratchets }] as const;
  });
  const privatePath = { leafIndex, privateKeys: Object.fromEntries(keys) };
  return { groupContext, keySchedule, confirmationTag, privatePath, secretTree, past: new Map(epochs) };
}

function encodeSecretTree(tree: SecretTree, leafIndexes: Iterable<number>): Uint8Array {
  const leaves = [...leafIndexes].map((leafIndex) => {
    const { handshake, application } = tree[leafIndex * 2] ?? spentNode();
    return concatBytes(tlsUint(leafIndex, 4), encodeRatchet(handshake), encodeRatchet(application));
  });
  return tlsVector(leaves);
}

/** Keys of skipped messages are never kept (MLS-11), so there is nothing else to write. */
function encodeRatchet({ secret, generation }: GenerationSecret): Uint8Array {
  return concatBytes(tlsOpaque(secret), tlsUint(generation, 4));
}

function readSecretTree(reader: TlsReader, maxNodes: number): SecretTree {
  const leaves = reader.vector(roomMaxLeaves, (inner) => {
    const leafIndex = inner.uint32();
    inner.require(leafIndex * 2 < maxNodes);
    return { leafIndex, node: { handshake: readRatchet(inner), application: readRatchet(inner) } };
  });
  const last = leaves.reduce((highest, { leafIndex }) => Math.max(highest, leafIndex * 2), 0);
  const tree: SecretTree = Array.from({ length: last + 1 }, spentNode);
  for (const { leafIndex, node } of leaves) tree[leafIndex * 2] = node;
  return tree;
}

function readRatchet(reader: TlsReader): GenerationSecret {
  const secret = reader.opaque(0, hashBytes);
  return { secret, generation: reader.uint32(), unusedGenerations: {} };
}

/** A value of ts-mls inside a vector, which it must fill. */
function readWith<T>(reader: TlsReader, decode: (bytes: Uint8Array, offset: number) => [T, number] | undefined): T {
  const bytes = reader.opaque(1, contextMaxBytes);
  const decoded = tryDecode(decode, bytes);
  if (decoded === undefined) {
    reader.require(false);
    throw new Error("unreachable: require has thrown");
  }
  return decoded;
}

function tryDecode<T>(
  decode: (bytes: Uint8Array, offset: number) => [T, number] | undefined,
  bytes: Uint8Array,
): T | undefined {
  try {
    const decoded = decode(bytes, 0);
    return decoded?.[1] === bytes.length ? decoded[0] : undefined;
  } catch {
    return undefined;
  }
}
