"use client";

/** One room as the engine sees it: header always, then the conversation, or the choice to join. */

import Link from "next/link";
import { useState } from "react";

import { loginPath, roomsPath } from "@/app/login/next-path";
import { useEngine, useEngineView } from "@/lib/client/react/engine-context";
import { useMarkRead, useRoom, useTimeline } from "@/lib/client/react/use-room";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { ConnectionBar } from "@/lib/ui/connection-bar";
import { BackIcon, InfoIcon } from "@/lib/ui/icons";
import { JoinPanel } from "@/lib/ui/join-panel";
import { Notice } from "@/lib/ui/notice";
import { Panel } from "@/lib/ui/panel";
import { RoomHeader } from "@/lib/ui/room-header";
import { RoomInfo } from "@/lib/ui/room-info";
import { Skeleton } from "@/lib/ui/skeleton";
import { Conversation } from "./conversation";
import { MessageBox } from "./message-box";

export interface RoomIslandProps {
  readonly username: string;
  readonly roomId: string;
  /** As the server lists it; the name in the room's own policy replaces it once known. */
  readonly listedName: string;
}

export function RoomIsland({ username, roomId, listedName }: RoomIslandProps) {
  const view = useEngineView();
  const room = useRoom(roomId);
  const timeline = useTimeline(roomId);
  const connection = useEngine((snapshot) => snapshot.connection);
  const troubles = useEngine((snapshot) => snapshot.troubles);
  const failed = useEngine((snapshot) => snapshot.failure !== undefined);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  useMarkRead(roomId);

  const membership = room === null ? "none" : room?.membership;
  const joined = membership === "joined";
  const name = room?.name ?? listedName;
  const shown = timeline !== undefined && (joined || timeline.items.length > 0) ? timeline : undefined;

  async function act(call: "join" | "leave") {
    setBusy(true);
    const result = await view.calls[call](roomId);
    setBusy(false);
    setProblem(result.ok ? undefined : problemSentence(result.error));
    if (result.ok) await view.reread(roomId);
  }

  return (
    <div className="room">
      <RoomHeader
        name={name}
        memberCount={joined ? room?.members.length : undefined}
        connection={connection}
        back={
          <Link className="back" href={roomsPath(username)} prefetch={false} aria-label={text.room.back}>
            <BackIcon />
          </Link>
        }
      >
        <Panel
          label={
            <>
              <InfoIcon />
              <span className="panel-label">{text.room.info}</span>
            </>
          }
        >
          <RoomInfo
            members={joined ? (room?.members ?? []) : []}
            ownUsername={username}
            onLeave={joined ? () => void act("leave") : undefined}
          />
        </Panel>
      </RoomHeader>
      <ConnectionBar
        connection={connection}
        waiting={room?.waiting ?? 0}
        action={
          <a className="button-small" href={loginPath(username, `${roomsPath(username)}/${roomId}`)}>
            {text.rooms.bar.signIn}
          </a>
        }
      />
      <noscript>
        <Notice tone="info" title={text.room.noScriptTitle}>
          <p>{text.room.noScript}</p>
        </Notice>
      </noscript>
      {shown?.reading !== undefined && (
        <Conversation roomId={roomId} roomName={name} timeline={shown} reading={shown.reading} />
      )}
      {(membership === undefined || (shown !== undefined && shown.reading === undefined)) && !failed && (
        <div className="room-wait needs-script">
          <Skeleton label={text.room.loading} />
        </div>
      )}
      {(membership === "joining" || membership === "leaving") && (
        <p className="room-wait" role="status">
          {text.room[membership]}
          {connection === "offline" && ` ${text.room.joiningOffline}`}
        </p>
      )}
      {membership === "none" && (
        <JoinPanel kept={shown !== undefined} busy={busy || failed} problem={problem} onJoin={() => void act("join")} />
      )}
      {joined && (
        <>
          {room?.confirmed === false && (
            <p className="room-note" role="status">
              {text.room.unconfirmed}
            </p>
          )}
          {problem !== undefined && (
            <Notice tone="error" live>
              <p>{problem}</p>
            </Notice>
          )}
          {troubles.map((trouble) => (
            <Notice key={trouble} tone="warning" live>
              <p>{text.rooms.troubles[trouble]}</p>
            </Notice>
          ))}
          <MessageBox roomId={roomId} roomName={name} />
        </>
      )}
    </div>
  );
}
