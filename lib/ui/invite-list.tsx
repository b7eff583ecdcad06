/**
 * Who asks to be answered: invitations to rooms, and people who would like to write. Nothing of what they wrote is here:
 * a request has no content until it is accepted.
 */

import { text } from "../text/catalogue";
import { askerWarning } from "./asker-warning";
import type { RoomLink, RoomRow } from "./room-list";
import { RoomMark } from "./room-mark";
import { TrustMark } from "./trust-mark";

export interface InviteListProps {
  readonly title: string;
  readonly rows: readonly RoomRow[];
  /** The row whose answer is under way. */
  readonly busy: string | undefined;
  readonly link: RoomLink;
  readonly onAccept: (row: RoomRow) => void;
  readonly onDecline: (row: RoomRow) => void;
  readonly onBlock: (row: RoomRow) => void;
}

export function InviteList({ title, rows, link, ...answers }: InviteListProps) {
  if (rows.length === 0) return null;
  return (
    <section className="invites" aria-label={title}>
      <h3>{title}</h3>
      <ul className="invite-list">
        {rows.map((row) => (
          <li key={row.roomId} data-current={row.current}>
            <RoomMark kind={row.kind} name={row.name} />
            <div className="room-row">
              <p className="invite-name">{link(row, <bdi>{row.name}</bdi>)}</p>
              <p className="invite-who">
                {whoAsks(row)} <TrustMark trust={row.trust} />
              </p>
              <AskerWarning row={row} />
              {isRequest(row) && <p className="invite-who">{text.rooms.stranger}</p>}
              <InviteAnswers row={row} {...answers} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function AskerWarning({ row }: { readonly row: RoomRow }) {
  const warning = askerWarning(row.trust, askerOf(row));
  return warning === undefined ? null : <p className="invite-who">{warning}</p>;
}

type InviteAnswersProps = Pick<InviteListProps, "busy" | "onAccept" | "onDecline" | "onBlock"> & {
  readonly row: RoomRow;
};

function InviteAnswers({ row, busy, onAccept, onDecline, onBlock }: InviteAnswersProps) {
  const { rooms } = text;
  const isBusy = busy === row.roomId;
  return (
    <p className="invite-answers">
      <button
        type="button"
        className="button-small button-primary"
        aria-label={rooms.acceptNamed(row.name)}
        disabled={isBusy}
        onClick={() => {
          onAccept(row);
        }}
      >
        {rooms.accept}
      </button>
      <button
        type="button"
        className="button-small"
        aria-label={rooms.declineNamed(row.name)}
        disabled={isBusy}
        onClick={() => {
          onDecline(row);
        }}
      >
        {rooms.decline}
      </button>
      {row.kind === "direct" && (
        <button
          type="button"
          className="button-small button-danger"
          aria-label={rooms.blockNamed(row.name)}
          disabled={isBusy}
          onClick={() => {
            onBlock(row);
          }}
        >
          {rooms.block}
        </button>
      )}
    </p>
  );
}

/** Written by somebody this account shares no room with; who is not known to be met counts as a stranger. */
export function isRequest(row: Pick<RoomRow, "kind" | "membership" | "stranger">): boolean {
  return row.membership === "invited" && row.kind === "direct" && row.stranger !== false;
}

/** Account names are plain ASCII: nothing in them can turn a sentence around. */
function askerOf({ kind, peer, invitedBy }: RoomRow): string {
  return (kind === "direct" ? (peer ?? invitedBy) : invitedBy)?.username ?? text.rooms.somebody;
}

function whoAsks(row: RoomRow): string {
  const { rooms } = text;
  return row.kind === "direct" ? rooms.requestFrom(askerOf(row)) : rooms.invitedBy(askerOf(row));
}
