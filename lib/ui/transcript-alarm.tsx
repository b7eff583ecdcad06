/** The server gave this device another history of the room than a member's device: who, since when, and what to do about it. */

import { text } from "../text/catalogue";
import { isolated } from "./isolated";
import { Notice } from "./notice";

export interface TranscriptAlarmProps {
  readonly alarm: {
    readonly cause: keyof typeof text.transcript.titles;
    readonly username: string;
    readonly deviceId: string;
    readonly epoch: number;
    readonly from: number;
    readonly to: number;
    readonly since: number;
  };
  /** Also which device it was, and where in the room's order. */
  readonly detailed?: boolean;
  /** Spoken as soon as it appears. */
  readonly live?: boolean;
  readonly settling?: { readonly busy: boolean; readonly problem: string | undefined; readonly onSettle: () => void };
}

export function TranscriptAlarm({ alarm, detailed = false, live = false, settling }: TranscriptAlarmProps) {
  const { cause, username, deviceId, epoch, from, to, since } = alarm;
  const { transcript } = text;
  return (
    <Notice tone={cause === "late" ? "warning" : "error"} title={transcript.titles[cause]} live={live}>
      <p dir="auto">{transcript.bodies[cause](isolated(username), to - from, since)}</p>
      {detailed && <p>{transcript.place(deviceId.slice(0, 8), from + 1, to, epoch)}</p>}
      {settling?.problem !== undefined && <p className="field-problem">{settling.problem}</p>}
      {settling !== undefined && (
        <button
          type="button"
          className="button-small notice-action"
          disabled={settling.busy}
          onClick={settling.onSettle}
        >
          {transcript.settle}
        </button>
      )}
    </Notice>
  );
}
