"use client";

/** The worker that registers and signs in, started when it is first needed and ended with the page. */

import { useEffect, useState } from "react";

import { connectAccounts } from "../worker/connect";
import type { AccountsConnection, CallError } from "../worker/api";

export class AccountsDoor {
  #connection: AccountsConnection | undefined;

  get calls(): AccountsConnection {
    return (this.#connection ??= connectAccounts());
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

export function useAccounts(): AccountsDoor {
  const [door] = useState(() => new AccountsDoor());
  useEffect(
    () => () => {
      door.close();
    },
    [door],
  );
  return door;
}

export interface HeldAccounts {
  /** Accounts that have a device in this browser. */
  readonly names: readonly string[];
  /** The browser has answered. */
  readonly known: boolean;
  /** Why this browser cannot hold any. */
  readonly problem: CallError | undefined;
}

const unknown: HeldAccounts = { names: [], known: false, problem: undefined };

export function useHeldAccounts(door: AccountsDoor): HeldAccounts {
  const [held, setHeld] = useState(unknown);
  useEffect(() => {
    let current = true;
    void door.calls.heldAccounts().then((result) => {
      if (!current) return;
      const names = result.ok ? result.value : [];
      setHeld({ names, known: true, problem: result.ok ? undefined : result.error });
    });
    return () => {
      current = false;
    };
  }, [door]);
  return held;
}
