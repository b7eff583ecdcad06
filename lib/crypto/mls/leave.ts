/**
 * Leaving: a member cannot commit its own removal (RFC 9420 section 12.4), so it signs that it wants to go and
 * anyone may commit that (MLS-13). The proof dies when the leaf's key changes.
 */
import { leaveProofContent } from "@/lib/protocol/mls/leave-proof";
import type { DeviceIdentity, Group, LeaveProof } from "./door";
import { signEd25519, verifyEd25519 } from "../account/ed25519";
import { openGroup, type Inside } from "./inside";
import { leafAt } from "./tree";

export async function makeLeaveProof(group: Group, identity: DeviceIdentity): Promise<LeaveProof> {
  const { state } = openGroup(group);
  const { leafIndex } = state.privatePath;
  const leaf = leafAt(state.ratchetTree, leafIndex);
  if (leaf === undefined) throw new Error("the own leaf is blank");
  const content = leaveProofContent(state.groupContext.groupId, leafIndex, leaf.hpkePublicKey);
  return { leafIndex, signature: await signEd25519(identity.secretKey, content) };
}

export function verifyLeaveProof(group: Group, proof: LeaveProof): Promise<boolean> {
  return isLeaveProof(openGroup(group), proof);
}

/** Against the tree of now. */
export async function isLeaveProof({ state }: Inside, proof: LeaveProof): Promise<boolean> {
  const leaf = leafAt(state.ratchetTree, proof.leafIndex);
  if (leaf === undefined) return false;
  const content = leaveProofContent(state.groupContext.groupId, proof.leafIndex, leaf.hpkePublicKey);
  return await verifyEd25519(leaf.signaturePublicKey, content, proof.signature);
}
