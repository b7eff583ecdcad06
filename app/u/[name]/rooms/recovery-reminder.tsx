"use client";

/** One quiet line for as long as the account has no recovery key. */

import { useEffect } from "react";

import { encryptionPath } from "@/app/login/next-path";
import { useAccounts } from "@/lib/client/react/use-accounts";
import { useLater } from "@/lib/client/react/use-later";
import { useVaultReport } from "@/lib/client/react/use-vault-report";
import { text } from "@/lib/text/catalogue";

/** A worker of its own asks; meanwhile the rooms have the processor to themselves. */
const quietMs = 3000;

export function RecoveryReminder({ username }: { readonly username: string }) {
  return useLater(quietMs) ? <Reminder username={username} /> : null;
}

function Reminder({ username }: { readonly username: string }) {
  const door = useAccounts();
  const report = useVaultReport(door, username);
  const isKnown = report !== undefined;
  useEffect(() => {
    // One question: its worker need not stay.
    if (isKnown) door.close();
  }, [isKnown, door]);
  if (report?.ok !== true || report.value.recoveryKey) return null;
  return (
    <p className="reminder">
      {text.recovery.reminder} <a href={encryptionPath(username)}>{text.recovery.reminderLink}</a>
    </p>
  );
}
