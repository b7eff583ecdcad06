/** Above the composer: because of whom nothing is sent, and the two ways out. */

import { text } from "../text/catalogue";
import { Notice } from "./notice";

export interface HoldNoticeProps {
  readonly username: string;
  readonly why: keyof Pick<typeof text.verify.hold, "replaced" | "mismatch" | "unlogged">;
  /** Address of the person's Verify page, for this key. */
  readonly href: string;
  /** Not where numbers differ: that is not accepted in passing. */
  readonly onAccept: (() => void) | undefined;
}

export function HoldNotice({ username, why, href, onAccept }: HoldNoticeProps) {
  const { verify } = text;
  return (
    <Notice tone="error" live>
      <p>{verify.hold[why](username)}</p>
      <p className="actions">
        <a className="button-small button-primary" href={href}>
          {verify.hold.verifyAgain(username)}
        </a>
        {onAccept !== undefined && (
          <button type="button" className="button-small" onClick={onAccept}>
            {why === "unlogged" ? verify.unloggedAct : verify.acceptKey}
          </button>
        )}
      </p>
    </Notice>
  );
}
