"use client";

/** The accounts that this one has blocked, asked once and again with every change of its rooms. */

import { useCallback, useEffect, useState } from "react";

import type { BanView } from "../worker/api";
import { useEngine, useEngineView } from "./engine-context";

export interface Blocked {
  /** `undefined`: not known yet. */
  readonly accounts: readonly BanView[] | undefined;
  readonly reread: () => Promise<void>;
}

export function useBlocked(): Blocked {
  const view = useEngineView();
  const rooms = useEngine((snapshot) => snapshot.rooms);
  const [accounts, setAccounts] = useState<readonly BanView[]>();
  const reread = useCallback(async () => {
    const result = await view.calls.blocked();
    if (result.ok) setAccounts(result.value);
  }, [view]);
  useEffect(() => {
    let isWanted = true;
    void view.calls.blocked().then((result) => {
      if (isWanted && result.ok) setAccounts(result.value);
    });
    return () => {
      isWanted = false;
    };
  }, [view, rooms]);
  return { accounts, reread };
}
