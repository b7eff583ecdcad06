"use client";

/** The composer with its draft. The text leaves the box at once; should the engine refuse it, it comes back. */

import { useRef, useState } from "react";

import { useEngineView } from "@/lib/client/react/engine-context";
import { askToPersist } from "@/lib/client/react/use-persistence";
import { utf8 } from "@/lib/protocol/bytes";
import { textMaxBytes } from "@/lib/protocol/limits";
import { problemSentence } from "@/lib/text/errors";
import { Composer } from "@/lib/ui/composer";
import { Notice } from "@/lib/ui/notice";

let isAsked = false;

/** What somebody has said is worth keeping: the browser is asked then, and the storage settings tell its answer. */
function askOnce(): void {
  if (!isAsked) void askToPersist();
  isAsked = true;
}

export function MessageBox({ roomId, roomName }: { readonly roomId: string; readonly roomName: string }) {
  const view = useEngineView();
  const box = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState(() => view.draft(roomId));
  const [problem, setProblem] = useState<string>();

  function change(text: string) {
    view.keepDraft(roomId, text);
    setDraft(text);
  }

  async function send() {
    const text = draft.trimEnd();
    change("");
    box.current?.focus();
    const result = await view.calls.send(roomId, text);
    setProblem(result.ok ? undefined : problemSentence(result.error));
    if (result.ok) askOnce();
    if (!result.ok && view.draft(roomId) === "") change(text);
  }

  return (
    <>
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
      <Composer
        roomName={roomName}
        value={draft}
        bytes={utf8(draft).length}
        maxBytes={textMaxBytes}
        onChange={change}
        onSend={() => void send()}
        box={box}
      />
    </>
  );
}
