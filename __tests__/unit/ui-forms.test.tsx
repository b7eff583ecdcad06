/** Fields, lists and panels: names that readers hear, and forms that leak nothing. */

import { createRef } from "react";
import { renderToStaticMarkup } from "react-dom/server";

import { nextPath, loginPath } from "@/app/login/next-path";
import { ConnectionBar } from "@/lib/ui/connection-bar";
import { Composer } from "@/lib/ui/composer";
import { PasswordField, TextField } from "@/lib/ui/field";
import { JoinPanel } from "@/lib/ui/join-panel";
import { SafetyNumber } from "@/lib/ui/safety-number";
import { StepList } from "@/lib/ui/step-list";

const nothing = () => undefined;
const roomId = "0123456789abcdef0123456789abcdef";

test("UI-20 fields have a label and no name, so a submit without script carries nothing", () => {
  const html = renderToStaticMarkup(
    <form>
      <TextField label="Name" value="" onChange={nothing} waiting />
      <PasswordField label="Password" value="secret" onChange={nothing} waiting />
    </form>,
  );
  expect(html).not.toMatch(/ name=/);
  expect(html).toMatch(/<label for="([^"]+)">Password<\/label>.*<input id="\1" type="password"/);
  expect(html.match(/readOnly=""/gi)).toHaveLength(2);
});

test("UI-21 a field with a problem says so to readers", () => {
  const html = renderToStaticMarkup(
    <TextField label="Name" value="" onChange={nothing} hint="a hint" problem="too short" />,
  );
  expect(html).toContain('aria-invalid="true"');
  const described = /aria-describedby="([^"]+)"/.exec(html)?.[1]?.split(" ") ?? [];
  expect(described).toHaveLength(2);
  for (const id of described) expect(html).toContain(`id="${id}"`);
});

test("UI-23 the composer cannot send nothing, nor more than the limit, and says by how much", () => {
  const composer = (value: string, bytes: number) =>
    renderToStaticMarkup(
      <Composer
        roomName="General"
        value={value}
        bytes={bytes}
        maxBytes={100}
        onChange={nothing}
        onSend={nothing}
        box={createRef()}
      />,
    );
  expect(composer("", 0)).toMatch(/<button[^>]*disabled/);
  expect(composer(" \n ", 3)).toMatch(/<button[^>]*disabled/);
  expect(composer("hello", 5)).not.toMatch(/<button[^>]*disabled/);
  expect(composer("x", 107)).toMatch(/<button[^>]*disabled.*Too long by 7 bytes/);
  expect(composer("x", 95)).toContain("5 bytes left");
  expect(composer("", 0)).toMatch(/<label[^>]*>Message<\/label>/);
});

test("UI-24 joining says honestly who else may join and read", () => {
  const html = renderToStaticMarkup(<JoinPanel kept={false} busy={false} problem={undefined} onJoin={nothing} />);
  expect(html).toMatch(/operator included, may join and read from then on/);
  expect(html).toMatch(/<button[^>]*>Join room<\/button>/);
});

test("UI-26 the connection bar is silent while all is well and counts what waits", () => {
  const bar = (connection: "online" | "connecting" | "offline" | "revoked") =>
    renderToStaticMarkup(<ConnectionBar connection={connection} waiting={2} />);
  expect(bar("online")).not.toContain("<p>");
  expect(bar("connecting")).not.toContain("<p>");
  expect(bar("offline")).toContain("2 messages wait to be sent");
  expect(bar("revoked")).toContain("removed");
});

test("UI-27 progress says in words what is done, under way and to come", () => {
  const html = renderToStaticMarkup(<StepList label="Working" steps={["one", "two", "three"]} current={1} />);
  expect(html).toMatch(/one.*, done.*two.*, under way.*three.*, to come/);
});

test("UI-28 a safety number keeps its groups apart as text, so that it can be copied", () => {
  const groups = Array.from({ length: 12 }, (_, index) => String(10_000 + index));
  const html = renderToStaticMarkup(<SafetyNumber number={groups.join(" ")} />);
  expect(html.replace(/<[^>]+>/g, "").trim()).toBe(groups.join(" "));
});

test.each([
  [`/u/alice/rooms/${roomId}`, `/u/alice/rooms/${roomId}`],
  ["/u/alice/rooms", "/u/alice/rooms"],
  [`/u/alice/rooms/${roomId}/info`, `/u/alice/rooms/${roomId}/info`],
  [`/u/alice/rooms/${roomId}/other`, "/u/alice/rooms"],
  // Opens the link that the tab keeps; the address has nothing of it.
  ["/join", "/join"],
  ["/join#secret", "/u/alice/rooms"],
  ["/join/../u/bob", "/u/alice/rooms"],
  [undefined, "/u/alice/rooms"],
  ["", "/u/alice/rooms"],
  ["https://evil.example/u/alice/rooms", "/u/alice/rooms"],
  ["//evil.example/u/alice/rooms", "/u/alice/rooms"],
  ["/u/bob/rooms", "/u/alice/rooms"],
  ["/u/alice/../bob/rooms", "/u/alice/rooms"],
  ["/u/alice/rooms/..%2f..", "/u/alice/rooms"],
  ["/u/alice/rooms\\@evil.example", "/u/alice/rooms"],
  [`/u/alice/rooms/${roomId}?x=1`, "/u/alice/rooms"],
  [`/u/alice/rooms/${roomId}\n`, "/u/alice/rooms"],
  ["/u/alice.evil/rooms", "/u/alice/rooms"],
])("UI-30 signing in leads only to the account's own pages: %j", (asked, leads) => {
  expect(nextPath("alice", asked)).toBe(leads);
});

test("UI-31 the way back survives the sign-in address", () => {
  const url = new URL(loginPath("alice", `/u/alice/rooms/${roomId}`, "device"), "http://localhost");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    name: "alice",
    next: `/u/alice/rooms/${roomId}`,
    why: "device",
  });
});
