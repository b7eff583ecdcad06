"use client";

/** Questions asked while somebody types: after a pause, and an answer to an older text never shows. */

import { useEffect, useState } from "react";

const pauseMs = 300;

/** The answer for exactly this `input`; `undefined` while there is none. `ask` must be stable. */
export function useSettled<Input, Answer>(
  input: Input | undefined,
  ask: (input: Input) => Promise<Answer>,
): Answer | undefined {
  const [known, setKnown] = useState<{ readonly input: Input; readonly answer: Answer }>();
  useEffect(() => {
    if (input === undefined) return;
    let current = true;
    const timer = setTimeout(() => {
      void ask(input).then((answer) => {
        if (current) setKnown({ input, answer });
      });
    }, pauseMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [input, ask]);
  return known !== undefined && known.input === input ? known.answer : undefined;
}
