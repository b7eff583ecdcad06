/** The lines of a room by day: messages grouped by sender, what happened, and what could not be read and why. */

import { text } from "../text/catalogue";
import { isolated } from "./isolated";
import { MessageRow, type MessageLine, type MessageSelection } from "./message-row";
import { ReportRow, type ReportLine } from "./report-row";
import { WarningIcon } from "./icons";
import { ClockTime, dayName } from "./time";
import type { TimelineRow } from "./timeline-rows";
import type { Trust } from "./trust-mark";

export interface SystemLine {
  readonly kind: "system";
  readonly key: string;
  readonly at: number;
  readonly event: keyof typeof text.timeline.events;
  readonly who: string | undefined;
  readonly by?: string | undefined;
  readonly detail?: string | undefined;
  readonly timerMs?: number | null | undefined;
  /** Of `repaired` and `refused` only. */
  readonly cause?: keyof typeof text.timeline.repairs | keyof typeof text.timeline.refusals | undefined;
  readonly missed?: number | undefined;
  readonly since?: number | undefined;
}

export interface UnreadableLine {
  readonly kind: "unreadable";
  readonly key: string;
  readonly at: number;
  readonly cause: keyof typeof text.timeline.causes;
}

export type TimelineLine = MessageLine | SystemLine | UnreadableLine | ReportLine;

export interface TimelineProps {
  /** In order, without holes. */
  readonly rows: readonly TimelineRow[];
  readonly now: number;
  /** How it stands with the keys of people in the room, by account id. */
  readonly trusts?: ReadonlyMap<string, Trust> | undefined;
  /** How it stands with people whom reports name, by `reportedKey`. */
  readonly reported?: ReadonlyMap<string, Trust> | undefined;
  /** Own messages wait for a decision about somebody in the room. */
  readonly held?: boolean | undefined;
  readonly onRetry: (messageId: string) => void;
  readonly onDiscard: (messageId: string) => void;
  readonly selection?: MessageSelection | undefined;
}

export function Timeline({ rows, now, trusts, reported, held, onRetry, onDiscard, selection }: TimelineProps) {
  return byDay(rows).map(({ id, day, parts }) => (
    <section key={id} className="day">
      {day !== undefined && <h2 className="day-name">{dayName(day.at, now)}</h2>}
      {parts.map((part) =>
        part.kind === "unread" ? (
          <UnreadLine key={part.id} />
        ) : (
          <ol key={part.id} className="lines">
            {part.rows.map(({ id, line, continued }) =>
              line.kind === "message" ? (
                <MessageRow
                  key={id}
                  line={line}
                  continued={continued}
                  trust={trusts?.get(line.author.accountId)}
                  held={held}
                  onRetry={onRetry}
                  onDiscard={onDiscard}
                  selection={selection}
                />
              ) : line.kind === "report" ? (
                <ReportRow key={id} line={line} trust={trusts?.get(line.by.accountId)} reported={reported} />
              ) : (
                <EventRow key={id} line={line} />
              ),
            )}
          </ol>
        ),
      )}
    </section>
  ));
}

/** Everything below it came while the reader was elsewhere. */
function UnreadLine() {
  return (
    <div className="unread-line" role="separator" aria-label={text.timeline.unreadFrom}>
      <span aria-hidden="true">{text.timeline.unreadFrom}</span>
    </div>
  );
}

/** Lines by which the room's transcript accuses the server. */
const alarms: readonly SystemLine["event"][] = ["withheld", "forked"];

const causes = { ...text.timeline.repairs, ...text.timeline.refusals };

function EventRow({ line }: { readonly line: SystemLine | UnreadableLine }) {
  const isAlarm = line.kind === "system" && alarms.includes(line.event);
  return (
    <li
      className="event"
      data-kind={isAlarm ? "alarm" : line.kind}
      data-event={line.kind === "system" ? line.event : undefined}
    >
      {(isAlarm || (line.kind === "system" && line.event === "key-changed")) && <WarningIcon />}
      <p dir="auto">{line.kind === "system" ? systemSentence(line) : text.timeline.unreadable}</p>
      {line.kind === "system" && line.cause !== undefined && (
        <p className="event-cause">
          {causes[line.cause]}
          {(line.missed ?? 0) > 0 && ` ${text.timeline.missed(line.missed ?? 0)}`}
        </p>
      )}
      {line.kind === "unreadable" && <p className="event-cause">{text.timeline.causes[line.cause]}</p>}
      <ClockTime at={line.at} />
    </li>
  );
}

function systemSentence({ event, who, by, detail, timerMs, missed, since }: SystemLine): string {
  return text.timeline.events[event](isolated(who ?? text.timeline.somebody), {
    by: by === undefined ? undefined : isolated(by),
    detail: detail === undefined || detail === "" ? detail : isolated(detail),
    timerMs,
    missed,
    since,
  });
}

type LineRow = Extract<TimelineRow, { kind: "line" }>;
type Part = Extract<TimelineRow, { kind: "unread" }> | { kind: "lines"; id: string; rows: LineRow[] };

interface Day {
  readonly id: string;
  /** Undefined where the rows begin in the middle of a day. */
  readonly day: { readonly at: number } | undefined;
  readonly parts: Part[];
}

function byDay(rows: readonly TimelineRow[]): Day[] {
  const days: Day[] = [];
  for (const row of rows) {
    if (row.kind === "day") {
      days.push({ id: row.id, day: row, parts: [] });
      continue;
    }
    let last = days.at(-1);
    if (last === undefined) days.push((last = { id: "rest of a day", day: undefined, parts: [] }));
    const list = last.parts.at(-1);
    if (row.kind === "unread") last.parts.push(row);
    else if (list?.kind === "lines") list.rows.push(row);
    else last.parts.push({ kind: "lines", id: list === undefined ? "lines" : "unread lines", rows: [row] });
  }
  return days;
}
