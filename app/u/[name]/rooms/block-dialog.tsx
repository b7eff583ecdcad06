"use client";

/** Asks before an account is blocked. */

import { text } from "@/lib/text/catalogue";
import { ConfirmDialog } from "@/lib/ui/confirm-dialog";

export interface BlockDialogProps {
  readonly name: string;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onBlock: () => void;
  readonly onClose: () => void;
}

export function BlockDialog({ name, busy, problem, onBlock, onClose }: BlockDialogProps) {
  const { rooms } = text;
  return (
    <ConfirmDialog
      title={rooms.blockTitle(name)}
      body={rooms.blockBody}
      act={rooms.block}
      danger
      busy={busy}
      problem={problem}
      onConfirm={onBlock}
      onClose={onClose}
    />
  );
}
