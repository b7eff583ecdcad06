/**
 * How far somebody has read in an open room, and where "New messages" stands: before the first message of others behind
 * the last line that was read. Pure; engine-view.ts feeds it.
 */

import type { TimelineItem } from "../worker/api";
import { isWaiting, type Timeline } from "./timeline";

export interface Reading {
  /** Key of the newest line that has a place; empty before the first. */
  readonly newest: string;
  /** Key of the newest line that was seen. */
  readonly readTo: string;
  /** Key of the line behind which the unread ones begin; undefined where nothing is marked. */
  readonly unreadAfter: string | undefined;
  readonly lastOwn: string | undefined;
}

/** Where the reader's eyes are. */
export interface Eyes {
  /** The tab is shown. */
  readonly visible: boolean;
  /** The newest line is within sight. */
  readonly atEnd: boolean;
  /** What was written before this time (ms since 1970) comes late: nobody has seen it arrive. */
  readonly lateBefore: number | undefined;
}

/** `unread`: messages of others that were not read when the room was opened. Undefined: older lines are needed first. */
export function openReading(items: Timeline, unread: number, more: boolean): Reading | undefined {
  const newest = newestKey(items);
  const lastOwn = lastOwnId(items);
  if (unread === 0) return { newest, readTo: newest, unreadAfter: undefined, lastOwn };
  let missing = unread;
  let first = items.length;
  while (first > 0 && missing > 0) {
    first -= 1;
    if (isOfOthers(items[first])) missing -= 1;
  }
  if (missing > 0 && more) return undefined;
  const before = items[first - 1]?.key ?? "";
  return { newest, readTo: before, unreadAfter: missing === unread ? undefined : before, lastOwn };
}

/** After a change of the lines or of where the reader looks; answers the same object when nothing changed. */
export function readOn(reading: Reading, items: Timeline, { visible, atEnd, lateBefore }: Eyes): Reading {
  const newest = newestKey(items);
  const lastOwn = lastOwnId(items);
  const looks = visible && atEnd;
  const allRead = reading.readTo >= reading.newest;
  let { readTo, unreadAfter } = reading;
  // Who answers below everything has done with what was new. While late lines come in, nothing counts as read yet.
  if (lastOwn !== reading.lastOwn && looks && (allRead || lateBefore !== undefined)) unreadAfter = undefined;
  const isMissed = (item: TimelineItem) =>
    item.key > reading.newest && isOfOthers(item) && (!looks || (lateBefore !== undefined && item.at < lateBefore));
  if ((allRead || unreadAfter === undefined) && items.some(isMissed)) unreadAfter = reading.newest;
  if (looks && lateBefore === undefined && newest > readTo) readTo = newest;
  const next = { newest: newest > reading.newest ? newest : reading.newest, readTo, unreadAfter, lastOwn };
  const isSame = Object.entries(next).every(([name, value]) => reading[name as keyof Reading] === value);
  return isSame ? reading : next;
}

/** Another tab of this account has read everything. */
export function readElsewhere(reading: Reading): Reading {
  return { ...reading, readTo: reading.newest, unreadAfter: undefined };
}

/** Key of the message before which the line stands. */
export function firstUnreadKey(items: Timeline, { unreadAfter }: Reading): string | undefined {
  if (unreadAfter === undefined) return undefined;
  return items.find((item) => item.key > unreadAfter && isOfOthers(item))?.key;
}

/** Messages of others behind what was seen. */
export function unseenCount(items: Timeline, { readTo }: Reading): number {
  return items.reduce((count, item) => (item.key > readTo && isOfOthers(item) ? count + 1 : count), 0);
}

function isOfOthers(item: TimelineItem | undefined): boolean {
  return item?.kind === "message" && !item.own;
}

function newestKey(items: Timeline): string {
  return items.findLast((item) => !isWaiting(item))?.key ?? "";
}

function lastOwnId(items: Timeline): string | undefined {
  const last = items.findLast((item) => item.kind === "message" && item.own);
  return last?.kind === "message" ? last.messageId : undefined;
}
