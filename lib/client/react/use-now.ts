"use client";

/** The time of the device in milliseconds, to the minute; 0 in what the server renders. */

import { useSyncExternalStore } from "react";

const minuteMs = 60_000;

function subscribe(tell: () => void): () => void {
  const timer = setInterval(tell, minuteMs / 2);
  return () => {
    clearInterval(timer);
  };
}

export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => Math.floor(Date.now() / minuteMs) * minuteMs,
    () => 0,
  );
}
