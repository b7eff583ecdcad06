/**
 * What is wrong with this device or with the account, wherever one is: each with the way to what can be done about it. The
 * address comes from the caller.
 */

import { text } from "../text/catalogue";
import { Notice } from "./notice";

export type Trouble = keyof typeof text.rooms.troubles;
type LoggedTrouble = keyof typeof text.rooms.troubleLinks;

export interface TroubleListProps {
  readonly troubles: readonly Trouble[];
  readonly keyLogHref: string;
}

/** The key log has something that a person has not settled. */
export function isLogged(trouble: Trouble): trouble is LoggedTrouble {
  return trouble in text.rooms.troubleLinks;
}

export function TroubleList({ troubles, keyLogHref }: TroubleListProps) {
  if (troubles.length === 0) return null;
  return (
    <section className="troubles" aria-label={text.rooms.troublesTitle}>
      {troubles.map((trouble) => (
        <Notice key={trouble} tone="warning" live>
          <p>{text.rooms.troubles[trouble]}</p>
          {isLogged(trouble) && (
            <p>
              <a href={keyLogHref}>{text.rooms.troubleLinks[trouble]}</a>
            </p>
          )}
        </Notice>
      ))}
    </section>
  );
}
