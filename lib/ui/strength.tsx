/** How hard a password is to guess, in words; the bar repeats it for the eye. */

import { text } from "../text/catalogue";

export type StrengthScore = 0 | 1 | 2 | 3 | 4;

const scores = [1, 2, 3, 4] as const;

export function Strength({ score }: { readonly score: StrengthScore | undefined }) {
  const { label, levels } = text.signIn.strength;
  return (
    <p className="strength" data-score={score ?? "none"} aria-live="polite">
      <span className="strength-bar" aria-hidden="true">
        {scores.map((step) => (
          <span key={step} className={score !== undefined && score >= step ? "on" : ""} />
        ))}
      </span>
      <span>
        {label}
        {score !== undefined && <strong>: {levels[score]}</strong>}
      </span>
    </p>
  );
}
