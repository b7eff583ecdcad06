/** `/u/{name}/rooms/{roomId}`: one room, drawn by the layout. The server knows at most its name, and nothing of what is said. */

import type { Metadata } from "next";

import { openRoom, requireSession } from "@/app/server-data";
import { roomPath } from "@/app/login/next-path";
import { text } from "@/lib/text/catalogue";

interface RoomPageProps {
  readonly params: Promise<{ readonly name: string; readonly roomId: string }>;
}

export async function generateMetadata({ params }: RoomPageProps): Promise<Metadata> {
  const room = await openRoom((await params).roomId);
  return { title: room?.name ?? text.room.unnamed };
}

export default async function RoomPage({ params }: RoomPageProps) {
  const { name, roomId } = await params;
  await requireSession(name, roomPath(name, roomId));
  return null;
}
