/**
 * Carrying out wishes: one commit for each, on the epoch of now (ENG-26). The commit is stored before it is sent and names its
 * wish; the wish ends when the commit is seen in the order, and is tried again when another one won.
 */

import type { CommitOptions } from "../../crypto/mls/commit";
import type { Group } from "../../crypto/mls/door";
import { members, policyOf } from "../../crypto/mls/roster";
import { claimDevices, noteUsed } from "./claim-devices";
import type { WishOutcome } from "./draft";
import { makeCommit } from "./make-commit";
import type { Room } from "./room";
import type { Step } from "./step";
import { isStopped, waitsForProof } from "./trust/hold";
import { changedBy, judgeWish, type Wish } from "./wish";

interface Prepared {
  readonly options: CommitOptions;
  /** Devices that the Welcome is for. */
  readonly to: readonly string[];
}

type Preparation =
  | { readonly kind: "commit"; readonly prepared: Prepared }
  | { readonly kind: "over"; readonly outcome: WishOutcome }
  | { readonly kind: "wait"; readonly step: Step };

export async function grantWishes(room: Room): Promise<Step> {
  for (;;) {
    const { meta, group, commit } = room.data;
    if (group === undefined || commit !== undefined) return { done: true };
    // One that waits holds up no other: who is not proven may be removed by the next.
    const wish = meta.wishes.find((one) => !waitsForProof(one, group, room.host));
    if (wish === undefined) return { done: true };
    if (!meta.confirmed || room.suspicion !== "none" || meta.membership !== "joined") return { done: true };
    const preparation = await prepare(room, group, wish);
    if (preparation.kind === "wait") return preparation.step;
    if (preparation.kind === "over") {
      const { outcome } = preparation;
      await room.turn((draft) => {
        draft.settleWish(wish.id, outcome);
      });
      continue;
    }
    const { options, to } = preparation.prepared;
    await room.turn(async (draft) => {
      // The epoch may have moved while KeyPackages were fetched: then all is looked at anew.
      if (draft.group?.epoch !== group.epoch || draft.commit !== undefined) return;
      if (waitsForProof(wish, draft.group, room.host)) return;
      // Nor does it still stand with people as it did then.
      const isMade =
        !isStopped(wish, draft.group, room.host) && (await makeCommit(room, draft, options, { to, wish: wish.id }));
      if (isMade) noteUsed(draft, options.add ?? []);
      else draft.settleWish(wish.id, "NOT_ALLOWED");
    });
    if (room.data.commit !== undefined) room.kick();
  }
}

async function prepare(room: Room, group: Group, wish: Wish): Promise<Preparation> {
  const people = members(group);
  const { accountId: self } = room.host.identity;
  const verdict = judgeWish(policyOf(group), people, self, wish);
  if (verdict !== "grant") return { kind: "over", outcome: verdict };
  if (isStopped(wish, group, room.host)) return { kind: "over", outcome: "NOT_ALLOWED" };
  const change = changedBy(wish);
  switch (wish.kind) {
    case "invite":
      return await prepareInvite(room, group, wish);
    case "remove": {
      const remove = people.filter(({ accountId }) => accountId === wish.accountId).map(({ leafIndex }) => leafIndex);
      return { kind: "commit", prepared: { options: { remove, change }, to: [] } };
    }
    default:
      return { kind: "commit", prepared: { options: { change }, to: [] } };
  }
}

/** All devices of the account that can be reached. */
async function prepareInvite(room: Room, group: Group, wish: Extract<Wish, { kind: "invite" }>): Promise<Preparation> {
  const claimed = await claimDevices(room, group, wish);
  switch (claimed.kind) {
    case "no-account":
      return { kind: "over", outcome: "NO_SUCH_ACCOUNT" };
    case "wait":
      return claimed;
    case "devices": {
      const { options, to } = claimed;
      if (to.length > 0) return { kind: "commit", prepared: { options, to } };
      const isIn = members(group).some(({ accountId }) => accountId === wish.accountId);
      return { kind: "over", outcome: isIn ? "ALREADY_MEMBER" : "NOT_REACHABLE" };
    }
  }
}
