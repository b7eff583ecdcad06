/** What a room has missed is fetched, and what comes next in its order is applied (DS-05). */

import { backlogPageEvents } from "../../protocol/limits";
import type { RoomEvent } from "../../protocol/schemas/socket";
import { applyEvent } from "./apply";
import type { Draft } from "./draft";
import type { Room } from "./room";
import { retryMs, waitAfter, type Step } from "./step";

/** A page a turn; the next page travels while this one is applied. */
export async function catchUp(room: Room): Promise<Step> {
  let coming: ReturnType<typeof fetchAfter> | undefined;
  while (room.data.group !== undefined && room.data.meta.cursor < room.head) {
    const page = await (coming ?? fetchAfter(room, room.data.meta.cursor));
    coming = undefined;
    if (!page.ok) return waitAfter(page.error);
    room.head = Math.max(room.head, page.value.head);
    const last = page.value.events.at(-1)?.seq ?? 0;
    const before = room.data.meta.cursor;
    if (last > before && last < room.head) coming = fetchAfter(room, last);
    await room.turn((draft) => applyAll(room, draft, page.value.events));
    // A server that names a head it does not deliver must not keep us spinning.
    if (room.data.meta.cursor === before && last !== before) return { done: false, retryMs };
  }
  return { done: true };
}

function fetchAfter({ roomId, host }: Room, after: number) {
  return host.transport.request("events:fetch", { roomId, after, limit: backlogPageEvents });
}

/** Those that are next, in order; the rest was seen already or comes again. */
export async function applyAll(room: Room, draft: Draft, events: readonly RoomEvent[]): Promise<void> {
  const { host, keys } = room;
  for (const event of events) {
    // What comes after our going is not for us to have seen: it may invite us again.
    if (draft.meta.membership === "none") return;
    if (event.seq !== draft.meta.cursor + 1) continue;
    const applied = await applyEvent(draft, event, {
      ciphertext: (order) => host.store.get(keys.ciphertext(order)),
      commit: () => room.loadState(keys.commit),
      revocations: host.revocations,
    });
    if (applied !== "none" && room.suspicion !== "other-epoch") room.suspicion = applied;
  }
}
