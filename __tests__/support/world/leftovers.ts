/** What must not be left once a governed world has come to rest: rows of what was declined, questions, wishes, old messages. */

import type { StoredItem } from "@/lib/client/engine/records";

import type { SimulatedDevice } from "./device";
import type { ChainLink } from "./epochs";
import { timerAt } from "./presence";
import { openQuestions } from "./rest";
import type { World } from "./world";

export async function leftovers(world: World): Promise<string[]> {
  const violations = openQuestions(world).map((question) => `never answered: ${question}`);
  for (const device of world.devices) {
    for (const roomId of world.rooms) violations.push(...(await ofRoom(device, roomId)));
  }
  return violations;
}

async function ofRoom(device: SimulatedDevice, roomId: string): Promise<string[]> {
  const meta = device.engine?.inspect(roomId)?.meta;
  if (device.isRevoked) return [];
  const rows = await device.disk.keys(`room/${roomId}`);
  if (meta === undefined) return rows.length === 0 ? [] : [`${device.name} keeps rows of a room that it is not in`];
  if (meta.membership === "none" && !meta.accepted) return [`${device.name} keeps an invitation that was declined`];
  return meta.wishes.map(({ kind }) => `${device.name} still wishes to ${kind}`);
}

/** Messages that should have disappeared. */
export function overdue(
  world: World,
  device: SimulatedDevice,
  chain: readonly ChainLink[],
  items: readonly StoredItem[],
  seqOf: (messageId: string) => number | undefined,
): string[] {
  if (device.isRevoked) return [];
  return items.flatMap((item) => {
    const seq = item.kind === "message" ? seqOf(item.messageId) : undefined;
    const timerMs = seq === undefined ? null : timerAt(chain, seq);
    return item.kind === "message" && timerMs !== null && item.at + timerMs < world.time.now
      ? [`${device.name} still shows what should have disappeared: ${item.text}`]
      : [];
  });
}
