/** Devices of an account that a commit can add: their KeyPackages claimed from the directory, and checked. */

import type { CommitOptions } from "../../crypto/mls/commit";
import type { Group } from "../../crypto/mls/door";
import { checkKeyPackage } from "../../crypto/mls/key-package";
import { members } from "../../crypto/mls/roster";
import { commitMaxProposals } from "../../protocol/limits";
import { peekKeyPackage } from "../../protocol/mls/peek-key-package";
import { AnchorsUnavailable } from "./anchors";
import type { Draft } from "./draft";
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

const used = new Uint8Array([1]);

/** All but the revoked and those that are in the group; a KeyPackage that is not what it should be is left out. */
export async function claimDevices(
  room: Room,
  group: Group,
  { username, accountId }: { readonly username: string; readonly accountId: string },
): Promise<ClaimedDevices> {
  const { transport, anchors, clock, revocations } = room.host;
  const present = new Set(
    members(group)
      .filter((member) => member.accountId === accountId)
      .map(({ deviceId }) => deviceId),
  );
  const claimed = await transport.claimKeyPackages(username);
  if (!claimed.ok) {
    return claimed.error.code === "NOT_FOUND"
      ? { kind: "no-account" }
      : { kind: "wait", step: waitAfter(claimed.error) };
  }
  if (claimed.value.accountId !== accountId) return { kind: "no-account" };
  const now = new Date(clock.now());
  const offered = new Map<string, Uint8Array>();
  try {
    for (const { keyPackage } of claimed.value.keyPackages.slice(0, commitMaxProposals)) {
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
  return { kind: "devices", options: { add, anchors, now }, to };
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
