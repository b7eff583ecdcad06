/** The lines of a room by day: messages grouped by sender, what happened, and what could not be read and why. */

import { text } from "../text/catalogue";
import { MessageRow, type MessageLine } from "./message-row";
import { ClockTime, dayName, dayOf } from "./time";

export interface SystemLine {
  readonly kind: "system";
  readonly key: string;
  readonly at: number;
  readonly event: keyof typeof text.timeline.events;
  readonly who: string | undefined;
  /** Of `repaired` only. */
  readonly cause?: keyof typeof text.timeline.repairs | undefined;
  readonly missed?: number | undefined;
}

export interface UnreadableLine {
  readonly kind: "unreadable";
  readonly key: string;
  readonly at: number;
  readonly cause: keyof typeof text.timeline.causes;
}

export type TimelineLine = MessageLine | SystemLine | UnreadableLine;

export interface TimelineProps {
  /** In order. */
  readonly lines: readonly TimelineLine[];
  /** Identity of a line that outlives its key. */
  readonly rowKey: (line: TimelineLine) => string;
  readonly now: number;
  readonly onRetry: (messageId: string) => void;
  readonly onDiscard: (messageId: string) => void;
}

/** Milliseconds within which messages of one author stand under one heading. */
const groupMs = 5 * 60_000;

export function Timeline({ lines, rowKey, now, onRetry, onDiscard }: TimelineProps) {
  return byDay(lines).map(({ day, lines: ofDay }) => (
    <section key={day} className="day">
      <h2 className="day-name">{dayName(ofDay[0].at, now)}</h2>
      <ol className="lines">
        {ofDay.map((line, index) =>
          line.kind === "message" ? (
            <MessageRow
              key={rowKey(line)}
              line={line}
              continued={continues(ofDay[index - 1], line)}
              onRetry={onRetry}
              onDiscard={onDiscard}
            />
          ) : (
            <EventRow key={rowKey(line)} line={line} />
          ),
        )}
      </ol>
    </section>
  ));
}

function EventRow({ line }: { readonly line: SystemLine | UnreadableLine }) {
  return (
    <li className="event" data-kind={line.kind}>
      <p dir="auto">{line.kind === "system" ? systemSentence(line) : text.timeline.unreadable}</p>
      {line.kind === "system" && line.cause !== undefined && (
        <p className="event-cause">
          {text.timeline.repairs[line.cause]}
          {(line.missed ?? 0) > 0 && ` ${text.timeline.missed(line.missed ?? 0)}`}
        </p>
      )}
      {line.kind === "unreadable" && <p className="event-cause">{text.timeline.causes[line.cause]}</p>}
      <ClockTime at={line.at} />
    </li>
  );
}

function systemSentence({ event, who }: SystemLine): string {
  return text.timeline.events[event](isolated(who ?? text.timeline.somebody));
}

/** First-strong isolate around a name, as `bdi` does where an element is possible. */
function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

function continues(before: TimelineLine | undefined, line: MessageLine): boolean {
  return (
    before?.kind === "message" &&
    before.author.accountId === line.author.accountId &&
    before.own === line.own &&
    line.at - before.at < groupMs
  );
}

type NonEmpty<Item> = readonly [Item, ...Item[]];

function byDay(lines: readonly TimelineLine[]): { readonly day: string; readonly lines: NonEmpty<TimelineLine> }[] {
  const days: { day: string; lines: [TimelineLine, ...TimelineLine[]] }[] = [];
  const seen = new Map<string, number>();
  for (const line of lines) {
    const name = dayOf(line.at);
    const last = days.at(-1);
    if (last !== undefined && dayOf(last.lines[0].at) === name) {
      last.lines.push(line);
      continue;
    }
    // Times are the senders' word: a day can come twice, and React keys must not.
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    days.push({ day: `${name} ${String(times)}`, lines: [line] });
  }
  return days;
}
