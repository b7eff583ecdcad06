/** A box to tick before what cannot be undone. */

export interface AgreeProps {
  readonly label: string;
  readonly checked: boolean;
  readonly waiting: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Agree({ label, checked, waiting, onChange }: AgreeProps) {
  return (
    <label className="agree">
      <input
        type="checkbox"
        checked={checked}
        disabled={waiting}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <span>{label}</span>
    </label>
  );
}
