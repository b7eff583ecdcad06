/** All members of a room stand in one place: one epoch, one policy, one list of people, shown as it is. */

import type { Member } from "@/lib/crypto/mls/door";
import { epochAuthenticator, members, policyOf } from "@/lib/crypto/mls/roster";
import { deviceKey } from "@/lib/client/engine/records";
import { currentChain, headOf, lengthOf } from "@/lib/client/engine/transcript";
import { toHex } from "@/lib/protocol/bytes";
import { encodePolicy } from "@/lib/protocol/policy";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

import type { SimulatedDevice } from "./device";
import type { ChainLink } from "./epochs";
import type { World } from "./world";

export function authenticator(group: Parameters<typeof epochAuthenticator>[0] | undefined): string {
  return group === undefined ? "none" : toHex(epochAuthenticator(group));
}

/** `chain`: what the log says of a room's epochs, where it can be told. */
export function convergence(
  world: World,
  roomId: string,
  log: readonly RoomEvent[],
  chain: readonly ChainLink[] | undefined,
): string[] {
  const joined = membersNow(world, roomId);
  const violations: string[] = [];
  const epochs = new Set(joined.map(({ group }) => authenticator(group)));
  if (epochs.size > 1) {
    const seen = joined.map(({ device, group }) => `${device.name}@${String(group.epoch)}`);
    violations.push(`members are in different epochs: ${seen.join(", ")}`);
  }
  if (new Set(joined.map(({ group }) => toHex(encodePolicy(policyOf(group))))).size > 1)
    violations.push("members hold different policies");
  const expected = new Set(joined.map(({ device }) => deviceKey(device.identity)));
  for (const { device, group } of joined.slice(0, 1)) {
    const ghosts = members(group).filter((member) => !expected.has(deviceKey(member)));
    const held = new Set(members(group).map(deviceKey));
    // An invitation that was blocked is unseen on purpose: its leaf stays. So does a revoked device whose account has gone before
    // it knew: nobody is there to take it out.
    const isExplained = ghosts.every(
      (ghost) => world.blockers.has(ghost.accountId) || (isRevoked(world, ghost) && !isThere(joined, ghost)),
    );
    if ([...expected].some((key) => !held.has(key)) || !isExplained) {
      const names = ghosts.map((ghost) => world.plain(deviceKey(ghost))).join(", ");
      const counts = `${String(held.size)} members, there are ${String(expected.size)}`;
      violations.push(`${device.name} counts ${counts}${names === "" ? "" : `; nobody is ${names}`}`);
    }
    const last = chain?.at(-1)?.epoch.number;
    if (last !== undefined && last !== Number(group.epoch))
      violations.push(`members are in epoch ${String(group.epoch)}, the order leads to ${String(last)}`);
  }
  // Who does not know is waiting for another epoch (TRN-06); the others have been given the same.
  const chains = joined.flatMap(({ state }) => currentChain(state.transcript) ?? []);
  if (new Set(chains.map((line) => `${String(lengthOf(line))}/${toHex(headOf(line))}`)).size > 1)
    violations.push("members hold different transcripts");
  if (joined.some(({ state }) => state.meta.cursor !== log.length))
    violations.push("a member has not applied everything");
  return [...violations, ...joined.flatMap(({ device, group }) => shownWrong(device, roomId, policyOf(group)))];
}

/** Where one device of an account is, the others are (ENG-29). */
export function apart(world: World, roomId: string): string[] {
  const joined = membersNow(world, roomId).filter(({ state }) => state.meta.accepted);
  const present = new Map(joined.map(({ device }) => [device.identity.accountId, device.name]));
  const isIn = new Set(joined.map(({ device }) => device.name));
  return world.devices.flatMap(({ name, identity, isRevoked: isOut }) => {
    const other = present.get(identity.accountId);
    return isOut || other === undefined || isIn.has(name)
      ? []
      : [`${other} is in, and ${name} of the same account is not`];
  });
}

function membersNow(world: World, roomId: string) {
  return world.devices.flatMap((device) => {
    const state = device.isRevoked ? undefined : device.engine?.inspect(roomId);
    return state?.meta.membership === "joined" && state.group !== undefined
      ? [{ device, state, group: state.group }]
      : [];
  });
}

function isRevoked(world: World, member: Member): boolean {
  return world.devices.some((device) => device.isRevoked && deviceKey(device.identity) === deviceKey(member));
}

function isThere(joined: ReturnType<typeof membersNow>, { accountId }: Member): boolean {
  return joined.some(({ device }) => device.identity.accountId === accountId);
}

/** What the page is told is what the signed policy says. */
function shownWrong(device: SimulatedDevice, roomId: string, policy: ReturnType<typeof policyOf>): string[] {
  const view = device.engine?.room(roomId);
  if (view === undefined || policy.kind !== "private") return [];
  const isAdmin = policy.admins.includes(device.identity.accountId);
  const shown = [view.name, view.topic, view.invite, view.timerMs, view.closed, view.role];
  const said = [policy.name, policy.topic, policy.invite, policy.timerMs, policy.closed, isAdmin ? "admin" : "member"];
  return JSON.stringify(shown) === JSON.stringify(said)
    ? []
    : [`${device.name} shows another room than the policy: ${JSON.stringify(shown)}, not ${JSON.stringify(said)}`];
}
