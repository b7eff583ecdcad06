"use client";

/** The archive as it stands, its switch, and files to keep and to take back. */

import { historyPath, loginPath, signInReason } from "@/app/login/next-path";
import { EngineProvider } from "@/lib/client/react/engine-context";
import { useArchive } from "@/lib/client/react/use-archive";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { ArchiveFacts } from "@/lib/ui/archive-facts";
import { Notice } from "@/lib/ui/notice";
import { Skeleton } from "@/lib/ui/skeleton";
import { HistoryFile } from "./history-file";

export function HistoryIsland({ username }: { readonly username: string }) {
  return (
    <EngineProvider username={username}>
      <Archive username={username} />
    </EngineProvider>
  );
}

function Archive({ username }: { readonly username: string }) {
  const { archive, action, turn, beginAnew } = useArchive();
  if (archive === undefined) {
    return (
      <div className="needs-script">
        <Skeleton label={text.history.loading} />
      </div>
    );
  }
  if (!archive.ok) {
    const why = signInReason(archive.error.code);
    return (
      <Notice tone="error">
        <p>{problemSentence(archive.error)}</p>
        {why !== undefined && (
          <p>
            <a href={loginPath(username, historyPath(username), why)}>{text.signIn.signIn}</a>
          </p>
        )}
      </Notice>
    );
  }
  return (
    <>
      <ArchiveFacts
        {...archive.value}
        busy={action.busy}
        problem={action.problem}
        onTurn={turn}
        onBeginAnew={beginAnew}
      />
      <HistoryFile username={username} />
    </>
  );
}
