/** Rooms whose every row a device deletes at once: one that was declined, or one that goes on in another (ENG-31). */

import type { Store, Write } from "@/lib/client/engine/ports";
import {
  decodeRecord,
  pendingSchema,
  roomKeys,
  roomMetaSchema,
  timelineItemSchema,
  type RoomMeta,
} from "@/lib/client/engine/records";
import { roomGenerations } from "@/lib/client/engine/room-generations";
import { roomIdSchema, type RoomId } from "@/lib/protocol/ids";

export interface DeletedRoom {
  readonly roomId: RoomId;
  /** Whether its rows are somebody's history that stands nowhere else. */
  readonly isLoss: boolean;
}

export async function roomsDeletedBy(store: Store, batch: readonly Write[]): Promise<DeletedRoom[]> {
  const deleted: DeletedRoom[] = [];
  for (const { key, value } of batch) {
    const id = value === undefined ? /^room\/([0-9a-f]{32})(?:~\d+)?\/meta$/.exec(key)?.[1] : undefined;
    const bytes = id === undefined ? undefined : await store.get(key);
    if (id === undefined || bytes === undefined) continue;
    const meta = decodeRecord(roomMetaSchema, key, bytes);
    const wasAnswered = meta.accepted && meta.joinSeq > 0;
    const isLoss = wasAnswered && (meta.movedTo === undefined || (await hasMoreThan(store, key, meta.movedTo, meta)));
    deleted.push({ roomId: roomIdSchema.parse(id), isLoss });
  }
  return deleted;
}

/** Whether a message stands there that neither stands in the room `movedTo` nor waits in it to be said again. */
async function hasMoreThan(store: Store, metaKey: string, movedTo: string, { roomId }: RoomMeta): Promise<boolean> {
  const generation = (await roomGenerations(store)).get(movedTo);
  if (generation === undefined) return true;
  const keys = roomKeys(movedTo, generation);
  const waiting = await store.list(keys.outboxPrefix);
  const again = new Set<string>(waiting.map(({ key, value }) => decodeRecord(pendingSchema, key, value).messageId));
  for (const { key, value } of await store.list(`${metaKey.slice(0, -"meta".length)}t/`)) {
    const line = decodeRecord(timelineItemSchema, key, value);
    if (line.kind !== "message" && line.kind !== "report") continue;
    if (line.kind === "message" && again.has(line.messageId)) continue;
    const { key: place } = line;
    const mark =
      line.kind === "message" ? keys.saidId(line.messageId, line.author.accountId) : keys.movedLine(roomId, place);
    if ((await store.get(mark)) === undefined) return true;
  }
  return false;
}
