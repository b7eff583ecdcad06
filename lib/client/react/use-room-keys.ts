"use client";

/** The keys of the list: Alt with up and down goes from room to room, with Shift to unread ones; Ctrl or Cmd with K searches. */

import { useEffect, useEffectEvent } from "react";

export interface RoomKeys {
  readonly onStep: (step: 1 | -1, unreadOnly: boolean) => void;
  readonly onSearch: () => void;
}

export function useRoomKeys({ onStep, onSearch }: RoomKeys): void {
  const hear = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const isStep = event.altKey && !event.ctrlKey && !event.metaKey;
    const isSearch = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (isStep && event.key === "ArrowUp") onStep(-1, event.shiftKey);
    else if (isStep && event.key === "ArrowDown") onStep(1, event.shiftKey);
    else if (isSearch && event.key.toLowerCase() === "k") onSearch();
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    window.addEventListener("keydown", hear);
    return () => {
      window.removeEventListener("keydown", hear);
    };
  }, []);
}
