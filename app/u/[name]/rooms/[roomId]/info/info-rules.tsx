"use client";

/** The rules of the room, and the calls that change them. */

import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { disappearingTimersMs } from "@/lib/protocol/limits";
import type { RoomView } from "@/lib/client/react/use-room";
import { Notice } from "@/lib/ui/notice";
import { RoomRules } from "@/lib/ui/room-rules";

export function InfoRules({ room }: { readonly room: RoomView }) {
  const view = useEngineView();
  const { busy, problem, run } = useAction();
  return (
    <>
      <RoomRules
        invite={room.kind === "direct" ? undefined : room.invite}
        timerMs={room.timerMs}
        timers={disappearingTimersMs}
        editable={room.may.govern}
        busy={busy}
        onInvite={(invite) => void run(() => view.calls.changeRoom(room.roomId, { invite }))}
        onTimer={(timerMs) => void run(() => view.calls.changeRoom(room.roomId, { timerMs }))}
      />
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
    </>
  );
}
