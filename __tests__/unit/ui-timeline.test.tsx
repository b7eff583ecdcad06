/** How a timeline reads: order of words, grouping, states in words, and that text stays text. */

import { renderToStaticMarkup } from "react-dom/server";

import type { MessageLine } from "@/lib/ui/message-row";
import { Timeline, type TimelineLine } from "@/lib/ui/timeline";
import { timelineRows } from "@/lib/ui/timeline-rows";
import type { Trust } from "@/lib/ui/trust-mark";

const at = new Date(2026, 5, 1, 12, 0).getTime();
const minute = 60_000;
const alice = { username: "alice", accountId: "a".repeat(64), keyChanged: false };
const bob = { username: "bob", accountId: "b".repeat(64), keyChanged: false };
let count = 0;

function message(change: Partial<MessageLine>): MessageLine {
  count += 1;
  const key = String(count).padStart(8, "0");
  return {
    kind: "message",
    key,
    at,
    messageId: key,
    author: bob,
    own: false,
    text: "hello",
    state: "received",
    ...change,
  };
}

function render(lines: readonly TimelineLine[], { now = at, unreadFrom = "" } = {}): string {
  return renderToStaticMarkup(
    <Timeline
      rows={timelineRows(lines, (line) => line.key, unreadFrom)}
      now={now}
      onRetry={() => undefined}
      onDiscard={() => undefined}
    />,
  );
}

const countOf = (html: string, part: string) => html.split(part).length - 1;

test("UI-01 one message is one list item that holds author, time and text", () => {
  const html = render([message({ text: "good morning" })]);
  expect(countOf(html, "<li")).toBe(1);
  const item = html.slice(html.indexOf("<li"), html.indexOf("</li>"));
  expect(item).toContain('<bdi class="author">bob</bdi>');
  expect(item).toContain("good morning");
  expect(item).toContain("<time dateTime=");
});

test("UI-02 markup in a message or a name is shown, never taken", () => {
  const attack = "<img src=x onerror=alert(1)><script>alert(2)</script> https://evil.example/";
  const html = render([message({ text: attack, author: { ...bob, username: "<b>bob" } })]);
  expect(html).not.toMatch(/<img|<script|<b>|<a /);
  expect(html).toContain("&lt;img src=x");
});

test("UI-03 own messages say their state in words; those of others say none", () => {
  const says = (state: MessageLine["state"]) => render([message({ own: true, author: alice, state })]);
  expect(says("queued")).toContain("Sending");
  expect(says("sending")).toContain("Sending");
  expect(says("sent")).toContain("Sent");
  expect(says("received")).toContain("Sent");
  expect(says("failed")).toContain("Not sent");
  expect(says("failed")).toMatch(/<button[^>]*>Retry<\/button>.*<button[^>]*>Delete<\/button>/);
  expect(says("sent")).not.toContain("<button");
  expect(render([message({})])).not.toMatch(/Sending|Sent/);
});

test("UI-04 close messages of one author share a heading, which readers still hear", () => {
  const html = render([
    message({}),
    message({ at: at + minute }),
    message({ at: at + 10 * minute }),
    message({ at: at + 10 * minute, author: alice }),
  ]);
  expect(countOf(html, 'class="message-head visually-hidden"')).toBe(1);
  expect(countOf(html, 'class="author"')).toBe(4);
});

test("UI-05 the same name with another key is another author, and marked", () => {
  const html = render([
    message({}),
    message({ author: { username: "bob", accountId: "c".repeat(64), keyChanged: true } }),
  ]);
  expect(html).not.toContain("message-head visually-hidden");
  expect(countOf(html, "New key")).toBe(1);
});

test("VER-11 a name carries its mark where it appears first, in words; what waits for a decision says so", () => {
  const rows = timelineRows(
    [message({}), message({}), message({ own: true, state: "queued" })],
    (line) => line.key,
    undefined,
  );
  const html = (trust: Trust, held = false) =>
    renderToStaticMarkup(
      <Timeline
        rows={rows}
        now={at}
        trusts={new Map([[bob.accountId, trust]])}
        held={held}
        onRetry={() => undefined}
        onDiscard={() => undefined}
      />,
    );
  expect(html("verified")).toMatch(/bob<.*Verified/);
  expect(html("unverified")).not.toMatch(/erified/);
  expect(html("mismatch")).toMatch(/bob<.*Numbers differ/);
  expect([html("verified"), html("verified", true)].map((one) => one.includes("Waits for your decision"))).toEqual([
    false,
    true,
  ]);
});

test("UI-06 days are separated and named", () => {
  const day = 24 * 60 * minute;
  const html = render([message({ at: at - day }), message({})]);
  expect(html).toMatch(/Yesterday.*Today/);
  expect(countOf(html, "<section")).toBe(2);
});

test("UI-07 senders' clocks that jump back and forth make no two rows with one key", () => {
  const day = 24 * 60 * minute;
  // A repeated React key would be a console error, which fails a test.
  expect(countOf(render([message({}), message({ at: at - day }), message({})]), "<section")).toBe(3);
});

test("UI-08 an unreadable message names its cause; nothing of it is shown", () => {
  const html = render([{ kind: "unreadable", key: "1", at, cause: "tampered" }]);
  expect(html).toContain("could not be read");
  expect(html).toContain("does not come from a member");
});

test("UI-09 a name in a system line cannot turn the sentence around", () => {
  const html = render([{ kind: "system", key: "1", at, event: "joined", who: "\u202Eevil" }]);
  expect(html).toContain("\u2068\u202Eevil\u2069 joined the room");
});

test("UI-10 the line of the unread stands before the first of them, has a name, and ends a group", () => {
  const html = render([message({ key: "a" }), message({ key: "b" }), message({ key: "c" })], { unreadFrom: "b" });
  expect(html).toMatch(/<\/ol><div [^>]*role="separator" aria-label="New messages">.*<\/div><ol/);
  expect(html.slice(0, html.indexOf("separator")).match(/<li/g)).toHaveLength(1);
  expect(countOf(html, 'class="message-head visually-hidden"')).toBe(1);
  expect(countOf(render([message({})]), "separator")).toBe(0);
});
