/** Reads a room back from the store, and the rows of its timeline for the page. */

import { decodeGroup } from "../../crypto/mls/group-state";
import type { RoomId } from "../../protocol/ids";
import type { RoomData } from "./draft";
import { toView } from "./draft";
import type { RoomHost } from "./room";
import {
  decodeRecord,
  pendingCommitSchema,
  pendingSchema,
  roomKeys,
  roomMetaSchema,
  roomsPrefix,
  timelineItemSchema,
  type RoomMeta,
} from "./records";
import type { Store } from "./ports";
import type { TimelineItem } from "./views";

/** Rows in one page of the timeline. */
const timelinePage = 60;

export function newMeta(roomId: RoomId, name: string): RoomMeta {
  return {
    v: 1,
    roomId,
    name,
    membership: "none",
    cursor: 0,
    epochSeq: 0,
    joinSeq: 0,
    newestEpoch: 0,
    confirmed: false,
    before: [],
    sentCount: 0,
    outOrder: 0,
    unread: 0,
    leavers: [],
    newcomers: [],
  };
}

export async function loadRooms(host: Pick<RoomHost, "store" | "identity">): Promise<RoomData[]> {
  const rooms: RoomData[] = [];
  const ids = new Set<string>();
  for (let after: string | undefined; ;) {
    const [row] = await host.store.list(roomsPrefix, { limit: 1, ...(after === undefined ? {} : { after }) });
    const id = row?.key.slice(roomsPrefix.length).split("/")[0];
    if (id === undefined || ids.has(id)) break;
    ids.add(id);
    // "0" sorts right behind "/": the next key belongs to another room.
    after = `${roomsPrefix}${id}0`;
    const room = await loadRoom(host, id);
    if (room !== undefined) rooms.push(room);
  }
  return rooms;
}

async function loadRoom(host: Pick<RoomHost, "store" | "identity">, id: string): Promise<RoomData | undefined> {
  const { store, identity } = host;
  const keys = roomKeys(id);
  const metaBytes = await store.get(keys.meta);
  if (metaBytes === undefined) return undefined;
  const [parts, commit, outbox] = await Promise.all([
    store.list(keys.groupPrefix),
    store.get(keys.commit.record),
    store.list(keys.outboxPrefix),
  ]);
  return {
    meta: decodeRecord(roomMetaSchema, keys.meta, metaBytes),
    group: parts.length === 0 ? undefined : decodeGroup(partsOf(parts, keys.groupPrefix), identity),
    pending: outbox.map(({ key, value }) => decodeRecord(pendingSchema, key, value)),
    commit: commit && decodeRecord(pendingCommitSchema, keys.commit.record, commit),
  };
}

/** The rows before `beforeKey` (or the newest), in order, and whether there are older ones. */
export async function loadTimeline(
  store: Store,
  roomId: string,
  beforeKey: string | undefined,
): Promise<{ items: TimelineItem[]; more: boolean }> {
  const keys = roomKeys(roomId);
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
