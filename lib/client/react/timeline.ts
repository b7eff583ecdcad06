/**
 * The page's copy of a timeline: what the worker told, in order. An own message changes its key when the server has
 * placed it; it stays one line, because own lines are one per message id.
 */

import type { TimelineItem } from "../worker/api";

/** Sorted by key, without holes in what it holds. */
export type Timeline = readonly TimelineItem[];

export interface TimelinePage {
  readonly items: readonly TimelineItem[];
  readonly more: boolean;
}

/** Applies one change; answers the same array when nothing changed. */
export function applyChange(timeline: Timeline, upsert: readonly TimelineItem[], remove: readonly string[]): Timeline {
  if (upsert.length === 0 && remove.length === 0) return timeline;
  const gone = new Set(remove);
  const ownIds = new Set<string>();
  for (const item of upsert) {
    gone.add(item.key);
    if (item.kind === "message" && item.own) ownIds.add(item.messageId);
  }
  const kept = timeline.filter(
    (item) => !gone.has(item.key) && !(item.kind === "message" && item.own && ownIds.has(item.messageId)),
  );
  return [...kept, ...upsert].sort(byKey);
}

/**
 * Takes the newest page again, after a time in which changes may have been missed. Where it does not touch what is
 * held, the page replaces it: a hole must not look like a conversation.
 */
export function applyNewestPage(timeline: Timeline, page: TimelinePage): { items: Timeline; replaced: boolean } {
  const oldest = page.items[0];
  const touches = oldest === undefined || timeline.some((item) => item.key >= oldest.key && !isWaiting(item));
  if (!touches) return { items: [...page.items].sort(byKey), replaced: true };
  const told = new Set(page.items.map((item) => item.key));
  const stale = timeline.filter((item) => isWaiting(item) && !told.has(item.key)).map((item) => item.key);
  return { items: applyChange(timeline, page.items, stale), replaced: false };
}

/** What is held from the page's oldest line on. */
export function sinceOldest(timeline: Timeline, page: readonly TimelineItem[]): Timeline {
  const oldest = page[0]?.key;
  return oldest === undefined ? timeline : timeline.filter((item) => item.key >= oldest);
}

/** The key to ask for what came before: waiting messages have no place in the order yet. */
export function oldestKey(timeline: Timeline): string | undefined {
  return timeline.find((item) => !isWaiting(item))?.key;
}

/** Stable across sending; another author's message id is not trusted to be unique. */
export function rowKey(item: TimelineItem): string {
  return item.kind === "message" && item.own ? `own ${item.messageId}` : item.key;
}

/** An own message that the server has not placed yet. */
export function isWaiting(item: TimelineItem): boolean {
  return (
    item.kind === "message" &&
    item.own &&
    (item.state === "queued" || item.state === "sending" || item.state === "failed")
  );
}

function byKey(left: TimelineItem, right: TimelineItem): number {
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}
