/** An invitation in full: who asks, what accepting means, and the answers. */

import { text } from "../text/catalogue";
import { Notice } from "./notice";
import type { RoomKind } from "./room-mark";

export interface InvitePanelProps {
  readonly kind: RoomKind;
  /** Who asks. */
  readonly name: string;
  /** This name was first met with another key. */
  readonly keyChanged: boolean;
  /** From somebody this account shares no room with. */
  readonly request: boolean;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onAccept: () => void;
  readonly onDecline: () => void;
  readonly onBlock: (() => void) | undefined;
}

export function InvitePanel(props: InvitePanelProps) {
  const { kind, name, keyChanged, request, busy, problem, onAccept, onDecline, onBlock } = props;
  const { room, rooms } = text;
  const title = kind === "direct" ? room.requestTitle(name) : room.invitedTitle(name);
  return (
    <section className="join" aria-label={title}>
      <h2>{title}</h2>
      <p>{kind === "direct" ? room.requestBody : room.invitedBody}</p>
      {keyChanged && (
        <Notice tone="warning">
          <p>{room.keyChangedBody}</p>
        </Notice>
      )}
      {request && (
        <Notice tone="warning">
          <p>{rooms.strangerShort}</p>
        </Notice>
      )}
      {kind !== "direct" && <p>{room.joinBody}</p>}
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
      <p className="actions">
        <button type="button" className="button button-primary" disabled={busy} onClick={onAccept}>
          {rooms.accept}
        </button>
        <button type="button" className="button" disabled={busy} onClick={onDecline}>
          {rooms.decline}
        </button>
        {onBlock !== undefined && (
          <button type="button" className="button button-danger" disabled={busy} onClick={onBlock}>
            {rooms.block}
          </button>
        )}
      </p>
    </section>
  );
}
