/**
 * Times as people of the browser's place write them. Only for what the browser renders: the server knows no zone. Any number is
 * taken: rows and archives hold what other people's clocks have said, and a time that no date can say is a dash.
 */

import { text } from "../text/catalogue";

const dayAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** Hours and minutes; the whole date on demand. `at` is in milliseconds since 1970. */
export function ClockTime({ at }: { readonly at: number }) {
  const date = dateOf(at);
  if (date === undefined) return <>{text.timeline.noTime}</>;
  return (
    <time dateTime={date.toISOString()} title={dayAndClock.format(date)}>
      {clock.format(date)}
    </time>
  );
}

/** Day and time, for what lies ahead or long ago. */
export function DateTime({ at }: { readonly at: number }) {
  const date = dateOf(at);
  if (date === undefined) return <>{text.timeline.noTime}</>;
  return <time dateTime={date.toISOString()}>{dayAndClock.format(date)}</time>;
}

/** The hour for today, else the day. */
export function ShortTime({ at, now }: { readonly at: number; readonly now: number }) {
  const date = dateOf(at);
  if (date === undefined) return <>{text.timeline.noTime}</>;
  const today = dayOf(at) === dayOf(now);
  return <time dateTime={date.toISOString()}>{(today ? clock : shortDay).format(date)}</time>;
}

/** Calendar day in the browser's zone; equal texts mean one day. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return `${String(date.getFullYear())}-${String(date.getMonth() + 1)}-${String(date.getDate())}`;
}

export function dayName(at: number, now: number): string {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayOf(at) === dayOf(now)) return text.timeline.today;
  if (dayOf(at) === dayOf(yesterday.getTime())) return text.timeline.yesterday;
  const date = dateOf(at);
  return date === undefined ? text.timeline.noTime : longDay.format(date);
}

function dateOf(at: number): Date | undefined {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
