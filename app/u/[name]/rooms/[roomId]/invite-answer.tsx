"use client";

/** A room that waits for an answer: nothing of it is shown until it is accepted. */

import { useRouter } from "next/navigation";
import { useState } from "react";

import { roomsPath, verifyPath } from "@/app/login/next-path";
import { useEngine } from "@/lib/client/react/engine-context";
import { useInvites } from "@/lib/client/react/use-invites";
import type { RoomView } from "@/lib/client/react/use-room";
import { text } from "@/lib/text/catalogue";
import { isRequest } from "@/lib/ui/invite-list";
import { InvitePanel } from "@/lib/ui/invite-panel";
import { BlockDialog } from "../block-dialog";

export interface InviteAnswerProps {
  readonly username: string;
  readonly roomId: string;
  readonly room: RoomView | undefined;
}

export function InviteAnswer({ username, roomId, room }: InviteAnswerProps) {
  const router = useRouter();
  const [asksToBlock, setAsksToBlock] = useState(false);
  const state = useEngine(({ rooms }) => rooms?.find((one) => one.roomId === roomId));
  const invites = useInvites((_, accepted) => {
    setAsksToBlock(false);
    if (!accepted) router.push(roomsPath(username));
  });
  const kind = room?.kind ?? "private";
  const from = room?.invitedBy ?? room?.peer;
  const name = from?.username ?? text.rooms.somebody;
  return (
    <>
      <InvitePanel
        kind={kind}
        name={name}
        trust={room?.trust}
        verifyHref={from && verifyPath(username, from.username, from.accountId)}
        request={isRequest({ kind, membership: "invited", stranger: state?.stranger })}
        busy={invites.busy !== undefined}
        problem={asksToBlock ? undefined : invites.problem}
        onAccept={() => void invites.accept(roomId)}
        onDecline={() => void invites.decline(roomId)}
        onBlock={
          kind === "direct" && from !== undefined
            ? () => {
                setAsksToBlock(true);
              }
            : undefined
        }
      />
      {asksToBlock && (
        <BlockDialog
          name={name}
          busy={invites.busy !== undefined}
          problem={invites.problem}
          onBlock={() => void invites.block({ roomId, from })}
          onClose={() => {
            setAsksToBlock(false);
          }}
        />
      )}
    </>
  );
}
