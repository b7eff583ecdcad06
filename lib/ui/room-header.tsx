/** Head of a room: where one is, who is there, and the state of the lock in words. */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";
import { ClockIcon, LockIcon } from "./icons";
import { TrustMark, type Trust } from "./trust-mark";

export interface RoomHeaderProps {
  readonly name: string;
  /** Of a direct room: how it stands with the other person's key. */
  readonly trust?: Trust | undefined;
  /** Where that can be changed. */
  readonly verifyHref?: string | undefined;
  /** May be empty. */
  readonly topic: string;
  /** `undefined`: not a member, or not known yet. */
  readonly memberCount: number | undefined;
  /** Messages disappear after this, in milliseconds; `null`: they stay. */
  readonly timerMs: number | null;
  readonly connection: keyof typeof text.rooms.connection;
  /** Link back to the list, shown where there is one pane only. */
  readonly back: ReactNode;
  /** Room info, when there is any. */
  readonly children?: ReactNode;
}

export function RoomHeader(props: RoomHeaderProps) {
  const { name, trust, verifyHref, topic, memberCount, timerMs, connection, back, children } = props;
  return (
    <header className="room-header">
      {back}
      <div className="room-header-main">
        <h1>
          <bdi>{name}</bdi>{" "}
          {verifyHref !== undefined && (
            <a className="trust-link" href={verifyHref} title={text.room.safetyNumberWith(name)}>
              <TrustMark trust={trust} full />
            </a>
          )}
        </h1>
        {topic !== "" && (
          <p className="room-topic" dir="auto">
            {topic}
          </p>
        )}
        <p className="room-facts">
          <span className="fact fact-lock">
            <LockIcon />
            {text.room.encrypted}
          </span>
          {memberCount !== undefined && <span className="fact">{text.room.members(memberCount)}</span>}
          {timerMs !== null && (
            <span className="fact">
              <ClockIcon />
              {text.roomInfo.timerShort(timerMs)}
            </span>
          )}
          <span className="fact needs-script" data-connection={connection}>
            <span className="dot" aria-hidden="true" />
            {text.rooms.connection[connection]}
          </span>
        </p>
      </div>
      {children}
    </header>
  );
}
