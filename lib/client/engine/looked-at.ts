/** What a person has seen of a room. */

import type { Room } from "./room";

export async function markRead(room: Room): Promise<void> {
  if (room.data.meta.unread === 0) return;
  await room.turn((draft) => {
    draft.meta.unread = 0;
    draft.meta.mentions = 0;
  });
}

/** What the transcript showed. Its lines stay. */
export async function settleAlarm(room: Room): Promise<void> {
  await room.turn((draft) => {
    draft.meta.alarm = undefined;
  });
}
