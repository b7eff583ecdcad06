/** `/u/{name}/rooms/{roomId}/info`: what the room is, who is in it, and who may do what. */

import type { Metadata } from "next";

import { ownName, requireSession } from "@/app/server-data";
import { roomInfoPath } from "@/app/login/next-path";
import { text } from "@/lib/text/catalogue";
import { InfoIsland } from "./info-island";

export const metadata: Metadata = { title: text.roomInfo.title };

interface InfoPageProps {
  readonly params: Promise<{ readonly name: string; readonly roomId: string }>;
}

export default async function InfoPage({ params }: InfoPageProps) {
  const { name, roomId } = await params;
  const username = ownName(name);
  await requireSession(username, roomInfoPath(username, roomId));
  return <InfoIsland username={username} roomId={roomId} />;
}
