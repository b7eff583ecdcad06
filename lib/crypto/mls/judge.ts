/**
 * Whether a commit counts, before ts-mls applies it (SPEC section MLS; DESIGN section 9, traps 2 to 5). A pure function of
 * the group context, the tree and the commit's bytes: no clock, no directory. The same judge is asked before a commit is
 * sent, so an honest device never sends what others ignore.
 */
import type { Commit } from "ts-mls/commit.js";
import type { KeyPackage } from "ts-mls/keyPackage.js";
import type { UpdatePath } from "ts-mls/updatePath.js";
import { equalBytes, toHex } from "@/lib/protocol/bytes";
import { commitMaxProposals, roomMaxLeaves } from "@/lib/protocol/limits";
import { decodeCommitData, type CommitData } from "@/lib/protocol/mls/commit-data";
import { linkProofContent } from "@/lib/protocol/mls/link-proof";
import { samePolicy, type RoomPolicy } from "@/lib/protocol/policy";
import {
  afterRemovals,
  isWhole,
  mayAdd,
  mayChange,
  mayJoin,
  reasonToRemove,
  type PolicyMember,
} from "@/lib/protocol/policy-rules";
import { verifyAccountCertificate } from "../account/certificates";
import { verifyEd25519 } from "../account/ed25519";
import { verifyRevocation } from "../account/revocation";
import { fromAnchors, lookUp, type Anchors } from "./anchors";
import type { IgnoredReason, Member, MemberRemoval } from "./door";
import type { Inside } from "./inside";
import { isKeyPackageForm } from "./key-package-form";
import {
  certificateName,
  hasLeafForm,
  identifyLeaf,
  isSameDevice,
  leafCertificate,
  linkOf,
  type LeafIdentity,
} from "./leaf";
import { isLeaveProof } from "./leave";
import { policyIn, policyWithin } from "./policy";
import { accountsOf, membersOf } from "./people";
import { applyToTree, leafAt, pathFits } from "./tree";

/** A commit that may be applied, with the certificates it brought checked. */
export interface Judged {
  readonly ok: true;
  /** Leaf index of the committer after the commit. */
  readonly committerIndex: number;
  readonly removals: readonly MemberRemoval[];
  readonly revocations: readonly Uint8Array[];
  readonly added: readonly KeyPackage[];
  readonly path: UpdatePath;
  readonly checked: ReadonlyMap<string, LeafIdentity>;
  /** Of the old tree's accounts and the new ones. */
  readonly anchors: Anchors;
}

export interface Refusal {
  readonly ok: false;
  readonly reason: IgnoredReason;
  /** Who came by external commit against the rules; whether it was they, the signature says. */
  readonly joiner?: LeafIdentity;
}

export type Judgement = Judged | Refusal;

interface Contents {
  readonly added: readonly KeyPackage[];
  readonly removed: readonly Member[];
  readonly externalInits: number;
  /** The policy that the commit puts in place. */
  readonly policy: RoomPolicy | undefined;
}

type Allowed = { readonly ok: true; readonly removals: readonly MemberRemoval[] } | Refusal;

/** `committer`: leaf index of a member, or `undefined` for an external commit. */
export async function judgeCommit(
  inside: Inside,
  committer: number | undefined,
  commit: Commit,
  authenticatedData: Uint8Array,
): Promise<Judgement> {
  const { path } = commit;
  const contents = contentsOf(inside, commit);
  const data = decodeCommitData(authenticatedData);
  if (data === undefined) return refuse("malformed");
  if (path === undefined || contents === undefined) return refuse("not-allowed");
  const leaves = [...contents.added.map(({ leafNode }) => leafNode), path.leafNode];
  if (!leaves.every(hasLeafForm) || !contents.added.every(isKeyPackageForm)) return refuse("bad-credential");

  const anchors = await anchorsWith(inside, data);
  if (anchors === undefined) return refuse("bad-credential");
  const anchorOf = lookUp(fromAnchors(anchors));
  const identities = await Promise.all(leaves.map((leaf) => identifyLeaf(leaf, anchorOf)));
  const checked = new Map<string, LeafIdentity>();
  for (const [index, identity] of identities.entries()) {
    const der = leaves[index] && leafCertificate(leaves[index]);
    if (identity === undefined || der === undefined) return refuse("bad-credential");
    checked.set(certificateName(der), identity);
  }
  const present = identities.filter((identity) => identity !== undefined);
  const author = present.at(-1);
  if (author === undefined || !usesAllAnchors(data, anchors, present)) return refuse("bad-credential");

  const allowed =
    committer === undefined
      ? await judgeJoin(inside, contents, data, author, linkOf(path.leafNode))
      : await judgeChange(inside, committer, contents, data, present.slice(0, -1), author, linkOf(path.leafNode));
  if (!allowed.ok) {
    const isOffence = committer === undefined && allowed.reason === "not-allowed";
    return isOffence ? { ...allowed, joiner: author } : allowed;
  }

  const newLeaves = contents.added.map(({ leafNode }) => leafNode);
  const places = committer === undefined ? [path.leafNode] : newLeaves;
  const { tree, addedAt } = applyToTree(
    inside.state.ratchetTree,
    contents.removed.map(({ leafIndex }) => leafIndex),
    places,
  );
  const committerIndex = committer ?? addedAt[0];
  if (committerIndex === undefined) return refuse("bad-tree");
  if (inside.roster.size - contents.removed.length + places.length > roomMaxLeaves) return refuse("not-allowed");
  if (!pathFits(tree, committerIndex, path, committer === undefined ? [] : addedAt)) return refuse("bad-tree");
  const { removals } = allowed;
  const { revocations } = data;
  return { ok: true, committerIndex, removals, revocations, added: contents.added, path, checked, anchors };
}

/** Add, Remove, ExternalInit and one new policy, by value, each leaf at most once; `undefined` for all else. */
function contentsOf({ state, roster }: Inside, commit: Commit): Contents | undefined {
  if (commit.proposals.length > commitMaxProposals) return undefined;
  const added: KeyPackage[] = [];
  const removed = new Map<number, Member>();
  let externalInits = 0;
  let policy: RoomPolicy | undefined;
  for (const item of commit.proposals) {
    if (item.proposalOrRefType !== "proposal") return undefined;
    const { proposal } = item;
    if (proposal.proposalType === "add" && "add" in proposal) added.push(proposal.add.keyPackage);
    else if (proposal.proposalType === "external_init") externalInits++;
    else if (proposal.proposalType === "remove" && "remove" in proposal) {
      const { removed: leafIndex } = proposal.remove;
      const member = roster.get(leafIndex)?.member;
      if (member === undefined || removed.has(leafIndex) || leafAt(state.ratchetTree, leafIndex) === undefined)
        return undefined;
      removed.set(leafIndex, member);
    } else if (proposal.proposalType === "group_context_extensions" && "groupContextExtensions" in proposal) {
      const { extensions } = proposal.groupContextExtensions;
      if (policy !== undefined) return undefined;
      policy = policyIn({ extensions, groupId: state.groupContext.groupId });
      if (policy === undefined) return undefined;
    } else return undefined;
  }
  return { added, removed: [...removed.values()], externalInits, policy };
}

async function judgeChange(
  inside: Inside,
  committerIndex: number,
  { added, removed, externalInits, policy: next }: Contents,
  data: CommitData,
  addedIdentities: readonly LeafIdentity[],
  successor: LeafIdentity,
  mark: string | undefined,
): Promise<Allowed> {
  const committer = inside.roster.get(committerIndex)?.member;
  if (committer === undefined) return refuse("not-a-member");
  if (externalInits > 0 || (added.length > 0 && removed.length > 0) || data.link !== undefined)
    return refuse("not-allowed");
  if (!isSameDevice(committer, successor) || committer.link !== mark) return refuse("bad-credential");
  if (removed.some(({ leafIndex }) => leafIndex === committerIndex)) return refuse("not-allowed");

  const policy = policyWithin(inside.state.groupContext);
  // A new policy says something new.
  if (next !== undefined && samePolicy(next, policy)) return refuse("not-allowed");
  const members = membersOf(inside.roster);
  const removals = await reasonsFor(inside, policy, committer, removed, data);
  if (removals === undefined || !isWhole(members, removals)) return refuse("not-allowed");
  const mayAddAll = addedIdentities.every(
    (identity) => mayAdd(policy, members, committer, identity) && !hasDevice(inside, identity),
  );
  if (!mayAddAll) return refuse("not-allowed");
  const base = afterRemovals(policy, members, removals);
  const isChangeAllowed = mayChange(base, next ?? policy, membersAfter(members, removals, addedIdentities), committer);
  return isChangeAllowed ? { ok: true, removals } : refuse("not-allowed");
}

/** Each removal has a reason and each proof a removal, once; `undefined` otherwise. */
async function reasonsFor(
  inside: Inside,
  policy: RoomPolicy,
  committer: Member,
  removed: readonly Member[],
  data: CommitData,
): Promise<MemberRemoval[] | undefined> {
  const leaving = new Set<number>();
  for (const proof of data.leaves) {
    const isRemoved = removed.some(({ leafIndex }) => leafIndex === proof.leafIndex);
    if (!isRemoved || leaving.has(proof.leafIndex) || !(await isLeaveProof(inside, proof))) return undefined;
    leaving.add(proof.leafIndex);
  }
  const revoked = new Set<number>();
  for (const bytes of data.revocations) {
    const member = await revokedBy(inside, bytes, removed);
    if (member === undefined || revoked.has(member.leafIndex)) return undefined;
    revoked.add(member.leafIndex);
  }
  const removals = removed.flatMap((member): MemberRemoval[] => {
    const proven = { wantsToLeave: leaving.has(member.leafIndex), isRevoked: revoked.has(member.leafIndex) };
    const reason = reasonToRemove(policy, committer, member, proven);
    return reason === undefined ? [] : [{ member, reason }];
  });
  return removals.length === removed.length ? removals : undefined;
}

/** The removed member whose account has revoked it by these bytes (MLS-20). */
async function revokedBy(
  { anchors }: Inside,
  bytes: Uint8Array,
  removed: readonly Member[],
): Promise<Member | undefined> {
  const anchorOf = lookUp(fromAnchors(anchors));
  for (const member of removed) {
    const account = await anchorOf(member.accountId);
    const revocation = account && (await verifyRevocation(bytes, account));
    if (revocation?.deviceId === member.deviceId) return member;
  }
  return undefined;
}

function membersAfter(
  members: readonly Member[],
  removals: readonly MemberRemoval[],
  added: readonly LeafIdentity[],
): PolicyMember[] {
  const gone = new Set(removals.map(({ member }) => member.leafIndex));
  return [
    ...members.filter(({ leafIndex }) => !gone.has(leafIndex)),
    // Where they will sit plays no part in any rule.
    ...added.map((identity) => ({ ...identity, leafIndex: Number.MAX_SAFE_INTEGER })),
  ];
}

/** RFC 9420 section 12.4.3.2, but the only leaf to remove is a former one of the very same device. */
async function judgeJoin(
  inside: Inside,
  { added, removed, externalInits, policy: next }: Contents,
  data: CommitData,
  joiner: LeafIdentity,
  mark: string | undefined,
): Promise<Allowed> {
  const hasOther = added.length > 0 || removed.length > 1 || next !== undefined;
  if (externalInits !== 1 || hasOther || data.leaves.length > 0 || data.revocations.length > 0)
    return refuse("not-allowed");
  const [former] = removed;
  if (former !== undefined && !isSameDevice(former, joiner)) return refuse("not-allowed");
  if (former === undefined && hasDevice(inside, joiner)) return refuse("not-allowed");
  const { state, roster } = inside;
  const link = data.link === undefined ? undefined : toHex(data.link.key);
  // A device that comes back keeps the mark with which it came; a new one bears that of the link it proves.
  if (mark !== (former === undefined ? link : former.link) || (former !== undefined && link !== undefined)) {
    return refuse("not-allowed");
  }
  if (!mayJoin(policyWithin(state.groupContext), membersOf(roster), joiner, link)) return refuse("not-allowed");
  if (data.link !== undefined && !(await isLinkProof(inside, data.link, joiner))) return refuse("not-allowed");
  return { ok: true, removals: removed.map((member) => ({ member, reason: "own-device" })) };
}

/** Bound to group, epoch and joiner (MLS-21). */
async function isLinkProof(
  { state }: Inside,
  { key, signature }: NonNullable<CommitData["link"]>,
  joiner: LeafIdentity,
): Promise<boolean> {
  const { groupId, epoch } = state.groupContext;
  return await verifyEd25519(key, linkProofContent(groupId, epoch, joiner.signatureKey), signature);
}

/** `undefined` when an anchor is not an account certificate, comes twice, or is for an account that is here already. */
async function anchorsWith({ anchors, roster }: Inside, data: CommitData): Promise<Anchors | undefined> {
  const here = accountsOf(roster);
  const all = new Map(anchors);
  for (const der of data.anchors) {
    const account = await verifyAccountCertificate(der);
    if (account === undefined || here.has(account.accountId)) return undefined;
    here.add(account.accountId);
    all.set(account.accountId, der);
  }
  return all;
}

/** Every anchor brought is of a new leaf's account: nothing rides along. */
function usesAllAnchors(data: CommitData, anchors: Anchors, identities: readonly LeafIdentity[]): boolean {
  const used = new Set(identities.map(({ accountId }) => accountId));
  const brought = [...anchors].filter(([, der]) => data.anchors.some((anchor) => equalBytes(anchor, der)));
  return brought.every(([accountId]) => used.has(accountId));
}

function hasDevice({ roster }: Inside, identity: LeafIdentity): boolean {
  const key = toHex(identity.signatureKey);
  return membersOf(roster).some((member) => isSameDevice(member, identity) || toHex(member.signatureKey) === key);
}

function refuse(reason: IgnoredReason): Refusal {
  return { ok: false, reason };
}
