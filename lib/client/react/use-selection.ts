"use client";

/** Messages that somebody has chosen, by id, up to a number. */

import { useState } from "react";

export interface Selection {
  readonly chosen: ReadonlySet<string>;
  readonly most: number;
  readonly toggle: (messageId: string) => void;
  readonly clear: () => void;
}

export function useSelection(most: number): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  return {
    chosen,
    most,
    toggle(messageId) {
      const next = new Set(chosen);
      if (!next.delete(messageId) && next.size < most) next.add(messageId);
      setChosen(next);
    },
    clear() {
      setChosen(new Set());
    },
  };
}
