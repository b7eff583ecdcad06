/** What an invite link says before anybody has used it: where it leads, and what joining means. */

import { text } from "../text/catalogue";

export function LinkFacts({ host }: { readonly host: string }) {
  const { join } = text;
  return (
    <section className="link-facts-page" aria-labelledby="link-facts">
      <h2 id="link-facts">{join.says}</h2>
      <dl className="facts">
        <dt>{join.server}</dt>
        <dd>{host}</dd>
        <dt>{join.room}</dt>
        <dd>{join.roomSealed}</dd>
        <dt>{join.secret}</dt>
        <dd>{join.secretKept}</dd>
      </dl>
      <p>{join.means}</p>
    </section>
  );
}
