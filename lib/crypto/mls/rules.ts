/**
 * Who may change the members of a room (MLS-06). Pure functions of the room policy, the members of the epoch and the
 * commit: every member gets the same answer, without a clock and without asking anyone.
 */
import type { Member } from "./door";
import type { LeafIdentity } from "./leaf";

export interface Scene {
  /** Bytes of the policy extension. */
  readonly policy: Uint8Array;
  readonly members: readonly Member[];
}

export interface Rules {
  mayJoin(scene: Scene, joiner: LeafIdentity): boolean;
  mayAdd(scene: Scene, committer: Member, added: LeafIdentity): boolean;
  /** `wantsToLeave`: the commit carries a valid leave proof of that leaf. */
  mayRemove(scene: Scene, committer: Member, removed: Member, wantsToLeave: boolean): boolean;
}

/** Anyone comes in; nobody is put out but by their own account or their own wish. */
export const openRoomRules: Rules = {
  mayJoin: () => true,
  mayAdd: () => true,
  mayRemove: (_scene, committer, removed, wantsToLeave) => wantsToLeave || committer.accountId === removed.accountId,
};
