"use client";

/** One room as the engine sees it: header always, then the conversation, and below it what can be done now. */

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect } from "react";

import { loginPath, roomInfoPath, roomPath, roomsPath, verifyPath } from "@/app/login/next-path";
import { useEngine, useEngineView } from "@/lib/client/react/engine-context";
import { useMarkRead, useRoom, useTimeline } from "@/lib/client/react/use-room";
import { useSelection } from "@/lib/client/react/use-selection";
import { reportMaxMessages } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { ConnectionBar } from "@/lib/ui/connection-bar";
import { BackIcon, InfoIcon } from "@/lib/ui/icons";
import { Notice } from "@/lib/ui/notice";
import { RoomHeader } from "@/lib/ui/room-header";
import { Skeleton } from "@/lib/ui/skeleton";
import { Conversation } from "./conversation";
import { RoomAlarm } from "./room-alarm";
import { RoomFoot } from "./room-foot";

export interface RoomIslandProps {
  readonly username: string;
  readonly roomId: string;
  readonly listedName: string | undefined;
  /** Something lies over the room: nobody reads in it. */
  readonly covered: boolean;
  readonly infoOpen: boolean;
  /** Messages are being chosen for a report. */
  readonly reporting: boolean;
}

export function RoomIsland({ username, roomId, listedName, covered, infoOpen, reporting }: RoomIslandProps) {
  const room = useRoom(roomId);
  const timeline = useTimeline(roomId);
  const connection = useEngine((snapshot) => snapshot.connection);
  const failed = useEngine((snapshot) => snapshot.failure !== undefined);
  const selection = useSelection(reportMaxMessages);
  useMarkRead(roomId, !covered);
  useMoved(username, roomId, room?.movedTo);

  const membership = room === null ? "none" : room?.membership;
  const joined = membership === "joined";
  const name = room?.name ?? listedName ?? text.room.unnamed;
  const mayShow = timeline !== undefined && membership !== "invited" && (joined || timeline.items.length > 0);
  const shown = mayShow ? timeline : undefined;
  const here = roomPath(username, roomId);

  return (
    <div className="room">
      <RoomHeader
        name={name}
        trust={joined ? room?.trust : undefined}
        verifyHref={joined && room?.peer ? verifyPath(username, room.peer.username, room.peer.accountId) : undefined}
        topic={joined ? (room?.topic ?? "") : ""}
        memberCount={joined ? room?.members.length : undefined}
        timerMs={joined ? (room?.timerMs ?? null) : null}
        connection={connection}
        back={
          <Link className="back" href={roomsPath(username)} prefetch={false} aria-label={text.room.back}>
            <BackIcon />
          </Link>
        }
      >
        {(joined || infoOpen) && (
          <Link
            className="button room-info-link"
            href={infoOpen ? here : roomInfoPath(username, roomId)}
            prefetch={false}
            aria-expanded={infoOpen}
          >
            <InfoIcon />
            <span className="panel-label">{text.room.info}</span>
          </Link>
        )}
      </RoomHeader>
      <ConnectionBar
        connection={connection}
        waiting={room?.waiting ?? 0}
        action={
          <a className="button-small" href={loginPath(username, here)}>
            {text.rooms.bar.signIn}
          </a>
        }
      />
      <noscript>
        <Notice tone="info" title={text.room.noScriptTitle}>
          <p>{text.room.noScript}</p>
        </Notice>
      </noscript>
      {joined && <RoomAlarm room={room} />}
      {shown?.reading !== undefined && (
        <Conversation
          roomId={roomId}
          roomName={name}
          timeline={shown}
          reading={shown.reading}
          covered={covered}
          members={room?.members}
          held={(room?.holds.length ?? 0) > 0}
          selection={reporting && joined ? selection : undefined}
        />
      )}
      {(membership === undefined || (shown !== undefined && shown.reading === undefined)) && !failed && (
        <div className="room-wait needs-script">
          <Skeleton label={text.room.loading} />
        </div>
      )}
      {membership !== undefined && (
        <RoomFoot
          username={username}
          roomId={roomId}
          name={name}
          room={room ?? undefined}
          isListed={listedName !== undefined}
          membership={membership}
          kept={shown !== undefined}
          selection={reporting ? selection : undefined}
        />
      )}
    </div>
  );
}

/** A direct room that goes on in another one (ENG-31): so does who looks at it, with what is in the box. */
function useMoved(username: string, roomId: string, movedTo: string | undefined): void {
  const view = useEngineView();
  const router = useRouter();
  useEffect(() => {
    if (movedTo === undefined) return;
    if (view.draft(movedTo) === "") view.keepDraft(movedTo, view.draft(roomId));
    router.replace(roomPath(username, movedTo));
  }, [view, router, username, roomId, movedTo]);
}
