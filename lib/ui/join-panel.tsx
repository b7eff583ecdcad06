/** In place of the composer for who is not a member: the choice, and honestly what it means. */

import { text } from "../text/catalogue";
import { Notice } from "./notice";

export interface JoinPanelProps {
  /** Was here before: what this device kept is above. */
  readonly kept: boolean;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onJoin: () => void;
}

export function JoinPanel({ kept, busy, problem, onJoin }: JoinPanelProps) {
  const { room } = text;
  return (
    <section className="join" aria-label={room.joinTitle}>
      <h2>{room.joinTitle}</h2>
      {kept && <p>{room.left}</p>}
      <p>{room.joinBody}</p>
      <p>{room.openBody}</p>
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
      <button type="button" className="button button-primary" disabled={busy} onClick={onJoin}>
        {room.join}
      </button>
    </section>
  );
}
