/**
 * The lines of this device that are not archived yet (SPEC ARC-05), a chunk's worth. Nothing is noted while a message
 * is read: lines stand in the order of the room, so those behind the cursor are the new ones.
 */

import { addSpan, isCovered, type ArchiveSection, type Spans } from "../../../protocol/archive";
import { archiveChunkMaxBytes, archiveChunkTargetBytes } from "../../../protocol/limits";
import { isDamage } from "../load";
import { decodeRecord, placeOf, timelineItemSchema, type StoredItem } from "../records";
import type { Room } from "../room";
import { coverage, withRoom, type Ledger } from "./ledger";
import { People, toArchive } from "./lines";

const pageRows = 200;
/** A stored line beyond this, and a section without lines, in bytes: a chunk always has room for one more page. */
const lineMaxBytes = archiveChunkMaxBytes / 2;
const sectionBytes = 512;

export interface Collected {
  readonly sections: readonly ArchiveSection[];
  /** As it is once the sections are stored. */
  readonly ledger: Ledger;
  /** Rooms that have more. */
  readonly unfinished: readonly Room[];
}

export async function collectLines(rooms: readonly Room[], ledger: Ledger): Promise<Collected> {
  const sections: ArchiveSection[] = [];
  let next = ledger;
  let bytes = 0;
  for (const [index, room] of rooms.entries()) {
    if (!room.data.meta.accepted) continue;
    for (;;) {
      if (bytes >= archiveChunkTargetBytes) return { sections, ledger: next, unfinished: rooms.slice(index) };
      const page = await readPage(room, coverage(next, room.roomId), archiveChunkTargetBytes - bytes);
      if (page === undefined) break;
      next = withRoom(next, room.roomId, { cursor: page.cursor, covered: page.covered });
      if (page.section.lines.length === 0) continue;
      sections.push(page.section);
      bytes += page.bytes + sectionBytes;
    }
  }
  return { sections, ledger: next, unfinished: [] };
}

async function readPage(
  room: Room,
  { covered, cursor }: { readonly covered: Spans; readonly cursor: string },
  maxBytes: number,
) {
  const { keys, host } = room;
  const { meta } = room.data;
  const rows = await host.store.list(keys.timelinePrefix, {
    ...(cursor === "" ? {} : { after: keys.timeline(cursor) }),
    // Waiting messages have no place yet.
    before: keys.timeline("~"),
    limit: pageRows,
  });
  if (rows.length === 0) return undefined;
  const expiring = await expiringLines(room);
  const people = new People();
  const lines: ArchiveSection["lines"] = [];
  let [claimed, known]: [Spans, Spans] = [[], covered];
  let bytes = 0;
  // From our join on we have read whatever there was; before it, only what was restored or imported.
  const readFrom = meta.joinSeq + meta.shift;
  const cursorPlace = cursor === "" ? -1 : placeOf(cursor);
  let from = Math.max(cursorPlace + 1, readFrom);
  let itemKey = "";
  for (const { key, value } of rows) {
    if (bytes >= maxBytes) break;
    itemKey = key.slice(keys.timelinePrefix.length);
    const item = readItem(key, value);
    const place = placeOf(itemKey);
    if (item === undefined || item.kind === "unreadable") {
      if (place > from) claimed = addSpan(claimed, [from, place - 1]);
      from = Math.max(from, place + 1);
      continue;
    }
    if (place < readFrom) claimed = addSpan(claimed, [place, place]);
    const isDone = isCovered(covered, place) && place !== cursorPlace;
    const isLeftOut = isDone || expiring.has(itemKey) || value.length > lineMaxBytes;
    const line = isLeftOut ? undefined : toArchive(item, people);
    if (line === undefined) continue;
    lines.push(line);
    bytes += value.length;
  }
  if (placeOf(itemKey) >= from) claimed = addSpan(claimed, [from, placeOf(itemKey)]);
  for (const span of claimed) known = addSpan(known, span);
  const { roomId, kind } = meta;
  const name = meta.peer?.username ?? meta.name;
  const section = { roomId, kind, name, people: people.list, covered: claimed, lines };
  return { section, bytes, cursor: itemKey, covered: known };
}

/** Messages that disappear are never archived: no copy may outlive them. */
async function expiringLines({ keys, host }: Room): Promise<ReadonlySet<string>> {
  const marks = await host.store.keys(keys.expiryPrefix);
  return new Set(marks.map((key) => key.slice(keys.expiryPrefix.length).split("/")[1] ?? ""));
}

function readItem(key: string, value: Uint8Array): StoredItem | undefined {
  try {
    return decodeRecord(timelineItemSchema, key, value);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}
