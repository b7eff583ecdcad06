/**
 * What is inside a `Group`, and how one epoch follows another. A past epoch keeps only what reading its late messages
 * needs: the senders' application ratchets and signature keys. ts-mls would keep whole trees, handshake
 * ratchets and resumption secrets as well.
 */
import type { ClientState } from "ts-mls/clientState.js";
import type { GroupContext } from "ts-mls/groupContext.js";
import type { SecretTree, SecretTreeNode } from "ts-mls/secretTree.js";
import { retainedEpochs } from "@/lib/protocol/limits";
import type { Anchors } from "./anchors";
import type { Group } from "./door";
import { keepAnchors, type Roster } from "./people";
import { heldParents } from "./tree";

export interface PastEpoch {
  readonly groupContext: GroupContext;
  readonly senderDataSecret: Uint8Array;
  readonly secretTree: SecretTree;
  readonly roster: Roster;
}

export interface Inside {
  /** History and proposals in it are always empty. */
  readonly state: ClientState;
  readonly roster: Roster;
  readonly anchors: Anchors;
  /** By epoch, ascending; at most `retainedEpochs`. */
  readonly past: ReadonlyMap<bigint, PastEpoch>;
}

/** Beside the object and not in it: a `Group` that is logged, cloned or sent somewhere carries no secret. */
const insides = new WeakMap<Group, Inside>();

/** Makes a `Group`, with the private keys it should no longer hold left out (RFC 9420 section 9.2). */
export function closeGroup(inside: Inside): Group {
  const { groupContext } = inside.state;
  const group: Group = {
    brand: "sealroom.mls.Group",
    groupId: groupContext.groupId.slice(),
    epoch: groupContext.epoch,
  };
  insides.set(group, {
    ...inside,
    state: pruned(inside.state),
    anchors: keepAnchors(inside.anchors, inside.roster),
  });
  return group;
}

export function openGroup(group: Group): Inside {
  const inside = insides.get(group);
  if (inside === undefined) throw new TypeError("not a Group of this door");
  return inside;
}

/** The history of the epoch after `inside`. */
export function pastOfNext(inside: Inside): ReadonlyMap<bigint, PastEpoch> {
  const { state, roster, past } = inside;
  const epochs = [...past, [state.groupContext.epoch, pastEpoch(state, roster)] as const];
  return new Map(epochs.slice(-retainedEpochs));
}

/** A ratchet whose secret is gone. */
export function spentNode(): SecretTreeNode {
  return { handshake: spentRatchet(), application: spentRatchet() };
}

export function spentRatchet(): SecretTreeNode["handshake"] {
  return { secret: new Uint8Array(), generation: 0, unusedGenerations: {} };
}

function pastEpoch(state: ClientState, roster: Roster): PastEpoch {
  const secretTree = state.secretTree.map((node, index) => {
    const isOther = index % 2 === 0 && roster.has(index / 2) && index / 2 !== state.privatePath.leafIndex;
    return isOther ? { ...spentNode(), application: node.application } : spentNode();
  });
  return { groupContext: state.groupContext, senderDataSecret: state.keySchedule.senderDataSecret, secretTree, roster };
}

function pruned(state: ClientState): ClientState {
  const { leafIndex, privateKeys } = state.privatePath;
  const wanted = [leafIndex * 2, ...heldParents(state.ratchetTree, leafIndex).map(({ nodeIndex }) => nodeIndex)];
  const kept: Record<number, Uint8Array> = {};
  for (const nodeIndex of wanted) {
    const key = privateKeys[nodeIndex];
    if (key !== undefined) kept[nodeIndex] = key;
  }
  return {
    ...state,
    privatePath: { leafIndex, privateKeys: kept },
    historicalReceiverData: new Map(),
    unappliedProposals: {},
  };
}
