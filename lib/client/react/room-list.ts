/**
 * Which rooms the list shows and in which order: invitations and requests apart, favourites first, then by activity. Pure;
 * the page draws what comes out.
 */

import { isRequest } from "../../ui/invite-list";
import type { RoomRow } from "../../ui/room-list";
import type { RoomFilter } from "../../ui/room-search";

export interface ArrangedRooms {
  readonly invites: readonly RoomRow[];
  readonly requests: readonly RoomRow[];
  readonly rooms: readonly RoomRow[];
}

/** A search looks through everything; the filter counts where nothing is searched. */
export function arrangeRooms(rows: readonly RoomRow[], filter: RoomFilter, query: string): ArrangedRooms {
  const wanted = fold(query);
  const shown = rows.filter((row) => (wanted === "" ? passes(row, filter) : isFound(row, wanted))).sort(byActivity);
  const asking = shown.filter((row) => row.membership === "invited");
  return {
    invites: asking.filter((row) => !isRequest(row)),
    requests: asking.filter(isRequest),
    rooms: shown.filter((row) => row.membership !== "invited"),
  };
}

/** The room `step` places further in the list as it is shown, round its ends; `undefined` where there is none. */
export function neighbour(
  rows: readonly RoomRow[],
  current: string | undefined,
  step: 1 | -1,
  unreadOnly: boolean,
): RoomRow | undefined {
  const at = rows.findIndex((row) => row.roomId === current);
  const from = at === -1 ? (step === 1 ? -1 : rows.length) : at;
  for (let distance = 1; distance <= rows.length; distance += 1) {
    const row = rows[(from + step * distance + rows.length * 2) % rows.length];
    if (row !== undefined && row.roomId !== current && (!unreadOnly || row.unread > 0)) return row;
  }
  return undefined;
}

function passes(row: RoomRow, filter: RoomFilter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "unread":
      return row.unread > 0 && row.membership !== "invited";
    case "people":
      return row.kind === "direct";
    case "rooms":
      return row.kind !== "direct";
    case "invites":
      return row.membership === "invited";
  }
}

function isFound(row: RoomRow, wanted: string): boolean {
  return [row.name, row.peer?.username, row.invitedBy?.username].some((name) => fold(name ?? "").includes(wanted));
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().trim();
}

function byActivity(left: RoomRow, right: RoomRow): number {
  if (left.favourite !== right.favourite) return left.favourite ? -1 : 1;
  return (right.lastAt ?? 0) - (left.lastAt ?? 0);
}
