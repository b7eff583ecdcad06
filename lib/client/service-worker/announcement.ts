/**
 * The worker's own pages: it speaks before anything of the new code has run, so no script of any build takes part. A form
 * sends the answer back to the worker, with a token that only this page has (CODE-09).
 */

import { stillPolicy } from "../../protocol/code/content-policy";
import { buildHashGroups } from "../../text/build-hash";
import { code } from "../../text/en/code";
import type { Build } from "./builds";

export type Announcement =
  | { readonly kind: "changed"; readonly from: string; readonly to: string; readonly token: string }
  | { readonly kind: "unstated"; readonly token: string }
  | { readonly kind: "broken"; readonly path: string }
  /** The browser has no room for the question, or for the answer. */
  | { readonly kind: "full" };

/** `current` lends its style sheets. */
export function announce(announcement: Announcement, current: Build, origin: string): Response {
  const { title, body } = words(announcement, origin);
  const styles = current.manifest.files
    .filter(({ path }) => path.endsWith(".css"))
    .map(({ path }) => `<link rel="stylesheet" href="${escape(path)}">`);
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title>${styles.join("")}
</head><body><div class="site"><main id="main" class="site-main"><h1>${escape(title)}</h1>${body}</main></div></body></html>`;
  return new Response(html, {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": stillPolicy,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}

function words(announcement: Announcement, origin: string): { title: string; body: string } {
  const { page } = code;
  switch (announcement.kind) {
    case "changed": {
      const { from, to, token } = announcement;
      return {
        title: page.changedTitle,
        body: [
          paragraph(page.changedBody),
          `<dl class="build-hashes">${hash(page.from, from)}${hash(page.to, to)}</dl>`,
          paragraph(page.waits),
          paragraph(page.advice),
          `<pre class="command"><code>${escape(code.verifyCommand(origin))}</code></pre>`,
          answer(token, page.accept),
        ].join(""),
      };
    }
    case "unstated":
      return { title: page.unstatedTitle, body: paragraph(page.unstatedBody) + answer(announcement.token, page.stop) };
    case "broken":
      return {
        title: page.brokenTitle,
        body: `${paragraph(page.brokenBody)}<p><code>${escape(announcement.path)}</code></p>
${again(page.again)}`,
      };
    case "full":
      return { title: page.fullTitle, body: paragraph(page.fullBody) + again(page.again) };
  }
}

/** Without an address: the answer goes to the page that was asked for, with the part of its address behind `#`. */
function answer(token: string, label: string): string {
  return `<form method="post"><input type="hidden" name="token" value="${escape(token)}">
<p class="actions"><button class="button button-primary">${escape(label)}</button></p></form>`;
}

function again(label: string): string {
  return `<p class="actions"><a class="button" href="">${escape(label)}</a></p>`;
}

function hash(term: string, value: string): string {
  return `<dt>${escape(term)}</dt><dd><code>${escape(buildHashGroups(value))}</code></dd>`;
}

function paragraph(text: string): string {
  return `<p>${escape(text)}</p>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
