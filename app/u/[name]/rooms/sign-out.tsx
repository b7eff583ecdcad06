"use client";

/** Ends the session. The device and what it has read stay in this browser, so that coming back is quick. */

import { useState } from "react";

import { roomsPath, loginPath } from "@/app/login/next-path";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useAccounts } from "@/lib/client/react/use-accounts";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";

export function SignOut({ username }: { readonly username: string }) {
  const view = useEngineView();
  const hydrated = useHydrated();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [warned, setWarned] = useState(false);
  const door = useAccounts();

  async function signOut() {
    if (!warned) {
      const report = await door.calls.vaultReport(username);
      if (report.ok && !report.value.recoveryKey) {
        setWarned(true);
        setProblem(text.recovery.signOutWarning);
        return;
      }
    }
    setBusy(true);
    setProblem(undefined);
    const result = await view.calls.signOut();
    if (result.ok || result.error.code === "NOT_SIGNED_IN") {
      window.location.assign(loginPath(username, roomsPath(username)));
      return;
    }
    setBusy(false);
    setProblem(problemSentence(result.error));
  }

  return (
    <>
      <button
        type="button"
        className="button needs-script"
        disabled={!hydrated || busy}
        onClick={() => {
          void signOut();
        }}
      >
        {warned ? text.recovery.signOutAnyway : text.rooms.signOut}
      </button>
      {problem !== undefined && (
        <span className="field-problem" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
