/** In place of the composer while messages are chosen for a report: how many, and the way on. */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";
import { TextField } from "./field";

export interface ReportBarProps {
  readonly chosen: number;
  readonly most: number;
  readonly onNext: () => void;
  readonly onCancel: () => void;
}

export function ReportBar({ chosen, most, onNext, onCancel }: ReportBarProps) {
  const { report } = text;
  return (
    <section className="foot-panel" aria-label={report.title}>
      <p role="status">{chosen === 0 ? report.none : report.chosen(chosen, most)}</p>
      <p className="actions">
        <button type="button" className="button button-primary" disabled={chosen === 0} onClick={onNext}>
          {report.next}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {report.cancel}
        </button>
      </p>
    </section>
  );
}

export interface ReportReasonProps {
  readonly chosen: number;
  readonly most: number;
  readonly reason: string;
  /** Code points. */
  readonly maxLength: number;
  readonly onReason: (reason: string) => void;
}

/** What is asked before a report goes out. */
export function ReportReason({ chosen, most, reason, maxLength, onReason }: ReportReasonProps): ReactNode {
  const { report } = text;
  return (
    <>
      <p>{report.chosen(chosen, most)}</p>
      <TextField
        label={report.reason}
        value={reason}
        onChange={onReason}
        hint={text.newRoom.optional}
        input={{ autoComplete: "off", maxLength }}
      />
    </>
  );
}
