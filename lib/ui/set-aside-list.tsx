/** What this browser could not read: counted and named, so that somebody who wants it back finds it. Nothing when there is none. */

import { text } from "../text/catalogue";
import { DateTime } from "./time";

export interface SetAsideListProps {
  readonly databases: readonly {
    readonly what: keyof typeof text.storage.setAsideKinds;
    readonly name: string;
    readonly at: number | undefined;
  }[];
  /** Damaged stores of single rooms. */
  readonly rooms: number;
}

export function SetAsideList({ databases, rooms }: SetAsideListProps) {
  const { storage } = text;
  if (databases.length === 0 && rooms === 0) return null;
  return (
    <section aria-labelledby="set-aside">
      <h2 id="set-aside">{storage.setAside}</h2>
      <p>{storage.setAsideNote}</p>
      <ul className="set-aside">
        {databases.map(({ what, name, at }) => (
          <li key={name}>
            {storage.setAsideKinds[what]}: <code>{name}</code>
            {at !== undefined && (
              <>
                , <DateTime at={at} />
              </>
            )}
          </li>
        ))}
        {rooms > 0 && <li>{storage.setAsideRooms(rooms)}</li>}
      </ul>
    </section>
  );
}
