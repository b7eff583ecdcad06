"use client";

/** The archive of this account's history: asked now, and again while the page is open. */

import { useEffect, useState } from "react";

import type { ArchiveView, Result } from "../worker/api";
import { useEngineView } from "./engine-context";
import { useAction, type Action } from "./use-action";

const lookMs = 1000;

export interface ArchiveControl {
  /** `undefined`: not known yet. */
  readonly archive: Result<ArchiveView> | undefined;
  readonly action: Action;
  readonly turn: (on: boolean) => void;
  readonly beginAnew: () => void;
}

export function useArchive(): ArchiveControl {
  const view = useEngineView();
  const action = useAction();
  const [archive, setArchive] = useState<Result<ArchiveView>>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isWanted = true;
    const look = () => {
      void view.calls.archive().then((result) => {
        if (isWanted) setArchive(result);
      });
    };
    look();
    const timer = setInterval(look, lookMs);
    return () => {
      isWanted = false;
      clearInterval(timer);
    };
  }, [view, round]);
  const lookAgain = () => {
    setRound((before) => before + 1);
  };
  return {
    archive,
    action,
    turn(on) {
      void action.run(() => view.calls.turnArchive(on)).then(lookAgain);
    },
    beginAnew() {
      void action.run(() => view.calls.beginArchiveAnew()).then(lookAgain);
    },
  };
}
