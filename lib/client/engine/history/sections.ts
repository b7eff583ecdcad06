/** Sections of one room, written down one after the other, as one. */

import type { ArchiveLine, ArchiveSection } from "../../../protocol/archive";
import { People } from "./lines";

/** `added` behind `sections`; a room that is there already is continued where its order allows. */
export function appendSections(
  sections: readonly ArchiveSection[],
  added: readonly ArchiveSection[],
): readonly ArchiveSection[] {
  const all = [...sections];
  for (const section of added) {
    const index = all.findIndex(({ roomId }) => roomId === section.roomId);
    const joined = index < 0 ? undefined : continued(all[index], section);
    if (joined === undefined) all.push(section);
    else all[index] = joined;
  }
  return all;
}

function continued(before: ArchiveSection | undefined, next: ArchiveSection): ArchiveSection | undefined {
  const last = before?.lines.at(-1);
  const first = next.lines[0];
  if (before === undefined || (last !== undefined && first !== undefined && first.key <= last.key)) return undefined;
  const people = new People();
  for (const person of before.people) people.index(person);
  const indexes = next.people.map((person) => people.index(person));
  const lines = [...before.lines, ...next.lines.map((line) => renamed(line, indexes))];
  // What the room is called now.
  return { ...next, people: people.list, lines };
}

function renamed(line: ArchiveLine, indexes: readonly number[]): ArchiveLine {
  const person = (by: number) => indexes[by] ?? by;
  switch (line.kind) {
    case "message":
      return { ...line, by: person(line.by) };
    case "system":
      return line;
    case "report":
      return {
        ...line,
        by: person(line.by),
        messages: line.messages.map((message) => ({ ...message, by: person(message.by) })),
      };
  }
}
