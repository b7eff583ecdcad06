"use client";

/** A page that broke while it was shown. What the error says is not for people, and may hold what must not be shown. */

import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";

export default function ErrorPage({ reset }: { readonly reset: () => void }) {
  const { failed } = text.site;
  return (
    <SiteFrame>
      <h1>{failed.title}</h1>
      <Notice tone="error" live>
        <p>{failed.body}</p>
      </Notice>
      <p>
        <button type="button" className="button button-primary" onClick={reset}>
          {failed.retry}
        </button>
      </p>
    </SiteFrame>
  );
}
