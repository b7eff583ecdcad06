"use client";

/** Below the conversation: the composer for who may write, and for everybody else what they can do instead. */

import { useRouter } from "next/navigation";

import { roomPath } from "@/app/login/next-path";
import { useEngine, useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { useBlocked } from "@/lib/client/react/use-blocked";
import type { Selection } from "@/lib/client/react/use-selection";
import type { RoomView } from "@/lib/client/react/use-room";
import { text } from "@/lib/text/catalogue";
import { BlockedFoot, ClosedFoot } from "@/lib/ui/room-foot";
import { JoinPanel } from "@/lib/ui/join-panel";
import { OutsidePanel } from "@/lib/ui/outside-panel";
import { ProofWait } from "@/lib/ui/proof-wait";
import { Holds } from "./holds";
import { InviteAnswer } from "./invite-answer";
import { MessageBox } from "./message-box";
import { ReportBox } from "./report-box";

export interface RoomFootProps {
  readonly username: string;
  readonly roomId: string;
  readonly name: string;
  /** `undefined`: this device has never been in it. */
  readonly room: RoomView | undefined;
  /** An open room that the server lists. */
  readonly isListed: boolean;
  readonly membership: RoomView["membership"];
  /** Lines from an earlier stay are shown above. */
  readonly kept: boolean;
  /** While messages are chosen for a report. */
  readonly selection: Selection | undefined;
}

export function RoomFoot(props: RoomFootProps) {
  const { username, roomId, room, membership } = props;
  const connection = useEngine((snapshot) => snapshot.connection);
  if (membership === "invited") return <InviteAnswer username={username} roomId={roomId} room={room} />;
  if (membership === "none") return <Outside {...props} />;
  if (membership === "joined" && room !== undefined) return <Inside {...props} room={room} />;
  return (
    <p className="room-wait" role="status">
      {membership === "leaving" ? text.room.leaving : room?.asksBack === true ? text.room.asksBack : text.room.joining}
      {connection === "offline" && ` ${text.room.joiningOffline}`}
    </p>
  );
}

function Outside({ username, roomId, room, isListed, kept }: RoomFootProps) {
  const view = useEngineView();
  const router = useRouter();
  const failed = useEngine((snapshot) => snapshot.failure !== undefined);
  const { busy, problem, run } = useAction();
  const isOpen = room?.kind === "open" || isListed;
  const peer = room?.peer;

  async function join() {
    if ((await run(() => view.calls.join(roomId))) !== undefined) await view.reread(roomId);
  }

  async function writeAgain(name: string) {
    const opened = await run(() => view.calls.openDirect(name));
    if (opened !== undefined) router.push(roomPath(username, opened.value.roomId));
  }

  if (isOpen) return <JoinPanel kept={kept} busy={busy || failed} problem={problem} onJoin={() => void join()} />;
  return (
    <OutsidePanel
      kept={kept}
      busy={busy}
      problem={problem}
      onWrite={room?.kind === "direct" && peer !== undefined ? () => void writeAgain(peer.username) : undefined}
    />
  );
}

function Inside({ username, roomId, name, room, selection }: RoomFootProps & { readonly room: RoomView }) {
  const view = useEngineView();
  const connection = useEngine((snapshot) => snapshot.connection);
  const { accounts, reread } = useBlocked();
  const { busy, problem, run } = useAction();
  const { peer } = room;
  const isBlocked = peer !== undefined && accounts?.some(({ accountId }) => accountId === peer.accountId) === true;

  async function unblock(accountId: string) {
    if ((await run(() => view.calls.setBlocked(accountId, false))) !== undefined) await reread();
  }

  if (selection !== undefined) return <ReportBox username={username} roomId={roomId} selection={selection} />;
  if (room.closed) return <ClosedFoot />;
  if (isBlocked) {
    return (
      <BlockedFoot name={peer.username} busy={busy} problem={problem} onUnblock={() => void unblock(peer.accountId)} />
    );
  }
  return (
    <>
      {!room.confirmed && (
        <p className="room-note" role="status">
          {text.room.unconfirmed}
        </p>
      )}
      <Holds username={username} holds={room.holds} />
      {connection === "online" && (
        <ProofWait username={username} names={room.awaited.map((account) => account.username)} />
      )}
      <MessageBox roomId={roomId} roomName={name} />
    </>
  );
}
