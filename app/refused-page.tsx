/** A page of the directory or its log whose question was refused: cause, and how long to wait. */

import { problemSentence } from "@/lib/text/errors";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import type { Refusal } from "./refusal";

export function RefusedPage({ title, error }: { readonly title: string; readonly error: Refusal }) {
  return (
    <SiteFrame>
      <h1>{title}</h1>
      <Notice tone="error">
        <p>{problemSentence(error)}</p>
      </Notice>
    </SiteFrame>
  );
}
