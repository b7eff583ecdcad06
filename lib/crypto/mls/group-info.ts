/**
 * GroupInfo: made by members, judged by joiners (RFC 9420 section 12.4.3). A joiner checks all that can be checked from
 * outside: signature, tree, hashes, credentials, policy. Whether the group is the one that others are in, only its
 * members can show (DESIGN section 4).
 */
import type { ClientState } from "ts-mls/clientState.js";
import { validateRatchetTree } from "ts-mls/clientState.js";
import { decodeVarLenData } from "ts-mls/codec/variableLength.js";
import { createGroupInfoWithExternalPubAndRatchetTree } from "ts-mls/createCommit.js";
import { verifyGroupInfoSignature, type GroupInfo } from "ts-mls/groupInfo.js";
import { CryptoVerificationError } from "ts-mls/mlsError.js";
import { decodeRatchetTree, encodeRatchetTree, type RatchetTree } from "ts-mls/ratchetTree.js";
import { equalBytes } from "@/lib/protocol/bytes";
import { groupInfoMaxBytes } from "@/lib/protocol/limits";
import { hashBytes, signatureBytes } from "@/lib/protocol/mls/profile";
import { mayHold } from "@/lib/protocol/policy-rules";
import { lookUp, type Anchors } from "./anchors";
import { attempt } from "./attempt";
import { clientConfig } from "./config";
import type { AnchorSource, IgnoredReason, InspectedGroupInfo } from "./door";
import { isContextForm, policyIn, policyWithin } from "./policy";
import { suite } from "./provider";
import { accountsOf, checkedOf, checkTree, membersOf, type Roster } from "./people";
import { openGroupInfo, sealGroupInfo, type GroupInfoKey } from "./seal";
import { isSoundTree, leafAt } from "./tree";
import { decodeWire, encodeWire } from "./wire";
import { isSoundX25519Key } from "./x25519";

export interface JudgedGroupInfo {
  readonly ok: true;
  readonly groupInfo: GroupInfo;
  readonly tree: RatchetTree;
  readonly roster: Roster;
  readonly anchors: Anchors;
}

interface Refused {
  readonly ok: false;
  readonly reason: IgnoredReason;
}

/** The exact extensions of a GroupInfo on its own, and of one inside a Welcome. */
const publicExtensions = ["external_pub", "ratchet_tree"] as const;
const welcomeExtensions = ["ratchet_tree"] as const;

/** For the server to keep: sealed, unless the room is open (SEAL-02). */
export async function makeGroupInfo(state: ClientState): Promise<Uint8Array> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(state, [], await suite());
  const bytes = encodeWire({ wireformat: "mls_group_info", groupInfo });
  return await sealGroupInfo(policyWithin(state.groupContext), state.groupContext, bytes);
}

export interface GroupInfoOptions {
  readonly groupId: Uint8Array;
  readonly anchors: AnchorSource;
  /** Opens a private room's. */
  readonly unlock?: GroupInfoKey | undefined;
}

/** Full check without joining. */
export async function inspectGroupInfo(
  bytes: Uint8Array,
  options: GroupInfoOptions,
): Promise<{ readonly ok: true; readonly info: InspectedGroupInfo } | Refused> {
  const judged = await judgeGroupInfoMessage(bytes, options);
  if (!judged.ok) return judged;
  const { groupContext } = judged.groupInfo;
  const cs = await suite();
  const { lifetimeConfig, authService } = clientConfig(checkedOf(judged.roster));
  const verdict = await attempt(
    () => validateRatchetTree(judged.tree, groupContext, lifetimeConfig, authService, groupContext.treeHash, cs),
    "bad-tree",
  );
  if (!verdict.ok) return verdict;
  if (verdict.value instanceof CryptoVerificationError) return { ok: false, reason: "bad-signature" };
  if (verdict.value !== undefined) return { ok: false, reason: "bad-tree" };
  const info = {
    groupId: groupContext.groupId,
    epoch: groupContext.epoch,
    policy: policyWithin(groupContext),
    members: membersOf(judged.roster),
  };
  return { ok: true, info };
}

/** All but signatures of leaves and the hashes of the tree, which ts-mls checks while joining. */
export async function judgeGroupInfoMessage(
  bytes: Uint8Array,
  { groupId, anchors, unlock }: GroupInfoOptions,
): Promise<JudgedGroupInfo | Refused> {
  const opened = unlock === undefined ? bytes : await openGroupInfo(bytes, groupId, unlock);
  if (opened === undefined) return { ok: false, reason: "undecryptable" };
  const message = decodeWire(opened, groupInfoMaxBytes);
  if (message?.wireformat !== "mls_group_info") return { ok: false, reason: "malformed" };
  const externalPub = message.groupInfo.extensions.find(({ extensionType }) => extensionType === "external_pub");
  if (externalPub === undefined || !isExternalPub(externalPub.extensionData)) return { ok: false, reason: "malformed" };
  const judged = await judgeGroupInfo(message.groupInfo, publicExtensions, groupId, anchors);
  // Whether it must be sealed is the room's to say, not the server's: what lies open is an open room's, and no other.
  const isOpen = judged.ok && policyIn(judged.groupInfo.groupContext)?.kind === "open";
  return judged.ok && isOpen !== (unlock === undefined) ? { ok: false, reason: "not-allowed" } : judged;
}

export function judgeWelcomeGroupInfo(
  groupInfo: GroupInfo,
  groupId: Uint8Array,
  anchors: AnchorSource,
): Promise<JudgedGroupInfo | Refused> {
  return judgeGroupInfo(groupInfo, welcomeExtensions, groupId, anchors);
}

async function judgeGroupInfo(
  groupInfo: GroupInfo,
  extensionTypes: readonly string[],
  groupId: Uint8Array,
  source: AnchorSource,
): Promise<JudgedGroupInfo | Refused> {
  const { groupContext, extensions, signer, confirmationTag, signature } = groupInfo;
  if (!equalBytes(groupContext.groupId, groupId)) return { ok: false, reason: "wrong-group" };
  const types = extensions.map(({ extensionType }) => extensionType);
  const isForm =
    isContextForm(groupContext) &&
    types.length === extensionTypes.length &&
    types.every((type, index) => type === extensionTypes[index]) &&
    confirmationTag.length === hashBytes &&
    signature.length === signatureBytes;
  if (!isForm) return { ok: false, reason: "malformed" };
  const tree = treeIn(extensions.at(-1)?.extensionData ?? new Uint8Array());
  if (tree === undefined) return { ok: false, reason: "malformed" };
  const signerLeaf = leafAt(tree, signer);
  if (!isSoundTree(tree) || signerLeaf === undefined) return { ok: false, reason: "bad-tree" };

  const anchorOf = lookUp(source);
  const roster = await checkTree(tree, anchorOf);
  if (roster === undefined) return { ok: false, reason: "bad-credential" };
  // Members see to it from the first epoch on; who founded the room may have had other software.
  if (!mayHold(policyWithin(groupContext), membersOf(roster))) return { ok: false, reason: "not-allowed" };
  const anchors = new Map<string, Uint8Array>();
  for (const accountId of accountsOf(roster)) {
    const account = await anchorOf(accountId);
    if (account !== undefined) anchors.set(accountId, account.der);
  }
  const { signature: ed25519 } = await suite();
  if (!(await verifyGroupInfoSignature(groupInfo, signerLeaf.signaturePublicKey, ed25519))) {
    return { ok: false, reason: "bad-signature" };
  }
  return { ok: true, groupInfo, tree, roster, anchors };
}

/** Strictly: an extension is opaque to the message around it, so it is re-encoded on its own. */
function treeIn(bytes: Uint8Array): RatchetTree | undefined {
  try {
    const decoded = decodeRatchetTree(bytes, 0);
    return decoded !== undefined && equalBytes(encodeRatchetTree(decoded[0]), bytes) ? decoded[0] : undefined;
  } catch {
    return undefined;
  }
}

/** `struct { HPKEPublicKey external_pub; }` (RFC 9420 section 12.4.3.2). */
function isExternalPub(bytes: Uint8Array): boolean {
  try {
    const decoded = decodeVarLenData(bytes, 0);
    // One byte of length, as 32 fits the shortest form.
    return decoded !== undefined && bytes[0] === 32 && bytes.length === 33 && isSoundX25519Key(decoded[0]);
  } catch {
    return false;
  }
}
