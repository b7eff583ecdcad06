"use client";

/** The two panes around one engine, and what to do when the engine cannot run here. */

import { usePathname, useSelectedLayoutSegment } from "next/navigation";
import { useEffect, type ReactNode } from "react";

import { keyLogPath, loginPath, signInReason } from "@/app/login/next-path";
import type { ListedRoom } from "@/app/server-data";
import { EngineProvider, useEngine } from "@/lib/client/react/engine-context";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { Notice } from "@/lib/ui/notice";
import { TroubleList } from "@/lib/ui/trouble-list";
import { Sidebar } from "./sidebar";

export interface RoomsShellProps {
  readonly username: string;
  /** Open rooms as the server lists them. */
  readonly listed: readonly ListedRoom[];
  readonly children: ReactNode;
}

export function RoomsShell({ username, listed, children }: RoomsShellProps) {
  const roomId = useSelectedLayoutSegment();
  return (
    <EngineProvider username={username}>
      <div className="shell" data-pane={roomId === null ? "list" : "room"}>
        <Troubles username={username} />
        <Sidebar username={username} listed={listed} current={roomId ?? undefined} />
        <main id="main" tabIndex={-1} className="pane">
          <EngineFailure username={username} />
          {children}
        </main>
      </div>
    </EngineProvider>
  );
}

/** Above both panes, so that they are seen once at every width, whatever is open. */
function Troubles({ username }: { readonly username: string }) {
  const troubles = useEngine((snapshot) => snapshot.troubles);
  return <TroubleList troubles={troubles} keyLogHref={keyLogPath(username)} />;
}

function EngineFailure({ username }: { readonly username: string }) {
  const path = usePathname();
  const failure = useEngine((snapshot) => snapshot.failure);
  const why = failure && signInReason(failure.code);
  useEffect(() => {
    if (why !== undefined) window.location.replace(loginPath(username, path, why));
  }, [why, username, path]);
  if (failure === undefined) return null;
  return (
    <div className="pane-failure">
      <Notice tone={why === undefined ? "error" : "info"} live>
        <p>{problemSentence(failure)}</p>
        {why === undefined && (
          <button
            type="button"
            className="button-small"
            onClick={() => {
              window.location.reload();
            }}
          >
            {text.rooms.bar.reload}
          </button>
        )}
      </Notice>
    </div>
  );
}
