/**
 * Puts lines that another device of the account has read into a room here (SPEC ARC-06). What this device has read itself
 * stays; a message is shown once, and one that was restored counts as used, so that nobody can repeat it (MSG-04).
 */

import type { ArchivePerson, ArchiveSection } from "../../../protocol/archive";
import type { Draft } from "../draft";
import { encodeRecord, placeOf, type StoredItem } from "../records";
import { readableItem } from "../replaceable";
import type { Room } from "../room";
import { isSaid, noteSaid, saidBy } from "../said-ids";
import { fromArchive, type Faces } from "./lines";

/** Behind every line that a device gives an event itself. */
const otherLineIndex = 1000;
const lineIndexMax = 9999;

/** Answers how many lines were not there; the row `done` is deleted with it. */
export async function restoreSection(room: Room, section: ArchiveSection, done: string): Promise<number> {
  return await room.turn(async (draft) => {
    if (room.isForgotten) return 0;
    draft.put(done, undefined);
    const held = await heldLines(room, section);
    const faces = facesOf(draft);
    let restored = 0;
    for (const line of section.lines) {
      const item = fromArchive(line, section.people, draft.identity.accountId, faces);
      const key = item && (await freePlace(draft, item, held));
      if (item === undefined || key === undefined) continue;
      const stored = { ...item, key };
      held.set(key, stored);
      draft.put(draft.keys.timeline(key), encodeRecord(stored));
      if (stored.kind === "message") noteSaid(draft, saidBy(stored));
      restored += 1;
      preview(draft, stored);
    }
    // A room that is new here has lines and no record yet.
    if (restored > 0) draft.put(draft.keys.meta, encodeRecord(draft.meta));
    return restored;
  });
}

/** A name that was met with another account before stays marked, and pins nothing. */
function facesOf(draft: Draft): Faces {
  const named = (person: ArchivePerson) => {
    const { keyChanged, ...author } = draft.named(person);
    return { ...author, keyChanged: keyChanged || person.keyChanged === true };
  };
  return { named, author: (person) => (person.keyChanged === true ? named(person) : draft.author(person)) };
}

/** Where the line goes; `undefined` when it is there. */
async function freePlace(
  draft: Draft,
  item: StoredItem,
  held: ReadonlyMap<string, StoredItem>,
): Promise<string | undefined> {
  const there = held.get(item.key);
  if (item.kind !== "message") return there === undefined ? item.key : undefined;
  if (there !== undefined && isSame(there, item)) return undefined;
  // It comes with its own echo.
  if (draft.pending.some(({ messageId }) => messageId === item.messageId)) return undefined;
  // Read under another number: a server that went back gave the number twice.
  if (await isSaid(draft, saidBy(item))) return undefined;
  // What this device could not read, another one could.
  if (there === undefined || there.kind === "unreadable") return item.key;
  const [place = ""] = item.key.split(".");
  for (let index = otherLineIndex; index <= lineIndexMax; index++) {
    const key = `${place}.${String(index)}`;
    const other = held.get(key);
    if (other === undefined) return key;
    if (isSame(other, item)) return undefined;
  }
  return undefined;
}

type Message = Extract<StoredItem, { kind: "message" }>;

function isSame(held: StoredItem, { messageId, author }: Message): boolean {
  return held.kind === "message" && held.messageId === messageId && held.author.accountId === author.accountId;
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
    const item = readableItem(key, value);
    if (item !== undefined) items.set(key.slice(keys.timelinePrefix.length), item);
  }
  return items;
}

/** What the room list shows, on a device that has read nothing newer. */
function preview(draft: Draft, item: StoredItem): void {
  if (item.kind !== "message" || (draft.meta.lastAt ?? 0) > item.at) return;
  const isNews = draft.meta.cursor > 0 && placeOf(item.key) > draft.meta.cursor + draft.meta.shift;
  if (isNews) return;
  draft.meta.lastText = item.text;
  draft.meta.lastAt = item.at;
}
