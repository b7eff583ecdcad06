/** Lines of a timeline as the archive holds them, and back. What only this device can say of a line stays here. */

import {
  archiveLineSchema,
  archivePersonSchema,
  type ArchiveLine,
  type ArchivePerson,
} from "../../../protocol/archive";
import { timelineItemSchema, type StoredItem } from "../records";
import { refusalCauses, repairCauses, systemEvents, type Author } from "../views";

/** The people of one section, each once. */
export class People {
  readonly list: ArchivePerson[] = [];
  readonly #indexes = new Map<string, number>();

  index({
    username,
    accountId,
    keyChanged,
  }: Pick<ArchivePerson, "username" | "accountId"> & { keyChanged?: boolean }): number {
    const person: ArchivePerson = { username, accountId, ...(keyChanged === true ? { keyChanged } : {}) };
    const key = JSON.stringify(person);
    const held = this.#indexes.get(key);
    if (held !== undefined) return held;
    this.#indexes.set(key, this.list.length);
    return this.list.push(person) - 1;
  }
}

/** `undefined`: a line that is not archived, because it tells of this device alone or would not fit. */
export function toArchive(item: StoredItem, people: People): ArchiveLine | undefined {
  const authors = item.kind === "report" ? [item.by, ...item.messages.map(({ author }) => author)] : [];
  if (item.kind === "message") authors.push(item.author);
  if (!authors.every(({ username, accountId }) => archivePersonSchema.safeParse({ username, accountId }).success))
    return undefined;
  // One line that does not fit must not keep all others out.
  return archiveLineSchema.safeParse(written(item, people)).data;
}

function written(item: StoredItem, people: People): ArchiveLine | undefined {
  const { key, at } = item;
  switch (item.kind) {
    case "message":
      return { kind: "message", key, at, id: item.messageId, by: people.index(item.author), text: item.text };
    case "system": {
      if (isOfThisDevice(item.event)) return undefined;
      const { event, who, by, detail, timerMs, cause, missed } = item;
      const told = { who, by, detail, timerMs, cause, missed };
      const present = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
      return { kind: "system", key, at, event, ...present };
    }
    case "report": {
      const messages = item.messages.map(({ messageId, author, at, text, proven }) => ({
        id: messageId,
        by: people.index(author),
        at,
        text,
        proven,
      }));
      return { kind: "report", key, at, by: people.index(item.by), reason: item.reason, messages };
    }
    case "unreadable":
      return undefined;
  }
}

/** How people are shown here: whom a line names as its author, and whom only its words name. */
export interface Faces {
  author(person: ArchivePerson): Author;
  named(person: ArchivePerson): Author;
}

/** `undefined`: a line of a newer version. */
export function fromArchive(
  line: ArchiveLine,
  people: readonly ArchivePerson[],
  ownAccountId: string,
  faces: Faces,
): StoredItem | undefined {
  const { key, at } = line;
  const personAt = (index: number) => {
    const person = people[index];
    if (person === undefined) throw new RangeError("a section names who is not in it");
    return person;
  };
  const isOwn = (index: number) => personAt(index).accountId === ownAccountId;
  switch (line.kind) {
    case "message": {
      const own = isOwn(line.by);
      const state = own ? "sent" : "received";
      return {
        kind: "message",
        key,
        at,
        messageId: line.id,
        author: faces.author(personAt(line.by)),
        own,
        text: line.text,
        state,
      };
    }
    case "system": {
      const isKnown =
        systemEvents.some((event) => event === line.event) &&
        (line.cause === undefined || [...repairCauses, ...refusalCauses].some((cause) => cause === line.cause));
      return isKnown ? timelineItemSchema.parse(line) : undefined;
    }
    case "report": {
      const messages = line.messages.map(({ id, by, at, text, proven }) => ({
        messageId: id,
        author: faces.named(personAt(by)),
        at,
        text,
        proven,
      }));
      const { reason } = line;
      return { kind: "report", key, at, by: faces.author(personAt(line.by)), own: isOwn(line.by), reason, messages };
    }
  }
}

/** What happened to one device of the account is not what happened to another. */
function isOfThisDevice(event: (typeof systemEvents)[number]): boolean {
  const own = ["you-joined", "repaired", "withheld", "came-late", "forked"];
  return own.includes(event);
}
