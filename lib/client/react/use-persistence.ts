"use client";

/** Whether the browser keeps what it stores, how much that is, and a way to ask for it. */

import { useCallback, useEffect, useState } from "react";

export type PersistenceState = "asking" | "persistent" | "evictable" | "refused" | "unknown";

export interface Persistence {
  readonly state: PersistenceState;
  /** Bytes; `undefined` where the browser does not say. */
  readonly usage: number | undefined;
  readonly quota: number | undefined;
  readonly ask: () => void;
}

export function usePersistence(): Persistence {
  const [state, setState] = useState<PersistenceState>("asking");
  const [space, setSpace] = useState<{ usage: number | undefined; quota: number | undefined }>({
    usage: undefined,
    quota: undefined,
  });
  useEffect(() => {
    void read().then(({ isPersistent, usage, quota }) => {
      setState(isPersistent === undefined ? "unknown" : isPersistent ? "persistent" : "evictable");
      setSpace({ usage, quota });
    });
  }, []);
  const ask = useCallback(() => {
    void askToPersist().then((isPersistent) => {
      setState(isPersistent ? "persistent" : "refused");
    });
  }, []);
  return { state, ...space, ask };
}

/** Asks once per visit to the rooms; browsers answer without a dialogue, or with one that is shown once. */
export async function askToPersist(): Promise<boolean> {
  const { storage } = navigator as { storage?: StorageManager };
  if (storage?.persist === undefined) return false;
  try {
    return (await storage.persisted()) || (await storage.persist());
  } catch {
    return false;
  }
}

async function read() {
  const { storage } = navigator as { storage?: StorageManager };
  try {
    const estimate = await storage?.estimate();
    return { isPersistent: await storage?.persisted(), usage: estimate?.usage, quota: estimate?.quota };
  } catch {
    return { isPersistent: undefined, usage: undefined, quota: undefined };
  }
}
