/**
 * The list of rooms. A link is named like its room and nothing else; what else there is to say stands beside it. The
 * link element comes from the caller: an address is not a matter of shape.
 */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";
import { ShortTime } from "./time";

export type RoomMembership = "none" | "invited" | "joining" | "joined" | "leaving";

export interface RoomRow {
  readonly roomId: string;
  readonly name: string;
  /** `undefined`: not known on the server or not yet. */
  readonly membership: RoomMembership | undefined;
  readonly unread: number;
  readonly lastText: string | undefined;
  /** Milliseconds since 1970. */
  readonly lastAt: number | undefined;
  readonly current: boolean;
}

export interface RoomListProps {
  readonly rows: readonly RoomRow[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Draws the link of one room around its name. */
  readonly link: (row: RoomRow, name: ReactNode) => ReactNode;
}

export function RoomList({ rows, now, link }: RoomListProps) {
  if (rows.length === 0) return <p className="room-list-empty">{text.rooms.empty}</p>;
  return (
    <ul className="room-list">
      {rows.map((row) => (
        <li key={row.roomId} data-current={row.current} data-unread={row.unread > 0}>
          <div className="room-row-top">
            {link(row, <bdi>{row.name}</bdi>)}
            {row.lastAt !== undefined && <ShortTime at={row.lastAt} now={now} />}
          </div>
          <div className="room-row-bottom">
            <span className="room-preview" dir="auto">
              {preview(row)}
            </span>
            {row.unread > 0 && (
              <span className="badge">
                <span aria-hidden="true">{text.rooms.unreadShort(row.unread)}</span>
                <span className="visually-hidden">{text.rooms.unread(row.unread)}</span>
              </span>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

function preview({ membership, lastText, current }: RoomRow): string {
  switch (membership) {
    case undefined:
      return "";
    case "none":
      return text.rooms.notJoined;
    case "invited":
      return text.rooms.invited;
    case "joining":
      return text.rooms.joining;
    case "leaving":
      return text.rooms.leaving;
    case "joined":
      // What is open beside the list is not said twice.
      return current ? text.rooms.open : (lastText ?? text.rooms.noMessages);
  }
}
