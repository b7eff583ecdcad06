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
import { verifyAccountCertificate } from "../account/certificates";
import { fromAnchors, lookUp, type Anchors } from "./anchors";
import type { IgnoredReason, Member } from "./door";
import type { Inside } from "./inside";
import { isKeyPackageForm } from "./key-package-form";
import { certificateName, hasLeafForm, identifyLeaf, isSameDevice, leafCertificate, type LeafIdentity } from "./leaf";
import { isLeaveProof } from "./leave";
import { policyIn } from "./policy";
import { accountsOf, membersOf } from "./people";
import type { Rules } from "./rules";
import { applyToTree, leafAt, pathFits } from "./tree";

/** A commit that may be applied, with the certificates it brought checked. */
export interface Judged {
  readonly ok: true;
  /** Leaf index of the committer after the commit. */
  readonly committerIndex: number;
  readonly removed: readonly Member[];
  readonly added: readonly KeyPackage[];
  readonly path: UpdatePath;
  readonly checked: ReadonlyMap<string, LeafIdentity>;
  /** Of the old tree's accounts and the new ones. */
  readonly anchors: Anchors;
}

export type Judgement = Judged | { readonly ok: false; readonly reason: IgnoredReason };

interface Contents {
  readonly added: readonly KeyPackage[];
  readonly removed: readonly Member[];
  readonly externalInits: number;
}

/** `committer`: leaf index of a member, or `undefined` for an external commit. */
export async function judgeCommit(
  inside: Inside,
  committer: number | undefined,
  commit: Commit,
  authenticatedData: Uint8Array,
  rules: Rules,
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
      ? isAllowedJoin(inside, contents, data, author, rules)
      : await isAllowedCommit(inside, committer, contents, data, present.slice(0, -1), author, rules);
  if (allowed !== true) return refuse(allowed);

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
  return { ok: true, committerIndex, removed: contents.removed, added: contents.added, path, checked, anchors };
}

/** Add, Remove and ExternalInit by value, each leaf at most once; `undefined` for all else. */
function contentsOf({ state, roster }: Inside, commit: Commit): Contents | undefined {
  if (commit.proposals.length > commitMaxProposals) return undefined;
  const added: KeyPackage[] = [];
  const removed = new Map<number, Member>();
  let externalInits = 0;
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
    } else return undefined;
  }
  return { added, removed: [...removed.values()], externalInits };
}

async function isAllowedCommit(
  inside: Inside,
  committerIndex: number,
  { added, removed, externalInits }: Contents,
  data: CommitData,
  addedIdentities: readonly LeafIdentity[],
  successor: LeafIdentity,
  rules: Rules,
): Promise<true | IgnoredReason> {
  const committer = inside.roster.get(committerIndex)?.member;
  if (committer === undefined) return "not-a-member";
  if (externalInits > 0 || (added.length > 0 && removed.length > 0)) return "not-allowed";
  if (!isSameDevice(committer, successor)) return "bad-credential";
  const scene = sceneOf(inside);
  const leaving = new Set<number>();
  for (const proof of data.leaves) {
    const isRemoved = removed.some(({ leafIndex }) => leafIndex === proof.leafIndex);
    if (!isRemoved || leaving.has(proof.leafIndex) || !(await isLeaveProof(inside, proof))) return "not-allowed";
    leaving.add(proof.leafIndex);
  }
  const mayRemove = removed.every(
    (member) =>
      member.leafIndex !== committerIndex && rules.mayRemove(scene, committer, member, leaving.has(member.leafIndex)),
  );
  const mayAdd = addedIdentities.every(
    (identity) => rules.mayAdd(scene, committer, identity) && !hasDevice(inside, identity),
  );
  return mayRemove && mayAdd ? true : "not-allowed";
}

/** RFC 9420 section 12.4.3.2, but the only leaf to remove is a former one of the very same device. */
function isAllowedJoin(
  inside: Inside,
  { added, removed, externalInits }: Contents,
  data: CommitData,
  joiner: LeafIdentity,
  rules: Rules,
): true | IgnoredReason {
  if (externalInits !== 1 || added.length > 0 || removed.length > 1 || data.leaves.length > 0) return "not-allowed";
  if (!removed.every((member) => isSameDevice(member, joiner))) return "not-allowed";
  if (removed.length === 0 && hasDevice(inside, joiner)) return "not-allowed";
  return rules.mayJoin(sceneOf(inside), joiner) ? true : "not-allowed";
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

function sceneOf({ state, roster }: Inside) {
  return { policy: policyIn(state.groupContext) ?? new Uint8Array(), members: membersOf(roster) };
}

function refuse(reason: IgnoredReason): Judgement {
  return { ok: false, reason };
}
