"use client";

/** Answers to invitations and requests: accept, decline, or block whoever asks. */

import { useState } from "react";

import { problemSentence } from "../../text/errors";
import type { CallError } from "../worker/api";
import { useEngineView } from "./engine-context";

export interface Invite {
  readonly roomId: string;
  /** Who can be blocked. */
  readonly from: { readonly username: string; readonly accountId: string } | undefined;
}

export interface Invites {
  /** Room whose answer is under way. */
  readonly busy: string | undefined;
  /** A sentence. */
  readonly problem: string | undefined;
  readonly accept: (roomId: string) => Promise<void>;
  readonly decline: (roomId: string) => Promise<void>;
  /** Blocks who asks, then declines. */
  readonly block: (invite: Invite) => Promise<void>;
}

export function useInvites(onAnswered: (roomId: string, accepted: boolean) => void): Invites {
  const view = useEngineView();
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();

  async function answer(roomId: string, accepted: boolean, act: () => Promise<CallError | undefined>) {
    setBusy(roomId);
    const error = await act();
    setBusy(undefined);
    setProblem(error && problemSentence(error));
    if (error !== undefined) return;
    onAnswered(roomId, accepted);
    await view.reread(roomId);
  }

  const failure = async (call: Promise<{ readonly ok: true } | { readonly ok: false; readonly error: CallError }>) => {
    const result = await call;
    return result.ok ? undefined : result.error;
  };

  return {
    busy,
    problem,
    accept: (roomId) => answer(roomId, true, () => failure(view.calls.acceptInvite(roomId))),
    decline: (roomId) => answer(roomId, false, () => failure(view.calls.declineInvite(roomId))),
    block: ({ roomId, from }) =>
      answer(roomId, false, async () => {
        const refused = from && (await failure(view.calls.setBlocked(from.accountId, true)));
        return refused ?? (await failure(view.calls.declineInvite(roomId)));
      }),
  };
}
