/** For who is not in a room that nobody can just join. */

import { text } from "../text/catalogue";
import { Notice } from "./notice";

export interface OutsidePanelProps {
  /** Was here before: what this device kept is above. */
  readonly kept: boolean;
  readonly busy: boolean;
  readonly problem: string | undefined;
  /** Direct rooms: begins again. */
  readonly onWrite: (() => void) | undefined;
}

export function OutsidePanel({ kept, busy, problem, onWrite }: OutsidePanelProps) {
  const { newRoom, room } = text;
  const title = kept ? room.joinTitle : room.unlistedTitle;
  return (
    <section className="join" aria-label={title}>
      <h2>{title}</h2>
      <p>{kept ? room.left : room.unlistedBody}</p>
      {kept && onWrite === undefined && <p>{room.backByInvitation}</p>}
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
      {onWrite !== undefined && (
        <button type="button" className="button button-primary" disabled={busy} onClick={onWrite}>
          {newRoom.start}
        </button>
      )}
    </section>
  );
}
