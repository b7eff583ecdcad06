"use client";

/**
 * The fragment of an invite link: taken out of the address bar and kept in this tab while somebody signs in. It is a
 * secret. Browsers send no fragment with a request, and nothing here puts it anywhere else.
 */

import { useEffect, useSyncExternalStore } from "react";

const storageKey = "sealroom.invite-link";
/** What a fragment of ours can look like, and no longer than the worker takes. */
const shape = /^[A-Za-z0-9_.~-]{16,1024}$/;

const listeners = new Set<() => void>();

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  window.addEventListener("hashchange", tell);
  return () => {
    listeners.delete(tell);
    window.removeEventListener("hashchange", tell);
  };
}

/** The same before and after it has been moved out of the address. */
function read(): string {
  return window.location.hash.slice(1) || (sessionStorage.getItem(storageKey) ?? "");
}

function keep(): void {
  const fragment = window.location.hash.slice(1);
  if (fragment === "") return;
  sessionStorage.setItem(storageKey, fragment);
  // Whoever looks at the screen or at the history later does not get it.
  window.history.replaceState(window.history.state, "", window.location.pathname);
}

/** `undefined` in what the server renders, which never sees it; empty where there is none. */
export function useKeptLink(): string | undefined {
  const fragment = useSyncExternalStore(subscribe, read, () => undefined);
  useEffect(keep, [fragment]);
  return fragment;
}

export function forgetLink(): void {
  sessionStorage.removeItem(storageKey);
  for (const tell of listeners) tell();
}

export function isLinkShape(fragment: string): boolean {
  return shape.test(fragment);
}
