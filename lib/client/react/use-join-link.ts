"use client";

/** Joins a room by an invite link, as one of the accounts of this browser. */

import { useEffect, useRef, useState } from "react";

import type { CallError, EngineConnection } from "../worker/api";
import { connectEngine } from "../worker/connect";

export interface JoinLink {
  readonly busy: boolean;
  /** `undefined` while another try is under way. */
  readonly join: (
    username: string,
    fragment: string,
  ) => Promise<{ readonly roomId: string } | { readonly error: CallError } | undefined>;
}

export function useJoinLink(): JoinLink {
  const engine = useRef<EngineConnection>(undefined);
  const [busy, setBusy] = useState(false);
  useEffect(
    () => () => {
      engine.current?.close();
    },
    [],
  );
  return {
    busy,
    async join(username, fragment) {
      if (busy) return undefined;
      setBusy(true);
      const connection = connectEngine(username);
      engine.current = connection;
      const signedOut = new Promise<{ error: CallError }>((resolve) => {
        connection.subscribe((event) => {
          if (event.type === "connection" && event.state === "signed-out")
            resolve({ error: { code: "NOT_SIGNED_IN" } });
        });
      });
      const joined = connection.joinByLink(fragment).then((result) => (result.ok ? result.value : result));
      const outcome = await Promise.race([joined, signedOut]);
      connection.close();
      setBusy(false);
      return "roomId" in outcome ? { roomId: outcome.roomId } : { error: outcome.error };
    },
  };
}
