/** What is being done while keys are made, one line per step. */

import { text } from "../text/catalogue";
import { CheckIcon, ClockIcon } from "./icons";

export interface StepListProps {
  readonly label: string;
  readonly steps: readonly string[];
  /** Index of the step under way. */
  readonly current: number;
}

export function StepList({ label, steps, current }: StepListProps) {
  const { stepStates } = text.signIn;
  return (
    <div className="steps" role="status" aria-label={label}>
      <ol>
        {steps.map((step, index) => {
          const state = index < current ? "done" : index === current ? "now" : "next";
          return (
            <li key={step} data-state={state}>
              {state === "done" ? <CheckIcon /> : <ClockIcon />}
              <span>{step}</span>
              <span className="visually-hidden">, {stepStates[state]}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
