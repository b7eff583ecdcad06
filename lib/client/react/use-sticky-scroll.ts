"use client";

/**
 * Keeps a timeline where its reader is: at the end it follows what comes, though never past the first unread line;
 * elsewhere it stands still, also when older lines are put on top.
 */

import { useLayoutEffect, useRef, type RefObject } from "react";

/** Pixels from the end that still count as being there. */
const nearEnd = 80;

export interface StickyLines {
  /** Identify the outer lines; undefined where there are none. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** A new last line is shown wherever the reader is. */
  readonly follow: boolean;
  /** Selects the element that following stops at. */
  readonly stopAt: string | undefined;
  /** Told after every move. */
  readonly onMove: (atEnd: boolean) => void;
}

export interface StickyScroll {
  readonly toEnd: () => void;
  readonly onScroll: () => void;
}

export function useStickyScroll(
  box: RefObject<HTMLElement | null>,
  { first, last, follow, stopAt, onMove }: StickyLines,
): StickyScroll {
  const place = useRef({ atEnd: true, height: 0, first, last });

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const before = place.current;
    if (follow && before.last !== last) element.scrollTo(0, element.scrollHeight);
    else if (before.atEnd) toEndOrStop(element, stopAt);
    else if (before.first !== first) element.scrollBy(0, element.scrollHeight - before.height);
    const atEnd = isAtEnd(element);
    place.current = { atEnd, height: element.scrollHeight, first, last };
    onMove(atEnd);
  }, [box, first, last, follow, stopAt, onMove]);

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
    const atEnd = isAtEnd(element);
    place.current = { ...place.current, atEnd, height: element.scrollHeight };
    onMove(atEnd);
  }

  function toEnd() {
    box.current?.scrollTo(0, box.current.scrollHeight);
    onScroll();
  }

  return { toEnd, onScroll };
}

function toEndOrStop(element: HTMLElement, stopAt: string | undefined): void {
  const stop = stopAt === undefined ? null : element.querySelector(stopAt);
  if (stop === null) element.scrollTo(0, element.scrollHeight);
  else element.scrollBy(0, stop.getBoundingClientRect().top - element.getBoundingClientRect().top);
}

function isAtEnd(element: HTMLElement): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd;
}
