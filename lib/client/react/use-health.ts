"use client";

/** What this device could read, asked once and again with every change of its rooms. */

import { useEffect, useState } from "react";

import type { HealthReport, Result } from "../worker/api";
import { useEngine, useEngineView } from "./engine-context";

/** `undefined`: not known yet. */
export function useHealth(): Result<HealthReport> | undefined {
  const view = useEngineView();
  const rooms = useEngine((snapshot) => snapshot.rooms);
  const [health, setHealth] = useState<Result<HealthReport>>();
  useEffect(() => {
    let isWanted = true;
    void view.calls.health().then((result) => {
      if (isWanted) setHealth(result);
    });
    return () => {
      isWanted = false;
    };
  }, [view, rooms]);
  return health;
}
