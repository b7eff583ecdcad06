"use client";

/** Asks before something that others feel or that cannot be undone, and says what follows from it. */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";
import { Dialog } from "./dialog";
import { Notice } from "./notice";

export interface ConfirmDialogProps {
  readonly title: string;
  /** The consequence. */
  readonly body: string;
  /** Words of the button that does it. */
  readonly act: string;
  readonly danger: boolean;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What else is to be chosen. */
  readonly children?: ReactNode;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, body, act, danger, busy, problem, onConfirm, onClose, children } = props;
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
        }}
      >
        <p>{body}</p>
        {children}
        {problem !== undefined && (
          <Notice tone="error" live>
            <p>{problem}</p>
          </Notice>
        )}
        <p className="actions">
          <button type="submit" className={`button ${danger ? "button-danger" : "button-primary"}`} disabled={busy}>
            {act}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {text.rooms.cancel}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
