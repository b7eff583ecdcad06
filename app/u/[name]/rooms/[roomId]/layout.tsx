/** One room, with room info beside it or over it. Each page under it checks the session itself. */

import { notFound } from "next/navigation";
import type { ReactNode } from "react";

import { openRoom, ownName } from "@/app/server-data";
import { roomIdSchema } from "@/lib/protocol/ids";
import { RoomFrame } from "./room-frame";

interface RoomLayoutProps {
  readonly params: Promise<{ readonly name: string; readonly roomId: string }>;
  readonly children: ReactNode;
}

export default async function RoomLayout({ params, children }: RoomLayoutProps) {
  const { name, roomId } = await params;
  if (!roomIdSchema.safeParse(roomId).success) notFound();
  // A private room and one that does not exist look alike: only the engine knows which it is.
  const listed = await openRoom(roomId);
  return (
    <RoomFrame key={roomId} username={ownName(name)} roomId={roomId} listedName={listed?.name}>
      {children}
    </RoomFrame>
  );
}
