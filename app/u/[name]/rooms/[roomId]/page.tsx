/** `/u/{name}/rooms/{roomId}`: one room. The server knows its name and nothing of what is said in it. */

import type { Metadata } from "next";
import { notFound } from "next/navigation";

import { openRoom, requireSession } from "@/app/server-data";
import { roomsPath } from "@/app/login/next-path";
import { RoomIsland } from "./room-island";

interface RoomPageProps {
  readonly params: Promise<{ readonly name: string; readonly roomId: string }>;
}

export async function generateMetadata({ params }: RoomPageProps): Promise<Metadata> {
  const room = await openRoom((await params).roomId);
  return room === undefined ? {} : { title: room.name };
}

export default async function RoomPage({ params }: RoomPageProps) {
  const { name, roomId } = await params;
  await requireSession(name, `${roomsPath(name)}/${roomId}`);
  const room = await openRoom(roomId);
  if (room === undefined) notFound();
  return <RoomIsland key={roomId} username={name} roomId={roomId} listedName={room.name} />;
}
