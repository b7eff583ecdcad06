/** The list of rooms: what stands where, what a key leads to, and that a request shows nothing of what was written. */

import { createRef } from "react";
import { renderToStaticMarkup } from "react-dom/server";

import { arrangeRooms, neighbour } from "@/lib/client/react/room-list";
import { text } from "@/lib/text/catalogue";
import { BlockedList } from "@/lib/ui/blocked-list";
import { InviteList, isRequest } from "@/lib/ui/invite-list";
import { InvitePanel } from "@/lib/ui/invite-panel";
import type { Trust } from "@/lib/ui/trust-mark";
import { RoomList, type RoomRow } from "@/lib/ui/room-list";
import { RoomListEmpty } from "@/lib/ui/room-list-empty";
import { RoomSearch } from "@/lib/ui/room-search";

const nothing = () => undefined;
const bob = { username: "bob", accountId: "b".repeat(64) };

function row(name: string, change: Partial<RoomRow> = {}): RoomRow {
  return {
    roomId: name,
    name,
    kind: "open",
    membership: "joined",
    unread: 0,
    mentions: 0,
    lastText: undefined,
    lastAt: undefined,
    muted: false,
    favourite: false,
    closed: false,
    current: false,
    ...change,
  };
}

const invite = row("Book club", { kind: "private", membership: "invited", invitedBy: bob });
const request = row("bob", { kind: "direct", membership: "invited", peer: bob, stranger: true, lastText: "hey you" });
const names = (rows: readonly RoomRow[]) => rows.map(({ name }) => name);
const list = (...rows: RoomRow[]) =>
  renderToStaticMarkup(<RoomList rows={rows} now={0} link={(_, name) => <a href="/x">{name}</a>} />);
const inviteList = (one: RoomRow, busy?: string) =>
  renderToStaticMarkup(
    <InviteList
      title="Invitations"
      rows={[one]}
      busy={busy}
      link={(_, name) => <a href="/x">{name}</a>}
      onAccept={nothing}
      onDecline={nothing}
      onBlock={nothing}
    />,
  );

test("UI-22 a room's link is named like the room and nothing else", () => {
  const general = row("General", { unread: 3, lastText: "good morning", lastAt: 0 });
  const html = list(general);
  expect(html).toContain('<a href="/x"><bdi>General</bdi></a>');
  expect(html).toContain("3 unread");
  expect(html).toContain("good morning");
  // The open room's last message stands in its timeline already.
  expect(list({ ...general, current: true })).not.toContain("good morning");
});

test("UI-29 nothing that is rendered has an inline style, which the content policy would refuse", () => {
  for (const html of [list(row("x", { favourite: true, muted: true, unread: 1 })), inviteList(request)]) {
    expect(html).not.toContain("style=");
  }
});

test("UI-70 favourites stand first, then activity; invitations and requests stand apart", () => {
  const rows = [
    row("old", { lastAt: 1 }),
    row("quiet"),
    row("new", { lastAt: 9 }),
    row("loved", { favourite: true }),
    request,
    invite,
  ];
  const arranged = arrangeRooms(rows, "all", "");
  expect(names(arranged.rooms)).toEqual(["loved", "new", "old", "quiet"]);
  expect(names(arranged.invites)).toEqual(["Book club"]);
  expect(names(arranged.requests)).toEqual(["bob"]);
});

test.each([
  ["all", ["General", "carol", "Book club", "bob"]],
  ["unread", ["carol"]],
  ["people", ["carol", "bob"]],
  ["rooms", ["General", "Book club"]],
  ["invites", ["Book club", "bob"]],
] as const)("UI-71 the filter %s shows what it says", (filter, shown) => {
  const rows = [row("General"), row("carol", { kind: "direct", unread: 2 }), { ...invite, unread: 1 }, request];
  const { rooms, invites, requests } = arrangeRooms(rows, filter, "");
  expect(names([...rooms, ...invites, ...requests]).sort()).toEqual([...shown].sort());
});

test("UI-72 a search looks through all rooms, whoever asks, and people, whatever the filter", () => {
  const rows = [row("General"), invite];
  expect(names(arrangeRooms(rows, "people", " GENER ").rooms)).toEqual(["General"]);
  expect(names(arrangeRooms(rows, "all", "bob").invites)).toEqual(["Book club"]);
});

test("UI-73 the keys go through the list as it is shown, round its ends, and find the unread", () => {
  const rows = [row("a"), row("b", { unread: 1 }), row("c")];
  expect(neighbour(rows, "a", 1, false)?.name).toBe("b");
  expect(neighbour(rows, "a", -1, false)?.name).toBe("c");
  expect(neighbour(rows, "c", 1, true)?.name).toBe("b");
  expect(neighbour(rows, "b", 1, true)).toBeUndefined();
  expect(neighbour(rows, undefined, 1, false)?.name).toBe("a");
  expect(neighbour(rows, undefined, -1, false)?.name).toBe("c");
  expect(neighbour([], undefined, 1, false)).toBeUndefined();
});

test("UI-74 a request shows who asks and nothing of what was written; it can be blocked, and is answered by name", () => {
  const html = inviteList(request);
  expect(html).toContain("bob would like to write to you");
  expect(html).toContain("You share no room with them");
  expect(html).not.toContain("hey you");
  for (const name of ["Accept bob", "Decline bob", "Block bob"]) expect(html).toContain(`aria-label="${name}"`);
  expect(inviteList(invite)).not.toContain("Block");
  expect(inviteList(invite)).toContain("bob invites you");
  expect(inviteList(invite, invite.roomId).match(/disabled/g)).toHaveLength(2);
});

test("UI-75 who is not known to be met is a stranger; who is met is not", () => {
  expect(isRequest({ kind: "direct", membership: "invited" })).toBe(true);
  expect(isRequest({ kind: "direct", membership: "invited", stranger: false })).toBe(false);
  expect(isRequest({ kind: "private", membership: "invited", stranger: true })).toBe(false);
  expect(isRequest({ kind: "direct", membership: "joined", stranger: true })).toBe(false);
});

test("UI-76 muted, favourite and mentions are words too; a muted room's count has no emphasis", () => {
  const html = list(row("a", { muted: true, favourite: true, unread: 4, mentions: 1 }));
  for (const words of ["Muted", "Favourite", "4 unread", "1 message names you"]) expect(html).toContain(words);
  expect(html).toContain('data-unread="false"');
  expect(html).toContain("badge badge-quiet");
  expect(list(row("a", { unread: 4 }))).toContain('data-unread="true"');
});

test.each([
  [{ membership: "none" }, "Not joined"],
  [{ membership: "none", kind: "private" }, "You left"],
  [{ membership: "joining" }, "Joining"],
  [{ membership: "leaving" }, "Leaving"],
  [{ closed: true, lastText: "bye" }, "Closed"],
  [{}, "No messages yet"],
] as const)("UI-77 a row says where the room stands: %j", (change, words) => {
  expect(list(row("a", change))).toContain(words);
});

test.each(["open", "private", "direct"] as const)("UI-78 the kind %s is a word beside its mark", (kind) => {
  expect(list(row("a", { kind }))).toContain(text.rooms.kinds[kind]);
});

test("UI-79 search and filters have names, say what is chosen, and count what waits", () => {
  const html = renderToStaticMarkup(
    <RoomSearch
      query=""
      onQuery={nothing}
      onGo={nothing}
      filter="unread"
      onFilter={nothing}
      invites={2}
      waiting={false}
      box={createRef()}
    />,
  );
  expect(html).toMatch(/<label[^>]*>Search rooms and people<\/label>/);
  expect(html).toContain('aria-keyshortcuts="Control+K Meta+K"');
  expect(html).toMatch(/aria-pressed="true">Unread</);
  expect(html.match(/aria-pressed="true"/g)).toHaveLength(1);
  expect(html).toMatch(/Invites<span[^>]*>2</);
});

test("UI-80 an empty list has one sentence and two ways on", () => {
  const html = renderToStaticMarkup(
    <RoomListEmpty
      sentence="You have read everything."
      first={<button type="button">New room</button>}
      second={<button type="button">New message</button>}
      onShowAll={nothing}
    />,
  );
  expect(html.match(/<button/g)).toHaveLength(2);
  expect(html).toMatch(/role="status">You have read everything\.</);
  expect(html).toContain("Show all");
});

test("UI-81 an invitation in full says what accepting means; only people can be blocked", () => {
  const panel = (kind: "private" | "direct", onBlock: (() => void) | undefined) =>
    renderToStaticMarkup(
      <InvitePanel
        kind={kind}
        name="bob"
        trust="unverified"
        verifyHref={undefined}
        request={kind === "direct"}
        busy={false}
        problem="It failed."
        onAccept={nothing}
        onDecline={nothing}
        onBlock={onBlock}
      />,
    );
  expect(panel("private", undefined)).toMatch(/Declining leaves nothing behind.*nothing from before/);
  expect(panel("private", undefined)).not.toContain("Block");
  expect(panel("direct", nothing)).toMatch(/share no room.*It failed.*Accept.*Decline.*Block/);
});

test("ENG-13 S5 an invitation under a name that was met with another key warns before it is answered", () => {
  const panel = (trust: Trust) =>
    renderToStaticMarkup(
      <InvitePanel
        kind="private"
        name="bob"
        trust={trust}
        verifyHref="/u/alice/verify/bob"
        request={false}
        busy={false}
        problem={undefined}
        onAccept={nothing}
        onDecline={nothing}
        onBlock={undefined}
      />,
    );
  expect(panel("new-key")).toMatch(/New key.*first met with another key.*Accept/);
  expect(panel("replaced")).toMatch(/Key replaced.*is not sent.*Accept.*href="\/u\/alice\/verify\/bob"/);
  expect(panel("verified")).toMatch(/Verified/);
  expect(panel("verified")).not.toContain("another key");
});

test("VER-11 ENG-13 S5 whoever asks stands with their mark beside the answer, and what is wrong is said before it", () => {
  for (const asks of [invite, request]) {
    const html = (trust: Trust) => inviteList({ ...asks, trust });
    // Also where the name has its first key: that numbers differ is not for the pins to say.
    expect(html("mismatch")).toMatch(/bob .*class="tag tag-danger">.*Numbers differ.*do not match.*Accept/);
    expect(html("replaced")).toMatch(/bob .*class="tag tag-danger">.*Key replaced.*has another key.*Accept/);
    expect(html("new-key")).toMatch(/bob .*class="tag tag-warning">.*New key.*first met with another key.*Accept/);
    expect(html("verified")).toMatch(/bob .*class="tag tag-verified">.*Verified.*Accept/);
    expect(html("verified")).not.toContain("another key");
    for (const plain of [html("unverified"), inviteList(asks)]) expect(plain).not.toMatch(/class="tag|another key/);
  }
});

test("VER-11 a direct room in the list has its person's mark, outside the link; who is not verified makes no noise", () => {
  const bobs = row("bob", { kind: "direct", peer: bob });
  for (const [trust, words] of [
    ["verified", "Verified"],
    ["new-key", "New key"],
    ["replaced", "Key replaced"],
    ["mismatch", "Numbers differ"],
  ] as const) {
    expect(list({ ...bobs, trust })).toMatch(new RegExp(`<bdi>bob</bdi></a>.*class="tag .*${words}`));
  }
  for (const trust of ["unverified", undefined] as const) expect(list({ ...bobs, trust })).not.toContain('class="tag');
  // Of a room with many, one person's mark says nothing.
  expect(list(row("Book club", { kind: "private", membership: "leaving", trust: "mismatch" }))).not.toContain("tag");
});

test("UI-82 a blocked account without a known name is told apart by its id, and can be let back", () => {
  const html = renderToStaticMarkup(
    <BlockedList
      accounts={[bob, { accountId: "c0ffee00".repeat(8) }]}
      busy={false}
      problem={undefined}
      onUnblock={nothing}
    />,
  );
  expect(html).toContain("2 blocked accounts");
  expect(html).toContain('aria-label="Unblock bob"');
  expect(html).toContain('aria-label="Unblock Account c0ffee00"');
});
