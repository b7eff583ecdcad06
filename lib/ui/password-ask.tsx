/** Asks for the password before something that needs the account key; says what it is for and what follows. */

import { useId, useState } from "react";

import { text } from "../text/catalogue";
import { PasswordField } from "./field";

export interface PasswordAskProps {
  readonly title: string;
  readonly body: string;
  readonly confirm: string;
  readonly danger?: boolean;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onConfirm: (password: string) => Promise<void>;
  /** Absent: nothing to go back to. */
  readonly onCancel?: () => void;
}

export function PasswordAsk(props: PasswordAskProps) {
  const { title, body, confirm, danger = false, busy, problem, onConfirm, onCancel } = props;
  const { devices } = text;
  const id = useId();
  const [password, setPassword] = useState("");
  return (
    <form
      className="form"
      aria-labelledby={id}
      onSubmit={(event) => {
        event.preventDefault();
        void onConfirm(password).then(() => {
          setPassword("");
        });
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel?.();
      }}
    >
      <h4 id={id}>{title}</h4>
      <p>{body}</p>
      <PasswordField
        label={devices.password}
        value={password}
        onChange={setPassword}
        hint={devices.passwordWhy}
        problem={problem}
        input={{ autoComplete: "current-password", maxLength: 256 }}
      />
      <p className="device-actions">
        <button
          type="submit"
          className={danger ? "button button-danger" : "button button-primary"}
          disabled={busy || password === ""}
        >
          {busy ? devices.working : confirm}
        </button>
        {onCancel !== undefined && (
          <button type="button" className="button" onClick={onCancel}>
            {devices.cancel}
          </button>
        )}
      </p>
    </form>
  );
}
