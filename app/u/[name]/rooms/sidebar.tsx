"use client";

/** Who one is, the rooms, and the ways out. The server's list comes first; the engine adds what only it can know. */

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect } from "react";

import { roomsPath, storagePath } from "@/app/login/next-path";
import type { ListedRoom } from "@/app/server-data";
import { useEngine } from "@/lib/client/react/engine-context";
import { useNow } from "@/lib/client/react/use-now";
import { text } from "@/lib/text/catalogue";
import { SealMark } from "@/lib/ui/icons";
import { RoomList, type RoomRow } from "@/lib/ui/room-list";
import { NewRoom } from "./new-room";
import { SignOut } from "./sign-out";

export interface SidebarProps {
  readonly username: string;
  readonly listed: readonly ListedRoom[];
  /** The open room. */
  readonly current: string | undefined;
}

const refreshMs = 30_000;

export function Sidebar({ username, listed, current }: SidebarProps) {
  const { rooms } = text;
  const connection = useEngine((snapshot) => snapshot.connection);
  const now = useNow();
  const rows = useRows(listed, current);
  useFreshList();
  return (
    <div className="sidebar">
      <header className="sidebar-head">
        <a className="brand" href="/" aria-label={text.site.home}>
          <SealMark />
          <span>{text.site.name}</span>
        </a>
        <span className="fact needs-script" data-connection={connection}>
          <span className="dot" aria-hidden="true" />
          {rooms.connection[connection]}
        </span>
      </header>
      <div className="sidebar-title">
        <h2 id="rooms-title">{rooms.title}</h2>
        <NewRoom username={username} />
      </div>
      <nav aria-labelledby="rooms-title" className="sidebar-rooms">
        <RoomList
          rows={rows}
          now={now}
          link={(row, name) => (
            <Link
              href={`${roomsPath(username)}/${row.roomId}`}
              prefetch={false}
              aria-current={row.current ? "page" : undefined}
            >
              {name}
            </Link>
          )}
        />
      </nav>
      <footer className="sidebar-foot">
        <p>
          {rooms.signedInAs} <bdi className="author">{username}</bdi>
        </p>
        <p className="sidebar-actions">
          <a className="button" href={`/keys/${username}`}>
            {rooms.yourKeys}
          </a>
          <a className="button" href={storagePath(username)}>
            {rooms.storage}
          </a>
          <SignOut username={username} />
        </p>
      </footer>
    </div>
  );
}

/** Rooms with news first, the others as the server lists them. */
function useRows(listed: readonly ListedRoom[], current: string | undefined): RoomRow[] {
  const states = useEngine((snapshot) => snapshot.rooms);
  const known = new Map(states?.map((state) => [state.roomId, state]));
  const rows = listed.map(({ roomId, name }): RoomRow => {
    const state = known.get(roomId);
    known.delete(roomId);
    if (state !== undefined) return { ...state, current: roomId === current };
    const membership = states === undefined ? undefined : "none";
    return { roomId, name, membership, unread: 0, lastText: undefined, lastAt: undefined, current: roomId === current };
  });
  const unlisted = [...known.values()].map((state) => ({ ...state, current: state.roomId === current }));
  return [...rows, ...unlisted].sort((left, right) => (right.lastAt ?? 0) - (left.lastAt ?? 0));
}

/** Other people make rooms too. */
function useFreshList(): void {
  const router = useRouter();
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") router.refresh();
    };
    const timer = setInterval(look, refreshMs);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [router]);
}
