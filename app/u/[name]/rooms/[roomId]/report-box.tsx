"use client";

/** Sends the chosen messages to the admins, then goes back to the room. */

import { useRouter } from "next/navigation";
import { useState } from "react";

import { roomPath } from "@/app/login/next-path";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import type { Selection } from "@/lib/client/react/use-selection";
import { reportReasonMaxLength } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { ConfirmDialog } from "@/lib/ui/confirm-dialog";
import { ReportBar, ReportReason } from "@/lib/ui/report-bar";

export interface ReportBoxProps {
  readonly username: string;
  readonly roomId: string;
  readonly selection: Selection;
}

export function ReportBox({ username, roomId, selection }: ReportBoxProps) {
  const view = useEngineView();
  const router = useRouter();
  const { report } = text;
  const { chosen, most } = selection;
  const [asks, setAsks] = useState(false);
  const [reason, setReason] = useState("");
  const { busy, problem, run } = useAction();

  function end() {
    selection.clear();
    router.push(roomPath(username, roomId));
  }

  async function send() {
    const sent = await run(() => view.calls.report(roomId, [...chosen], reason.trim()));
    if (sent !== undefined) end();
  }

  return (
    <>
      <ReportBar
        chosen={chosen.size}
        most={most}
        onNext={() => {
          setAsks(true);
        }}
        onCancel={end}
      />
      {asks && (
        <ConfirmDialog
          title={report.title}
          body={report.body}
          act={busy ? report.sending : report.send}
          danger={false}
          busy={busy}
          problem={problem}
          onConfirm={() => void send()}
          onClose={() => {
            setAsks(false);
          }}
        >
          <ReportReason
            chosen={chosen.size}
            most={most}
            reason={reason}
            maxLength={reportReasonMaxLength}
            onReason={setReason}
          />
        </ConfirmDialog>
      )}
    </>
  );
}
