/**
 * Carrying out wishes: one commit for each, on the epoch of now (ENG-26). The commit is stored before it is sent and names its
 * wish; the wish ends when the commit is seen in the order, and is tried again when another one won.
 */

import type { CommitOptions } from "../../crypto/mls/commit";
import type { Group } from "../../crypto/mls/door";
import { checkKeyPackage } from "../../crypto/mls/key-package";
import { members, policyOf } from "../../crypto/mls/roster";
import { commitMaxProposals } from "../../protocol/limits";
import { peekKeyPackage } from "../../protocol/mls/peek-key-package";
import { AnchorsUnavailable } from "./anchors";
import type { WishOutcome } from "./draft";
import { makeCommit } from "./make-commit";
import { deviceKey, usedPackageKey } from "./records";
import type { Room } from "./room";
import { retryMs, waitAfter, type Step } from "./step";
import { changedBy, judgeWish, type Wish } from "./wish";

const used = new Uint8Array([1]);

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
    const [wish] = meta.wishes;
    if (wish === undefined || group === undefined || commit !== undefined) return { done: true };
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
      const isMade = await makeCommit(room, draft, options, { to, wish: wish.id });
      if (!isMade) draft.settleWish(wish.id, "NOT_ALLOWED");
      for (const key of isMade ? (options.add ?? []).map(usedKeyOf) : []) if (key !== undefined) draft.put(key, used);
    });
    if (room.data.commit !== undefined) room.kick();
  }
}

async function prepare(room: Room, group: Group, wish: Wish): Promise<Preparation> {
  const people = members(group);
  const { accountId: self } = room.host.identity;
  const verdict = judgeWish(policyOf(group), people, self, wish);
  if (verdict !== "grant") return { kind: "over", outcome: verdict };
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

/** One that is for one time only and has had it: whoever opened its Welcome has no key left for another (ENG-34). */
async function isSpent({ host }: Room, keyPackage: Uint8Array): Promise<boolean> {
  const key = usedKeyOf(keyPackage);
  return key !== undefined && (await host.store.keys(key)).length > 0;
}

/** One of last resort may be used again. */
function usedKeyOf(keyPackage: Uint8Array): string | undefined {
  const peeked = peekKeyPackage(keyPackage);
  return peeked === undefined || peeked.lastResort ? undefined : usedPackageKey(peeked.initKey);
}

/** All devices of the account that can be reached, but the revoked; a KeyPackage that is not what it should be is left out. */
async function prepareInvite(room: Room, group: Group, wish: Extract<Wish, { kind: "invite" }>): Promise<Preparation> {
  const { transport, anchors, clock, revocations } = room.host;
  const present = new Set(
    members(group)
      .filter(({ accountId }) => accountId === wish.accountId)
      .map(({ deviceId }) => deviceId),
  );
  const claimed = await transport.claimKeyPackages(wish.username);
  if (!claimed.ok) {
    if (claimed.error.code === "NOT_FOUND") return { kind: "over", outcome: "NO_SUCH_ACCOUNT" };
    return { kind: "wait", step: waitAfter(claimed.error) };
  }
  const { accountId, keyPackages } = claimed.value;
  if (accountId !== wish.accountId) return { kind: "over", outcome: "NO_SUCH_ACCOUNT" };
  const now = new Date(clock.now());
  const offered = new Map<string, Uint8Array>();
  try {
    for (const { keyPackage } of keyPackages.slice(0, commitMaxProposals)) {
      const checked = await checkKeyPackage(keyPackage, { anchors, now, expected: { accountId } });
      if (!checked.ok || present.has(checked.member.deviceId) || (await isSpent(room, keyPackage))) continue;
      if (!offered.has(checked.member.deviceId)) offered.set(checked.member.deviceId, keyPackage);
    }
    const told = await revocations.ask([...offered.keys()].map((deviceId) => ({ accountId, deviceId })));
    if (!told.ok) return { kind: "wait", step: waitAfter(told.error) };
  } catch (error) {
    if (error instanceof AnchorsUnavailable) return { kind: "wait", step: { done: false, retryMs } };
    throw error;
  }
  const isLiving = (deviceId: string) => revocations.of(deviceKey({ accountId, deviceId })) === undefined;
  const to = [...offered.keys()].filter(isLiving);
  const add = to.flatMap((deviceId) => offered.get(deviceId) ?? []);
  if (add.length > 0) return { kind: "commit", prepared: { options: { add, anchors, now }, to } };
  return { kind: "over", outcome: present.size > 0 ? "ALREADY_MEMBER" : "NOT_REACHABLE" };
}
