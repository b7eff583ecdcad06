/**
 * The end of every way into a new epoch (MLS-05): members are read again from the new tree and checked again, keys are
 * unlike all others, the policy is still there, and our own private keys belong to the tree.
 */
import type { ClientState } from "ts-mls/clientState.js";
import type { Anchors } from "./anchors";
import { clientConfig } from "./config";
import type { Group, IgnoredReason } from "./door";
import { closeGroup, type PastEpoch } from "./inside";
import { isContextForm } from "./policy";
import { accountsOf, checkedOf, rosterOf, type Checked, type Roster } from "./people";
import { hasSoundKeys, heldParents } from "./tree";
import { isX25519Pair } from "./x25519";

export type Settled =
  | { readonly ok: true; readonly group: Group; readonly roster: Roster }
  | { readonly ok: false; readonly reason: IgnoredReason };

export async function settle(
  state: ClientState,
  checked: Checked,
  anchors: Anchors,
  past: ReadonlyMap<bigint, PastEpoch>,
): Promise<Settled> {
  const roster = rosterOf(state.ratchetTree, checked);
  if (roster === undefined || [...accountsOf(roster)].some((accountId) => !anchors.has(accountId))) {
    return { ok: false, reason: "bad-credential" };
  }
  const isSound = hasSoundKeys(state.ratchetTree) && isContextForm(state.groupContext) && (await holdsItsKeys(state));
  if (!isSound) return { ok: false, reason: "bad-tree" };
  const group = closeGroup({
    state: { ...state, clientConfig: clientConfig(checkedOf(roster)) },
    roster,
    anchors,
    past,
  });
  return { ok: true, group, roster };
}

/**
 * RFC 9420 section 7.5 says SHOULD, we must: with a public key in the tree that does not fit the secret we got, later
 * commits could not be read, by us or by those below that node.
 */
async function holdsItsKeys({ ratchetTree, privatePath }: ClientState): Promise<boolean> {
  const own = ratchetTree[privatePath.leafIndex * 2];
  if (own?.nodeType !== "leaf") return false;
  const wanted = [
    { nodeIndex: privatePath.leafIndex * 2, publicKey: own.leaf.hpkePublicKey },
    ...heldParents(ratchetTree, privatePath.leafIndex),
  ];
  const verdicts = await Promise.all(
    wanted.map(async ({ nodeIndex, publicKey }) => {
      const privateKey = privatePath.privateKeys[nodeIndex];
      return privateKey !== undefined && (await isX25519Pair(privateKey, publicKey));
    }),
  );
  return verdicts.every(Boolean);
}
