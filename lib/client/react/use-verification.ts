"use client";

/** One person's safety number and how it stands with it: asked now, and again with everything the engine tells. */

import { useCallback, useEffect, useRef, useState } from "react";

import type { Result, VerificationView } from "../worker/api";
import { useEngine, useEngineView } from "./engine-context";

export interface VerificationControl {
  /** `undefined`: not known yet. */
  readonly found: Result<VerificationView> | undefined;
  readonly reread: () => Promise<void>;
}

/** `key`: the account that is meant; without it whoever has the name when the page opens, and no other while it is open. */
export function useVerification(person: string, key: string | undefined): VerificationControl {
  const view = useEngineView();
  const rooms = useEngine((snapshot) => snapshot.rooms);
  const connection = useEngine((snapshot) => snapshot.connection);
  const meant = useRef(key);
  const [found, setFound] = useState<Result<VerificationView>>();
  const look = useCallback(async () => {
    const result = await view.calls.verification(person, meant.current);
    if (result.ok) meant.current = result.value.accountId;
    return result;
  }, [view, person]);
  useEffect(() => {
    let isWanted = true;
    void look().then((result) => {
      // What was found stays while the connection is away.
      if (isWanted) setFound((before) => (result.ok || before?.ok !== true ? result : before));
    });
    return () => {
      isWanted = false;
    };
  }, [look, rooms, connection]);
  const reread = useCallback(async () => {
    setFound(await look());
  }, [look]);
  return { found, reread };
}
