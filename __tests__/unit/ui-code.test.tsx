/** What is said over a page when its code is not what it was (CODE-09), and how a build hash reads. */

import { renderToStaticMarkup } from "react-dom/server";

import { text } from "@/lib/text/catalogue";
import { BuildHash } from "@/lib/ui/build-hash";
import { CodeNotice, type CodeFinding } from "@/lib/ui/code-notice";

const { watch } = text.code;

function notice(finding: CodeFinding | undefined): string {
  const nothing = () => undefined;
  return renderToStaticMarkup(<CodeNotice finding={finding} onLook={nothing} onLater={nothing} />);
}

test("CODE-09 while all is as it was, there is an empty live region", () => {
  expect(notice(undefined)).toBe('<div role="status" class="code-notice"></div>');
});

test("CODE-09 each finding is said in words; only a change leads on", () => {
  expect(notice({ kind: "changed" })).toContain(watch.changed);
  expect(notice({ kind: "changed" })).toContain(watch.look);
  for (const finding of [{ kind: "replaced" }, { kind: "refused", what: ["/evil.js"] }] as const) {
    expect(notice(finding)).not.toContain(watch.look);
    expect(notice(finding)).toContain(watch.later);
  }
});

test("CODE-07 what was refused is named, as text", () => {
  expect(notice({ kind: "refused", what: ["<script>alert(1)"] })).toContain("&lt;script&gt;alert(1)");
});

test("CODE-02 a build hash reads in eight groups of eight", () => {
  const markup = renderToStaticMarkup(<BuildHash term="Build hash" hash={"0123456789abcdef".repeat(4)} />);
  expect(markup).toContain(Array(4).fill("01234567 89abcdef").join(" "));
});
