/**
 * The room policy in the group context. The extension list of a group is exactly this one (MLS-07), so there are no
 * required capabilities and no external senders, and no commit changes it yet: `isContextForm` and the
 * list of allowed proposals in judge.ts are the two places to open when commits may.
 */
import type { Extension } from "ts-mls/extension.js";
import type { GroupContext } from "ts-mls/groupContext.js";
import { groupIdBytes, hashBytes, policyExtensionType, policyMaxBytes } from "@/lib/protocol/mls/profile";
import { suiteName } from "./provider";

export function policyExtension(policy: Uint8Array): Extension {
  if (policy.length === 0 || policy.length > policyMaxBytes) throw new RangeError("a policy has 1 byte to 16 KiB");
  return { extensionType: policyExtensionType, extensionData: policy.slice() };
}

export function policyIn(context: GroupContext): Uint8Array | undefined {
  const [extension] = context.extensions;
  return context.extensions.length === 1 && extension?.extensionType === policyExtensionType
    ? extension.extensionData
    : undefined;
}

/** A group context of ours (RFC 9420 section 8.1): suite, sizes, policy. The decoder takes version mls10 only. */
export function isContextForm(context: GroupContext): boolean {
  const policy = policyIn(context);
  return (
    context.cipherSuite === suiteName &&
    context.groupId.length === groupIdBytes &&
    context.treeHash.length === hashBytes &&
    context.confirmedTranscriptHash.length === (context.epoch === 0n ? 0 : hashBytes) &&
    policy !== undefined &&
    policy.length > 0 &&
    policy.length <= policyMaxBytes
  );
}
