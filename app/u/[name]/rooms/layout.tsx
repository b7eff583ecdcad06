/** List of rooms beside the open room; one pane at a time on a phone. Each page checks the session itself. */

import type { ReactNode } from "react";

import { ownName, openRooms } from "@/app/server-data";
import { RoomsShell } from "./rooms-shell";

interface RoomsLayoutProps {
  readonly params: Promise<{ readonly name: string }>;
  readonly children: ReactNode;
}

export default async function RoomsLayout({ params, children }: RoomsLayoutProps) {
  const username = ownName((await params).name);
  return (
    <RoomsShell key={username} username={username} listed={await openRooms()}>
      {children}
    </RoomsShell>
  );
}
