"use client";

/** The last resort, when the root layout itself broke: plain, without the design. */

import { text } from "@/lib/text/catalogue";

export default function GlobalErrorPage({ reset }: { readonly reset: () => void }) {
  const { failed } = text.site;
  return (
    <html lang="en">
      <body>
        <main>
          <h1>{failed.title}</h1>
          <p>{failed.body}</p>
          <button type="button" onClick={reset}>
            {failed.retry}
          </button>
        </main>
      </body>
    </html>
  );
}
