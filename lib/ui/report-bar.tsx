/** In place of the composer while messages are chosen for a report: how many, why, and where they go. */

import { text } from "../text/catalogue";
import { TextField } from "./field";
import { Notice } from "./notice";

export interface ReportBarProps {
  readonly chosen: number;
  readonly most: number;
  readonly reason: string;
  /** Code points. */
  readonly maxLength: number;
  readonly onReason: (reason: string) => void;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onSend: () => void;
  readonly onCancel: () => void;
}

export function ReportBar(props: ReportBarProps) {
  const { chosen, most, reason, maxLength, onReason, busy, problem, onSend, onCancel } = props;
  const { report } = text;
  return (
    <form
      className="foot-panel form"
      aria-label={report.title}
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      <div>
        <h2>{report.title}</h2>
        <p>{report.body}</p>
        <p role="status" className="foot-count">
          {chosen === 0 ? report.none : report.chosen(chosen, most)}
        </p>
      </div>
      <TextField label={report.reason} value={reason} onChange={onReason} input={{ autoComplete: "off", maxLength }} />
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
      <p className="actions">
        <button type="submit" className="button button-primary" disabled={busy || chosen === 0}>
          {busy ? report.sending : report.send}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {report.cancel}
        </button>
      </p>
    </form>
  );
}
