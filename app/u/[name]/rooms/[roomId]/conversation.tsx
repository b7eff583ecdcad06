"use client";

/** The scrolled timeline: follows its end, loads what came before, and says when something new is below. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { useEngineView } from "@/lib/client/react/engine-context";
import type { OpenTimeline } from "@/lib/client/react/engine-view";
import { firstUnreadKey, unseenCount, type Reading } from "@/lib/client/react/reading";
import { rowKey } from "@/lib/client/react/timeline";
import type { MemberView } from "@/lib/client/react/use-room";
import { useReported } from "@/lib/client/react/use-reported";
import { useNow } from "@/lib/client/react/use-now";
import { useStickyScroll } from "@/lib/client/react/use-sticky-scroll";
import type { Selection } from "@/lib/client/react/use-selection";
import { useVisible } from "@/lib/client/react/use-visible";
import { text } from "@/lib/text/catalogue";
import { DownIcon } from "@/lib/ui/icons";
import { Timeline } from "@/lib/ui/timeline";
import { timelineRows } from "@/lib/ui/timeline-rows";

export interface ConversationProps {
  readonly roomId: string;
  readonly roomName: string;
  readonly timeline: OpenTimeline;
  readonly reading: Reading;
  /** Something lies over it. */
  readonly covered: boolean;
  readonly members: readonly Pick<MemberView, "accountId" | "trust">[] | undefined;
  /** What is written here waits for a decision about somebody in the room. */
  readonly held: boolean;
  /** Messages of others are being chosen. */
  readonly selection: Selection | undefined;
}

export function Conversation(props: ConversationProps) {
  const { roomId, roomName, timeline, reading, covered, members, held, selection } = props;
  const { items, more, loadingEarlier } = timeline;
  const view = useEngineView();
  const now = useNow();
  const box = useRef<HTMLDivElement>(null);
  const [first, last] = [items[0], items.at(-1)];
  const visible = useVisible() && !covered;
  const [atEnd, setAtEnd] = useState(false);
  useEffect(() => {
    view.look(roomId, { visible, atEnd });
  }, [view, roomId, visible, atEnd]);
  const unreadFrom = firstUnreadKey(items, reading);
  const unseen = unseenCount(items, reading);
  const rows = useMemo(() => timelineRows(items, rowKey, unreadFrom), [items, unreadFrom]);
  const trusts = useMemo(() => new Map(members?.map(({ accountId, trust }) => [accountId, trust])), [members]);
  const reported = useReported(items);
  const { toEnd, onScroll } = useStickyScroll(box, {
    first: first && rowKey(first),
    last: last && rowKey(last),
    // What one writes oneself is always shown.
    follow: last?.kind === "message" && last.own,
    stopAt: unseen > 0 && unreadFrom !== undefined ? ".unread-line" : undefined,
    onMove: setAtEnd,
  });
  const onRetry = useCallback((messageId: string) => void view.calls.retry(roomId, messageId), [view, roomId]);
  const onDiscard = useCallback((messageId: string) => void view.calls.discard(roomId, messageId), [view, roomId]);

  return (
    <div className="timeline-frame">
      <div
        ref={box}
        className="timeline"
        role="log"
        aria-live="polite"
        aria-label={text.timeline.label(roomName)}
        aria-busy={loadingEarlier}
        tabIndex={0}
        onScroll={onScroll}
      >
        <div className="timeline-start">
          {more ? (
            <button
              type="button"
              className="button"
              disabled={loadingEarlier}
              onClick={() => void view.loadEarlier(roomId)}
            >
              {loadingEarlier ? text.timeline.loadingEarlier : text.timeline.earlier}
            </button>
          ) : (
            <p>{items.length === 0 ? text.timeline.empty : text.timeline.start}</p>
          )}
        </div>
        <Timeline
          rows={rows}
          now={now}
          trusts={trusts}
          reported={reported}
          held={held}
          onRetry={onRetry}
          onDiscard={onDiscard}
          selection={selection}
        />
      </div>
      {!atEnd && (
        <button type="button" className="button jump" onClick={toEnd}>
          <DownIcon />
          {unseen > 0 ? text.timeline.jumpNew(unseen) : text.timeline.jump}
        </button>
      )}
    </div>
  );
}
