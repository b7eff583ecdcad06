"use client";

/** What can be seen of the own vault; `undefined` while it is asked for. */

import { useEffect, useState } from "react";

import type { Result, VaultReport } from "../worker/api";
import type { AccountsDoor } from "./use-accounts";

/** Asks again when `round` changes. */
export function useVaultReport(door: AccountsDoor, username: string, round = 0): Result<VaultReport> | undefined {
  const [report, setReport] = useState<Result<VaultReport>>();
  useEffect(() => {
    let current = true;
    void door.calls.vaultReport(username).then((result) => {
      if (current) setReport(result);
    });
    return () => {
      current = false;
    };
  }, [door, username, round]);
  return report;
}
