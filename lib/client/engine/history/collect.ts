/**
 * The lines of this device that are not archived yet (SPEC ARC-05), a chunk's worth. Nothing is noted while a message
 * is read: lines stand in the order of the room, so those behind the cursor are the new ones. The cursor never passes
 * what the device has read itself, since lines from the archive may stand anywhere.
 */

import { lineDigest, type ArchiveSection } from "../../../protocol/archive";
import { archiveChunkMaxBytes, archiveChunkTargetBytes } from "../../../protocol/limits";
import { expiryMark, timelineKey } from "../records";
import { readableItem } from "../replaceable";
import type { Room } from "../room";
import { People, toArchive } from "./lines";

const pageRows = 200;
/** A stored line beyond this, and a section without lines, in bytes: a chunk always has room for one more page. */
const lineMaxBytes = archiveChunkMaxBytes / 2;
const sectionBytes = 512;

export interface Progress {
  readonly cursors: Readonly<Record<string, string>>;
  readonly whole: Readonly<Record<string, string>>;
}

export interface Collected extends Progress {
  readonly sections: readonly ArchiveSection[];
  readonly digests: readonly string[];
  /** Rooms that have more. */
  readonly unfinished: readonly Room[];
}

/** `known`: digests of lines that are archived. `progress` of what is collected counts once the sections are stored. */
export async function collectLines(
  rooms: readonly Room[],
  progress: Progress,
  known: ReadonlySet<string>,
): Promise<Collected> {
  const sections: ArchiveSection[] = [];
  const digests = new Set<string>();
  const cursors = { ...progress.cursors };
  const whole = new Map(Object.entries(progress.whole));
  const collected = (unfinished: readonly Room[]): Collected => ({
    sections,
    digests: [...digests],
    cursors,
    whole: Object.fromEntries(whole),
    unfinished,
  });
  let bytes = 0;
  for (const [index, room] of rooms.entries()) {
    const { roomId } = room;
    for (;;) {
      if (bytes >= archiveChunkTargetBytes) {
        return collected(rooms.slice(index));
      }
      const position = whole.get(roomId);
      const after = position ?? cursors[roomId] ?? "";
      const isNew = (digest: string) => !known.has(digest) && !digests.has(digest);
      const page = await readPage(room, after, position === undefined, archiveChunkTargetBytes - bytes, isNew);
      if (page === undefined && position === undefined) break;
      if (page === undefined) {
        whole.delete(roomId);
        continue;
      }
      if (position === undefined) cursors[roomId] = page.last;
      else whole.set(roomId, page.last);
      if (page.section.lines.length === 0) continue;
      sections.push(page.section);
      for (const digest of page.digests) digests.add(digest);
      bytes += page.bytes + sectionBytes;
    }
  }
  return collected([]);
}

/** In a turn of its own, so that no line disappears between being listed and being asked whether it may. */
async function readPage(
  room: Room,
  after: string,
  isOwn: boolean,
  maxBytes: number,
  isNew: (digest: string) => boolean,
) {
  return await room.turn(async ({ keys, meta }) => {
    const { store } = room.host;
    if (!meta.accepted) return undefined;
    const rows = await store.list(keys.timelinePrefix, {
      ...(after === "" ? {} : { after: keys.timeline(after) }),
      // Waiting messages have no place yet.
      before: keys.timeline(isOwn ? timelineKey(meta.cursor + meta.shift + 1, 0) : "~"),
      limit: pageRows,
    });
    if (rows.length === 0) return undefined;
    const marks = await store.keys(keys.expiryPrefix);
    const expiring = new Set(marks.map((key) => expiryMark(keys, key).itemKey));
    const people = new People();
    const lines: ArchiveSection["lines"] = [];
    const digests: string[] = [];
    let bytes = 0;
    let last = after;
    for (const { key, value } of rows) {
      if (bytes >= maxBytes) break;
      last = key.slice(keys.timelinePrefix.length);
      const item = value.length > lineMaxBytes || expiring.has(last) ? undefined : readableItem(key, value);
      const line = item && toArchive(item, people);
      const digest = line && lineDigest(meta.roomId, line, people.list);
      if (line === undefined || digest === undefined || digests.includes(digest) || !isNew(digest)) continue;
      lines.push(line);
      digests.push(digest);
      bytes += value.length;
    }
    const { roomId, kind } = meta;
    const name = meta.peer?.username ?? meta.name;
    return { section: { roomId, kind, name, people: people.list, lines }, digests, bytes, last };
  });
}

/** Whether everything that stands in the room's order up to now was read by this device, or never will be. */
export function isUpToDate({ data: { meta }, head }: Room): boolean {
  if (meta.membership === "none") return true;
  return meta.membership === "joined" && meta.accepted && head > 0 && meta.cursor >= head;
}
