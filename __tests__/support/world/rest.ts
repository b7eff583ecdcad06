/** Whether a world has come to rest, and what still moves. */

import { members, policyOf } from "@/lib/crypto/mls/roster";
import type { RoomData } from "@/lib/client/engine/draft";
import { deviceKey } from "@/lib/client/engine/records";

import { authenticator } from "./convergence";
import type { World } from "./world";

/** True when every member of every room has applied everything, is confirmed and has nothing to do. */
export function isAtRest(world: World): boolean {
  return unrest(world).next().done === true;
}

/** What still moves, and where. */
export function* unrest(world: World): Generator<string, void> {
  const present = world.devices.filter(({ isRevoked }) => !isRevoked);
  for (const { name, engine, isWaiting } of present)
    if (engine === undefined || isWaiting) yield `${name} ${engine === undefined ? "is away" : "waits"}`;
    else if (engine.readsInbox) yield `${name} opens its letters`;
  yield* openQuestions(world);
  const revoked = new Set(world.devices.flatMap(({ isRevoked, identity }) => (isRevoked ? [deviceKey(identity)] : [])));
  for (const [index, roomId] of world.rooms.entries()) {
    const states = present.flatMap((device) => {
      const state = device.engine?.inspect(roomId);
      return state === undefined ? [] : [{ name: device.name, state }];
    });
    for (const { name, state } of states) {
      const why = movement(state);
      if (why !== undefined) yield `room ${String(index)}: ${name} ${why}`;
      // Whoever learns of a revocation asks a moment later.
      const held = state.group === undefined ? [] : members(state.group);
      if (held.some((member) => revoked.has(deviceKey(member))))
        yield `room ${String(index)}: ${name} holds a revoked device`;
    }
    const joined = states.map(({ state }) => state).filter(({ meta }) => meta.membership === "joined");
    if (new Set(joined.map(({ meta }) => meta.cursor)).size > 1) yield `room ${String(index)}: somebody reads on`;
    if (new Set(joined.map(({ group }) => authenticator(group))).size > 1)
      yield `room ${String(index)}: several epochs`;
  }
}

/** Asked of an engine that still runs, and not answered. */
export function openQuestions(world: World): string[] {
  return world.asked
    .filter(
      ({ isAnswered, device, life }) => !isAnswered && device.isOpen && device.lives === life && !device.isRevoked,
    )
    .map(({ device, what }) => `${device.name}: ${what}`);
}

function movement({ meta, group, pending, commit }: RoomData): string | undefined {
  const { membership } = meta;
  if (membership === "none") {
    if (meta.purge) return "is to be forgotten";
    return meta.goodbye === undefined ? undefined : "says goodbye to the server";
  }
  if (membership !== "joined") return `is ${membership}`;
  if (!meta.confirmed) return "is unconfirmed";
  if (pending.length > 0) return "has something to send";
  if (commit !== undefined) return "has a commit under way";
  if (meta.leavers.length > 0) return "is to let somebody go";
  if (meta.wishes.length > 0) return `wishes to ${meta.wishes.map(({ kind }) => kind).join("+")}`;
  const policy = group && policyOf(group);
  return policy !== undefined && policy.kind !== "open" && policy.stale ? "is to change the secret" : undefined;
}
