/**
 * Coming in by external commit (RFC 9420 section 12.4.3.2). A former leaf of this very device is removed on the way, which
 * is also how a lost or forked state repairs itself.
 */
import { joinGroupExternal } from "ts-mls/createCommit.js";
import { equalBytes, fromHex } from "@/lib/protocol/bytes";
import { encodeCommitData } from "@/lib/protocol/mls/commit-data";
import { mayJoin } from "@/lib/protocol/policy-rules";
import { attempt } from "./attempt";
import { clientConfig } from "./config";
import type { AnchorSource, DeviceIdentity, IgnoredReason, MadeCommit } from "./door";
import { judgeGroupInfoMessage, makeGroupInfo } from "./group-info";
import { generateOwnLeaf } from "./key-package";
import { isSameDevice } from "./leaf";
import { ownChecked, ownIdentity, withOwnAnchor } from "./own";
import { policyWithin } from "./policy";
import { suite } from "./provider";
import { checkedOf, membersOf } from "./people";
import type { GroupInfoKey } from "./seal";
import { settle } from "./settle";
import { encodeWire } from "./wire";

export interface ExternalJoin {
  readonly groupInfo: Uint8Array;
  readonly groupId: Uint8Array;
  readonly identity: DeviceIdentity;
  readonly anchors: AnchorSource;
  /** The newest epoch that a trusted source names; an older GroupInfo is stale (S20). */
  readonly minEpoch?: bigint;
  /** Opens a private room's GroupInfo. A link also lets in who is no member yet. */
  readonly unlock?: GroupInfoKey | undefined;
}

/** `next` is the joiner's state, to be used only when its commit is seen in order. */
export async function joinExternal(
  options: ExternalJoin,
): Promise<({ readonly ok: true } & MadeCommit) | { readonly ok: false; readonly reason: IgnoredReason }> {
  const { identity, groupId, unlock, minEpoch = 0n } = options;
  const anchorSource = withOwnAnchor(options.anchors, identity);
  const judged = await judgeGroupInfoMessage(options.groupInfo, { groupId, anchors: anchorSource, unlock });
  if (!judged.ok) return judged;
  const { groupInfo, roster } = judged;
  const { groupContext } = groupInfo;
  if (groupContext.epoch < minEpoch) return { ok: false, reason: "late-epoch" };
  const people = membersOf(roster);
  const policy = policyWithin(groupContext);
  const isMember = people.some(({ accountId }) => accountId === identity.accountId);
  const link = unlock?.kind === "link" && !isMember ? unlock.link : undefined;
  if (!mayJoin(policy, people, ownIdentity(identity), link?.key)) return { ok: false, reason: "not-allowed" };

  const former = people.find((member) => isSameDevice(member, ownIdentity(identity)));
  const isNewAccount = !judged.anchors.has(identity.accountId);
  const authenticatedData = encodeCommitData({
    anchors: isNewAccount ? [identity.accountCertificate] : [],
    leaves: [],
    revocations: [],
    link: await link?.prove(groupContext.epoch, identity.publicKey),
  });
  const checked = new Map([...checkedOf(roster), ownChecked(identity)]);
  const config = {
    ...clientConfig(checked),
    keyPackageEqualityConfig: {
      compareKeyPackages: () => false,
      compareKeyPackageToLeafNode: (_own: unknown, leaf: { readonly signaturePublicKey: Uint8Array }) =>
        former !== undefined && equalBytes(leaf.signaturePublicKey, former.signatureKey),
    },
  };
  const cs = await suite();
  const mark = former === undefined ? link?.key : former.link;
  const { publicPackage, privatePackage } = await generateOwnLeaf(
    identity,
    mark === undefined ? undefined : fromHex(mark),
  );
  const isResync = former !== undefined;
  const joined = await attempt(
    () =>
      joinGroupExternal(groupInfo, publicPackage, privatePackage, isResync, cs, undefined, config, authenticatedData),
    "bad-tree",
  );
  if (!joined.ok) return joined;
  const { publicMessage, newState } = joined.value;
  const anchors = isNewAccount
    ? new Map([...judged.anchors, [identity.accountId, identity.accountCertificate] as const])
    : judged.anchors;
  const settled = await settle(newState, checked, anchors, new Map());
  if (!settled.ok) return settled;
  return {
    ok: true,
    next: settled.group,
    current: undefined,
    commit: encodeWire({ wireformat: "mls_public_message", publicMessage }),
    groupInfo: await makeGroupInfo(newState),
    welcome: undefined,
  };
}
