"use client";

/** For what can wait until the page has shown what it was opened for: true `ms` after it came up. */

import { useEffect, useState } from "react";

export function useLater(ms: number): boolean {
  const [isLater, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setLater(true);
    }, ms);
    return () => {
      clearTimeout(timer);
    };
  }, [ms]);
  return isLater;
}
