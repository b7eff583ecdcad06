/** Where "New messages" stands: before the first message of others that nobody saw, and for how long. */

import {
  firstUnreadKey,
  openReading,
  readElsewhere,
  readOn,
  unseenCount,
  type Reading,
} from "@/lib/client/react/reading";
import type { TimelineItem } from "@/lib/client/worker/api";

type MessageItem = Extract<TimelineItem, { kind: "message" }>;

const author = { username: "bob", accountId: "b".repeat(64), keyChanged: false };
const looking = { visible: true, atEnd: true, lateBefore: undefined };
const elsewhere = { ...looking, visible: false };
const further = { ...looking, atEnd: false };

function line(key: string, change: Partial<MessageItem> = {}): MessageItem {
  return {
    kind: "message",
    key,
    at: 1000,
    messageId: `m${key}`,
    author,
    own: false,
    text: key,
    state: "received",
    ...change,
  };
}
const own = (key: string) => line(key, { own: true, state: "sent" });
const joined = (key: string): TimelineItem => ({ kind: "system", key, at: 1000, event: "joined", who: "carol" });

function open(items: readonly TimelineItem[], unread = 0): Reading {
  const reading = openReading(items, unread, false);
  if (reading === undefined) throw new Error("not enough lines");
  return reading;
}

test("UI-60 what was unread at open has its line before the first of it; own and system lines do not count", () => {
  const items = [line("1"), line("2"), own("3"), line("4"), joined("5"), line("6")];
  expect(firstUnreadKey(items, open(items, 2))).toBe("4");
  expect(unseenCount(items, open(items, 2))).toBe(2);
  expect(firstUnreadKey(items, open(items, 3))).toBe("2");
  expect(firstUnreadKey(items, open(items))).toBeUndefined();
});

test("UI-61 older lines are needed where fewer are held than unread; where there are none, the first one it is", () => {
  const items = [own("1"), line("2"), line("3")];
  expect(openReading(items, 3, true)).toBeUndefined();
  expect(firstUnreadKey(items, open(items, 3))).toBe("2");
  expect(firstUnreadKey([own("1")], open([own("1")], 3))).toBeUndefined();
});

test("UI-62 what comes while the reader sees the end makes no line", () => {
  const reading = readOn(open([line("1")]), [line("1"), line("2")], looking);
  expect(reading).toMatchObject({ readTo: "2", unreadAfter: undefined });
});

test.each([
  ["in another tab", elsewhere],
  ["further up", further],
  ["back from offline", { ...looking, lateBefore: 2000 }],
])("UI-63 what comes while the reader is %s has its line, and it stays where it is", (_, eyes) => {
  const held = [line("1"), line("2")];
  const first = readOn(open([line("1")]), held, eyes);
  expect(firstUnreadKey(held, first)).toBe("2");
  const more = [...held, line("3")];
  const second = readOn(first, more, eyes);
  expect(firstUnreadKey(more, second)).toBe("2");
  expect(firstUnreadKey(more, readOn(second, more, looking))).toBe("2");
});

test("UI-64 what is written after the connection is back is live", () => {
  const reading = readOn(open([]), [line("1", { at: 3000 })], { ...looking, lateBefore: 2000 });
  expect(reading.unreadAfter).toBeUndefined();
});

test("UI-65 the line goes when the reader has read all and sends", () => {
  const items = [line("1"), line("2")];
  const opened = open(items, 1);
  const unseen = readOn(opened, [...items, own("3")], further);
  expect(unseen.unreadAfter).toBe("1");
  const read = readOn(opened, items, looking);
  expect(read.unreadAfter).toBe("1");
  expect(readOn(read, [...items, line("~1", { own: true, state: "queued" })], looking).unreadAfter).toBeUndefined();
});

test("UI-65 so it does while what was missed may still come in", () => {
  const items = [line("1"), line("2")];
  const late = { ...looking, lateBefore: 2000 };
  const opened = readOn(open(items, 1), items, late);
  expect(opened.unreadAfter).toBe("1");
  expect(readOn(opened, [...items, own("3")], late).unreadAfter).toBeUndefined();
  expect(readOn(opened, [...items, own("3")], { ...late, atEnd: false }).unreadAfter).toBe("1");
});

test("UI-66 once all is read, the line moves to what comes unseen next", () => {
  const items = [line("1"), line("2")];
  const read = readOn(open(items, 1), items, looking);
  const later = [...items, line("3"), line("4")];
  expect(firstUnreadKey(later, readOn(read, later, elsewhere))).toBe("3");
});

test("UI-67 what another tab of the account has read is read, and nothing new is the same object", () => {
  const items = [line("1"), line("2")];
  const reading = open(items, 1);
  expect(readElsewhere(reading)).toMatchObject({ readTo: "2", unreadAfter: undefined });
  expect(readOn(reading, items, further)).toBe(reading);
});
