/** What the key log page says of alarms, and where it offers evidence. */

import { renderToStaticMarkup } from "react-dom/server";

import { proofFailures } from "@/lib/protocol/log/merkle";
import { KeyLogPanel, type KeyLogFacts } from "@/lib/ui/key-log-panel";

type Alarm = KeyLogFacts["alarms"][number];
const nothing = () => undefined;

function panel(alarm: Partial<Alarm> & Pick<Alarm, "kind">, facts: Partial<KeyLogFacts> = {}): string {
  const base = { id: 1, at: 0, settled: false, hasEvidence: false };
  const view: KeyLogFacts = {
    verifier: undefined,
    head: undefined,
    arrivals: [],
    removals: [],
    accepted: [],
    mayBeginAnew: false,
    alarms: [{ ...base, ...alarm }],
    ...facts,
  };
  return renderToStaticMarkup(
    <KeyLogPanel
      view={view}
      busy={false}
      problem={undefined}
      devicesHref="/devices"
      onMine={nothing}
      onKnown={nothing}
      onTakeBack={nothing}
      onSettle={nothing}
      onAnew={nothing}
      onEvidence={nothing}
    />,
  );
}

test("LOG-13 another log's checkpoint out of a message is that member's word, and less than the server's own", () => {
  const own = panel({ kind: "other-key" });
  const told = panel({ kind: "other-key", by: { username: "bob" } });
  expect(own).toMatch(/notice-error.*signed by another key/);
  expect(told).toMatch(/notice-warning.*bob or the server does not tell the truth/);
  expect(told).not.toMatch(/notice-error/);
});

test("LOG-14 evidence is offered where others can check it, and says what it shows", () => {
  expect(panel({ kind: "split-view", hasEvidence: true })).toMatch(/prove it by themselves.*Save the evidence/);
  expect(panel({ kind: "shrunk", hasEvidence: true })).toMatch(/cannot answer.*Save the evidence/);
  expect(panel({ kind: "bad-proof" })).not.toMatch(/Save the evidence/);
});

test("LOG-11 LOG-12 what was accepted can be taken back, and what was removed is told", () => {
  const accountId = "ab".repeat(32);
  const accepted = [
    { accountId, username: "bob", at: 5 },
    { accountId: "cd".repeat(32), username: undefined, at: undefined },
  ];
  const html = panel({ kind: "stale" }, { accepted, removals: [{ deviceId: "ef".repeat(16), at: 1, index: 7 }] });
  expect(html).toMatch(/<bdi>bob<\/bdi>.*Take back.*Account cdcdcdcd.*until you take it back.*Take back/);
  expect(html).toMatch(/Devices removed from your account.*Device efefefef.*Entry 7.*I know of it/);
});

test("LOG-05 the check that a proof failed is said in a sentence of its own", () => {
  const said = proofFailures.map((check) => panel({ kind: "bad-proof", check }));
  expect(new Set(said).size).toBe(proofFailures.length);
  expect(said[proofFailures.indexOf("WRONG_ROOT")]).toMatch(/does not lead to the root that the log has signed/);
  expect(panel({ kind: "bad-proof" })).not.toMatch(/root that the log has signed/);
});
