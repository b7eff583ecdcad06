/** Whether a world has come to rest, and what still moves. */

import { members, policyOf } from "@/lib/crypto/mls/roster";
import type { RoomData } from "@/lib/client/engine/draft";
import { deviceKey } from "@/lib/client/engine/records";

import { authenticator } from "./convergence";
import type { World } from "./world";

/** True when every member of every room has applied everything, is confirmed and has nothing to do. */
export function isAtRest(world: World): boolean {
  const present = world.devices.filter(({ isRevoked }) => !isRevoked);
  if (present.some(({ engine, isWaiting }) => engine === undefined || isWaiting)) return false;
  if (openQuestions(world).length > 0) return false;
  const revoked = new Set(world.devices.flatMap(({ isRevoked, identity }) => (isRevoked ? [deviceKey(identity)] : [])));
  const holdsRevoked = ({ group }: RoomData) =>
    group !== undefined && members(group).some((member) => revoked.has(deviceKey(member)));
  return world.rooms.every((roomId) => {
    const states = present.flatMap((device) => device.engine?.inspect(roomId) ?? []);
    // Whoever learns of a revocation asks a moment later.
    if (states.some((state) => !isQuiet(state) || holdsRevoked(state))) return false;
    const joined = states.filter(({ meta }) => meta.membership === "joined");
    const cursors = new Set(joined.map(({ meta }) => meta.cursor));
    return cursors.size <= 1 && new Set(joined.map(({ group }) => authenticator(group))).size <= 1;
  });
}

/** Asked of an engine that still runs, and not answered. */
export function openQuestions(world: World): string[] {
  return world.asked
    .filter(
      ({ isAnswered, device, life }) => !isAnswered && device.isOpen && device.lives === life && !device.isRevoked,
    )
    .map(({ device, what }) => `${device.name}: ${what}`);
}

function isQuiet({ meta, group, pending, commit }: RoomData): boolean {
  if (meta.membership === "none") return !meta.purge && meta.goodbye === undefined;
  if (meta.membership !== "joined" || !meta.confirmed || pending.length > 0 || commit !== undefined) return false;
  const policy = group && policyOf(group);
  const isStale = policy !== undefined && policy.kind !== "open" && policy.stale;
  return meta.leavers.length === 0 && meta.wishes.length === 0 && !isStale;
}
