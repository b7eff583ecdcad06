"use client";

/** The account's devices and what is done to them: one thing at a time, then the list is looked up again. */

import { useCallback, useEffect, useState } from "react";

import type { CallError, DevicesApi, DevicesView, Result } from "../worker/api";
import type { AccountsDoor } from "./use-accounts";

export type DeviceAct = "rename" | "signOut" | "signOutOthers" | "remove" | "renew";

export interface DevicesState {
  /** `undefined`: not known yet. */
  readonly view: Result<DevicesView> | undefined;
  readonly busy: DeviceAct | undefined;
  /** What was done last, for who does not see the list change. */
  readonly done: DeviceAct | undefined;
  readonly problem: { readonly act: DeviceAct; readonly error: CallError } | undefined;
  /** True when it was done. */
  readonly act: (name: DeviceAct, call: (api: DevicesApi) => Promise<Result<null>>) => Promise<boolean>;
  readonly refresh: () => void;
}

export function useDevices(door: AccountsDoor, username: string): DevicesState {
  const [view, setView] = useState<Result<DevicesView>>();
  const [busy, setBusy] = useState<DeviceAct>();
  const [done, setDone] = useState<DeviceAct>();
  const [problem, setProblem] = useState<DevicesState["problem"]>();
  const [asked, setAsked] = useState(0);

  useEffect(() => {
    let isWanted = true;
    void door.calls.devices(username).then((result) => {
      if (isWanted) setView(result);
    });
    return () => {
      isWanted = false;
    };
  }, [door, username, asked]);

  const refresh = useCallback(() => {
    setAsked((count) => count + 1);
  }, []);

  async function act(name: DeviceAct, call: (api: DevicesApi) => Promise<Result<null>>): Promise<boolean> {
    setBusy(name);
    setDone(undefined);
    setProblem(undefined);
    const result = await call(door.calls);
    setBusy(undefined);
    if (result.ok) setDone(name);
    else setProblem({ act: name, error: result.error });
    refresh();
    return result.ok;
  }
  return { view, busy, done, problem, act, refresh };
}
