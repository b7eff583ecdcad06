/** Messages that disappear: their lines are deleted from the store and the page when their time has come (ENG-28). */

import { expiryMark } from "./records";
import type { Room } from "./room";

export async function expireMessages(room: Room): Promise<void> {
  const nowMs = room.host.clock.now();
  await room.turn(async (draft) => {
    const keys = await room.host.store.keys(room.keys.expiryPrefix);
    const marks = keys.map((key) => ({ key, ...expiryMark(room.keys, key) }));
    for (const { key, atMs, itemKey } of marks) {
      if (atMs > nowMs) continue;
      draft.put(key, undefined);
      draft.removeLine(itemKey);
    }
    const [next] = marks.filter(({ atMs }) => atMs > nowMs);
    draft.meta.expiresAt = next?.atMs;
  });
  room.armExpiry();
}
