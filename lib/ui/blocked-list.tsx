/** Accounts that were blocked, behind a line that counts them. */

import { text } from "../text/catalogue";
import { Notice } from "./notice";

export interface BlockedListProps {
  readonly accounts: readonly { readonly accountId: string; readonly username?: string | undefined }[];
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onUnblock: (accountId: string) => void;
}

export function BlockedList({ accounts, busy, problem, onUnblock }: BlockedListProps) {
  const { rooms } = text;
  return (
    <details className="more">
      <summary>{rooms.blocked(accounts.length)}</summary>
      <ul className="plain-list">
        {accounts.map(({ accountId, username }) => {
          const name = nameOf(accountId, username);
          return (
            <li key={accountId}>
              <bdi>{name}</bdi>
              <button
                type="button"
                className="button-small"
                aria-label={rooms.unblockNamed(name)}
                disabled={busy}
                onClick={() => {
                  onUnblock(accountId);
                }}
              >
                {rooms.unblock}
              </button>
            </li>
          );
        })}
      </ul>
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
    </details>
  );
}

/** An account whose name is not known is told apart by the start of its id. */
export function nameOf(accountId: string, username: string | undefined): string {
  return username ?? text.roomInfo.account(accountId.slice(0, 8));
}
