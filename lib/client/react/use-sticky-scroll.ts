"use client";

/**
 * Keeps a timeline where its reader is: at the end it follows what comes, elsewhere it stands still, also when older
 * lines are put on top.
 */

import { useLayoutEffect, useRef, useState, type RefObject } from "react";

/** Pixels from the end that still count as being there. */
const nearEnd = 80;

export interface StickyScroll {
  /** Something came below while the reader was further up. */
  readonly below: boolean;
  readonly toEnd: () => void;
  readonly onScroll: () => void;
}

export interface StickyLines {
  /** Identify the outer lines; undefined where there are none. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** A new last line is shown wherever the reader is. */
  readonly follow: boolean;
}

export function useStickyScroll(
  box: RefObject<HTMLElement | null>,
  { first, last, follow }: StickyLines,
): StickyScroll {
  const place = useRef({ atEnd: true, height: 0, first, last });
  /** The last line at the moment the reader left the end; `null` while there. */
  const [leftAt, setLeftAt] = useState<string | null>(null);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const before = place.current;
    if (before.atEnd || (follow && before.last !== last)) element.scrollTo(0, element.scrollHeight);
    else if (before.first !== first) element.scrollBy(0, element.scrollHeight - before.height);
    place.current = { atEnd: before.atEnd, height: element.scrollHeight, first, last };
  }, [box, first, last, follow]);

  // The box shrinks when a phone's keyboard comes and when the composer grows.
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (place.current.atEnd) element.scrollTo(0, element.scrollHeight);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [box]);

  function onScroll() {
    const element = box.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd;
    place.current = { ...place.current, atEnd, height: element.scrollHeight };
    setLeftAt((before) => (atEnd ? null : (before ?? last ?? "")));
  }

  function toEnd() {
    const element = box.current;
    if (element === null) return;
    place.current = { ...place.current, atEnd: true };
    element.scrollTo(0, element.scrollHeight);
    setLeftAt(null);
  }

  return { below: leftAt !== null && leftAt !== (last ?? ""), toEnd, onScroll };
}
