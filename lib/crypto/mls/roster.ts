/** What a group says about itself. People are read from the ratchet tree, never from a server's list (S1). */
import type { RoomPolicy } from "@/lib/protocol/policy";
import type { DeviceIdentity, Group, Member } from "./door";
import { openGroup } from "./inside";
import { makeGroupInfo } from "./group-info";
import { leafCertificate } from "./leaf";
import { policyWithin } from "./policy";
import { membersOf } from "./people";
import { leafAt } from "./tree";

/** By leaf index, ascending. */
export function members(group: Group): readonly Member[] {
  return membersOf(openGroup(group).roster);
}

export function ownMember(group: Group): Member {
  const { state, roster } = openGroup(group);
  const entry = roster.get(state.privatePath.leafIndex);
  if (entry === undefined) throw new Error("the own leaf is blank");
  return entry.member;
}

export function policyOf(group: Group): RoomPolicy {
  return policyWithin(openGroup(group).state.groupContext);
}

export interface LeafCertificate {
  readonly member: Member;
  /** SHA-256 of the device certificate, hex. */
  readonly digest: string;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** The certificates that all that is encrypted to the group relies on, by leaf index. */
export function leafCertificates(group: Group): LeafCertificate[] {
  const { state, roster } = openGroup(group);
  return [...roster.values()].flatMap(({ member, certificate: digest }) => {
    const leaf = leafAt(state.ratchetTree, member.leafIndex);
    const certificate = leaf && leafCertificate(leaf);
    return certificate === undefined ? [] : [{ member, digest, certificate }];
  });
}

/** Equal for all members of one epoch of one history (RFC 9420 section 8.7), 32 bytes. */
export function epochAuthenticator(group: Group): Uint8Array {
  return openGroup(group).state.keySchedule.epochAuthenticator.slice();
}

/** GroupInfo of the current epoch for external joiners, an MLSMessage. */
export async function exportGroupInfo(group: Group, identity: DeviceIdentity): Promise<Uint8Array> {
  return await makeGroupInfo({ ...openGroup(group).state, signaturePrivateKey: identity.secretKey });
}
