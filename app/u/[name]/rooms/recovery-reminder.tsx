"use client";

/** One quiet line for as long as the account has no recovery key. */

import { useEffect } from "react";

import { encryptionPath } from "@/app/login/next-path";
import { useAccounts } from "@/lib/client/react/use-accounts";
import { useVaultReport } from "@/lib/client/react/use-vault-report";
import { text } from "@/lib/text/catalogue";

export function RecoveryReminder({ username }: { readonly username: string }) {
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
