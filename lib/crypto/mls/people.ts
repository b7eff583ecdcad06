/**
 * Who sits at which leaf. Read from the tree after each commit (MLS-05): leaves that were there before keep their
 * verdict, new certificates must have been checked just now.
 */
import type { RatchetTree } from "ts-mls/ratchetTree.js";
import type { Anchors, AnchorLookup } from "./anchors";
import type { Member } from "./door";
import { certificateName, identifyLeaf, leafCertificate, linkOf, type LeafIdentity } from "./leaf";
import { leavesOf } from "./tree";

export interface RosterEntry {
  readonly member: Member;
  /** `certificateName` of the leaf's certificate. */
  readonly certificate: string;
}

/** By leaf index, ascending. */
export type Roster = ReadonlyMap<number, RosterEntry>;

/** Checked certificates by name. */
export type Checked = ReadonlyMap<string, LeafIdentity>;

export function checkedOf(roster: Roster): Checked {
  return new Map([...roster.values()].map(({ member, certificate }) => [certificate, member]));
}

/** `undefined` when a leaf's certificate is not among the checked ones, or the people contradict each other. */
export function rosterOf(tree: RatchetTree, checked: Checked): Roster | undefined {
  const roster = new Map<number, RosterEntry>();
  const devices = new Set<string>();
  const names = new Map<string, string>();
  for (const { leafIndex, leaf } of leavesOf(tree)) {
    const der = leafCertificate(leaf);
    if (der === undefined) return undefined;
    const certificate = certificateName(der);
    const identity = checked.get(certificate);
    if (identity === undefined) return undefined;
    const { username, accountId, deviceId, signatureKey } = identity;
    // One leaf per device and one name per account (MLS-04).
    if (devices.has(`${accountId} ${deviceId}`) || (names.get(accountId) ?? username) !== username) return undefined;
    devices.add(`${accountId} ${deviceId}`);
    names.set(accountId, username);
    roster.set(leafIndex, { certificate, member: { leafIndex, username, accountId, deviceId, signatureKey } });
  }
  return withLinks(tree, roster);
}

/** Which link brought a leaf stands in the leaf. */
export function withLinks(tree: RatchetTree, roster: Roster): Roster {
  const marked = new Map(roster);
  for (const { leafIndex, leaf } of leavesOf(tree)) {
    const link = linkOf(leaf);
    const entry = roster.get(leafIndex);
    if (link !== undefined && entry !== undefined)
      marked.set(leafIndex, { ...entry, member: { ...entry.member, link } });
  }
  return marked;
}

/** Checks every certificate of a tree that this device has not seen before. */
export async function checkTree(tree: RatchetTree, anchorOf: AnchorLookup): Promise<Roster | undefined> {
  const checked = new Map<string, LeafIdentity>();
  const verdicts = await Promise.all(
    leavesOf(tree).map(async ({ leaf }) => {
      const identity = await identifyLeaf(leaf, anchorOf);
      const der = leafCertificate(leaf);
      if (identity !== undefined && der !== undefined) checked.set(certificateName(der), identity);
      return identity !== undefined;
    }),
  );
  return verdicts.every(Boolean) ? rosterOf(tree, checked) : undefined;
}

export function membersOf(roster: Roster): Member[] {
  return [...roster.values()].map(({ member }) => member);
}

export function accountsOf(roster: Roster): Set<string> {
  return new Set(membersOf(roster).map(({ accountId }) => accountId));
}

/** Only the anchors of accounts that have a leaf. */
export function keepAnchors(anchors: Anchors, roster: Roster): Anchors {
  const accounts = accountsOf(roster);
  return new Map([...anchors].filter(([accountId]) => accounts.has(accountId)));
}
