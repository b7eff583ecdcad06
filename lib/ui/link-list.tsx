/** Invite links in use: who made each, how far it is used up, until when; its address where this device has it. */

import { useId } from "react";

import { text } from "../text/catalogue";
import { LinkIcon } from "./icons";
import { DateTime } from "./time";

export interface InviteLink {
  readonly id: string;
  readonly by: { readonly username: string; readonly accountId: string };
  /** Milliseconds since 1970; null: never. */
  readonly expiresAt: number | null;
  readonly uses: number | null;
  readonly used: number;
  /** The whole address; only on the device that made it. */
  readonly address: string | undefined;
}

export interface LinkListProps {
  readonly links: readonly InviteLink[];
  /** Id of the link that was just copied, or could not be. */
  readonly copied: { readonly id: string; readonly ok: boolean } | undefined;
  readonly onCopy: (link: InviteLink) => void;
  readonly mayRevoke: (link: InviteLink) => boolean;
  readonly onRevoke: (link: InviteLink) => void;
}

export function LinkList({ links, copied, onCopy, mayRevoke, onRevoke }: LinkListProps) {
  const { roomInfo } = text;
  if (links.length === 0) return <p className="info-note">{roomInfo.noLinks}</p>;
  return (
    <ul className="link-list">
      {links.map((link) => (
        <li key={link.id}>
          <p className="link-facts">
            <LinkIcon />
            <span>
              {roomInfo.linkBy(link.by.username)}. {roomInfo.linkUsed(link.used, link.uses)}.{" "}
              {link.expiresAt === null ? (
                roomInfo.linkForever
              ) : (
                <>
                  {roomInfo.linkUntil} <DateTime at={link.expiresAt} />
                </>
              )}
            </span>
          </p>
          {link.address === undefined ? (
            <p className="info-note">{roomInfo.linkElsewhere}</p>
          ) : (
            <LinkAddress address={link.address} />
          )}
          <p className="actions">
            {link.address !== undefined && (
              <button
                type="button"
                className="button-small"
                onClick={() => {
                  onCopy(link);
                }}
              >
                {roomInfo.copy}
              </button>
            )}
            {mayRevoke(link) && (
              <button
                type="button"
                className="button-small button-danger"
                onClick={() => {
                  onRevoke(link);
                }}
              >
                {roomInfo.revoke}
              </button>
            )}
          </p>
          <p role="status" className="info-note">
            {copied?.id === link.id && (copied.ok ? roomInfo.copied : roomInfo.copyFailed)}
          </p>
        </li>
      ))}
    </ul>
  );
}

function LinkAddress({ address }: { readonly address: string }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id} className="visually-hidden">
        {text.roomInfo.linkAddress}
      </label>
      <div className="field-box">
        <input
          id={id}
          className="mono"
          type="text"
          readOnly
          value={address}
          onFocus={(event) => {
            event.target.select();
          }}
        />
      </div>
    </div>
  );
}
