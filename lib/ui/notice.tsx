/** A sentence that matters: its tone is in the icon and the words, never in the colour alone. */

import type { ReactNode } from "react";

import { InfoIcon, WarningIcon } from "./icons";

export type NoticeTone = "info" | "warning" | "error";

export interface NoticeProps {
  readonly tone: NoticeTone;
  readonly title?: string;
  readonly children: ReactNode;
  /** Spoken as soon as it appears; for what is caused by an action. */
  readonly live?: boolean;
}

export function Notice({ tone, title, children, live = false }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} {...(live ? { role: tone === "info" ? "status" : "alert" } : {})}>
      {tone === "info" ? <InfoIcon /> : <WarningIcon />}
      <div>
        {title !== undefined && <p className="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}
