/** A renewed account secret: the vault that holds it and the keyring that is sealed under it are taken together (SPEC REN-02). */

import type { RenewalBody } from "../../protocol/schemas/account";
import type { Transaction } from "../db/database";
import type { AccountNotices } from "./account-notices";
import type { Keyrings } from "./keyrings";
import type { Vaults } from "./vaults";

export class Renewals {
  constructor(
    private readonly vaults: Vaults,
    private readonly keyrings: Keyrings,
    private readonly notices: AccountNotices,
  ) {}

  /** Before the transaction. Throws BAD_VAULT. */
  async check(accountId: string, { vault }: RenewalBody): Promise<void> {
    await this.vaults.check(accountId, vault, undefined);
  }

  /** Throws VERSION_CONFLICT when either is not the next one. */
  async store(transaction: Transaction, accountId: string, { vault, keyring }: RenewalBody): Promise<void> {
    await this.vaults.store(transaction, accountId, vault, {});
    await this.keyrings.store(transaction, accountId, keyring.version, keyring.sealed);
  }

  tell(accountId: string): void {
    this.notices.tell(accountId, "vault");
    this.notices.tell(accountId, "keyring");
  }
}
