/** A letter in one of eight tints, chosen by name: a help for the eye, no proof of anybody. */

const tints = 8;

export function Avatar({ name }: { readonly name: string }) {
  return (
    <span className="avatar" data-tint={tintOf(name)} aria-hidden="true">
      {(Array.from(name)[0] ?? "?").toUpperCase()}
    </span>
  );
}

function tintOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % tints;
}
