/** What is wrong with the account is seen once, wherever one is: an alarm that only an open room shows is missed on a phone. */

import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";

import { DevicesIsland } from "@/app/u/[name]/settings/devices/devices-island";
import { RoomFoot } from "@/app/u/[name]/rooms/[roomId]/room-foot";
import { RoomsShell } from "@/app/u/[name]/rooms/rooms-shell";
import { initialSnapshot, type EngineSnapshot } from "@/lib/client/react/engine-view";
import type { RoomView } from "@/lib/client/worker/api";
import { text } from "@/lib/text/catalogue";

let mockSnapshot: EngineSnapshot = initialSnapshot;
let mockSegment: string | null = null;

jest.mock("@/lib/client/worker/connect", () => ({}));
jest.mock("@/lib/client/react/engine-context", () => ({
  EngineProvider: ({ children }: { readonly children: ReactNode }) => children,
  useEngine: (select: (snapshot: EngineSnapshot) => unknown) => select(mockSnapshot),
  useEngineView: () => ({ draft: () => "" }),
}));
jest.mock("next/navigation", () => ({
  usePathname: () => "/u/alice/rooms",
  useRouter: () => ({}),
  useSelectedLayoutSegment: () => mockSegment,
}));

const roomId = "a".repeat(32);
const { troubles, keyLogUnsettled } = text.rooms;

function shown(told: EngineSnapshot["troubles"], segment: string | null, pane: ReactNode = "the pane"): string {
  mockSnapshot = { ...initialSnapshot, troubles: told };
  mockSegment = segment;
  const html = renderToStaticMarkup(
    <RoomsShell username="alice" listed={[]}>
      {pane}
    </RoomsShell>,
  );
  return html.replaceAll("&#x27;", "'");
}

const times = (html: string, words: string) => html.split(words).length - 1;

test.each(Object.keys(troubles) as (keyof typeof troubles)[])(
  "ENG-37 the trouble %s is told once above the list and above a room, and no more when it has ended",
  (trouble) => {
    for (const segment of [null, roomId]) {
      const html = shown([trouble], segment);
      expect(times(html, troubles[trouble])).toBe(1);
      // Before both panes, outside what a narrow screen hides.
      expect(html).toMatch(/class="shell"[^>]*><section class="troubles" aria-label="Needs your attention">/);
      expect(html).toContain('role="alert"');
      expect(shown([], segment)).not.toContain(troubles[trouble]);
    }
  },
);

test("ENG-37 a room does not tell it again, whatever stands in its foot", () => {
  const room = { membership: "joined", closed: false, confirmed: true, holds: [] } as unknown as RoomView;
  const foot = (change: Partial<RoomView>) => (
    <RoomFoot
      username="alice"
      roomId={roomId}
      name="General"
      room={{ ...room, ...change }}
      isListed
      membership="joined"
      kept
      selection={undefined}
    />
  );
  for (const change of [{}, { closed: true }]) {
    expect(times(shown(["key-log"], roomId, foot(change)), troubles["key-log"])).toBe(1);
  }
});

test("ENG-37 the way to the key log is marked in words while something in it is unsettled, and only then", () => {
  for (const trouble of ["key-log", "new-device"] as const) {
    const html = shown([trouble], null);
    expect(html).toMatch(/href="\/u\/alice\/settings\/key-log"[^>]*data-unsettled="true"><svg/);
    expect(times(html, keyLogUnsettled)).toBe(1);
  }
  for (const other of [[], ["storage-full", "clock-behind"]] as const) {
    expect(shown(other, null)).not.toContain(keyLogUnsettled);
    expect(shown(other, null)).toMatch(/data-unsettled="false">Key log</);
  }
});

test("ENG-37 the list of devices says that one was added, and leads to which", () => {
  const page = (told: EngineSnapshot["troubles"]) => {
    mockSnapshot = { ...initialSnapshot, troubles: told };
    return renderToStaticMarkup(<DevicesIsland username="alice" />);
  };
  expect(page(["new-device"])).toMatch(/A device was added to your account.*href="\/u\/alice\/settings\/key-log"/);
  expect(page([])).not.toContain("A device was added");
});
