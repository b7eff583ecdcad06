/**
 * The types of the one door to MLS (RFC 9420). Everything behind it is ts-mls; nothing of ts-mls leaks out.
 *
 * State in, state out: no operation changes the `Group` it was given. All wire values are whole,
 * strictly encoded `MLSMessage` structures (RFC 9420 section 6). Rules: lib/protocol/SPEC.md, section MLS.
 */

import type { RoomPolicy } from "@/lib/protocol/policy";
import type { RemovalReason } from "@/lib/protocol/policy-rules";

/** Opaque group state at one epoch. Only lib/crypto/mls looks inside. */
export interface Group {
  readonly brand: "sealroom.mls.Group";
  /** 16 bytes, equal to the room id. */
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
}

export type { DeviceIdentity } from "../account/identity";

/** One leaf of the ratchet tree, with its certificates checked. */
export interface Member {
  readonly leafIndex: number;
  readonly username: string;
  readonly accountId: string;
  readonly deviceId: string;
  readonly signatureKey: Uint8Array;
  /** Key of the invite link by which this leaf came in, hex (MLS-21). */
  readonly link?: string;
}

/**
 * Where joiners and adders get account certificates (DER) from, by account id. The door checks that
 * what comes back hashes to the id. `undefined`: there is no such account. A throw means the source
 * is out of reach: the operation rejects with that error and nothing is decided.
 * Applying an event NEVER asks it: anchors of new members travel in the commit (MLS-14).
 */
export type AnchorSource = (accountId: string) => Promise<Uint8Array | undefined>;

/** What a commit tried that the policy forbids. */
export type OffenceKind = "add" | "enter" | "remove" | "policy" | "other";

export interface Offence {
  readonly by: Omit<Member, "leafIndex" | "link">;
  readonly kind: OffenceKind;
}

export interface MemberRemoval {
  readonly member: Member;
  readonly reason: RemovalReason;
}

/** Closed list of causes for which an event is ignored by every honest member alike. */
export type IgnoredReason =
  | "malformed"
  | "wrong-group"
  | "late-epoch"
  | "future-epoch"
  | "not-allowed"
  | "bad-signature"
  | "bad-credential"
  | "bad-tree"
  | "undecryptable"
  | "replayed"
  | "not-a-member";

export type Processed =
  | {
      readonly kind: "application";
      readonly group: Group;
      readonly plaintext: Uint8Array;
      readonly sender: Member;
      /** Epoch the message was encrypted in (may be a retained past epoch). */
      readonly epoch: bigint;
    }
  | {
      readonly kind: "commit";
      readonly group: Group;
      readonly committer: Member;
      /** True when the committer came in by external commit. */
      readonly external: boolean;
      readonly added: readonly Member[];
      readonly removals: readonly MemberRemoval[];
      /** The signed revocations that it carried, verified. */
      readonly revocations: readonly Uint8Array[];
    }
  | {
      /** A valid commit removed this device. The state cannot go on. */
      readonly kind: "removed";
      readonly committer: Member;
      readonly reason: RemovalReason;
    }
  | {
      readonly kind: "ignored";
      readonly reason: IgnoredReason;
      /** Present when a ratchet key was consumed all the same; store it. */
      readonly group?: Group;
      /** Of a commit that is correct in all but the rules: who made it and what it tried. */
      readonly offence?: Offence;
    };

/**
 * Proof that a member wants to leave: an Ed25519 signature by its leaf's signature key over the label, the
 * group id and the leaf's current HPKE key, so that it dies with that leaf and cannot be replayed (MLS-13).
 */
export interface LeaveProof {
  readonly leafIndex: number;
  readonly signature: Uint8Array;
}

/**
 * The outcome of making a commit: `next` counts only once the commit is seen in the room's order. Take it then by
 * `adoptCommit(group, next)` (adopt.ts), because the group may have read messages in between.
 */
export interface MadeCommit {
  readonly next: Group;
  /**
   * The group of now with the commit's key used up. Store it before the commit leaves, so that another commit in this
   * epoch does not encrypt with the same key. `undefined` for an external commit, which is not encrypted.
   */
  readonly current: Group | undefined;
  readonly commit: Uint8Array;
  /** GroupInfo of the new epoch, with external_pub and ratchet tree, for external joiners. */
  readonly groupInfo: Uint8Array;
  readonly welcome: Uint8Array | undefined;
}

export interface InspectedGroupInfo {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly policy: RoomPolicy;
  readonly members: readonly Member[];
}

/** A KeyPackage with the private halves that must survive until its Welcome or expiry. */
export interface MadeKeyPackage {
  readonly publicPackage: Uint8Array;
  readonly privatePackage: Uint8Array;
  /** KeyPackageRef (RFC 9420 section 5.2), 32 bytes. */
  readonly ref: Uint8Array;
}
