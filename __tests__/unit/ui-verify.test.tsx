/** The Verify page's words: what it proves, where both stand, and what to do when numbers differ. */

import { renderToStaticMarkup } from "react-dom/server";

import { nextPath, verifyPath } from "@/app/login/next-path";
import { HoldNotice, type HoldNoticeProps } from "@/lib/ui/hold-notice";
import { ProofWait } from "@/lib/ui/proof-wait";
import { VerifyPanel, type VerifyFacts } from "@/lib/ui/verify-panel";

const nothing = () => undefined;
const facts: VerifyFacts = {
  username: "bob",
  number: Array.from({ length: 12 }, (_, group) => String(10_000 + group)).join(" "),
  code: "sealroom-verify:AaGh",
  trust: "unverified",
  markedAt: undefined,
  lapsed: false,
  peer: "silent",
};

function hold(why: HoldNoticeProps["why"], onAccept?: () => void): string {
  return renderToStaticMarkup(
    <HoldNotice
      username="bob"
      why={why}
      verifyHref="/u/alice/verify/bob"
      keysHref="/keys/bob"
      keyLogHref="/u/alice/settings/key-log"
      onAccept={onAccept}
    />,
  );
}

function panel(change: Partial<VerifyFacts> = {}, scanned?: "match" | "mismatch"): string {
  return renderToStaticMarkup(
    <VerifyPanel
      facts={{ ...facts, ...change }}
      scanned={scanned}
      busy={false}
      problem={undefined}
      onMatch={nothing}
      onMismatch={nothing}
      onAccept={nothing}
      camera={null}
    />,
  );
}

test("LOG-11 the room names whose key has no proof yet, while something waits for it", () => {
  const html = (names: string[]) => renderToStaticMarkup(<ProofWait names={names} username="alice" />);
  expect(html([])).toBe("");
  expect(html(["bob"])).toMatch(/Waiting for the proof of bob&#x27;s key\. The server/);
  expect(html(["bob", "carol"])).toMatch(/bob&#x27;s key\. The same for 1 other person\. The server/);
  expect(html(["alice"])).toMatch(/another device of yours\. The server/);
});

test("VER-02 the code comes first, then sixty digits in groups of five, then the two answers", () => {
  const html = panel();
  expect(html).toMatch(
    /role="img" aria-label="Your code, for bob to scan".*10000.*10011.*They match.*They don&#x27;t match/,
  );
  expect(html).not.toMatch(/fingerprint/i);
});

test("VER-10 where each of the two stands is said in words, and what the other says proves nothing here", () => {
  expect(panel()).toMatch(/Not verified.*have not compared.*bob has not said yet/);
  const heard = panel({ peer: "match" });
  expect(heard).toMatch(/Not verified.*bob found that the numbers match.*Only your own comparison/);
  expect(panel({ trust: "verified", markedAt: 1_700_000_000_000 })).toMatch(/Verified.*numbers match.*<time/);
  expect(panel({ peer: "no-room" })).toContain("no direct conversation");
  expect(panel({ lapsed: true })).toContain("a device that you have removed");
});

test("VER-09 numbers that differ say what to do, and a replaced key offers the decision", () => {
  const wrong = /role="alert".*do not write to this person.*in person or by phone/;
  expect(panel({ trust: "mismatch" })).toMatch(wrong);
  expect(panel({}, "mismatch")).toMatch(wrong);
  expect(panel({ trust: "replaced" })).toMatch(/bob has another key.*Accept the new key without comparing/);
  expect(panel({ trust: "mismatch" })).not.toContain("Accept the new key");
  expect(hold("replaced", nothing)).toMatch(/is not sent.*href="\/u\/alice\/verify\/bob".*Verify bob again.*Accept/);
  expect(hold("mismatch")).not.toContain("Accept");
  for (const why of ["replaced", "mismatch"] as const) expect(hold(why)).not.toMatch(/\/keys\/bob|key-log/);
});

test("LOG-11 a key that is not in the log leads to the log and not to comparing numbers, which would not help", () => {
  const html = hold("unlogged", nothing);
  expect(html).toMatch(
    /is not sent.*button-primary" href="\/keys\/bob">See bob&#x27;s keys.*href="\/u\/alice\/settings\/key-log".*Send anyway/,
  );
  expect(html).not.toMatch(/\/verify\/|Verify| again/);
});

test("VER-02 signing in leads back to the very page, and to no other address that looks like it", () => {
  const key = "a1".repeat(32);
  for (const path of [verifyPath("alice", "bob"), verifyPath("alice", "bob", key)]) {
    expect(nextPath("alice", path)).toBe(path);
  }
  for (const path of [
    "/u/alice/verify/",
    "/u/alice/verify/bob/x",
    "/u/alice/verify/bob?key=x",
    "/u/alice/verify//evil",
  ]) {
    expect(nextPath("alice", path)).toBe("/u/alice/rooms");
  }
});
