/** Tells an account's open connections what one of its devices has changed for the others. Nothing is stored. SPEC SOCK-12. */

import type { AccountNotice } from "../../protocol/schemas/socket";

/** Must not throw. */
type Listener = (accountId: string, notice: AccountNotice) => void;

export class AccountNotices {
  readonly #listeners = new Set<Listener>();

  onNotice(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Once the change is on disk: who hears of it fetches it at once. */
  tell(accountId: string, what: AccountNotice["what"]): void {
    for (const listener of this.#listeners) listener(accountId, { what });
  }
}
