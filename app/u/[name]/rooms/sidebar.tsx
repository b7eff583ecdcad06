"use client";

/** Who one is, the rooms, and the ways out. The server's list comes first; the engine adds what only it can know. */

import { useRouter } from "next/navigation";
import { useEffect } from "react";

import { devicesPath, encryptionPath, historyPath, keyLogPath, storagePath } from "@/app/login/next-path";
import type { ListedRoom } from "@/app/server-data";
import { codeIsCurrent } from "@/lib/client/react/code-is-current";
import { useEngine } from "@/lib/client/react/engine-context";
import { text } from "@/lib/text/catalogue";
import { SealMark } from "@/lib/ui/icons";
import { KeyLogLink } from "@/lib/ui/key-log-link";
import type { RoomRow } from "@/lib/ui/room-list";
import { isLogged } from "@/lib/ui/trouble-list";
import { NewDirect } from "./new-direct";
import { NewRoom } from "./new-room";
import { RecoveryReminder } from "./recovery-reminder";
import { RoomBrowser } from "./room-browser";
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
  const unsettled = useEngine((snapshot) => snapshot.troubles.some(isLogged));
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
        <h2 className="visually-hidden">{rooms.title}</h2>
        <NewRoom username={username} />
        <NewDirect username={username} />
      </div>
      <RoomBrowser username={username} rows={rows} current={current} />
      <footer className="sidebar-foot">
        <p>
          {rooms.signedInAs} <bdi className="author">{username}</bdi>
        </p>
        <RecoveryReminder username={username} />
        <p className="sidebar-actions">
          <a className="button" href={`/keys/${username}`}>
            {rooms.yourKeys}
          </a>
          <a className="button" href={devicesPath(username)}>
            {text.devices.title}
          </a>
          <a className="button" href={historyPath(username)}>
            {text.history.title}
          </a>
          <KeyLogLink href={keyLogPath(username)} unsettled={unsettled} />
          <a className="button" href={storagePath(username)}>
            {rooms.storage}
          </a>
          <a className="button" href={encryptionPath(username)}>
            {rooms.encryption}
          </a>
          <SignOut username={username} />
        </p>
      </footer>
    </div>
  );
}

/** An open room that this account has never been in. */
const unmet = {
  kind: "open",
  unread: 0,
  mentions: 0,
  lastText: undefined,
  lastAt: undefined,
  muted: false,
  favourite: false,
  closed: false,
} as const;

/** The rooms of this account, and those that the server lists for everybody. */
function useRows(listed: readonly ListedRoom[], current: string | undefined): RoomRow[] {
  const states = useEngine((snapshot) => snapshot.rooms);
  const known = new Map(states?.map((state) => [state.roomId, state]));
  const rows = listed.map(({ roomId, name }): RoomRow => {
    const state = known.get(roomId);
    known.delete(roomId);
    if (state !== undefined) return { ...state, current: roomId === current };
    const membership = states === undefined ? undefined : "none";
    return { ...unmet, roomId, name, membership, current: roomId === current };
  });
  return [...rows, ...[...known.values()].map((state) => ({ ...state, current: state.roomId === current }))];
}

/** Other people make rooms too. */
function useFreshList(): void {
  const router = useRouter();
  useEffect(() => {
    const look = () => {
      if (document.visibilityState !== "visible") return;
      void codeIsCurrent().then((isCurrent) => {
        if (isCurrent) router.refresh();
      });
    };
    const timer = setInterval(look, refreshMs);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [router]);
}
