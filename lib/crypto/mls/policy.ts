/**
 * The room policy in the group context. The extension list of a group is exactly this one (MLS-07), so there are no
 * required capabilities and no external senders; the policy is one that decodes and names this very group, or the
 * group is none of ours.
 */
import type { Extension } from "ts-mls/extension.js";
import type { GroupContext } from "ts-mls/groupContext.js";
import { equalBytes, fromHex } from "@/lib/protocol/bytes";
import { groupIdBytes, hashBytes, policyExtensionType } from "@/lib/protocol/mls/profile";
import { decodePolicy, encodePolicy, type RoomPolicy } from "@/lib/protocol/policy";
import { suiteName } from "./provider";

export function policyExtension(policy: RoomPolicy): Extension {
  return { extensionType: policyExtensionType, extensionData: encodePolicy(policy) };
}

/** `undefined` when the extensions are anything but one policy for the group. */
export function policyIn({
  extensions,
  groupId,
}: Pick<GroupContext, "extensions" | "groupId">): RoomPolicy | undefined {
  const [extension] = extensions;
  if (extensions.length !== 1 || extension?.extensionType !== policyExtensionType) return undefined;
  const policy = decodePolicy(extension.extensionData);
  return policy !== undefined && equalBytes(fromHex(policy.roomId) ?? new Uint8Array(), groupId) ? policy : undefined;
}

/** Of a group that this door has let in. */
export function policyWithin(context: GroupContext): RoomPolicy {
  const policy = policyIn(context);
  if (policy === undefined) throw new Error("a group without a policy");
  return policy;
}

/** A group context of ours (RFC 9420 section 8.1): suite, sizes, policy. The decoder takes version mls10 only. */
export function isContextForm(context: GroupContext): boolean {
  return (
    context.cipherSuite === suiteName &&
    context.groupId.length === groupIdBytes &&
    context.treeHash.length === hashBytes &&
    context.confirmedTranscriptHash.length === (context.epoch === 0n ? 0 : hashBytes) &&
    policyIn(context) !== undefined
  );
}
