/** Rooms whose every row a device deletes at once, as declining does. */

import type { Store, Write } from "@/lib/client/engine/ports";
import { decodeRecord, roomMetaSchema } from "@/lib/client/engine/records";
import { roomIdSchema, type RoomId } from "@/lib/protocol/ids";

export interface DeletedRoom {
  readonly roomId: RoomId;
  /** Whether a person had said yes to it and been in it: then its rows are somebody's history. */
  readonly wasAnswered: boolean;
}

export async function roomsDeletedBy(store: Store, batch: readonly Write[]): Promise<DeletedRoom[]> {
  const deleted: DeletedRoom[] = [];
  for (const { key, value } of batch) {
    const id = value === undefined ? /^room\/([0-9a-f]{32})(?:~\d+)?\/meta$/.exec(key)?.[1] : undefined;
    const bytes = id === undefined ? undefined : await store.get(key);
    if (id === undefined || bytes === undefined) continue;
    const { accepted, joinSeq } = decodeRecord(roomMetaSchema, key, bytes);
    deleted.push({ roomId: roomIdSchema.parse(id), wasAnswered: accepted && joinSeq > 0 });
  }
  return deleted;
}
