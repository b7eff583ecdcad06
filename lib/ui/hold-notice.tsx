/** Above the composer: because of whom nothing is sent, and the ways out. */

import { text } from "../text/catalogue";
import { Notice } from "./notice";

export interface HoldNoticeProps {
  readonly username: string;
  readonly why: keyof Pick<typeof text.verify.hold, "replaced" | "mismatch" | "unlogged">;
  /** Address of the person's Verify page, for this key. */
  readonly verifyHref: string;
  /** Addresses of the person's public keys with their log entries, and of what this device has seen of the log. */
  readonly keysHref: string;
  readonly keyLogHref: string;
  /** Not where numbers differ: that is not accepted in passing. */
  readonly onAccept: (() => void) | undefined;
}

export function HoldNotice(props: HoldNoticeProps) {
  const { username, why, onAccept } = props;
  const { verify } = text;
  return (
    <Notice tone="error" live>
      <p>{verify.hold[why](username)}</p>
      <p className="actions">
        {why === "unlogged" ? <LogWays {...props} /> : <VerifyWay {...props} />}
        {onAccept !== undefined && (
          <button type="button" className="button-small" onClick={onAccept}>
            {why === "unlogged" ? verify.unloggedAct : verify.acceptKey}
          </button>
        )}
      </p>
    </Notice>
  );
}

function VerifyWay({ username, verifyHref }: HoldNoticeProps) {
  return (
    <a className="button-small button-primary" href={verifyHref}>
      {text.verify.hold.verifyAgain(username)}
    </a>
  );
}

/** Comparing numbers puts nothing into the log: what helps is to see what is missing there. */
function LogWays({ username, keysHref, keyLogHref }: HoldNoticeProps) {
  const { hold } = text.verify;
  return (
    <>
      <a className="button-small button-primary" href={keysHref}>
        {hold.seeKeys(username)}
      </a>
      <a className="button-small" href={keyLogHref}>
        {hold.keyLog}
      </a>
    </>
  );
}
