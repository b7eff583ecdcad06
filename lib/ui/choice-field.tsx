/** One of a few, each with a sentence about what it means. */

import { useId } from "react";

export interface ChoiceFieldProps<Value extends string> {
  readonly label: string;
  readonly value: Value | undefined;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly body?: string }[];
  readonly onChange: (value: Value) => void;
}

export function ChoiceField<Value extends string>({ label, value, options, onChange }: ChoiceFieldProps<Value>) {
  const id = useId();
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option.value} className="choice">
          <input
            type="radio"
            // Groups the buttons for the keyboard; the form is never sent.
            name={id}
            value={option.value}
            checked={value === option.value}
            aria-describedby={option.body === undefined ? undefined : `${id}-${option.value}`}
            onChange={() => {
              onChange(option.value);
            }}
          />
          <span>
            <span className="choice-label">{option.label}</span>
            {option.body !== undefined && (
              <span id={`${id}-${option.value}`} className="choice-body">
                {option.body}
              </span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
