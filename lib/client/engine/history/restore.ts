/**
 * Puts lines that another device of the account has read into a room here (SPEC ARC-06). What this device has read itself
 * stays; a message is shown once, and one that was restored counts as used, so that nobody can repeat it (MSG-04).
 */

import type { ArchiveSection } from "../../../protocol/archive";
import type { Draft } from "../draft";
import { decodeRecord, encodeRecord, placeOf, timelineItemSchema, type StoredItem } from "../records";
import type { Room } from "../room";
import { isDamage } from "../load";
import { fromArchive } from "./lines";

/** Behind every line that a device gives an event itself. */
const otherLineIndex = 1000;
const lineIndexMax = 9999;
const mark = new Uint8Array([1]);

/** Answers how many lines were not there. */
export async function restoreSection(room: Room, section: ArchiveSection): Promise<number> {
  if (section.lines.length === 0) return 0;
  return await room.turn(async (draft) => {
    const held = await heldLines(room, section);
    let restored = 0;
    for (const line of section.lines) {
      const item = fromArchive(line, section.people, draft.identity.accountId, (person) => draft.author(person));
      const key = item && (await freePlace(draft, item, held));
      if (item === undefined || key === undefined) continue;
      const stored = { ...item, key };
      held.set(key, stored);
      draft.put(draft.keys.timeline(key), encodeRecord(stored));
      if (stored.kind === "message") draft.put(draft.keys.usedId(stored.messageId), mark);
      restored += 1;
      preview(draft, stored);
    }
    // A room that is new here has lines and no record yet.
    if (restored > 0) draft.put(draft.keys.meta, encodeRecord(draft.meta));
    return restored;
  });
}

/** Where the line goes; `undefined` when it is there. */
async function freePlace(
  draft: Draft,
  item: StoredItem,
  held: ReadonlyMap<string, StoredItem>,
): Promise<string | undefined> {
  const there = held.get(item.key);
  if (item.kind !== "message") return there === undefined ? item.key : undefined;
  if (there?.kind === "message" && there.messageId === item.messageId) return undefined;
  // Read under another number: a server that went back gave the number twice.
  if (await draft.has(draft.keys.usedId(item.messageId))) return undefined;
  // What this device could not read, another one could.
  if (there === undefined || there.kind === "unreadable") return item.key;
  const [place = ""] = item.key.split(".");
  for (let index = otherLineIndex; index <= lineIndexMax; index++) {
    const key = `${place}.${String(index)}`;
    const other = held.get(key);
    if (other === undefined) return key;
    if (other.kind === "message" && other.messageId === item.messageId) return undefined;
  }
  return undefined;
}

/** This device's lines from the first to the last place of the section. */
async function heldLines(room: Room, { lines }: ArchiveSection): Promise<Map<string, StoredItem>> {
  const { keys, host } = room;
  const [first = ""] = lines[0]?.key.split(".") ?? [];
  const [last = ""] = lines.at(-1)?.key.split(".") ?? [];
  // "/" follows "." in ASCII: behind all lines of the place.
  const rows = await host.store.list(keys.timelinePrefix, {
    after: keys.timeline(first),
    before: keys.timeline(`${last}/`),
  });
  const items = new Map<string, StoredItem>();
  for (const { key, value } of rows) {
    try {
      items.set(key.slice(keys.timelinePrefix.length), decodeRecord(timelineItemSchema, key, value));
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
  return items;
}

/** What the room list shows, on a device that has read nothing newer. */
function preview(draft: Draft, item: StoredItem): void {
  if (item.kind !== "message" || (draft.meta.lastAt ?? 0) > item.at) return;
  if (placeOf(item.key) > draft.meta.cursor + draft.meta.shift && draft.meta.cursor > 0) return;
  draft.meta.lastText = item.text;
  draft.meta.lastAt = item.at;
}
