/** A point in time inside a sentence: day and hour, as in "24 Nov, 15:04". */

const format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** `at`: milliseconds since 1970. */
export function moment(at: number): string {
  return format.format(at);
}
