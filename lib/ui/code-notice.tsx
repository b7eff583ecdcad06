/** What the service worker found, over whatever page is open. Nothing is shown while all is as it was. */

import { text } from "../text/catalogue";
import { Notice } from "./notice";

export type CodeFinding =
  | { readonly kind: "changed" }
  | { readonly kind: "refused"; readonly what: readonly string[] }
  | { readonly kind: "replaced" };

export interface CodeNoticeProps {
  readonly finding: CodeFinding | undefined;
  readonly onLook: () => void;
  readonly onLater: () => void;
}

export function CodeNotice({ finding, onLook, onLater }: CodeNoticeProps) {
  const { watch } = text.code;
  return (
    // Spoken when it changes, so it is there from the start.
    <div role="status" className="code-notice">
      {finding !== undefined && (
        <Notice tone={finding.kind === "refused" ? "error" : "warning"} title={titleOf(finding)}>
          <p>{bodyOf(finding)}</p>
          {finding.kind === "refused" && (
            <ul>
              {finding.what.map((item) => (
                <li key={item}>
                  <code>{item}</code>
                </li>
              ))}
            </ul>
          )}
          <p className="actions">
            {finding.kind === "changed" && (
              <button type="button" className="button button-primary" onClick={onLook}>
                {watch.look}
              </button>
            )}
            <button type="button" className="button" onClick={onLater}>
              {watch.later}
            </button>
          </p>
        </Notice>
      )}
    </div>
  );
}

function titleOf({ kind }: CodeFinding): string {
  const { watch } = text.code;
  return { changed: watch.changed, refused: watch.refused, replaced: watch.watchman }[kind];
}

function bodyOf({ kind }: CodeFinding): string {
  const { watch } = text.code;
  return { changed: watch.changedBody, refused: watch.refusedBody, replaced: watch.watchmanBody }[kind];
}
