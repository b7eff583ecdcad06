/**
 * A member who has all the keys that membership gives and ts-mls without our door. What these make is correctly signed
 * and encrypted; only the rules are broken.
 */
import type { ClientState } from "ts-mls/clientState.js";
import { applyProposals, exportSecret, nextEpochContext } from "ts-mls/clientState.js";
import type { Commit } from "ts-mls/commit.js";
import { createCommit } from "ts-mls/createCommit.js";
import { encryptWithLabel } from "ts-mls/crypto/hpke.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { encodeGroupContext, type GroupContext } from "ts-mls/groupContext.js";
import { ratchetTreeFromExtension, signGroupInfo, type GroupInfo } from "ts-mls/groupInfo.js";
import { signKeyPackage, type KeyPackage } from "ts-mls/keyPackage.js";
import {
  signLeafNodeCommit,
  signLeafNodeKeyPackage,
  type LeafNodeCommit,
  type LeafNodeTBSKeyPackage,
} from "ts-mls/leafNode.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { decodeMlsMessage } from "ts-mls/message.js";
import { protect } from "ts-mls/messageProtection.js";
import { getCommitSecret } from "ts-mls/pathSecrets.js";
import type { Proposal } from "ts-mls/proposal.js";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import {
  addLeafNode,
  encodeRatchetTree,
  getHpkePublicKey,
  removeLeafNode,
  type RatchetTree,
} from "ts-mls/ratchetTree.js";
import { nodeToLeafIndex, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { createUpdatePath, type PathSecret, type UpdatePath } from "ts-mls/updatePath.js";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { openGroup } from "@/lib/crypto/mls/inside";
import { generateOwnLeaf } from "@/lib/crypto/mls/key-package";
import { suite } from "@/lib/crypto/mls/provider";
import { encodeWire } from "@/lib/crypto/mls/wire";
import { encodeCommitData, type CommitData } from "@/lib/protocol/mls/commit-data";
import type { Seat } from "./mls";

const noData: CommitData = { anchors: [], leaves: [], revocations: [], link: undefined };
const acceptAll = { validateCredential: () => Promise.resolve(true) };

/** ts-mls's own state of a seat, with an authentication service that accepts everything. */
export function rawState(seat: Seat): ClientState {
  const { state } = openGroup(seat.group);
  return {
    ...state,
    signaturePrivateKey: seat.identity.secretKey,
    clientConfig: { ...state.clientConfig, authService: acceptAll },
  };
}

export async function rawCommit(
  state: ClientState,
  extraProposals: Proposal[],
  data: Partial<CommitData> = {},
  wireAsPublicMessage = false,
): Promise<Uint8Array> {
  const authenticatedData = encodeCommitData({ ...noData, ...data });
  const options = { extraProposals, authenticatedData, wireAsPublicMessage };
  const { commit } = await createCommit({ state, cipherSuite: await suite() }, options);
  return encodeWire(commit);
}

/** A commit without an update path, as RFC 9420 would allow it for Adds. */
export async function pathlessCommit(
  state: ClientState,
  proposals: Proposal[],
  data: Partial<CommitData> = {},
): Promise<Uint8Array> {
  const cs = await suite();
  const { leafIndex } = state.privatePath;
  const byValue = proposals.map((proposal) => ({ proposalOrRefType: "proposal" as const, proposal }));
  const { tree } = await applyProposals(state, byValue, toLeafIndex(leafIndex), emptyPskIndex, true, cs);
  const authenticatedData = encodeCommitData({ ...noData, ...data });
  const { signature, framedContent } = await createContentCommitSignature(
    state.groupContext,
    "mls_private_message",
    { proposals: byValue, path: undefined },
    { senderType: "member", leafIndex },
    authenticatedData,
    state.signaturePrivateKey,
    cs.signature,
  );
  const context = await nextEpochContext(
    state.groupContext,
    "mls_private_message",
    framedContent,
    signature,
    await treeHashRoot(tree, cs.hash),
    state.confirmationTag,
    cs.hash,
  );
  const zeros = new Uint8Array(cs.kdf.size);
  const { keySchedule } = await initializeEpoch(state.keySchedule.initSecret, zeros, context, zeros, cs.kdf);
  const confirmationTag = await createConfirmationTag(
    keySchedule.confirmationKey,
    context.confirmedTranscriptHash,
    cs.hash,
  );
  const content = { ...framedContent, auth: { contentType: "commit" as const, signature, confirmationTag } };
  const { privateMessage } = await protect(
    state.keySchedule.senderDataSecret,
    authenticatedData,
    state.groupContext,
    state.secretTree,
    content,
    leafIndex,
    state.clientConfig.paddingConfig,
    cs,
  );
  return encodeWire({ wireformat: "mls_private_message", privateMessage });
}

/** A GroupInfo of the seat's epoch with another tree or other extensions, signed by the seat. */
export async function forgedGroupInfo(
  seat: Seat,
  original: Uint8Array,
  change: (info: GroupInfo) => Partial<GroupInfo>,
): Promise<Uint8Array> {
  const message = decodeMlsMessage(original, 0)?.[0];
  if (message?.wireformat !== "mls_group_info") throw new Error("not a GroupInfo");
  const { signature } = await suite();
  const info = {
    ...message.groupInfo,
    signer: openGroup(seat.group).state.privatePath.leafIndex,
    ...change(message.groupInfo),
  };
  const groupInfo = await signGroupInfo(info, seat.identity.secretKey, signature);
  return encodeWire({ wireformat: "mls_group_info", groupInfo });
}

/** The extensions of a GroupInfo with another ratchet tree. */
export function withTree(info: GroupInfo, tree: RatchetTree): Partial<GroupInfo> {
  const extensions = info.extensions.map((extension) =>
    extension.extensionType === "ratchet_tree" ? { ...extension, extensionData: encodeRatchetTree(tree) } : extension,
  );
  return { extensions };
}

/**
 * A commit with any contents, after a real commit for the path: proposals are replaced before signing. Its
 * confirmation tag is wrong, so it shows only that the contents are refused before.
 */
export async function rawContentCommit(
  state: ClientState,
  proposals: ProposalOrRef[],
  change: (path: UpdatePath) => UpdatePath | Promise<UpdatePath> = (path) => path,
): Promise<Uint8Array> {
  const cs = await suite();
  const { leafIndex } = state.privatePath;
  const [, path] = await createUpdatePath(
    state.ratchetTree,
    toLeafIndex(leafIndex),
    state.groupContext,
    state.signaturePrivateKey,
    cs,
  );
  return await sealCommit(state, { proposals, path: await change(path) }, new Uint8Array(32));
}

/** A self-update whose new leaf shows another certificate, correct in all else. */
export async function commitAs(seat: Seat, certificate: Uint8Array): Promise<Uint8Array> {
  const state = rawState(seat);
  const index = state.privatePath.leafIndex * 2;
  const node = state.ratchetTree[index];
  if (node?.nodeType !== "leaf") throw new Error("a blank leaf");
  const ratchetTree = state.ratchetTree.slice();
  ratchetTree[index] = {
    nodeType: "leaf",
    leaf: { ...node.leaf, credential: { credentialType: "x509", certificates: [certificate] } },
  };
  return await rawCommit({ ...state, ratchetTree }, []);
}

/** A signed KeyPackage, with parts of its leaf replaced. */
export async function rekeyedKeyPackage(
  identity: DeviceIdentity,
  hpkePublicKey?: Uint8Array,
  change: Partial<LeafNodeTBSKeyPackage> = {},
  parts: Partial<KeyPackage> = {},
): Promise<KeyPackage> {
  const cs = await suite();
  const { publicPackage } = await generateOwnLeaf(identity);
  const tbs = { ...publicPackage.leafNode, ...(hpkePublicKey === undefined ? {} : { hpkePublicKey }), ...change };
  const leafNode = await signLeafNodeKeyPackage(tbs, identity.secretKey, cs.signature);
  return await signKeyPackage({ ...publicPackage, leafNode, ...parts }, identity.secretKey, cs.signature);
}

/** What a member that was just removed would compute if the commit secret were known to be zero. */
export async function epochWithoutCommitSecret(removed: ClientState, after: ClientState): Promise<Uint8Array> {
  const { kdf } = await suite();
  const zeros = new Uint8Array(kdf.size);
  const { keySchedule } = await initializeEpoch(removed.keySchedule.initSecret, zeros, after.groupContext, zeros, kdf);
  return keySchedule.epochAuthenticator;
}

export interface ExternalOptions extends Partial<CommitData> {
  readonly removes: readonly number[];
  readonly externalInits?: number;
  readonly change?: (path: UpdatePath) => UpdatePath;
  /** HPKE key of the new leaf, whose private half the joiner need not know. */
  readonly leafKey?: Uint8Array;
}

/** RFC 9420 section 12.4.3.2 with any Removes; complete, confirmation tag included. */
export async function rawExternalCommit(
  groupInfoBytes: Uint8Array,
  identity: DeviceIdentity,
  options: ExternalOptions,
): Promise<Uint8Array> {
  const { removes, externalInits = 1, change = (path: UpdatePath) => path, anchors = [], leaves = [] } = options;
  const cs = await suite();
  const message = decodeMlsMessage(groupInfoBytes, 0)?.[0];
  if (message?.wireformat !== "mls_group_info") throw new Error("not a GroupInfo");
  const { groupInfo } = message;
  const { groupContext } = groupInfo;
  const original = ratchetTreeFromExtension(groupInfo);
  const externalPub = groupInfo.extensions.find(({ extensionType }) => extensionType === "external_pub");
  if (original === undefined || externalPub === undefined) throw new Error("not for external joiners");
  const { enc, secret } = await exportSecret(externalPub.extensionData.slice(1), cs);

  const { publicPackage } = await generateOwnLeaf(identity);
  const inside = removes.filter((leafIndex) => leafIndex * 2 < original.length);
  const emptied = inside.reduce((tree, leafIndex) => removeLeafNode(tree, toLeafIndex(leafIndex)), original);
  const [withLeaf, nodeIndex] = addLeafNode(emptied, publicPackage.leafNode);
  const leafIndex = nodeToLeafIndex(nodeIndex);
  const [honestTree, honestPath, pathSecrets] = await createUpdatePath(
    withLeaf,
    leafIndex,
    groupContext,
    identity.secretKey,
    cs,
  );
  const { tree, path: rekeyed } =
    options.leafKey === undefined
      ? { tree: honestTree, path: honestPath }
      : await withLeafKey(
          options.leafKey,
          identity,
          groupContext,
          leafIndex,
          withLeaf,
          honestTree,
          honestPath,
          pathSecrets,
        );
  const path = change(rekeyed);
  const last = pathSecrets.at(-1);
  if (last === undefined) throw new Error("nobody else in the tree");
  const commitSecret = await getCommitSecret(tree, toNodeIndex(last.nodeIndex), last.secret, cs.kdf);
  const proposals: Proposal[] = [
    ...removes.map((removed): Proposal => ({ proposalType: "remove", remove: { removed } })),
    ...Array.from({ length: externalInits }, (): Proposal => ({
      proposalType: "external_init",
      externalInit: { kemOutput: enc },
    })),
  ];
  const { signature, framedContent } = await createContentCommitSignature(
    groupContext,
    "mls_public_message",
    { proposals: proposals.map((proposal) => ({ proposalOrRefType: "proposal", proposal })), path },
    { senderType: "new_member_commit" },
    encodeCommitData({ ...noData, anchors, leaves }),
    identity.secretKey,
    cs.signature,
  );
  const context = await nextEpochContext(
    groupContext,
    "mls_public_message",
    framedContent,
    signature,
    await treeHashRoot(tree, cs.hash),
    groupInfo.confirmationTag,
    cs.hash,
  );
  const { keySchedule } = await initializeEpoch(secret, commitSecret, context, new Uint8Array(cs.kdf.size), cs.kdf);
  const confirmationTag = await createConfirmationTag(
    keySchedule.confirmationKey,
    context.confirmedTranscriptHash,
    cs.hash,
  );
  const auth = { contentType: "commit" as const, signature, confirmationTag };
  return encodeWire({
    wireformat: "mls_public_message",
    publicMessage: { content: framedContent, auth, senderType: "new_member_commit" },
  });
}

/** The leaf of a path signed again, by whoever holds `identity`'s key. */
export async function resign(
  leaf: LeafNodeCommit,
  identity: DeviceIdentity,
  id: Uint8Array,
  leafIndex: number,
  change: Partial<Pick<LeafNodeCommit, "credential" | "hpkePublicKey">>,
): Promise<LeafNodeCommit> {
  const { signature } = await suite();
  const tbs = { ...leaf, ...change, signaturePublicKey: identity.publicKey, groupId: id, leafIndex };
  return await signLeafNodeCommit(tbs, identity.secretKey, signature);
}

/** Path secrets are sealed under the tree hash, so they are sealed again for the changed tree. */
async function withLeafKey(
  hpkePublicKey: Uint8Array,
  identity: DeviceIdentity,
  groupContext: GroupContext,
  leafIndex: number,
  recipients: RatchetTree,
  honestTree: RatchetTree,
  { leafNode, nodes }: UpdatePath,
  secrets: readonly PathSecret[],
): Promise<{ tree: RatchetTree; path: UpdatePath }> {
  const cs = await suite();
  const leaf = await resign(leafNode, identity, groupContext.groupId, leafIndex, { hpkePublicKey });
  const tree = honestTree.slice();
  tree[leafIndex * 2] = { nodeType: "leaf", leaf };
  const treeHash = await treeHashRoot(tree, cs.hash);
  const context = encodeGroupContext({ ...groupContext, epoch: groupContext.epoch + 1n, treeHash });
  const sealedNodes = nodes.map(async (node, level) => {
    const { sendTo = [], secret = new Uint8Array() } = secrets[level] ?? {};
    const sealed = sendTo.map(async (index) => {
      const recipient = recipients[index];
      if (recipient === undefined) throw new Error("a blank recipient");
      const key = await cs.hpke.importPublicKey(getHpkePublicKey(recipient));
      const { enc, ct } = await encryptWithLabel(key, "UpdatePathNode", context, secret, cs.hpke);
      return { kemOutput: enc, ciphertext: ct };
    });
    return { ...node, encryptedPathSecret: await Promise.all(sealed) };
  });
  return { tree, path: { leafNode: leaf, nodes: await Promise.all(sealedNodes) } };
}

async function sealCommit(state: ClientState, commit: Commit, confirmationTag: Uint8Array): Promise<Uint8Array> {
  const cs = await suite();
  const { leafIndex } = state.privatePath;
  const authenticatedData = encodeCommitData(noData);
  const { signature, framedContent } = await createContentCommitSignature(
    state.groupContext,
    "mls_private_message",
    commit,
    { senderType: "member", leafIndex },
    authenticatedData,
    state.signaturePrivateKey,
    cs.signature,
  );
  const content = { ...framedContent, auth: { contentType: "commit" as const, signature, confirmationTag } };
  const { senderDataSecret } = state.keySchedule;
  const { paddingConfig } = state.clientConfig;
  const { privateMessage } = await protect(
    senderDataSecret,
    authenticatedData,
    state.groupContext,
    state.secretTree,
    content,
    leafIndex,
    paddingConfig,
    cs,
  );
  return encodeWire({ wireformat: "mls_private_message", privateMessage });
}
