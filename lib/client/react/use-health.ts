"use client";

/** What this device could read, asked once and again with every change of its rooms. */

import { useEffect, useState } from "react";

import { failureRate } from "../engine/views";
import type { CallError, HealthReport } from "../worker/api";
import { useEngine, useEngineView } from "./engine-context";

export type Health =
  | { readonly ok: true; readonly value: HealthReport; readonly rate: number }
  | { readonly ok: false; readonly error: CallError };

/** `undefined`: not known yet. */
export function useHealth(): Health | undefined {
  const view = useEngineView();
  const rooms = useEngine((snapshot) => snapshot.rooms);
  const [health, setHealth] = useState<Health>();
  useEffect(() => {
    let isWanted = true;
    void view.calls.health().then((result) => {
      if (isWanted) setHealth(result.ok ? { ...result, rate: failureRate(result.value) } : result);
    });
    return () => {
      isWanted = false;
    };
  }, [view, rooms]);
  return health;
}
