"use client";

/** The room and what its address opens beside it. Where there is space for one of them only, info covers the room. */

import { useSelectedLayoutSegment } from "next/navigation";
import type { ReactNode } from "react";

import { useMedia } from "@/lib/client/react/use-media";
import { RoomIsland } from "./room-island";

export interface RoomFrameProps {
  readonly username: string;
  readonly roomId: string;
  /** As the server lists it; the name in the room's own policy replaces it once known. */
  readonly listedName: string | undefined;
  readonly children: ReactNode;
}

/** The same width as in lib/ui/styles/room-info.css. */
const oneAtATime = "(width < 72rem)";

export function RoomFrame({ children, ...room }: RoomFrameProps) {
  const segment = useSelectedLayoutSegment();
  const narrow = useMedia(oneAtATime);
  const hasInfo = segment === "info";
  return (
    <div className="room-frame" data-info={hasInfo}>
      <RoomIsland {...room} covered={hasInfo && narrow} infoOpen={hasInfo} reporting={segment === "report"} />
      {children}
    </div>
  );
}
