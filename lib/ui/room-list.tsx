/**
 * The list of rooms. A link is named like its room and nothing else; what else there is to say stands beside it. The
 * link element comes from the caller: an address is not a matter of shape.
 */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";
import { MuteIcon, StarIcon } from "./icons";
import { RoomMark, type RoomKind } from "./room-mark";
import { ShortTime } from "./time";
import { TrustMark, type Trust } from "./trust-mark";

export type RoomMembership = "none" | "invited" | "joining" | "joined" | "leaving";

interface Account {
  readonly username: string;
  readonly accountId: string;
}

export interface RoomRow {
  readonly roomId: string;
  readonly name: string;
  readonly kind: RoomKind;
  /** `undefined`: not known on the server or not yet. */
  readonly membership: RoomMembership | undefined;
  readonly peer?: Account | undefined;
  readonly invitedBy?: Account | undefined;
  /** How it stands with the key of who asks, or of the other in a direct room. */
  readonly trust?: Trust | undefined;
  readonly stranger?: boolean | undefined;
  readonly unread: number;
  readonly mentions: number;
  readonly lastText: string | undefined;
  /** Milliseconds since 1970. */
  readonly lastAt: number | undefined;
  readonly muted: boolean;
  readonly favourite: boolean;
  readonly closed: boolean;
  readonly current: boolean;
}

/** Draws the link of one room around its name. */
export type RoomLink = (row: RoomRow, name: ReactNode) => ReactNode;

export interface RoomListProps {
  readonly rows: readonly RoomRow[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly link: RoomLink;
}

export function RoomList({ rows, now, link }: RoomListProps) {
  return (
    <ul className="room-list">
      {rows.map((row) => (
        <li key={row.roomId} data-current={row.current} data-unread={row.unread > 0 && !row.muted}>
          <RoomMark kind={row.kind} name={row.name} />
          <div className="room-row">
            <div className="room-row-top">
              {link(row, <bdi>{row.name}</bdi>)}
              {row.lastAt !== undefined && <ShortTime at={row.lastAt} now={now} />}
            </div>
            <div className="room-row-bottom">
              <span className="room-preview" dir="auto">
                {preview(row)}
              </span>
              <Marks row={row} />
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Marks({ row }: { readonly row: RoomRow }) {
  const { rooms } = text;
  return (
    <span className="room-marks">
      {row.kind === "direct" && <TrustMark trust={row.trust} />}
      {row.favourite && (
        <span className="room-sign room-sign-filled">
          <StarIcon />
          <span className="visually-hidden">{rooms.favourite}</span>
        </span>
      )}
      {row.muted && (
        <span className="room-sign">
          <MuteIcon />
          <span className="visually-hidden">{rooms.muted}</span>
        </span>
      )}
      {row.mentions > 0 && (
        <span className="badge badge-mention">
          <span aria-hidden="true">@</span>
          <span className="visually-hidden">{rooms.mentions(row.mentions)}</span>
        </span>
      )}
      {row.unread > 0 && (
        <span className={row.muted ? "badge badge-quiet" : "badge"}>
          <span aria-hidden="true">{rooms.unreadShort(row.unread)}</span>
          <span className="visually-hidden">{rooms.unread(row.unread)}</span>
        </span>
      )}
    </span>
  );
}

function preview({ kind, membership, lastText, current, closed }: RoomRow): string {
  switch (membership) {
    case undefined:
      return "";
    case "none":
      return kind === "open" ? text.rooms.notJoined : text.rooms.left;
    case "invited":
      return text.rooms.invited;
    case "joining":
      return text.rooms.joining;
    case "leaving":
      return text.rooms.leaving;
    case "joined":
      if (closed) return text.rooms.closed;
      // What is open beside the list is not said twice.
      return current ? text.rooms.open : (lastText ?? text.rooms.noMessages);
  }
}
