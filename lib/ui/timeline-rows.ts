/** A timeline as a flat list of rows: what a reader scrolls through, and what a virtual list counts. */

import type { TimelineLine } from "./timeline";
import { dayOf } from "./time";

export type TimelineRow =
  | { readonly kind: "day"; readonly id: string; readonly at: number }
  | { readonly kind: "unread"; readonly id: string }
  | {
      readonly kind: "line";
      readonly id: string;
      readonly line: TimelineLine;
      /** Follows another message of the same author closely: the eye needs no second heading. */
      readonly continued: boolean;
    };

/** Milliseconds within which messages of one author stand under one heading. */
const groupMs = 5 * 60_000;

/** `rowKey`: identity of a line that outlives its key. `unreadFrom`: key of the line below "New messages". */
export function timelineRows(
  lines: readonly TimelineLine[],
  rowKey: (line: TimelineLine) => string,
  unreadFrom: string | undefined,
): TimelineRow[] {
  const rows: TimelineRow[] = [];
  const seen = new Map<string, number>();
  let before: TimelineLine | undefined;
  let day: string | undefined;
  for (const line of lines) {
    const name = dayOf(line.at);
    if (name !== day) {
      // Times are the senders' word: a day can come twice, and React keys must not.
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      rows.push({ kind: "day", id: `day ${name} ${String(times)}`, at: line.at });
      day = name;
      before = undefined;
    }
    if (line.key === unreadFrom) {
      rows.push({ kind: "unread", id: "unread" });
      before = undefined;
    }
    rows.push({ kind: "line", id: rowKey(line), line, continued: continues(before, line) });
    before = line;
  }
  return rows;
}

function continues(before: TimelineLine | undefined, line: TimelineLine): boolean {
  return (
    line.kind === "message" &&
    before?.kind === "message" &&
    before.author.accountId === line.author.accountId &&
    before.own === line.own &&
    line.at - before.at < groupMs
  );
}
