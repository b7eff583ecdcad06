/** In place of the composer where nobody can write, and why. */

import { text } from "../text/catalogue";
import { Notice } from "./notice";

export function ClosedFoot() {
  return (
    <Notice tone="info" live>
      <p>{text.room.closedBody}</p>
    </Notice>
  );
}

export interface BlockedFootProps {
  readonly name: string;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onUnblock: () => void;
}

export function BlockedFoot({ name, busy, problem, onUnblock }: BlockedFootProps) {
  return (
    <Notice tone="warning" live>
      <p>{text.room.blockedBody(name)}</p>
      {problem !== undefined && <p className="field-problem">{problem}</p>}
      <button type="button" className="button-small notice-action" disabled={busy} onClick={onUnblock}>
        {text.rooms.unblock}
      </button>
    </Notice>
  );
}
