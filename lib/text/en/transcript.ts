/** What the transcript of a room has shown: lines in the timeline, and the alarm above it. Names come isolated. */

import { moment } from "./moment";
import { counted } from "./plural";

export const transcriptLines = {
  withheld: (who: string, missed = 1) =>
    `${counted(missed, "message", "messages")} missing before this one: ${who}’s device saw ${them(missed)}, the server did not give ${them(missed)} to you`,
  "came-late": (who: string, missed = 1) =>
    `${counted(missed, "message", "messages")} that ${who}’s device had seen before this one came late: ${missed === 1 ? "it stands" : "they stand"} further down`,
  forked: (who: string, since: number | undefined) =>
    since === undefined
      ? `The server shows ${who}’s device another history than yours`
      : `The server shows ${who}’s device another history than yours since ${moment(since)}`,
} as const;

export const transcript = {
  titles: {
    missing: "The server holds something back",
    late: "The order of messages is another one here",
    forked: "Two histories of this room",
  },
  /** `since`: milliseconds since 1970. */
  bodies: {
    missing: (who: string, count: number, since: number) =>
      `On ${moment(since)} it showed that ${who}’s device had seen ${counted(count, "message", "messages")} here that the server has not given to this one. Ask ${who} over another channel what was said.`,
    late: (who: string, count: number) =>
      `The server gave ${counted(count, "message", "messages")} to ${who}’s device first and to this one later. Nothing is missing, but what follows what may read differently for others.`,
    forked: (who: string, _count: number, since: number) =>
      `What ${who}’s device has seen here since ${moment(since)} is not what this device was given. The server shows you two different things, or that device does not tell the truth. Others may not see what you write: compare over another channel before you rely on what stands here.`,
  },
  place: (device: string, from: number, to: number, epoch: number) =>
    `Device ${device}, ${from === to ? `event ${from.toLocaleString("en")}` : `events ${from.toLocaleString("en")} to ${to.toLocaleString("en")}`} of epoch ${epoch.toLocaleString("en")}.`,
  settle: "I have understood",
  section: "History",
} as const;

function them(count: number): string {
  return count === 1 ? "it" : "them";
}
