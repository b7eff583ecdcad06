"use client";

/** Because of whom nothing is sent here, and the decision about each: compare again or look at the log, or accept the key as it is. */

import { useState } from "react";

import { keyLogPath, verifyPath } from "@/app/login/next-path";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import type { RoomView } from "@/lib/client/react/use-room";
import { text } from "@/lib/text/catalogue";
import { ConfirmDialog } from "@/lib/ui/confirm-dialog";
import { HoldNotice } from "@/lib/ui/hold-notice";

type Hold = RoomView["holds"][number];

interface HoldsProps {
  readonly username: string;
  readonly holds: readonly Hold[];
}

export function Holds({ username, holds }: HoldsProps) {
  const { verify } = text;
  const view = useEngineView();
  const { busy, problem, run, reset } = useAction();
  const [asked, setAsked] = useState<Hold>();

  async function accept(hold: Hold) {
    const { calls } = view;
    const done = await run(() =>
      hold.why === "unlogged"
        ? calls.acceptUnlogged(hold.accountId)
        : calls.decideVerification(hold.username, hold.accountId, "accepted"),
    );
    if (done !== undefined) setAsked(undefined);
  }

  return (
    <>
      {holds.map((hold) => (
        <HoldNotice
          key={hold.accountId}
          username={hold.username}
          why={hold.why}
          verifyHref={verifyPath(username, hold.username, hold.accountId)}
          keysHref={`/keys/${hold.username}`}
          keyLogHref={keyLogPath(username)}
          onAccept={
            hold.why !== "mismatch"
              ? () => {
                  reset();
                  setAsked(hold);
                }
              : undefined
          }
        />
      ))}
      {asked !== undefined && (
        <ConfirmDialog
          title={(asked.why === "unlogged" ? verify.unloggedTitle : verify.acceptTitle)(asked.username)}
          body={asked.why === "unlogged" ? verify.unloggedBody : verify.acceptBody}
          act={asked.why === "unlogged" ? verify.unloggedAct : verify.accept}
          danger
          busy={busy}
          problem={problem}
          onConfirm={() => void accept(asked)}
          onClose={() => {
            setAsked(undefined);
          }}
        />
      )}
    </>
  );
}
