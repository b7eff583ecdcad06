"use client";

/** Sends the chosen messages to the admins, then goes back to the room. */

import { useRouter } from "next/navigation";
import { useState } from "react";

import { roomPath } from "@/app/login/next-path";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import type { Selection } from "@/lib/client/react/use-selection";
import { reportReasonMaxLength } from "@/lib/protocol/limits";
import { ReportBar } from "@/lib/ui/report-bar";

export interface ReportBoxProps {
  readonly username: string;
  readonly roomId: string;
  readonly selection: Selection;
}

export function ReportBox({ username, roomId, selection }: ReportBoxProps) {
  const view = useEngineView();
  const router = useRouter();
  const [reason, setReason] = useState("");
  const { busy, problem, run } = useAction();

  function end() {
    selection.clear();
    router.push(roomPath(username, roomId));
  }

  async function send() {
    const sent = await run(() => view.calls.report(roomId, [...selection.chosen], reason.trim()));
    if (sent !== undefined) end();
  }

  return (
    <ReportBar
      chosen={selection.chosen.size}
      most={selection.most}
      reason={reason}
      maxLength={reportReasonMaxLength}
      onReason={setReason}
      busy={busy}
      problem={problem}
      onSend={() => void send()}
      onCancel={end}
    />
  );
}
