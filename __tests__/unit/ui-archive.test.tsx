/** What the History page says of the archive, and what it offers in each state (ARC-08, REN-04). */

import { renderToStaticMarkup } from "react-dom/server";

import { text } from "@/lib/text/catalogue";
import { ArchiveFacts, type ArchiveFactsProps } from "@/lib/ui/archive-facts";

const { archive } = text.history;

function page(changes: Partial<ArchiveFactsProps>): string {
  const nothing = () => undefined;
  const facts = { on: true, state: "current", chunks: 3, bytes: 5000, busy: false, problem: undefined } as const;
  return renderToStaticMarkup(<ArchiveFacts {...facts} onTurn={nothing} onBeginAnew={nothing} {...changes} />);
}

test("UI-83 what stops the archive is said aloud, and beginning anew is offered where it would mend that", () => {
  for (const state of ["tampered", "full"] as const) {
    expect(page({ state })).toContain('role="alert"');
    expect(page({ state })).toContain(archive.anew);
  }
  const stale = page({ state: "stale" });
  expect(stale).toContain('role="alert"');
  expect(stale).toContain("Signing in here once more brings the new key");
  expect(stale).not.toContain(archive.anew);
});

test("UI-83 what goes on by itself is said quietly", () => {
  for (const state of ["waiting", "current", "restoring", "writing", "no-secret"] as const) {
    expect(page({ state })).not.toContain('role="alert"');
    expect(page({ state })).not.toContain(archive.anew);
  }
});

test("UI-83 it is switched where it stands, and not while something is under way", () => {
  expect(page({})).toContain(archive.turnOff);
  expect(page({ on: false, state: "off" })).toContain(archive.turnOn);
  expect(page({ busy: true })).toMatch(/<button[^>]*disabled/);
});
