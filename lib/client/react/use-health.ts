"use client";

/** What this device could read, asked once and again with every change of its rooms. */

import { useEffect, useState } from "react";

import type { HealthReport, Result, SetAside } from "../worker/api";
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

/** What could not be read and was set aside; `undefined` while it is not known. */
export function useSetAside(): readonly SetAside[] | undefined {
  const view = useEngineView();
  const [list, setList] = useState<readonly SetAside[]>();
  useEffect(() => {
    let isWanted = true;
    void view.calls.setAside().then((result) => {
      if (isWanted && result.ok) setList(result.value);
    });
    return () => {
      isWanted = false;
    };
  }, [view]);
  return list;
}
