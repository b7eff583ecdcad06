/** A page of a room's timeline, with what waits to be sent behind the newest one. */

import { pendingView } from "./draft";
import { isDamage, loadTimeline } from "./load";
import type { Store } from "./ports";
import { roomKeys } from "./records";
import type { Room } from "./room";
import type { TimelineItem } from "./views";

export interface TimelinePage {
  readonly items: TimelineItem[];
  readonly more: boolean;
}

/** The rows before `beforeKey`, or the newest; in order. `room` is undefined where this device has never been in it. */
export async function timelinePage(
  store: Store,
  roomId: string,
  room: Room | undefined,
  beforeKey: string | undefined,
): Promise<TimelinePage> {
  const page = await storedPage(store, roomId, room, beforeKey);
  if (beforeKey !== undefined || room === undefined) return page;
  const { username, accountId } = room.host.identity;
  const author = { username, accountId, keyChanged: false };
  const waiting = room.data.pending.map((entry) => pendingView(entry, author)).filter((item) => item !== undefined);
  return { ...page, items: [...page.items, ...waiting] };
}

async function storedPage(
  store: Store,
  roomId: string,
  room: Room | undefined,
  beforeKey: string | undefined,
): Promise<TimelinePage> {
  const load = () => loadTimeline(store, room?.keys ?? roomKeys(roomId), beforeKey);
  try {
    return await load();
  } catch (error) {
    if (room === undefined || !isDamage(error)) throw error;
    await room.salvage();
    return await load();
  }
}
