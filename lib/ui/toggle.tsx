/** Something that is on or off, with a sentence about what it does. */

import { useId } from "react";

export interface ToggleProps {
  readonly label: string;
  readonly hint: string;
  readonly on: boolean;
  readonly disabled: boolean;
  readonly onChange: (on: boolean) => void;
}

export function Toggle({ label, hint, on, disabled, onChange }: ToggleProps) {
  const id = useId();
  return (
    <label className="choice toggle">
      <input
        type="checkbox"
        checked={on}
        disabled={disabled}
        aria-describedby={id}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <span>
        <span className="choice-label">{label}</span>
        <span id={id} className="choice-body">
          {hint}
        </span>
      </span>
    </label>
  );
}
