"use client";

/** False in what the server renders and until React has taken over: what needs the script stays disabled. */

import { useSyncExternalStore } from "react";

const never = () => () => undefined;

export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}

/** What only the browser knows; `undefined` in what the server renders. `read` must answer a plain value. */
export function useInBrowser<Value>(read: () => Value): Value | undefined {
  return useSyncExternalStore(never, read, () => undefined);
}
