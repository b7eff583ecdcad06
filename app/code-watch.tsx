"use client";

/** On every page: says when the server's code is no longer the one that this browser has accepted. */

import { useState } from "react";

import { useCodeWatch, type CodeWatch } from "@/lib/client/react/use-code-watch";
import { CodeNotice, type CodeFinding } from "@/lib/ui/code-notice";

export function CodeWatchIsland() {
  const finding = findingOf(useCodeWatch(process.env.NODE_ENV === "production"));
  const [dismissed, setDismissed] = useState<string>();
  const key = JSON.stringify(finding);
  return (
    <CodeNotice
      finding={key === dismissed ? undefined : finding}
      // The service worker answers with its own page, which says what changed and asks.
      onLook={() => {
        location.reload();
      }}
      onLater={() => {
        setDismissed(key);
      }}
    />
  );
}

function findingOf({ state, isReplaced }: CodeWatch): CodeFinding | undefined {
  if (state === undefined) return undefined;
  const { accepted, served, expectsAnother, refused } = state;
  if (refused.length > 0) return { kind: "refused", what: refused };
  if (accepted !== undefined && served !== undefined && accepted !== served) return { kind: "changed" };
  return isReplaced && !expectsAnother ? { kind: "replaced" } : undefined;
}
