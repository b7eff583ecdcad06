/**
 * Asking to be let in: an Add that the newcomer proposes for itself (RFC 9420 section 12.1.8.1, `new_member_proposal`). It never
 * enters the room's order; a member that takes it commits the KeyPackage by value (MLS-06). The signature binds it to
 * group and epoch, so nobody can pass a KeyPackage from the directory off as a wish to come in.
 */
import type { GroupContext } from "ts-mls/groupContext.js";
import { verifyFramedContentSignature } from "ts-mls/framedContent.js";
import { protectExternalProposalPublic } from "ts-mls/messageProtectionPublic.js";
import { equalBytes } from "@/lib/protocol/bytes";
import { knockMaxBytes, retainedEpochs } from "@/lib/protocol/limits";
import type { AnchorSource, DeviceIdentity, Group, IgnoredReason, MadeKeyPackage } from "./door";
import { openGroup } from "./inside";
import { checkKeyPackage, decodeKeyPackageMessage, makeKeyPackage } from "./key-package";
import type { LeafIdentity } from "./leaf";
import { suite, suiteName } from "./provider";
import { decodeWire, encodeWire } from "./wire";

export interface Knock {
  readonly message: Uint8Array;
  /** Opens the Welcome that answers. Its private half need not outlive the attempt. */
  readonly keyPackage: MadeKeyPackage;
}

export type ReadKnock =
  | {
      readonly ok: true;
      readonly keyPackage: Uint8Array;
      readonly member: LeafIdentity;
      /** Of the device, DER. */
      readonly certificate: Uint8Array;
      readonly epoch: bigint;
    }
  | { readonly ok: false; readonly reason: IgnoredReason };

/** `epoch`: the newest one that the newcomer knows of. */
export async function makeKnock(
  groupId: Uint8Array,
  epoch: bigint,
  identity: DeviceIdentity,
  now: Date,
): Promise<Knock> {
  const made = await makeKeyPackage(identity, now, false);
  const keyPackage = decodeKeyPackageMessage(made.publicPackage);
  if (keyPackage === undefined) throw new Error("a KeyPackage just made cannot be read");
  const { publicMessage } = await protectExternalProposalPublic(
    identity.secretKey,
    contextOf(groupId, epoch),
    new Uint8Array(),
    { proposalType: "add", add: { keyPackage } },
    { senderType: "new_member_proposal" },
    await suite(),
  );
  return { message: encodeWire({ wireformat: "mls_public_message", publicMessage }), keyPackage: made };
}

/** Whether a device that is not in the group asks to come in, by the clock of this device (MLS-12). */
export async function readKnock(
  group: Group,
  message: Uint8Array,
  options: { readonly anchors: AnchorSource; readonly now: Date },
): Promise<ReadKnock> {
  const { state, roster } = openGroup(group);
  const { groupContext } = state;
  const decoded = decodeWire(message, knockMaxBytes);
  if (decoded?.wireformat !== "mls_public_message") return refuse("malformed");
  const { content, auth, senderType } = decoded.publicMessage;
  if (senderType !== "new_member_proposal" || content.contentType !== "proposal") return refuse("malformed");
  const { proposal } = content;
  if (proposal.proposalType !== "add" || !("add" in proposal)) return refuse("not-allowed");
  if (content.authenticatedData.length > 0) return refuse("malformed");
  if (!equalBytes(content.groupId, groupContext.groupId)) return refuse("wrong-group");
  if (content.epoch > groupContext.epoch) return refuse("future-epoch");
  if (content.epoch + BigInt(retainedEpochs) < groupContext.epoch) return refuse("late-epoch");

  const keyPackage = encodeWire({ wireformat: "mls_key_package", keyPackage: proposal.add.keyPackage });
  const checked = await checkKeyPackage(keyPackage, options);
  if (!checked.ok) return checked;
  const { member, certificate } = checked;
  const { accountId, deviceId } = member;
  const isIn = [...roster.values()].some(
    ({ member: other }) => other.accountId === accountId && other.deviceId === deviceId,
  );
  if (isIn) return refuse("not-allowed");
  const { signature } = await suite();
  const isSigned = await verifyFramedContentSignature(
    proposal.add.keyPackage.leafNode.signaturePublicKey,
    "mls_public_message",
    content,
    auth,
    groupContext,
    signature,
  );
  return isSigned ? { ok: true, keyPackage, member, certificate, epoch: content.epoch } : refuse("bad-signature");
}

/** What the signature of a newcomer covers of a group context: nothing but these (RFC 9420 section 6.1). */
function contextOf(groupId: Uint8Array, epoch: bigint): GroupContext {
  return {
    version: "mls10",
    cipherSuite: suiteName,
    groupId,
    epoch,
    treeHash: new Uint8Array(),
    confirmedTranscriptHash: new Uint8Array(),
    extensions: [],
  };
}

function refuse(reason: IgnoredReason): ReadKnock {
  return { ok: false, reason };
}
