/** Devices of an account that a commit can add: their KeyPackages claimed from the directory, and checked. */

import type { CommitOptions } from "../../crypto/mls/commit";
import type { Group, Member } from "../../crypto/mls/door";
import { checkKeyPackage } from "../../crypto/mls/key-package";
import { members } from "../../crypto/mls/roster";
import { commitMaxProposals } from "../../protocol/limits";
import { peekKeyPackage } from "../../protocol/mls/peek-key-package";
import { AnchorsUnavailable } from "./anchors";
import type { Draft } from "./draft";
import { standingsOf, type Newcomer, type Standing } from "./log/newcomers";
import { deviceKey, usedPackageKey } from "./records";
import type { Room } from "./room";
import { retryMs, waitAfter, type Step } from "./step";

export type ClaimedDevices =
  | {
      readonly kind: "devices";
      /** Adds them. */
      readonly options: CommitOptions;
      /** Their ids; none when no other device can be reached. */
      readonly to: readonly string[];
    }
  | { readonly kind: "no-account" }
  | { readonly kind: "wait"; readonly step: Step };

interface Offer extends Newcomer {
  readonly member: Pick<Member, "accountId" | "username" | "deviceId">;
  readonly keyPackage: Uint8Array;
}

const used = new Uint8Array([1]);
/** Until the log may answer again. */
const logRetryMs = 15_000;

/** All but the revoked and those that are in the group; a KeyPackage that is not what it should be is left out. */
export async function claimDevices(
  room: Room,
  group: Group,
  { username, accountId }: { readonly username: string; readonly accountId: string },
): Promise<ClaimedDevices> {
  const { transport, anchors, clock, revocations, keyLog } = room.host;
  const present = new Set(
    members(group)
      .filter((member) => member.accountId === accountId)
      .map(({ deviceId }) => deviceId),
  );
  // Claims use up what others publish: none while the log cannot be followed.
  if (keyLog.isRefused) return { kind: "wait", step: { done: false, retryMs: logRetryMs } };
  const claimed = await transport.claimKeyPackages(username);
  if (!claimed.ok) {
    return claimed.error.code === "NOT_FOUND"
      ? { kind: "no-account" }
      : { kind: "wait", step: waitAfter(claimed.error) };
  }
  if (claimed.value.accountId !== accountId) return { kind: "no-account" };
  const now = new Date(clock.now());
  const offered = new Map<string, Offer>();
  let standings: readonly Standing[];
  try {
    for (const { keyPackage } of claimed.value.keyPackages.slice(0, commitMaxProposals)) {
      const checked = await checkKeyPackage(keyPackage, { anchors, now, expected: { accountId } });
      if (!checked.ok || present.has(checked.member.deviceId) || (await isSpent(room, keyPackage))) continue;
      const { deviceId } = checked.member;
      // The account is asked for by its name, and comes under no other.
      if (checked.member.username !== username) continue;
      if (offered.has(deviceId)) continue;
      offered.set(deviceId, { member: checked.member, certificate: checked.certificate, keyPackage });
    }
    const told = await revocations.ask([...offered.values()].map(({ member }) => member));
    if (!told.ok) return { kind: "wait", step: waitAfter(told.error) };
    standings = await standingsOf(room.host, [...offered.values()]);
    if (standings.includes("unknown")) return { kind: "wait", step: { done: false, retryMs: logRetryMs } };
  } catch (error) {
    if (error instanceof AnchorsUnavailable) return { kind: "wait", step: { done: false, retryMs } };
    throw error;
  }
  // A key that the log does not have is the server's word alone: nobody is let in by it (LOG-11).
  if (standings.includes("missing")) await keyLog.refuse({ username, accountId });
  const isLiving = ({ member }: Offer) => revocations.of(deviceKey(member)) === undefined;
  const added = [...offered.values()].filter((offer, index) => isLiving(offer) && standings[index] === "logged");
  const add = added.map(({ keyPackage }) => keyPackage);
  return { kind: "devices", options: { add, anchors, now }, to: added.map(({ member }) => member.deviceId) };
}

/** By these a commit of this device adds somebody (ENG-34). */
export function noteUsed(draft: Draft, keyPackages: readonly Uint8Array[]): void {
  for (const key of keyPackages.map(usedKeyOf)) if (key !== undefined) draft.put(key, used);
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
