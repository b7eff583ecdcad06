"use client";

/** What the room's transcript has shown, until a person says that they have understood it. */

import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import type { RoomView } from "@/lib/client/react/use-room";
import { TranscriptAlarm } from "@/lib/ui/transcript-alarm";

export function RoomAlarm({ room }: { readonly room: RoomView | null | undefined }) {
  const view = useEngineView();
  const { busy, problem, run } = useAction();
  if (room?.alarm === undefined) return null;
  const { alarm, roomId } = room;
  const onSettle = () => void run(() => view.calls.settleAlarm(roomId));
  return <TranscriptAlarm alarm={alarm} live settling={{ busy, problem, onSettle }} />;
}
