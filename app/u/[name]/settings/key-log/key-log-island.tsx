"use client";

/** Reads what the engine knows of the log, and hands on what the person says to it. */

import { devicesPath, keyLogPath, loginPath, signInReason } from "@/app/login/next-path";
import { EngineProvider, useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { useKeyLog } from "@/lib/client/react/use-key-log";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { KeyLogPanel } from "@/lib/ui/key-log-panel";
import { Notice } from "@/lib/ui/notice";
import { Skeleton } from "@/lib/ui/skeleton";

export function KeyLogIsland({ username }: { readonly username: string }) {
  return (
    <EngineProvider username={username}>
      <KeyLog username={username} />
    </EngineProvider>
  );
}

function KeyLog({ username }: { readonly username: string }) {
  const { found, reread } = useKeyLog();
  const view = useEngineView();
  const { busy, problem, run } = useAction();
  const act = async (work: Parameters<typeof run>[0]) => {
    await run(work);
    await reread();
  };
  if (found === undefined) {
    return (
      <div className="needs-script">
        <Skeleton label={text.ownLog.loading} />
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
            <a href={loginPath(username, keyLogPath(username), why)}>{text.signIn.signIn}</a>
          </p>
        )}
      </Notice>
    );
  }
  return (
    <KeyLogPanel
      view={found.value}
      busy={busy}
      problem={problem}
      devicesHref={devicesPath(username)}
      onMine={(deviceIds) => void act(() => view.calls.knowDevices(deviceIds))}
      onKnown={(deviceIds) => void act(() => view.calls.knowRemovals(deviceIds))}
      onTakeBack={(accountId) => void act(() => view.calls.takeBackUnlogged(accountId))}
      onSettle={(id) => void act(() => view.calls.settleLogAlarm(id))}
      onAnew={() => void act(() => view.calls.beginLogAnew())}
      onEvidence={(id) =>
        void run(() => view.calls.keyLogEvidence(id)).then((made) => {
          if (made !== undefined) save(made.value.file, `sealroom-log-evidence-${String(id)}.json`);
        })
      }
    />
  );
}

function save(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
