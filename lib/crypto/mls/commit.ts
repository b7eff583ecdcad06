/**
 * Making commits: self-update, Add, Remove, a new policy. Every commit carries a path (MLS-06), proposals go by value, and
 * what others would ignore is not made.
 */
import type { ClientState } from "ts-mls/clientState.js";
import { createCommit } from "ts-mls/createCommit.js";
import type { Proposal } from "ts-mls/proposal.js";
import { consumeRatchet } from "ts-mls/secretTree.js";
import { equalBytes } from "@/lib/protocol/bytes";
import { commitMaxProposals, eventMaxBytes } from "@/lib/protocol/limits";
import { encodeCommitData } from "@/lib/protocol/mls/commit-data";
import { samePolicy, type RoomPolicy } from "@/lib/protocol/policy";
import { afterRemovals, reasonToRemove, type Removal } from "@/lib/protocol/policy-rules";
import { decodeRevocation } from "@/lib/protocol/revocation";
import { attempt } from "./attempt";
import { clientConfig } from "./config";
import type { AnchorSource, DeviceIdentity, Group, IgnoredReason, LeaveProof, MadeCommit } from "./door";
import { makeGroupInfo } from "./group-info";
import { closeGroup, openGroup, pastOfNext, type Inside } from "./inside";
import { judgeCommit } from "./judge";
import { checkKeyPackage, decodeKeyPackageMessage } from "./key-package";
import { certificateName, credentialOf, leafCertificate, type LeafIdentity } from "./leaf";
import { openPrivate } from "./open-private";
import { ownChecked, withOwnAnchor } from "./own";
import { suite } from "./provider";
import { checkedOf, membersOf } from "./people";
import { policyExtension, policyWithin } from "./policy";
import { settle } from "./settle";
import { leafAt } from "./tree";
import { encodeWire } from "./wire";

export interface CommitOptions {
  /** KeyPackages of devices to add. Needs `anchors` and `now`. */
  readonly add?: readonly Uint8Array[];
  /** Leaf indexes to remove: the own account's devices, or, for an admin, anybody's. */
  readonly remove?: readonly number[];
  /** Members who want to go. */
  readonly leaves?: readonly LeaveProof[];
  /** Devices that their accounts have revoked; those that are in the room are removed. */
  readonly revocations?: readonly Uint8Array[];
  /** What the policy becomes, from what the removals leave behind. */
  readonly change?: (base: RoomPolicy) => RoomPolicy;
  readonly anchors?: AnchorSource;
  readonly now?: Date;
}

/** The rules forbid this commit; the same cause for which others would ignore it. */
export class CommitRefused extends Error {
  override readonly name = "CommitRefused";

  constructor(readonly reason: IgnoredReason) {
    super(`this commit would be ignored: ${reason}`);
  }
}

interface Plan {
  readonly proposals: readonly Proposal[];
  readonly authenticatedData: Uint8Array;
}

/** With nothing to add or remove: a self-update. Throws `CommitRefused`, and whatever `anchors` throws. */
export async function commit(group: Group, identity: DeviceIdentity, options: CommitOptions = {}): Promise<MadeCommit> {
  const inside = openGroup(group);
  const plan = await planCommit(inside, identity, options);
  const cs = await suite();
  const checked = new Map([...checkedOf(inside.roster), ...plan.checked, ownChecked(identity)]);
  const made = unwrap(
    await attempt(
      () =>
        createCommit(
          { state: stateToCommit(inside, identity, clientConfig(checked)), cipherSuite: cs },
          {
            extraProposals: [...plan.proposals],
            authenticatedData: plan.authenticatedData,
            ratchetTreeExtension: true,
          },
        ),
      "not-allowed",
    ),
  );
  const current = await withCommitKeyUsed(inside);
  const anchors = unwrap(await judgeOwn(inside, made.commit)).anchors;
  const settled = await settle(made.newState, checked, anchors, pastOfNext(inside));
  if (!settled.ok) throw new CommitRefused(settled.reason);
  const message = encodeWire(made.commit);
  // Some 100 Adds with as many new accounts; the caller makes two commits of it.
  if (message.length > eventMaxBytes) throw new CommitRefused("malformed");
  return {
    next: settled.group,
    current,
    commit: message,
    groupInfo: await makeGroupInfo(made.newState),
    welcome: made.welcome && encodeWire({ wireformat: "mls_welcome", welcome: made.welcome }),
  };
}

/** Reads the commit back as others will, with the key it was made with, and judges it. */
async function judgeOwn(inside: Inside, made: Parameters<typeof encodeWire>[0]) {
  if (made.wireformat !== "mls_private_message") throw new Error("a member's commit is a PrivateMessage");
  const opened = await openPrivate(inside, made.privateMessage);
  if (!opened.ok) return { ok: false as const, reason: opened.reason };
  const { content } = opened.content;
  if (content.contentType !== "commit") throw new Error("the commit is not a commit");
  const { leafIndex } = inside.state.privatePath;
  const judged = await judgeCommit(inside, leafIndex, content.commit, content.authenticatedData);
  return judged.ok ? { ok: true as const, value: judged } : judged;
}

async function planCommit(inside: Inside, identity: DeviceIdentity, options: CommitOptions) {
  const { add = [], remove = [], leaves = [], revocations = [] } = options;
  const revoked = revokedLeaves(inside, revocations);
  const removed = new Set([...remove, ...leaves.map(({ leafIndex }) => leafIndex), ...revoked]);
  if (add.length + removed.size > commitMaxProposals || (add.length > 0 && removed.size > 0)) {
    throw new CommitRefused("not-allowed");
  }
  if (![...removed].every((leafIndex) => inside.roster.has(leafIndex))) throw new CommitRefused("not-allowed");
  const added = await planAdds(inside, identity, add, options);
  const removals = [...removed].map((leafIndex): Proposal => ({
    proposalType: "remove",
    remove: { removed: leafIndex },
  }));
  const change = policyChange(inside, options, removed, revoked);
  const data = { anchors: added.anchors, leaves, revocations, link: undefined };
  return {
    proposals: [...added.proposals, ...removals, ...change],
    authenticatedData: encodeCommitData(data),
    checked: added.checked,
  } satisfies Plan & { checked: unknown };
}

/** Where the revoked devices sit. */
function revokedLeaves({ roster }: Inside, revocations: readonly Uint8Array[]): Set<number> {
  const leaves = new Set<number>();
  for (const bytes of revocations) {
    const revocation = decodeRevocation(bytes);
    const found = membersOf(roster).find(
      ({ accountId, deviceId }) => accountId === revocation?.accountId && deviceId === revocation.deviceId,
    );
    if (found === undefined) throw new CommitRefused("not-allowed");
    leaves.add(found.leafIndex);
  }
  return leaves;
}

/** What the removals ask for and the committer wants; nothing when the policy stays as it is. */
function policyChange(
  inside: Inside,
  { leaves = [], change }: CommitOptions,
  removed: ReadonlySet<number>,
  revoked: ReadonlySet<number>,
): Proposal[] {
  const policy = policyWithin(inside.state.groupContext);
  const people = membersOf(inside.roster);
  const committer = inside.roster.get(inside.state.privatePath.leafIndex)?.member;
  if (committer === undefined) throw new CommitRefused("not-a-member");
  const removals = people.flatMap((member): Removal[] => {
    if (!removed.has(member.leafIndex)) return [];
    const wantsToLeave = leaves.some(({ leafIndex }) => leafIndex === member.leafIndex);
    const proven = { wantsToLeave, isRevoked: revoked.has(member.leafIndex) };
    const reason = reasonToRemove(policy, committer, member, proven);
    if (reason === undefined) throw new CommitRefused("not-allowed");
    return [{ member, reason }];
  });
  const base = afterRemovals(policy, people, removals);
  const next = change?.(base) ?? base;
  if (samePolicy(next, policy)) return [];
  const extensions = [policyExtension(next)];
  return [{ proposalType: "group_context_extensions", groupContextExtensions: { extensions } }];
}

/** KeyPackages judged by this device's clock, and the anchors of accounts that are not in the room yet. */
async function planAdds(inside: Inside, identity: DeviceIdentity, add: readonly Uint8Array[], options: CommitOptions) {
  const proposals: Proposal[] = [];
  const checked: (readonly [string, LeafIdentity])[] = [];
  const anchors = new Map<string, Uint8Array>();
  if (add.length === 0) return { proposals, checked, anchors: [] };
  const { now } = options;
  if (options.anchors === undefined || now === undefined) throw new TypeError("adding needs anchors and a clock");
  const source = withOwnAnchor(options.anchors, identity);
  for (const bytes of add) {
    const verdict = await checkKeyPackage(bytes, { anchors: source, now });
    if (!verdict.ok) throw new CommitRefused(verdict.reason);
    const keyPackage = decodeKeyPackageMessage(bytes);
    const der = keyPackage && leafCertificate(keyPackage.leafNode);
    const { accountId } = verdict.member;
    const anchor = inside.anchors.get(accountId) ?? (await source(accountId));
    if (keyPackage === undefined || der === undefined || anchor === undefined)
      throw new CommitRefused("bad-credential");
    if (!inside.anchors.has(accountId)) anchors.set(accountId, anchor);
    checked.push([certificateName(der), verdict.member]);
    proposals.push({ proposalType: "add", add: { keyPackage } });
  }
  return { proposals, checked, anchors: [...anchors.values()] };
}

/** The state to commit from. A renewed device certificate goes into the leaf, which the path then carries. */
function stateToCommit(inside: Inside, identity: DeviceIdentity, config: ClientState["clientConfig"]): ClientState {
  const { state } = inside;
  const { leafIndex } = state.privatePath;
  const leaf = leafAt(state.ratchetTree, leafIndex);
  if (leaf === undefined || !equalBytes(leaf.signaturePublicKey, identity.publicKey)) {
    throw new RangeError("not the group of this device");
  }
  const ratchetTree = state.ratchetTree.slice();
  ratchetTree[leafIndex * 2] = {
    nodeType: "leaf",
    leaf: { ...leaf, credential: credentialOf(identity.deviceCertificate) },
  };
  return { ...state, ratchetTree, signaturePrivateKey: identity.secretKey, clientConfig: config };
}

/** ts-mls leaves the ratchet where it was, so that a second commit in this epoch would use the same key again. */
async function withCommitKeyUsed(inside: Inside): Promise<Group> {
  const { state } = inside;
  const { newTree } = await consumeRatchet(state.secretTree, state.privatePath.leafIndex * 2, "commit", await suite());
  return closeGroup({ ...inside, state: { ...state, secretTree: newTree } });
}

function unwrap<T>(
  attempted: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: IgnoredReason },
): T {
  if (!attempted.ok) throw new CommitRefused(attempted.reason);
  return attempted.value;
}
