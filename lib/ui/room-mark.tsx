/** What kind of room it is, before its name: the letter of a person, a lock, or a hash. The words stand beside it. */

import { text } from "../text/catalogue";
import { Avatar } from "./avatar";
import { HashIcon, LockIcon } from "./icons";

export type RoomKind = "open" | "private" | "direct";

export function RoomMark({ kind, name }: { readonly kind: RoomKind; readonly name: string }) {
  return (
    <span className="room-mark">
      {kind === "direct" ? (
        <Avatar name={name} />
      ) : (
        <span className="avatar avatar-room" aria-hidden="true">
          {kind === "private" ? <LockIcon /> : <HashIcon />}
        </span>
      )}
      <span className="visually-hidden">{text.rooms.kinds[kind]}</span>
    </span>
  );
}
