"use client";

/** One open room: its state and its timeline, and marking it read while somebody looks. */

import { useEffect } from "react";

import type { RoomView } from "../worker/api";
import { useEngine, useEngineView } from "./engine-context";
import type { OpenTimeline } from "./engine-view";

/** For pages, which know the worker through hooks only. */
export type { LinkView, MemberView, RoomView } from "../worker/api";

/** `undefined`: not known yet. `null`: this device has never entered the room. */
export function useRoom(roomId: string): RoomView | null | undefined {
  const view = useEngineView();
  useEffect(() => {
    view.enterRoom(roomId);
    return () => {
      view.leaveRoom(roomId);
    };
  }, [view, roomId]);
  return useEngine((snapshot) => snapshot.views.get(roomId));
}

export function useTimeline(roomId: string): OpenTimeline | undefined {
  return useEngine((snapshot) => snapshot.timelines.get(roomId));
}

/** Unread lines are read when the room is `seen` in a tab that is shown, once it is known where they begin. */
export function useMarkRead(roomId: string, seen: boolean): void {
  const view = useEngineView();
  const unread = useEngine(({ rooms }) => rooms?.find((room) => room.roomId === roomId)?.unread ?? 0);
  const placed = useEngine(({ timelines }) => timelines.get(roomId)?.reading !== undefined);
  useEffect(() => {
    if (unread === 0 || !placed || !seen) return;
    const mark = () => {
      if (document.visibilityState === "visible") void view.calls.markRead(roomId);
    };
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => {
      document.removeEventListener("visibilitychange", mark);
    };
  }, [view, roomId, unread, placed, seen]);
}
