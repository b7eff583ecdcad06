/** What a room's transcript shows to people: a line where it was found, and an alarm that waits for them. */

import { renderToStaticMarkup } from "react-dom/server";

import { HealthTable } from "@/lib/ui/health-table";
import { Timeline, type SystemLine } from "@/lib/ui/timeline";
import { timelineRows } from "@/lib/ui/timeline-rows";
import { TranscriptAlarm } from "@/lib/ui/transcript-alarm";

const at = new Date(2026, 5, 1, 12, 0).getTime();
const nothing = () => undefined;
const deviceId = "0123456789abcdef0123456789abcdef";
const alarm = { cause: "forked", username: "bob", deviceId, epoch: 4, from: 11, to: 15, since: at } as const;

function line(change: Pick<SystemLine, "event"> & Partial<SystemLine>): string {
  const rows = timelineRows([{ kind: "system", key: "1", at, who: "bob", ...change }], ({ key }) => key, undefined);
  return renderToStaticMarkup(<Timeline rows={rows} now={at} onRetry={nothing} onDiscard={nothing} />);
}

test("TRN-04 UI-70 a gap says how many, who saw them, and that it is the server that did not give them", () => {
  const one = line({ event: "withheld", missed: 1 });
  expect(one).toContain("1 message missing before this one: \u2068bob\u2069’s device saw it");
  expect(one).toContain('data-kind="alarm"');
  expect(line({ event: "withheld", missed: 3 })).toContain("3 messages missing before this one");
  const late = line({ event: "came-late", missed: 1 });
  expect(late).toContain("came late: it stands further down");
  expect(late).not.toContain('data-kind="alarm"');
});

test("TRN-02 UI-71 another history names the member and the time since when", () => {
  const html = line({ event: "forked", since: at });
  expect(html).toMatch(/The server shows \u2068bob\u2069’s device another history than yours since 0?1 Jun,? 12:00/);
  expect(html).toContain('data-kind="alarm"');
});

test("TRN-04 UI-72 the alarm stands until somebody says that they have understood it; room info says where it is", () => {
  const settling = { busy: false, problem: undefined, onSettle: nothing };
  const inRoom = renderToStaticMarkup(<TranscriptAlarm alarm={alarm} live settling={settling} />);
  expect(inRoom).toContain('role="alert"');
  expect(inRoom).toMatch(/<button[^>]*>I have understood<\/button>/);
  expect(inRoom).not.toContain("epoch 4");
  const inInfo = renderToStaticMarkup(<TranscriptAlarm alarm={alarm} detailed />);
  expect(inInfo).toContain("Device 01234567, events 12 to 15 of epoch 4");
  expect(inInfo).not.toContain("<button");
  for (const cause of ["missing", "late"] as const)
    expect(renderToStaticMarkup(<TranscriptAlarm alarm={{ ...alarm, cause }} />)).toContain("4 messages");
});

test("TRN-04 UI-73 a name in an alarm cannot turn the sentence around", () => {
  const html = renderToStaticMarkup(<TranscriptAlarm alarm={{ ...alarm, username: "\u202Eevil" }} />);
  expect(html).toContain("\u2068\u202Eevil\u2069");
});

test("TRN-04 UI-74 the storage page counts every cause", () => {
  const none = { "before-you-joined": 0, "device-removed": 0, "keys-deleted": 0, tampered: 0, replayed: 0 };
  const unreadable = { ...none, "revoked-device": 0, "not-a-member": 0, "unknown-content": 0 };
  const repairs = { "lost-branch": 0, "store-damaged": 0, "server-rolled-back": 0, "epoch-unreachable": 0 };
  const transcript = { missing: 2, late: 1, forked: 3 };
  const props = { received: 5, unreadable, repairs, transcript, waiting: 0, rate: 0 };
  const html = renderToStaticMarkup(<HealthTable {...props} />);
  expect(html).toContain("2 times: messages held back");
  expect(html).toContain("1 time: held back and given later");
  expect(html).toContain("3 times: another history");
});
