"use client";

/** Search, filters, invitations and the list itself, with the keys that lead through it. */

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";

import { roomPath, roomsPath } from "@/app/login/next-path";
import { arrangeRooms, neighbour } from "@/lib/client/react/room-list";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { useInvites } from "@/lib/client/react/use-invites";
import { useNow } from "@/lib/client/react/use-now";
import { useRoomKeys } from "@/lib/client/react/use-room-keys";
import { text } from "@/lib/text/catalogue";
import { InviteList } from "@/lib/ui/invite-list";
import { Notice } from "@/lib/ui/notice";
import { RoomList, type RoomLink, type RoomRow } from "@/lib/ui/room-list";
import { RoomListEmpty } from "@/lib/ui/room-list-empty";
import { RoomSearch, type RoomFilter } from "@/lib/ui/room-search";
import { BlockDialog } from "./block-dialog";
import { BlockedPeople } from "./blocked-people";
import { NewDirect } from "./new-direct";
import { NewRoom } from "./new-room";

export interface RoomBrowserProps {
  readonly username: string;
  readonly rows: readonly RoomRow[];
  /** The open room. */
  readonly current: string | undefined;
}

export function RoomBrowser({ username, rows, current }: RoomBrowserProps) {
  const { rooms } = text;
  const router = useRouter();
  const hydrated = useHydrated();
  const now = useNow();
  const [filter, setFilter] = useState<RoomFilter>("all");
  const [query, setQuery] = useState("");
  const [blocking, setBlocking] = useState<RoomRow>();
  const box = useSearchKey(current, () => {
    router.push(roomsPath(username));
  });
  const arranged = arrangeRooms(rows, filter, query);
  const inOrder = [...arranged.invites, ...arranged.requests, ...arranged.rooms];
  const go = (row: RoomRow | undefined) => {
    if (row !== undefined) router.push(roomPath(username, row.roomId));
  };
  useRoomKeys({
    onStep: (step, unreadOnly) => {
      go(neighbour(inOrder, current, step, unreadOnly));
    },
    onSearch: box.focus,
  });
  const invites = useInvites((roomId, accepted) => {
    setBlocking(undefined);
    if (accepted) router.push(roomPath(username, roomId));
    else if (roomId === current) router.push(roomsPath(username));
  });
  const link: RoomLink = (row, name) => (
    <Link href={roomPath(username, row.roomId)} prefetch={false} aria-current={row.current ? "page" : undefined}>
      {name}
    </Link>
  );
  const answers = {
    busy: invites.busy,
    link,
    onAccept: ({ roomId }: RoomRow) => void invites.accept(roomId),
    onDecline: ({ roomId }: RoomRow) => void invites.decline(roomId),
    onBlock: setBlocking,
  };

  return (
    <>
      <RoomSearch
        query={query}
        onQuery={setQuery}
        onGo={() => {
          go(inOrder[0]);
          setQuery("");
        }}
        filter={filter}
        onFilter={(chosen) => {
          setFilter(chosen);
          setQuery("");
        }}
        invites={rows.filter(({ membership }) => membership === "invited").length}
        waiting={!hydrated}
        box={box.ref}
      />
      <nav aria-label={rooms.title} className="sidebar-rooms">
        {invites.problem !== undefined && blocking === undefined && (
          <Notice tone="error" live>
            <p>{invites.problem}</p>
          </Notice>
        )}
        <InviteList title={rooms.invites} rows={arranged.invites} {...answers} />
        <InviteList title={rooms.requests} rows={arranged.requests} {...answers} />
        {arranged.rooms.length > 0 && <RoomList rows={arranged.rooms} now={now} link={link} />}
        {inOrder.length === 0 && (
          <RoomListEmpty
            sentence={query.trim() === "" ? rooms.empty[filter] : rooms.empty.search(query.trim())}
            first={filter === "people" ? <NewDirect username={username} /> : <NewRoom username={username} />}
            onShowAll={
              filter === "all" && query === ""
                ? undefined
                : () => {
                    setFilter("all");
                    setQuery("");
                  }
            }
            second={<NewDirect username={username} />}
          />
        )}
        {filter === "people" && <BlockedPeople />}
      </nav>
      {blocking !== undefined && (
        <BlockDialog
          name={blocking.name}
          busy={invites.busy !== undefined}
          problem={invites.problem}
          onBlock={() => void invites.block({ roomId: blocking.roomId, from: blocking.peer ?? blocking.invitedBy })}
          onClose={() => {
            setBlocking(undefined);
          }}
        />
      )}
    </>
  );
}

/** The search field, from wherever one is: on a phone the list has to come into sight first. */
function useSearchKey(current: string | undefined, showList: () => void) {
  const ref = useRef<HTMLInputElement>(null);
  const isWanted = useRef(false);
  useEffect(() => {
    if (isWanted.current) ref.current?.focus();
    isWanted.current = false;
  }, [current]);
  const focus = () => {
    ref.current?.focus();
    ref.current?.select();
    if (document.activeElement === ref.current) return;
    isWanted.current = true;
    showList();
  };
  return { ref, focus };
}
