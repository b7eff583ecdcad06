"use client";

/** One engine per account and page: the provider sits above the list of rooms and the open room alike. */

import { createContext, useContext, useState, useSyncExternalStore, type ReactNode } from "react";

import { connectEngine } from "../worker/connect";
import { EngineView, initialSnapshot, type EngineSnapshot } from "./engine-view";

const EngineContext = createContext<EngineView | undefined>(undefined);

/** Give it the username as React key: another account is another engine. */
export function EngineProvider({ username, children }: { readonly username: string; readonly children: ReactNode }) {
  const [view] = useState(() => new EngineView(() => connectEngine(username)));
  return <EngineContext value={view}>{children}</EngineContext>;
}

export function useEngineView(): EngineView {
  const view = useContext(EngineContext);
  if (view === undefined) throw new Error("useEngineView needs an EngineProvider above it");
  return view;
}

/** One part of the snapshot; the component renders again when that part changes. */
export function useEngine<Part>(select: (snapshot: EngineSnapshot) => Part): Part {
  const view = useEngineView();
  return useSyncExternalStore(
    view.subscribe,
    () => select(view.snapshot()),
    () => select(initialSnapshot),
  );
}
