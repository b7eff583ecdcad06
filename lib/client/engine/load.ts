/** Reads a room back from the store, and the rows of its timeline for the page. */

import type { DeviceIdentity } from "../../crypto/mls/door";
import { decodeGroup, GroupStateCorrupt } from "../../crypto/mls/group-state";
import type { RoomData } from "./draft";
import { toView } from "./draft";
import type { RoomHost } from "./room-host";
import {
  decodeRecord,
  pendingCommitSchema,
  pendingSchema,
  roomKeys,
  roomMetaSchema,
  StoreCorrupt,
  timelineItemSchema,
  type RoomKeys,
} from "./records";
import type { Store } from "./ports";
import { roomGenerations } from "./room-generations";
import { salvageRoom } from "./salvage";
import { readTranscript } from "./transcript-records";
import type { TimelineItem } from "./views";

/** Rows in one page of the timeline. */
const timelinePage = 60;

export interface LoadedRoom {
  readonly keys: RoomKeys;
  readonly data: RoomData;
}

/** The newest generation of every room. What is damaged is set aside and waits to be joined again. */
export async function loadRooms(host: Pick<RoomHost, "store" | "identity" | "clock">): Promise<LoadedRoom[]> {
  const rooms: LoadedRoom[] = [];
  for (const [id, generation] of await roomGenerations(host.store)) {
    const room = await loadRoom(host, id, generation);
    if (room !== undefined) rooms.push(room);
  }
  return rooms;
}

async function loadRoom(
  host: Pick<RoomHost, "store" | "identity" | "clock">,
  id: string,
  generation: number,
): Promise<LoadedRoom | undefined> {
  const { store, identity, clock } = host;
  try {
    const keys = roomKeys(id, generation);
    const data = await readRoom(store, identity, keys);
    return data && { keys, data };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return await salvageRoom(store, identity, id, generation, clock.now());
  }
}

/** Not a failure of the platform, which passes: these bytes will never be read. */
export function isDamage(error: unknown): boolean {
  return error instanceof StoreCorrupt || error instanceof GroupStateCorrupt;
}

async function readRoom(store: Store, identity: DeviceIdentity, keys: RoomKeys): Promise<RoomData | undefined> {
  const metaBytes = await store.get(keys.meta);
  if (metaBytes === undefined) {
    const [left] = await store.keys(keys.base, { limit: 1 });
    if (left !== undefined) throw new StoreCorrupt("a room without its record");
    return undefined;
  }
  const meta = decodeRecord(roomMetaSchema, keys.meta, metaBytes);
  const [parts, commit, outbox, transcript] = await Promise.all([
    store.list(keys.groupPrefix),
    store.get(keys.commit.record),
    store.list(keys.outboxPrefix),
    readTranscript(store, keys),
  ]);
  const isMember = meta.membership === "joined" || meta.membership === "leaving";
  if (isMember && parts.length === 0) throw new StoreCorrupt("a room without its group");
  return {
    meta,
    group: parts.length === 0 ? undefined : decodeGroup(partsOf(parts, keys.groupPrefix), identity),
    pending: outbox.map(({ key, value }) => decodeRecord(pendingSchema, key, value)),
    commit: commit && decodeRecord(pendingCommitSchema, keys.commit.record, commit),
    transcript,
  };
}

/** The rows before `beforeKey` (or the newest), in order, and whether there are older ones. */
export async function loadTimeline(
  store: Store,
  keys: RoomKeys,
  beforeKey: string | undefined,
): Promise<{ items: TimelineItem[]; more: boolean }> {
  const rows = await store.list(keys.timelinePrefix, {
    reverse: true,
    limit: timelinePage + 1,
    ...(beforeKey === undefined ? {} : { before: keys.timeline(beforeKey) }),
  });
  const page = rows.slice(0, timelinePage).reverse();
  return {
    items: page.map(({ key, value }) => toView(decodeRecord(timelineItemSchema, key, value))),
    more: rows.length > timelinePage,
  };
}

function partsOf(rows: Awaited<ReturnType<Store["list"]>>, prefix: string): Map<string, Uint8Array> {
  return new Map(rows.map(({ key, value }) => [key.slice(prefix.length), value]));
}
