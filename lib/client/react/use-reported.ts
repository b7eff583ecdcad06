"use client";

/**
 * How it stands with people whom reports name (VER-11): most are not in the room with the reporter, and some are made up. Asked when
 * reports come in sight, and again with everything the engine tells.
 */

import { useEffect, useMemo, useState } from "react";

import { reportedPeopleMax } from "../../protocol/limits";
import { reportedKey } from "../../ui/report-row";
import type { Trust } from "../../ui/trust-mark";
import { useEngine, useEngineView } from "./engine-context";
import type { Timeline } from "./timeline";

interface Person {
  readonly username: string;
  readonly accountId: string;
}

const nobody: ReadonlyMap<string, Trust> = new Map();

/** Each once, those of the newest reports first. */
export function reportedPeople(items: Timeline): Person[] {
  const people = new Map<string, Person>();
  for (const item of items.toReversed()) {
    if (item.kind !== "report") continue;
    for (const { author } of item.messages) {
      const { username, accountId } = author;
      people.set(reportedKey(author), people.get(reportedKey(author)) ?? { username, accountId });
    }
  }
  return [...people.values()].slice(0, reportedPeopleMax);
}

/** By `reportedKey`. */
export function useReported(items: Timeline): ReadonlyMap<string, Trust> {
  const view = useEngineView();
  const rooms = useEngine((snapshot) => snapshot.rooms);
  const people = useMemo(() => reportedPeople(items), [items]);
  const [found, setFound] = useState(nobody);
  useEffect(() => {
    if (people.length === 0) return;
    let isWanted = true;
    void view.calls.trusts(people).then((result) => {
      if (!isWanted || !result.ok) return;
      const { value } = result;
      setFound(new Map(people.flatMap((person, at) => (value[at] ? [[reportedKey(person), value[at]]] : []))));
    });
    return () => {
      isWanted = false;
    };
  }, [view, people, rooms]);
  return found;
}
