/** Who is in a room: role, devices, a changed key, and what an admin can do about each. */

import { text } from "../text/catalogue";
import { Avatar } from "./avatar";
import { WarningIcon } from "./icons";
import { TrustMark, type Trust } from "./trust-mark";

export interface RoomMember {
  readonly username: string;
  readonly accountId: string;
  readonly role: "admin" | "member";
  readonly deviceCount: number;
  readonly devices: readonly MemberDeviceFacts[];
  readonly trust: Trust;
  readonly accepted: boolean;
}

interface MemberDeviceFacts {
  readonly deviceId: string;
  readonly own: boolean;
  /** Hash of the build that it says it runs. */
  readonly build?: string | undefined;
}

export type MemberAct = "promote" | "demote" | "remove" | "ban";

export interface MemberListProps {
  readonly members: readonly RoomMember[];
  readonly ownUsername: string;
  /** Address of a member's Verify page. */
  readonly verifyHref: (member: RoomMember) => string;
  /** What can be done about a member now; nothing: no menu. */
  readonly acts: (member: RoomMember) => readonly MemberAct[];
  readonly onAct: (act: MemberAct, member: RoomMember) => void;
}

export function MemberList({ members, ownUsername, verifyHref, acts, onAct }: MemberListProps) {
  const { room, roomInfo } = text;
  const ownBuild = members.flatMap(({ devices }) => devices).find(({ own }) => own)?.build;
  return (
    <ul className="members">
      {members.map((member) => (
        <li key={member.accountId}>
          <Avatar name={member.username} />
          <div className="member">
            <p className="member-name">
              <bdi>{member.username}</bdi>
              {member.username === ownUsername && <span className="own-mark"> ({room.you})</span>}
              {member.username !== ownUsername && <TrustMark trust={member.trust} full />}
              {member.role === "admin" && <span className="tag tag-role">{roomInfo.admin}</span>}
              {!member.accepted && <span className="tag tag-quiet">{roomInfo.pending}</span>}
            </p>
            <Devices member={member} ownBuild={ownBuild} />
            {(member.trust === "replaced" || member.trust === "mismatch") && (
              <p className="member-warning">
                <WarningIcon />
                <span>{text.verify.hold[member.trust](member.username)}</span>
              </p>
            )}
            {member.trust === "new-key" && (
              <p className="member-warning">
                <WarningIcon />
                <span>
                  <strong>{room.keyChanged}.</strong> {room.keyChangedBody}
                </span>
              </p>
            )}
            <p className="member-links">
              {member.username !== ownUsername && (
                <a href={verifyHref(member)} aria-label={room.safetyNumberWith(member.username)}>
                  {room.safetyNumber}
                </a>
              )}
              <a href={`/keys/${member.username}`} aria-label={room.publicKeysOf(member.username)}>
                {room.publicKeys}
              </a>
            </p>
            <MemberMenu member={member} acts={acts(member)} onAct={onAct} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function Devices({ member, ownBuild }: { readonly member: RoomMember; readonly ownBuild: string | undefined }) {
  const { room, roomInfo } = text;
  const count = room.devices(member.deviceCount);
  if (member.devices.length === 0) return <p className="member-devices">{count}</p>;
  return (
    <details className="more member-devices">
      <summary>{count}</summary>
      <ul>
        {member.devices.map(({ deviceId, own, build }) => (
          <li key={deviceId}>
            <span className="mono">{roomInfo.device(deviceId.slice(0, 8))}</span>
            {own && <span className="tag tag-quiet">{roomInfo.thisDevice}</span>}
            {build !== undefined && <span className="small"> {roomInfo.build(build.slice(0, 8))}</span>}
            {build !== undefined && ownBuild !== undefined && build !== ownBuild && (
              <span className="tag tag-role">{roomInfo.otherBuild}</span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

interface MemberMenuProps {
  readonly member: RoomMember;
  readonly acts: readonly MemberAct[];
  readonly onAct: MemberListProps["onAct"];
}

function MemberMenu({ member, acts, onAct }: MemberMenuProps) {
  const { roomInfo } = text;
  if (acts.length === 0) return null;
  return (
    <details className="more">
      <summary aria-label={roomInfo.manageNamed(member.username)}>{roomInfo.manage}</summary>
      <p className="actions">
        {acts.map((act) => (
          <button
            key={act}
            type="button"
            className={act === "remove" || act === "ban" ? "button-small button-danger" : "button-small"}
            onClick={() => {
              onAct(act, member);
            }}
          >
            {act === "remove" && !member.accepted ? roomInfo.withdraw : roomInfo[act]}
          </button>
        ))}
      </p>
    </details>
  );
}
