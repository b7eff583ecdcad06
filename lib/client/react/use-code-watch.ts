"use client";

/** Registers the service worker, which keeps this origin's code, and hears from it what changed. SPEC CODE-09, CODE-10. */

import { useEffect, useState } from "react";

import { serviceWorkerPath } from "../../protocol/code/manifest";
import { askState, isWatchState, type WatchState } from "../service-worker/messages";

const askAgainMs = 60 * 60 * 1000;

export interface CodeWatch {
  /** What the service worker knows; `undefined` while there is none. */
  readonly state: WatchState | undefined;
  /** Another service worker was sent while this page was open. */
  readonly isReplaced: boolean;
}

/** `isOn`: not while developing, where code changes all the time. Without service workers nothing happens. */
export function useCodeWatch(isOn: boolean): CodeWatch {
  const [state, setState] = useState<WatchState>();
  const [isReplaced, setReplaced] = useState(false);
  useEffect(() => {
    if (!isOn || !hasServiceWorkers()) return;
    const { serviceWorker } = navigator;
    let registration: ServiceWorkerRegistration | undefined;
    let isWanted = true;
    const hear = ({ data }: MessageEvent<unknown>) => {
      if (isWatchState(data)) setState(data);
    };
    const replaced = () => {
      setReplaced(true);
    };
    const ask = () => {
      if (document.visibilityState === "visible") registration?.active?.postMessage(askState);
    };
    serviceWorker.addEventListener("message", hear);
    document.addEventListener("visibilitychange", ask);
    const timer = setInterval(ask, askAgainMs);
    // Refused in some private windows and where storage is full: then the page runs as it came.
    void register().catch(() => undefined);
    async function register(): Promise<void> {
      await serviceWorker.register(serviceWorkerPath, { scope: "/", updateViaCache: "none" });
      const ready = await serviceWorker.ready;
      if (!isWanted) return;
      registration = ready;
      if (ready.installing !== null || ready.waiting !== null) setReplaced(true);
      ready.addEventListener("updatefound", replaced);
      ask();
    }
    return () => {
      isWanted = false;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
      serviceWorker.removeEventListener("message", hear);
      registration?.removeEventListener("updatefound", replaced);
    };
  }, [isOn]);
  return { state, isReplaced };
}

/** Not over plain HTTP from another machine, and not everywhere; the types promise it always. */
function hasServiceWorkers(): boolean {
  return "serviceWorker" in navigator;
}
