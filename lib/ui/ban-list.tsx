/** Accounts that may not come in, and the way back for each. */

import { text } from "../text/catalogue";
import { nameOf } from "./blocked-list";

export interface BanListProps {
  readonly bans: readonly { readonly accountId: string; readonly username?: string | undefined }[];
  /** Absent for who may not govern. */
  readonly onUnban: ((accountId: string, name: string) => void) | undefined;
}

export function BanList({ bans, onUnban }: BanListProps) {
  const { roomInfo } = text;
  return (
    <ul className="plain-list">
      {bans.map(({ accountId, username }) => {
        const name = nameOf(accountId, username);
        return (
          <li key={accountId}>
            <bdi>{name}</bdi>
            {onUnban !== undefined && (
              <button
                type="button"
                className="button-small"
                aria-label={roomInfo.unbanNamed(name)}
                onClick={() => {
                  onUnban(accountId, name);
                }}
              >
                {roomInfo.unban}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
