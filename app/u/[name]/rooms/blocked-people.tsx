"use client";

/** Whom this account has blocked, and the way back. */

import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { useBlocked } from "@/lib/client/react/use-blocked";
import { BlockedList } from "@/lib/ui/blocked-list";

export function BlockedPeople() {
  const view = useEngineView();
  const { accounts, reread } = useBlocked();
  const { busy, problem, run } = useAction();

  async function unblock(accountId: string) {
    if ((await run(() => view.calls.setBlocked(accountId, false))) !== undefined) await reread();
  }

  if (accounts === undefined || accounts.length === 0) return null;
  return (
    <BlockedList accounts={accounts} busy={busy} problem={problem} onUnblock={(accountId) => void unblock(accountId)} />
  );
}
