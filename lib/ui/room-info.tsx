/** What can be known about a room: what the lock means, who is in it, and the way out. */

import { text } from "../text/catalogue";
import { Avatar } from "./avatar";
import { WarningIcon } from "./icons";

export interface RoomMember {
  readonly username: string;
  readonly accountId: string;
  readonly deviceCount: number;
  readonly keyChanged: boolean;
}

export interface RoomInfoProps {
  readonly members: readonly RoomMember[];
  readonly ownUsername: string;
  /** Absent where one cannot leave. */
  readonly onLeave: (() => void) | undefined;
}

export function RoomInfo({ members, ownUsername, onLeave }: RoomInfoProps) {
  const { room } = text;
  return (
    <div className="room-info">
      <p>{room.lockBody}</p>
      <p>{room.openBody}</p>
      {members.length > 0 && (
        <>
          <h2>{room.membersTitle}</h2>
          <ul className="members">
            {members.map((member) => (
              <li key={member.accountId}>
                <Avatar name={member.username} />
                <div>
                  <p>
                    <bdi>{member.username}</bdi>
                    {member.username === ownUsername && <span className="own-mark"> ({room.you})</span>}
                    <span className="member-devices"> {room.devices(member.deviceCount)}</span>
                  </p>
                  <a href={`/keys/${member.username}`} aria-label={room.safetyNumberOf(member.username)}>
                    {room.safetyNumber}
                  </a>
                  {member.keyChanged && (
                    <p className="member-warning">
                      <WarningIcon />
                      <span>
                        <strong>{room.keyChanged}.</strong> {room.keyChangedBody}
                      </span>
                    </p>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
      {onLeave !== undefined && (
        <div className="room-leave">
          <p>{room.leaveBody}</p>
          <button type="button" className="button button-danger" onClick={onLeave}>
            {room.leave}
          </button>
        </div>
      )}
    </div>
  );
}
