"use client";

/** One call at a time: whether it is under way, and why the last one failed. */

import { useState } from "react";

import { problemSentence } from "../../text/errors";
import type { Result } from "../worker/api";

export interface Action {
  readonly busy: boolean;
  /** A sentence. */
  readonly problem: string | undefined;
  /** `undefined` when it failed or another is under way. */
  readonly run: <Value>(call: () => Promise<Result<Value>>) => Promise<{ readonly value: Value } | undefined>;
  readonly reset: () => void;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  return {
    busy,
    problem,
    async run(call) {
      if (busy) return undefined;
      setBusy(true);
      setProblem(undefined);
      const result = await call();
      setBusy(false);
      if (result.ok) return { value: result.value };
      setProblem(problemSentence(result.error));
      return undefined;
    },
    reset() {
      setProblem(undefined);
    },
  };
}
