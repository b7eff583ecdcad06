"use client";

/** Room info for who is in the room; everybody else learns only what kind of room it is. */

import Link from "next/link";

import { roomPath } from "@/app/login/next-path";
import { useEngine } from "@/lib/client/react/engine-context";
import { text } from "@/lib/text/catalogue";
import { BackIcon } from "@/lib/ui/icons";
import { Notice } from "@/lib/ui/notice";
import { InfoPane, InfoSection } from "@/lib/ui/room-info";
import { Skeleton } from "@/lib/ui/skeleton";
import { TranscriptAlarm } from "@/lib/ui/transcript-alarm";
import { InfoAbout } from "./info-about";
import { InfoInvite } from "./info-invite";
import { InfoLeave } from "./info-leave";
import { InfoMembers } from "./info-members";
import { InfoRules } from "./info-rules";
import { InfoYours } from "./info-yours";

export interface InfoIslandProps {
  readonly username: string;
  readonly roomId: string;
}

export function InfoIsland({ username, roomId }: InfoIslandProps) {
  const { room: words, roomInfo, transcript } = text;
  // The room beside it follows the room.
  const room = useEngine((snapshot) => snapshot.views.get(roomId));
  const back = (
    <Link className="info-back" href={roomPath(username, roomId)} prefetch={false} aria-label={roomInfo.close}>
      <BackIcon />
    </Link>
  );
  const isMember = room?.membership === "joined";
  return (
    <InfoPane name={room?.name} back={back}>
      <noscript>
        <Notice tone="info" title={words.noScriptTitle}>
          <p>{words.noScript}</p>
        </Notice>
      </noscript>
      {room === undefined && (
        <div className="needs-script">
          <Skeleton label={words.loading} />
        </div>
      )}
      {(room === null || (room !== undefined && !isMember)) && <p>{roomInfo.notIn}</p>}
      {room !== undefined && room !== null && isMember && (
        <>
          {room.closed && (
            <Notice tone="info">
              <p>{roomInfo.closed}</p>
            </Notice>
          )}
          {room.alarm !== undefined && (
            <InfoSection title={transcript.section}>
              <TranscriptAlarm alarm={room.alarm} detailed />
            </InfoSection>
          )}
          <InfoAbout room={room} />
          <InfoSection title={roomInfo.yours}>
            <InfoYours room={room} />
          </InfoSection>
          <InfoMembers username={username} room={room} />
          {!room.closed && room.may.invite && <InfoInvite username={username} room={room} />}
          {room.kind !== "open" && !room.closed && (
            <InfoSection title={roomInfo.rules}>
              <InfoRules room={room} />
            </InfoSection>
          )}
          <InfoLeave username={username} room={room} />
        </>
      )}
    </InfoPane>
  );
}
