/** `/u/{name}/rooms`: the list is in the layout; here is what to do with it. */

import type { Metadata } from "next";

import { requireSession } from "@/app/server-data";
import { roomsPath } from "@/app/login/next-path";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";

export const metadata: Metadata = { title: text.rooms.title };

export default async function RoomsPage({ params }: { readonly params: Promise<{ readonly name: string }> }) {
  const { name } = await params;
  await requireSession(name, roomsPath(name));
  const { rooms } = text;
  return (
    <div className="choose">
      <h1>{rooms.choose}</h1>
      <p>{rooms.chooseBody}</p>
      <p>{rooms.openNote}</p>
      <noscript>
        <Notice tone="info">
          <p>{rooms.noScript}</p>
        </Notice>
      </noscript>
    </div>
  );
}
