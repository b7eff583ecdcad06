/** An invitation in full: who asks, what accepting means, and the answers. */

import { text } from "../text/catalogue";
import { askerWarning } from "./asker-warning";
import { Notice } from "./notice";
import type { RoomKind } from "./room-mark";
import { TrustMark, type Trust } from "./trust-mark";

export interface InvitePanelProps {
  readonly kind: RoomKind;
  /** Who asks. */
  readonly name: string;
  /** How it stands with the key of who asks. */
  readonly trust: Trust | undefined;
  /** Address of their Verify page; `undefined`: it is not known who asks. */
  readonly verifyHref: string | undefined;
  /** From somebody this account shares no room with. */
  readonly request: boolean;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onAccept: () => void;
  readonly onDecline: () => void;
  readonly onBlock: (() => void) | undefined;
}

export function InvitePanel(props: InvitePanelProps) {
  const { kind, name, trust, verifyHref, request, busy, problem, onAccept, onDecline, onBlock } = props;
  const { room, rooms } = text;
  const title = kind === "direct" ? room.requestTitle(name) : room.invitedTitle(name);
  const warning = askerWarning(trust, name);
  return (
    <section className="join" aria-label={title}>
      <h2>
        {title} <TrustMark trust={trust} full />
      </h2>
      <p>{kind === "direct" ? room.requestBody : room.invitedBody}</p>
      {warning !== undefined && (
        <Notice tone={trust === "new-key" ? "warning" : "error"}>
          <p>{warning}</p>
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
      {verifyHref !== undefined && (
        <p>
          <a href={verifyHref}>{room.safetyNumberWith(name)}</a>
        </p>
      )}
    </section>
  );
}
