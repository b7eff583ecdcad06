/** Room info, system lines and reports: who may do what is what is offered, and every choice says what follows. */

import { renderToStaticMarkup } from "react-dom/server";

import { isLinkShape } from "@/lib/client/react/kept-link";
import { reportedPeople } from "@/lib/client/react/use-reported";
import { disappearingTimersMs } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { duration } from "@/lib/text/en/duration";
import { BanList } from "@/lib/ui/ban-list";
import { ChoiceField } from "@/lib/ui/choice-field";
import { LinkFacts } from "@/lib/ui/link-facts";
import { LinkList, type InviteLink } from "@/lib/ui/link-list";
import { MemberList, type MemberAct, type RoomMember } from "@/lib/ui/member-list";
import { OutsidePanel } from "@/lib/ui/outside-panel";
import { ReportBar } from "@/lib/ui/report-bar";
import { reportedKey, type ReportLine } from "@/lib/ui/report-row";
import { RoomHeader } from "@/lib/ui/room-header";
import { RoomRules } from "@/lib/ui/room-rules";
import { Timeline, type SystemLine, type TimelineLine } from "@/lib/ui/timeline";
import { timelineRows } from "@/lib/ui/timeline-rows";
import { Toggle } from "@/lib/ui/toggle";
import type { Trust } from "@/lib/ui/trust-mark";

const nothing = () => undefined;
const hour = 60 * 60 * 1000;
const alice = { username: "alice", accountId: "a".repeat(64) };
const bob: RoomMember = {
  username: "bob",
  accountId: "b".repeat(64),
  role: "member",
  deviceCount: 2,
  devices: [
    { deviceId: "0123456789abcdef0123456789abcdef", own: true },
    { deviceId: "f".repeat(32), own: false },
  ],
  trust: "unverified",
  accepted: true,
};

const verifyHref = (member: RoomMember) => `/u/alice/verify/${member.username}?key=${member.accountId}`;

function members(member: RoomMember, acts: readonly MemberAct[] = []): string {
  return renderToStaticMarkup(
    <MemberList members={[member]} ownUsername="alice" verifyHref={verifyHref} acts={() => acts} onAct={nothing} />,
  );
}

test("UI-25 a changed key is explained in the list of members", () => {
  expect(members({ ...bob, trust: "new-key" })).toMatch(/New key.*met this name with another key/);
  expect(members(bob)).not.toContain("with another key");
  expect(members(bob)).toContain('href="/keys/bob"');
});

test("VER-11 each member but oneself has a mark in words, and a way to compare the very key that is in the room", () => {
  expect(members(bob)).toContain("Not verified");
  expect(members(bob)).toContain(`href="/u/alice/verify/bob?key=${bob.accountId}"`);
  expect(members({ ...bob, trust: "verified" })).toContain("Verified");
  expect(members({ ...bob, trust: "replaced" })).toMatch(/Key replaced.*is not sent/);
  expect(members({ ...bob, trust: "mismatch" })).toMatch(/Numbers differ.*do not match/);
  const self = members({ ...bob, username: "alice" });
  expect(self).not.toMatch(/erified|\/verify\//);
});

test("UI-90 role, devices and an unanswered invitation are words", () => {
  expect(members({ ...bob, role: "admin" })).toContain("Admin");
  expect(members(bob)).not.toContain("Admin");
  expect(members({ ...bob, accepted: false })).toContain("Invited, has not answered");
  expect(members(bob)).toMatch(/2 devices.*Device 01234567.*This device.*Device ffffffff/);
});

test("UI-91 only what can be done is offered, by the member's name", () => {
  expect(members(bob)).not.toContain("<button");
  const html = members(bob, ["promote", "remove", "ban"]);
  expect(html).toContain('aria-label="Manage bob"');
  expect(html).toMatch(/Make admin.*Remove<.*Remove and ban/);
  expect(members({ ...bob, accepted: false }, ["remove"])).toContain("Withdraw invitation");
});

test("UI-92 each decision about a member says its consequence", () => {
  const { confirm } = text.roomInfo;
  expect(confirm.remove.body).toMatch(/get nothing more/);
  expect(confirm.ban.body).toMatch(/No invitation and no link/);
  expect(confirm.close.body).toMatch(/cannot be undone/);
  expect(confirm.leave.body.private).toMatch(/only by a new invitation or link/);
  expect(confirm.promote.body).toMatch(/you included/);
});

test("UI-93 rules are fields for who may change them, and facts for others; a foreign timer is kept", () => {
  const rules = (editable: boolean, timerMs: number | null) =>
    renderToStaticMarkup(
      <RoomRules
        invite="admins"
        timerMs={timerMs}
        timers={disappearingTimersMs}
        editable={editable}
        busy={false}
        onInvite={nothing}
        onTimer={nothing}
      />,
    );
  expect(rules(false, null)).toMatch(/Admins only.*Never.*Only admins can change/);
  expect(rules(false, null)).not.toContain("<select");
  const html = rules(true, 7 * 24 * hour);
  for (const words of ["Never", "After 1 hour", "After 1 day", "After 1 week", "After 4 weeks"]) {
    expect(html).toContain(words);
  }
  expect(html).toMatch(/<option value="604800000" selected="">After 1 week/);
  expect(rules(true, 2 * hour)).toMatch(/selected="">After 2 hours/);
});

const link: InviteLink = { id: "1", by: alice, expiresAt: null, uses: 5, used: 2, address: "https://x/join#abc" };
function links(one: InviteLink, copied?: { id: string; ok: boolean }, mayRevoke = true): string {
  return renderToStaticMarkup(
    <LinkList links={[one]} copied={copied} onCopy={nothing} mayRevoke={() => mayRevoke} onRevoke={nothing} />,
  );
}

test("UI-94 a link says who made it, how far it is used up, and until when", () => {
  expect(links(link)).toMatch(/Made by alice.*Used 2 of 5 times.*until it is revoked/);
  expect(links({ ...link, uses: null, expiresAt: 0 })).toMatch(/Used 2 times.*Valid until.*<time/);
  expect(links(link, { id: "1", ok: true })).toMatch(/role="status"[^>]*>Copied</);
  expect(links(link, { id: "1", ok: false })).toContain("copy it yourself");
});

test("UI-95 a link's address is only where it was made, and only who may can revoke it", () => {
  expect(links(link)).toMatch(/value="https:\/\/x\/join#abc"/);
  const elsewhere = links({ ...link, address: undefined });
  expect(elsewhere).toContain("only on the device that made it");
  expect(elsewhere).not.toContain("Copy link");
  expect(links(link, undefined, false)).not.toContain("Revoke");
});

test("UI-96 bans are listed for all and lifted by who may", () => {
  const bans = [{ accountId: bob.accountId, username: "bob" }];
  expect(renderToStaticMarkup(<BanList bans={bans} onUnban={nothing} />)).toContain('aria-label="Lift ban on bob"');
  expect(renderToStaticMarkup(<BanList bans={bans} onUnban={undefined} />)).not.toContain("<button");
});

function lines(...all: TimelineLine[]): string {
  return renderToStaticMarkup(
    <Timeline rows={timelineRows(all, ({ key }) => key, undefined)} now={0} onRetry={nothing} onDiscard={nothing} />,
  );
}
const system = (event: SystemLine["event"], more: Partial<SystemLine> = {}) =>
  lines({ kind: "system", key: "1", at: 0, event, who: "bob", ...more }).replace(/[\u2068\u2069]/g, "");

test.each([
  ["renamed", { detail: "Trip" }, "bob named the room “Trip”"],
  ["topic", { detail: "" }, "bob removed the topic"],
  ["topic", { detail: "Boats" }, "bob set the topic to “Boats”"],
  ["promoted", {}, "bob is now an admin"],
  ["promoted", { by: "alice" }, "alice made bob an admin"],
  ["demoted", {}, "bob is no longer an admin"],
  ["removed", { by: "alice" }, "alice removed bob from the room"],
  ["banned", { by: "alice" }, "alice banned bob from the room"],
  ["timer", { timerMs: hour }, "bob lets messages disappear after 1 hour"],
  ["timer", { timerMs: null }, "bob lets messages stay"],
  ["closed", {}, "bob closed the room"],
  ["invited", { by: "alice" }, "alice invited bob"],
  ["declined", {}, "bob declined the invitation"],
  ["device-revoked", {}, "A device of bob was removed"],
] as const)("UI-97 the line %s %j reads well", (event, more, sentence) => {
  expect(system(event, more)).toContain(sentence);
});

test("UI-98 a refused attempt names who tried, and what", () => {
  for (const [cause, sentence] of Object.entries(text.timeline.refusals)) {
    const html = system("refused", { cause: cause as keyof typeof text.timeline.refusals });
    expect(html).toContain("bob tried something that this room does not allow");
    expect(html).toContain(sentence.replaceAll("'", "&#x27;"));
  }
});

test("UI-99 texts of others in a system line cannot turn the sentence around", () => {
  const html = lines({ kind: "system", key: "1", at: 0, event: "renamed", who: "bob", detail: "\u202Eevil" });
  expect(html).toContain("“\u2068\u202Eevil\u2069”");
});

const author = { ...alice, keyChanged: false };
const message = {
  kind: "message",
  key: "1",
  at: 0,
  messageId: "m1",
  author: { username: "bob", accountId: bob.accountId, keyChanged: false },
  own: false,
  text: "hello",
  state: "received",
} as const;

test("UI-100 messages of others can be chosen for a report, own ones cannot, and not more than the limit", () => {
  const choose = (most: number, chosen: string[]) =>
    renderToStaticMarkup(
      <Timeline
        rows={timelineRows(
          [message, { ...message, key: "2", messageId: "m2" }, { ...message, key: "3", own: true, author }],
          ({ key }) => key,
          undefined,
        )}
        now={0}
        onRetry={nothing}
        onDiscard={nothing}
        selection={{ chosen: new Set(chosen), most, toggle: nothing }}
      />,
    );
  expect(choose(10, []).match(/type="checkbox"/g)).toHaveLength(2);
  expect(choose(10, [])).toContain('aria-label="Choose this message of bob"');
  expect(choose(1, ["m1"]).match(/disabled=""/g)).toHaveLength(1);
  expect(lines(message)).not.toContain("checkbox");
});

test("UI-101 a report cannot go on without messages", () => {
  const bar = (chosen: number) =>
    renderToStaticMarkup(<ReportBar chosen={chosen} most={10} onNext={nothing} onCancel={nothing} />);
  expect(bar(0)).toMatch(/<button[^>]*disabled=""[^>]*>Report them/);
  expect(bar(2)).toMatch(/role="status">2 messages of at most 10 chosen/);
  expect(bar(2)).not.toContain("disabled");
});

test("UI-102 a report shows its messages as text, and which of them this device has read itself", () => {
  const reported = { messageId: "m1", author: message.author, at: 0, text: "<b>buy</b>", proven: true };
  const html = lines({
    kind: "report",
    key: "1",
    at: 0,
    by: author,
    own: false,
    reason: "spam",
    messages: [reported, { ...reported, messageId: "m2", proven: false }],
  });
  expect(html).toMatch(/alice<\/bdi> reports 2 messages to the admins/);
  expect(html).toContain("&lt;b&gt;buy");
  expect(html).toMatch(/has read it from its author.*may be made up/);
});

test("VER-11 S5 M12 people in a report have their marks, of name and key together; who is not verified makes no noise", () => {
  const other = { ...author, accountId: "e".repeat(64) };
  const html = (
    by: Trust | undefined,
    named: [typeof author, Trust][],
    shown: ReportLine["messages"][number]["author"],
  ) =>
    renderToStaticMarkup(
      <Timeline
        rows={timelineRows([report(shown)], ({ key }) => key, undefined)}
        now={0}
        trusts={by && new Map([[bob.accountId, by]])}
        reported={new Map(named.map(([person, trust]) => [reportedKey(person), trust]))}
        onRetry={nothing}
        onDiscard={nothing}
      />,
    );
  const report = (shown: ReportLine["by"]): ReportLine => ({
    kind: "report",
    key: "1",
    at: 0,
    by: message.author,
    own: false,
    reason: "spam",
    messages: [{ messageId: "m1", author: shown, at: 0, text: "buy", proven: false }],
  });
  expect(html("mismatch", [], author)).toMatch(/bob<.*Numbers differ.*reports/);
  expect(html("verified", [[author, "mismatch"]], author)).toMatch(/bob<.*Verified.*alice<.*Numbers differ/);
  expect(html("unverified", [[author, "verified"]], author)).toMatch(/bob<\/bdi> reports.*alice<.*Verified/);
  expect(html("unverified", [[author, "unverified"]], author)).not.toContain('class="tag');
  // The verified account under another name, and the verified name with another account, are not who was verified.
  for (const lie of [{ ...author, username: "carol" }, other]) {
    expect(html(undefined, [[author, "verified"]], lie)).not.toContain("Verified");
  }
  expect(html(undefined, [], { ...other, keyChanged: true })).toMatch(/alice<.*New key/);
  expect(reportedPeople([report(author), report(other), report(author)]).map(({ accountId }) => accountId)).toEqual([
    author.accountId,
    other.accountId,
  ]);
});

test("UI-103 the header says the topic and how long messages stay", () => {
  const header = (topic: string, timerMs: number | null) =>
    renderToStaticMarkup(
      <RoomHeader name="Trip" topic={topic} memberCount={2} timerMs={timerMs} connection="online" back={null} />,
    );
  expect(header("Boats", hour)).toMatch(/Boats.*Disappear after 1 hour/);
  expect(header("", null)).not.toMatch(/room-topic|Disappear/);
});

test("UI-104 who is outside a private room learns how people come in, not whether there is a room", () => {
  const panel = (kept: boolean) =>
    renderToStaticMarkup(<OutsidePanel kept={kept} busy={false} problem={undefined} onWrite={undefined} />);
  expect(panel(false)).toContain("There is no room here by this address, or it is a private room");
  expect(panel(true)).toMatch(/what this device kept.*new invitation or a link/);
  expect(panel(false)).not.toContain("<button");
});

test("UI-105 choices are labelled, grouped, and described", () => {
  const html = renderToStaticMarkup(
    <ChoiceField
      label="Who"
      value="a"
      options={[
        { value: "a", label: "A", body: "about a" },
        { value: "b", label: "B" },
      ]}
      onChange={nothing}
    />,
  );
  expect(html).toMatch(/<fieldset[^>]*><legend>Who<\/legend>/);
  const described = /aria-describedby="([^"]+)"/.exec(html)?.[1] ?? "missing";
  expect(html).toContain(`id="${described}"`);
  const toggle = renderToStaticMarkup(<Toggle label="Mute" hint="quietly" on disabled={false} onChange={nothing} />);
  expect(toggle).toMatch(/type="checkbox"[^>]*checked=""/);
});

test("UI-106 the page of a link says where it leads, and that its secret was not sent", () => {
  const html = renderToStaticMarkup(<LinkFacts host="chat.example" />);
  expect(html).toContain("chat.example");
  expect(html).toContain("was not sent to the server");
});

test.each([
  ["A".repeat(16), true],
  ["aZ09-_.~".repeat(16), true],
  ["short", false],
  ["A".repeat(1025), false],
  ["<script>alert(1)</script>", false],
  ["%2e%2e%2f%2e%2e%2f%2e%2e%2f", false],
  [`${"A".repeat(20)}\n`, false],
])("UI-107 a fragment that no link of ours can have is refused before anybody is asked: %j", (fragment, isLink) => {
  expect(isLinkShape(fragment)).toBe(isLink);
});

test.each([
  [hour, "1 hour"],
  [24 * hour, "1 day"],
  [7 * 24 * hour, "1 week"],
  [28 * 24 * hour, "4 weeks"],
  [36 * hour, "36 hours"],
  [90_000, "2 minutes"],
])("UI-108 a length of time in its largest whole unit: %d", (ms, words) => {
  expect(duration(ms)).toBe(words);
});
