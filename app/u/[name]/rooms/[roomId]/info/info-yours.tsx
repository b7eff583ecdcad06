"use client";

/** What this account alone sees of the room: favourite, muted, and whether the other one is blocked. */

import { useState } from "react";

import { useEngine, useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { useBlocked } from "@/lib/client/react/use-blocked";
import type { RoomView } from "@/lib/client/react/use-room";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { Toggle } from "@/lib/ui/toggle";
import { BlockDialog } from "../../block-dialog";

export function InfoYours({ room }: { readonly room: RoomView }) {
  const { roomInfo } = text;
  const view = useEngineView();
  const state = useEngine(({ rooms }) => rooms?.find((one) => one.roomId === room.roomId));
  const { busy, problem, run } = useAction();
  return (
    <>
      <Toggle
        label={roomInfo.favourite}
        hint={roomInfo.favouriteHint}
        on={state?.favourite ?? false}
        disabled={busy}
        onChange={(on) => void run(() => view.calls.setFavourite(room.roomId, on))}
      />
      <Toggle
        label={roomInfo.mute}
        hint={roomInfo.muteHint}
        on={state?.muted ?? false}
        disabled={busy}
        onChange={(on) => void run(() => view.calls.setMuted(room.roomId, on))}
      />
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
      {room.kind === "direct" && room.peer !== undefined && <BlockPeer peer={room.peer} />}
    </>
  );
}

function BlockPeer({ peer }: { readonly peer: NonNullable<RoomView["peer"]> }) {
  const { roomInfo, rooms } = text;
  const view = useEngineView();
  const { accounts, reread } = useBlocked();
  const { busy, problem, run, reset } = useAction();
  const [asks, setAsks] = useState(false);
  const isBlocked = accounts?.some(({ accountId }) => accountId === peer.accountId) === true;

  async function set(on: boolean) {
    if ((await run(() => view.calls.setBlocked(peer.accountId, on))) === undefined) return;
    setAsks(false);
    await reread();
  }

  return (
    <>
      {isBlocked && <p role="status">{roomInfo.blocked(peer.username)}</p>}
      <p>
        <button
          type="button"
          className={isBlocked ? "button" : "button button-danger"}
          disabled={busy || accounts === undefined}
          onClick={() => {
            reset();
            if (isBlocked) void set(false);
            else setAsks(true);
          }}
        >
          {isBlocked ? rooms.unblock : rooms.block}
        </button>
      </p>
      {problem !== undefined && !asks && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
      {asks && (
        <BlockDialog
          name={peer.username}
          busy={busy}
          problem={problem}
          onBlock={() => void set(true)}
          onClose={() => {
            setAsks(false);
          }}
        />
      )}
    </>
  );
}
