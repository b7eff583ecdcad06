/** A point in time inside a sentence: day and hour, as in "24 Nov, 15:04". */

const format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** In place of a time that no date can say. */
export const noMoment = "–";

/** `at`: milliseconds since 1970; any number, since other people's devices may have said it. */
export function moment(at: number): string {
  return Number.isNaN(new Date(at).getTime()) ? noMoment : format.format(at);
}
