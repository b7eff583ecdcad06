/**
 * What was said in a direct room that is given up, taken along into the one that goes on (ENG-31). Own words that the other has not
 * answered are said again under the same message ids, so that whoever reads them in both rooms shows them once; all other lines move
 * on this device. First the new place is written, then the old one cleared: a crash in between does it once more, and nothing twice.
 */

import { policyOf } from "../../crypto/mls/roster";
import { toHex } from "../../protocol/bytes";
import type { Body } from "../../protocol/content";
import { unitedRowsMax, wishesMax } from "../../protocol/limits";
import type { Draft } from "./draft";
import { askToLeave } from "./membership";
import { decodeRecord, expiryMark, timelineItemSchema, type Pending, type StoredItem } from "./records";
import type { StoredMessage } from "./reports";
import type { Room } from "./room";
import { isSaid, noteSaid, saidBy } from "./said-ids";

type Said = Pick<Pending, "messageId" | "t"> & { readonly body: Body };

interface Words {
  /** Messages and reports, oldest first. */
  readonly lines: readonly StoredItem[];
  /** When lines disappear, by their keys. */
  readonly expiry: ReadonlyMap<string, number>;
  readonly waiting: readonly Pending[];
  /** There is more than is taken along. */
  readonly isPart: boolean;
}

/** Moves the words, then asks to leave. */
export async function moveWords(from: Room, to: Room): Promise<void> {
  const words = await wordsOf(from);
  if (!(await take(from, to, words))) return;
  await from.turn(async (draft) => {
    clear(draft, words);
    const { meta, group } = draft;
    if (meta.membership !== "joined" || group === undefined) return;
    await askToLeave(draft, group, from.host.identity, { account: true, to: to.roomId });
  });
  from.kick();
}

/** Whether nothing is left in it. */
export async function carryRest(from: Room, to: Room): Promise<boolean> {
  const words = await wordsOf(from);
  if (!(await take(from, to, words))) return false;
  if (!words.isPart) return true;
  await from.turn((draft) => {
    clear(draft, words);
    // It is read where it is from now on, as any room that was left.
    draft.meta.movedTo = undefined;
    draft.meta.accepted = true;
  });
  return false;
}

async function wordsOf({ host: { store }, keys, data }: Room): Promise<Words> {
  const rows = await store.list(keys.timelinePrefix, { reverse: true, limit: unitedRowsMax + 1 });
  const lines = rows
    .slice(0, unitedRowsMax)
    .reverse()
    .map(({ key, value }) => decodeRecord(timelineItemSchema, key, value))
    .filter(({ kind }) => kind === "message" || kind === "report");
  const marks = await store.keys(keys.expiryPrefix);
  const expiry = new Map(
    marks.map((mark) => {
      const { itemKey, atMs } = expiryMark(keys, mark);
      return [itemKey, atMs] as const;
    }),
  );
  // A report that has left this device becomes a line of its own.
  const waiting = data.pending.filter(
    ({ body: { kind }, state }) => kind === "text" || (kind === "report" && state !== "sealed"),
  );
  return { lines, expiry, waiting, isPart: rows.length > unitedRowsMax };
}

/** False when the room that goes on does so no more. */
async function take(from: Room, to: Room, { lines, expiry, waiting }: Words): Promise<boolean> {
  const timerMs = timerOf(from.data);
  const isDone = await to.turn(async (draft) => {
    if (draft.meta.membership !== "joined") return false;
    const { accountId } = from.host.identity;
    const answered = lines.findLastIndex((line) => authorOf(line) !== accountId);
    const there = await draft.messagesOf(to.roomId);
    let moved = 0;
    for (const [index, line] of lines.entries()) {
      const moveMark = draft.keys.movedLine(from.roomId, line.key);
      if ((await draft.has(moveMark)) || (line.kind === "message" && (await isThere(draft, line, there)))) continue;
      if (line.kind === "message" && line.n !== undefined && index > answered) {
        sayAgain(draft, { messageId: line.messageId, t: line.at, body: { kind: "text", text: line.text } });
        continue;
      }
      draft.put(moveMark, new Uint8Array([1]));
      if (line.kind === "message") noteSaid(draft, saidBy(line));
      draft.carry(line, from.roomId, expiry.get(line.key));
      moved += 1;
    }
    for (const said of waiting) {
      if (!(await isSaid(draft, { messageId: said.messageId, accountId }))) sayAgain(draft, said);
    }
    if (moved > 0) {
      const { cursor, peer } = draft.meta;
      draft.line(cursor, { kind: "system", at: draft.nowMs, event: "united", who: peer?.username }, "event");
      const unread = Math.min(moved, from.data.meta.unread);
      draft.meta.unread += unread;
      draft.meta.mentions += Math.min(unread, from.data.meta.mentions);
    }
    keepTimer(draft, timerMs);
    return true;
  });
  if (isDone) to.kick();
  return isDone;
}

/** Own ids are used by own devices only. The other may use theirs for whatever they like: there counts what can be read. */
async function isThere(
  draft: Draft,
  line: StoredMessage,
  there: ReadonlyMap<string, readonly StoredMessage[]>,
): Promise<boolean> {
  if (line.author.accountId === draft.identity.accountId) return await isSaid(draft, saidBy(line));
  const named = there.get(line.messageId) ?? [];
  return named.some(({ author, text }) => author.accountId === line.author.accountId && text === line.text);
}

/** At the end of the outbox, at the time when it was said. */
function sayAgain(draft: Draft, { messageId, t, body }: Said): void {
  if (draft.pending.some((entry) => entry.messageId === messageId)) return;
  draft.meta.sentCount += 1;
  draft.meta.outOrder += 1;
  const { outOrder: order, sentCount: n } = draft.meta;
  draft.setPending({ order, messageId, n, t, body, state: "queued" });
}

/** What was said under a timer does not outlive it in the other room. */
function keepTimer(draft: Draft, timerMs: number | null): void {
  const own = timerOf(draft);
  if (timerMs === null || (own !== null && own <= timerMs) || draft.meta.wishes.length >= wishesMax) return;
  if (draft.meta.wishes.some((wish) => wish.kind === "change" && wish.timerMs === timerMs)) return;
  draft.meta.wishes = [...draft.meta.wishes, { id: toHex(draft.random.bytes(16)), kind: "change", timerMs }];
}

function timerOf({ group }: Pick<Draft, "group">): number | null {
  const policy = group && policyOf(group);
  return policy?.kind === "direct" ? policy.timerMs : null;
}

function authorOf(line: StoredItem): string | undefined {
  if (line.kind === "message") return line.author.accountId;
  return line.kind === "report" ? line.by.accountId : undefined;
}

function clear(draft: Draft, { lines, waiting }: Words): void {
  for (const { key } of lines) draft.removeLine(key);
  draft.meta.unread = 0;
  draft.meta.mentions = 0;
  for (const entry of waiting) {
    const current = draft.pending.find(({ order }) => order === entry.order);
    // What has left this device is waited for: its echo would be nobody's.
    if (current !== undefined && current.state !== "sealed") draft.dropPending(current);
  }
}
