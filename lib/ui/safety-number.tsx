/** Digits of a safety number in groups of five, to be read aloud and compared. */

export function SafetyNumber({ number }: { readonly number: string }) {
  return (
    <p className="safety-number">
      {number.split(" ").map((group, index) => (
        // The number is fixed: the place of a group is its identity.
        <span key={index}>{group} </span>
      ))}
    </p>
  );
}
