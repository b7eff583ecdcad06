"use client";

/** Shows the pair's code and number, takes the person's answer, and asks before a key is accepted without comparing. */

import { useState } from "react";

import { loginPath, roomPath, signInReason, verifyPath } from "@/app/login/next-path";
import { EngineProvider, useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { useVerification } from "@/lib/client/react/use-verification";
import type { Verdict } from "@/lib/protocol/verification-mark";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { ConfirmDialog } from "@/lib/ui/confirm-dialog";
import { Notice } from "@/lib/ui/notice";
import { Skeleton } from "@/lib/ui/skeleton";
import { VerifyPanel } from "@/lib/ui/verify-panel";
import { CodeScanner } from "./code-scanner";

export interface VerifyIslandProps {
  readonly username: string;
  readonly person: string;
  /** The account that is meant; `undefined`: whoever has the name now. */
  readonly accountKey: string | undefined;
}

export function VerifyIsland(props: VerifyIslandProps) {
  return (
    <EngineProvider username={props.username}>
      <Verify {...props} />
    </EngineProvider>
  );
}

function Verify({ username, person, accountKey }: VerifyIslandProps) {
  const { verify } = text;
  const view = useEngineView();
  const { found, reread } = useVerification(person, accountKey);
  const { busy, problem, run, reset } = useAction();
  const [scanned, setScanned] = useState<"match" | "mismatch">();
  const [asksToAccept, setAsksToAccept] = useState(false);

  if (found === undefined) {
    return (
      <div className="needs-script">
        <Skeleton label={verify.loading} />
      </div>
    );
  }
  if (!found.ok) {
    const why = signInReason(found.error.code);
    return (
      <Notice tone="error">
        <p>{problemSentence(found.error)}</p>
        {why !== undefined && (
          <p>
            <a href={loginPath(username, verifyPath(username, person, accountKey), why)}>{text.signIn.signIn}</a>
          </p>
        )}
      </Notice>
    );
  }
  const { accountId, roomId } = found.value;

  async function decide(verdict: Verdict) {
    setScanned(undefined);
    const done = await run(() => view.calls.decideVerification(person, accountId, verdict));
    if (done === undefined) return;
    setAsksToAccept(false);
    await reread();
  }

  async function scan(read: string) {
    setScanned(undefined);
    const compared = await run(() => view.calls.scanSafetyCode(person, accountId, read));
    setScanned(compared?.value);
    await reread();
  }

  return (
    <>
      <VerifyPanel
        facts={found.value}
        scanned={scanned}
        busy={busy}
        problem={asksToAccept ? undefined : problem}
        onMatch={() => void decide("verified")}
        onMismatch={() => void decide("mismatch")}
        onAccept={() => {
          reset();
          setAsksToAccept(true);
        }}
        camera={<CodeScanner person={person} onRead={(read) => void scan(read)} />}
      />
      {asksToAccept && (
        <ConfirmDialog
          title={verify.acceptTitle(person)}
          body={verify.acceptBody}
          act={verify.accept}
          danger
          busy={busy}
          problem={problem}
          onConfirm={() => void decide("accepted")}
          onClose={() => {
            setAsksToAccept(false);
          }}
        />
      )}
      {roomId !== undefined && (
        <p>
          <a href={roomPath(username, roomId)}>{verify.toRoom}</a>
        </p>
      )}
    </>
  );
}
