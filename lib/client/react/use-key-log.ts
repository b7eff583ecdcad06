"use client";

/** What this device has seen of the transparency log: asked now, and again with everything the engine tells. */

import { useCallback, useEffect, useState } from "react";

import type { KeyLogView, Result } from "../worker/api";
import { useEngine, useEngineView } from "./engine-context";

export interface KeyLogControl {
  /** `undefined`: not known yet. */
  readonly found: Result<KeyLogView> | undefined;
  readonly reread: () => Promise<void>;
}

export function useKeyLog(): KeyLogControl {
  const view = useEngineView();
  const troubles = useEngine((snapshot) => snapshot.troubles);
  const rooms = useEngine((snapshot) => snapshot.rooms);
  const connection = useEngine((snapshot) => snapshot.connection);
  const [found, setFound] = useState<Result<KeyLogView>>();
  useEffect(() => {
    let isWanted = true;
    void view.calls.keyLog().then((result) => {
      if (isWanted) setFound(result);
    });
    return () => {
      isWanted = false;
    };
  }, [view, troubles, rooms, connection]);
  const reread = useCallback(async () => {
    setFound(await view.calls.keyLog());
  }, [view]);
  return { found, reread };
}
