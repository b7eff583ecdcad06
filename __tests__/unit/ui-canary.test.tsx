/**
 * S30: words of others that name an address lead to no request. What shows them is rendered, and no tag of what comes out has
 * the address in it. That a browser then asks for nothing is played in e2e/canary.spec.ts.
 */

import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";

import { RoomHeader } from "@/lib/ui/room-header";
import { RoomList, type RoomRow } from "@/lib/ui/room-list";
import { Timeline, type TimelineLine } from "@/lib/ui/timeline";
import { timelineRows } from "@/lib/ui/timeline-rows";

const host = "canary.example";
const address = `https://${host}/pixel.png`;
const attacks = [
  address,
  `//${host}/pixel.png`,
  `<img src="${address}" srcset="${address} 2x">`,
  `"><img src=${address}>`,
  `<link rel="prefetch" href="${address}"><link rel=preconnect href=${address}>`,
  `<video poster='${address}'><source src='${address}'></video><iframe src='${address}'></iframe>`,
  `<svg><image href="${address}"/><use href="${address}#a"/></svg><object data="${address}"></object>`,
  `<style>@import url(${address});</style><p style="background:url(${address})">`,
  `<meta http-equiv=refresh content="0;url=${address}"><base href="${address}">`,
  `![x](${address}) [y](${address}) url(${address}) javascript:fetch("${address}")`,
];

/** The tags, without what is only read out; React writes `<`, `>` and quotes of texts and attributes as entities. */
const tagsIn = (html: string) =>
  (html.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/ (aria-label|title|alt)="[^"]*"/g, ""));
const loading = /^<(img|image|link|script|style|iframe|object|embed|video|audio|source|track|base|meta|form)\b/i;

/** Tags by which a browser could come to ask for the address, or that load something and have no business here. */
function asksBy(html: string): string[] {
  return tagsIn(html).filter((tag) => tag.includes(host) || loading.test(tag));
}

const nothing = () => undefined;
const at = Date.UTC(2026, 5, 1, 12);
const author = (username: string) => ({ username, accountId: "b".repeat(64), keyChanged: true });

function linesOf(words: string): TimelineLine[] {
  const message = { messageId: "1", author: author(words), at, text: words, proven: false };
  return [
    {
      kind: "message",
      key: "1",
      at,
      messageId: "1",
      author: author(words),
      own: false,
      text: words,
      state: "received",
    },
    { kind: "message", key: "2", at, messageId: "2", author: author(words), own: true, text: words, state: "failed" },
    { kind: "report", key: "3", at, by: author(words), own: false, reason: words, messages: [message] },
    { kind: "system", key: "4", at, event: "renamed", who: words, detail: words },
  ];
}

const row: Omit<RoomRow, "name" | "lastText"> = {
  roomId: "1",
  kind: "private",
  membership: "joined",
  unread: 2,
  mentions: 1,
  lastAt: at,
  muted: false,
  favourite: false,
  closed: false,
  current: false,
};

const shown: [string, (words: string) => ReactNode][] = [
  [
    "a conversation",
    (words) => (
      <Timeline
        rows={timelineRows(linesOf(words), ({ key }) => key, undefined)}
        now={at}
        onRetry={nothing}
        onDiscard={nothing}
        selection={{ chosen: new Set(), most: 3, toggle: nothing }}
      />
    ),
  ],
  [
    "the list of rooms",
    (words) => (
      <RoomList
        rows={[{ ...row, name: words, lastText: words }]}
        now={at}
        link={(_row, name) => <a href="/room">{name}</a>}
      />
    ),
  ],
  [
    "the head of a room",
    (words) => <RoomHeader name={words} topic={words} memberCount={2} timerMs={null} connection="online" back={null} />,
  ],
];

test.each(shown)("S30 an address in what people write is asked for by nothing in %s", (_place, show) => {
  for (const words of attacks) {
    const html = renderToStaticMarkup(show(words));
    // It is there to be read, whole.
    expect(html).toContain(renderToStaticMarkup(<>{words}</>));
    expect([words, asksBy(html)]).toEqual([words, []]);
  }
});

test("S30 markup, a picture and a link made of these words would be seen", () => {
  for (const words of attacks.slice(2, 9)) {
    const careless = renderToStaticMarkup(<p dangerouslySetInnerHTML={{ __html: words }} />);
    expect([words, asksBy(careless).length > 0]).toEqual([words, true]);
  }
  for (const made of [<img key="1" src={address} alt="" />, <a key="2" href={address} />])
    expect(asksBy(renderToStaticMarkup(made))).not.toEqual([]);
});
