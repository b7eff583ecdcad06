/**
 * A labelled text field. It has no `name` on purpose: should a browser submit the form before the script is there, the
 * request carries nothing.
 */

import { useId, useState, type InputHTMLAttributes, type ReactNode } from "react";

import { text } from "../text/catalogue";

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  /** A problem with what is typed; also marks the field invalid. */
  readonly problem?: string | undefined;
  /** For as long as the script is not there: what is typed before would be lost. */
  readonly waiting?: boolean;
  readonly input?: Pick<
    InputHTMLAttributes<HTMLInputElement>,
    "autoComplete" | "maxLength" | "autoCapitalize" | "spellCheck"
  >;
}

export function TextField(props: FieldProps) {
  return <Field {...props} type="text" />;
}

export function PasswordField(props: FieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field {...props} type={shown ? "text" : "password"}>
      <button
        type="button"
        className="button-quiet field-toggle"
        aria-pressed={shown}
        disabled={props.waiting}
        onClick={() => {
          setShown(!shown);
        }}
      >
        {shown ? text.signIn.hide : text.signIn.show}
      </button>
    </Field>
  );
}

function Field({
  label,
  value,
  onChange,
  hint,
  problem,
  waiting,
  input,
  type,
  children,
}: FieldProps & { readonly type: string; readonly children?: ReactNode }) {
  const id = useId();
  const described = [hint === undefined ? "" : `${id}-hint`, problem === undefined ? "" : `${id}-problem`];
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input
          {...input}
          id={id}
          type={type}
          value={value}
          readOnly={waiting}
          aria-invalid={problem === undefined ? undefined : true}
          aria-describedby={described.join(" ").trim() || undefined}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
        {children}
      </div>
      {hint !== undefined && (
        <div id={`${id}-hint`} className="field-hint">
          {hint}
        </div>
      )}
      {problem !== undefined && (
        <p id={`${id}-problem`} className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
