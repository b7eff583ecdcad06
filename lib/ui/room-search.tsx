/** Finds a room or a person in the list: a search field that a key leads to, and chips for a part of the list. */

import { useId, type RefObject } from "react";

import { text } from "../text/catalogue";
import { SearchIcon } from "./icons";

export type RoomFilter = keyof typeof text.rooms.filters;
const filters = Object.keys(text.rooms.filters) as RoomFilter[];

export interface RoomSearchProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
  /** Enter: to the first room found. */
  readonly onGo: () => void;
  readonly filter: RoomFilter;
  readonly onFilter: (filter: RoomFilter) => void;
  /** How many invitations and requests wait. */
  readonly invites: number;
  /** For as long as the script is not there. */
  readonly waiting: boolean;
  readonly box: RefObject<HTMLInputElement | null>;
}

export function RoomSearch(props: RoomSearchProps) {
  const { query, onQuery, onGo, filter, onFilter, invites, waiting, box } = props;
  const id = useId();
  const { rooms } = text;
  return (
    <div className="room-search needs-script" role="search">
      <div className="room-search-box">
        <SearchIcon />
        <label className="visually-hidden" htmlFor={id}>
          {rooms.search}
        </label>
        <input
          ref={box}
          id={id}
          type="search"
          value={query}
          placeholder={rooms.searchShort}
          aria-keyshortcuts={rooms.searchKeys}
          autoComplete="off"
          spellCheck={false}
          readOnly={waiting}
          maxLength={64}
          onChange={(event) => {
            onQuery(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === "Enter") onGo();
            else if (event.key === "Escape" && query !== "") onQuery("");
            else return;
            event.preventDefault();
          }}
        />
        <kbd aria-hidden="true">{rooms.searchHint}</kbd>
      </div>
      <div className="room-filters" role="group" aria-label={rooms.filter}>
        {filters.map((one) => (
          <button
            key={one}
            type="button"
            className="chip"
            aria-pressed={filter === one}
            disabled={waiting}
            onClick={() => {
              onFilter(one);
            }}
          >
            {rooms.filters[one]}
            {one === "invites" && invites > 0 && <span className="chip-count">{invites}</span>}
          </button>
        ))}
      </div>
    </div>
  );
}
