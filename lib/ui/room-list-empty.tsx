/** What a list without entries says: one sentence, and two ways on. */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";

export interface RoomListEmptyProps {
  readonly sentence: string;
  readonly first: ReactNode;
  /** In place of showing all, where all is shown. */
  readonly second: ReactNode;
  readonly onShowAll: (() => void) | undefined;
}

export function RoomListEmpty({ sentence, first, second, onShowAll }: RoomListEmptyProps) {
  return (
    <div className="room-list-empty">
      <p role="status">{sentence}</p>
      <p className="actions">
        {first}
        {onShowAll === undefined ? (
          second
        ) : (
          <button type="button" className="button" onClick={onShowAll}>
            {text.rooms.showAll}
          </button>
        )}
      </p>
    </div>
  );
}
