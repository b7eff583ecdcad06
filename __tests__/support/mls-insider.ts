/**
 * A member who has all the keys that membership gives and ts-mls without our door. What these make is correctly signed
 * and encrypted; only the rules are broken.
 */
import type { ClientState } from "ts-mls/clientState.js";
import { applyProposals, nextEpochContext } from "ts-mls/clientState.js";
import { createCommit } from "ts-mls/createCommit.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { signGroupInfo, type GroupInfo } from "ts-mls/groupInfo.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { decodeMlsMessage } from "ts-mls/message.js";
import { protect } from "ts-mls/messageProtection.js";
import type { Proposal } from "ts-mls/proposal.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { encodeRatchetTree, type RatchetTree } from "ts-mls/ratchetTree.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { openGroup } from "@/lib/crypto/mls/inside";
import { suite } from "@/lib/crypto/mls/provider";
import { encodeWire } from "@/lib/crypto/mls/wire";
import { encodeCommitData, type CommitData } from "@/lib/protocol/mls/commit-data";
import type { Seat } from "./mls";

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
  const authenticatedData = encodeCommitData({ anchors: [], leaves: [], ...data });
  const options = { extraProposals, authenticatedData, wireAsPublicMessage };
  const { commit } = await createCommit({ state, cipherSuite: await suite() }, options);
  return encodeWire(commit);
}

/** A commit without an update path, as RFC 9420 would allow it for Adds. */
export async function pathlessCommit(state: ClientState, proposals: Proposal[], data: Partial<CommitData> = {}): Promise<Uint8Array> {
  const cs = await suite();
  const { leafIndex } = state.privatePath;
  const byValue = proposals.map((proposal) => ({ proposalOrRefType: "proposal" as const, proposal }));
  const { tree } = await applyProposals(state, byValue, toLeafIndex(leafIndex), emptyPskIndex, true, cs);
  const authenticatedData = encodeCommitData({ anchors: [], leaves: [], ...data });
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
  const confirmationTag = await createConfirmationTag(keySchedule.confirmationKey, context.confirmedTranscriptHash, cs.hash);
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
export async function forgedGroupInfo(seat: Seat, original: Uint8Array, change: (info: GroupInfo) => Partial<GroupInfo>): Promise<Uint8Array> {
  const message = decodeMlsMessage(original, 0)?.[0];
  if (message?.wireformat !== "mls_group_info") throw new Error("not a GroupInfo");
  const { signature } = await suite();
  const info = { ...message.groupInfo, signer: openGroup(seat.group).state.privatePath.leafIndex, ...change(message.groupInfo) };
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
