/**
 * The sealed vault after registration: a new one takes the place of the old one when the account key says so (SPEC
 * ACC-19). A new password travels with the vault that it opens, in one transaction, so that there is never one without
 * the other.
 */

import { verifyAccountCertificate, verifyByAccount } from "../../crypto/account/certificates";
import { decodeVault } from "../../crypto/account/vault-layout";
import { vaultStatement } from "../../protocol/account-statement";
import type { VaultChange } from "../../protocol/schemas/account";
import { column, type Database, type Transaction } from "../db/database";
import { Refused } from "../refused";
import type { Accounts } from "./accounts";
import type { AccountNotices } from "./account-notices";
import type { Sessions } from "./sessions";

export interface PasswordChange extends VaultChange {
  readonly registrationRecord: string;
}

export class Vaults {
  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly accounts: Accounts,
    private readonly changes: AccountNotices,
  ) {}

  async fetch(id: string): Promise<{ version: number; vault: Uint8Array; recoveryKey: boolean }> {
    const row = await this.database.reader.account.findUniqueOrThrow({ where: { id } });
    return { version: row.vaultVersion, vault: row.vault, recoveryKey: row.recoveryHash !== null };
  }

  /** Throws BAD_VAULT, VERSION_CONFLICT. */
  async replace(accountId: string, change: VaultChange): Promise<void> {
    await this.check(accountId, change, undefined);
    await this.database.write((transaction) => this.store(transaction, accountId, change, {}));
    this.changes.tell(accountId, "vault");
  }

  /** As `replace`; ends every session but the one that may stay: whoever knew the old password is out. */
  async changePassword(accountId: string, change: PasswordChange, stays: string | undefined): Promise<void> {
    const { registrationRecord } = change;
    await this.accounts.checkRecord(registrationRecord);
    await this.check(accountId, change, registrationRecord);
    const tell = await this.database.write(async (transaction) => {
      await this.store(transaction, accountId, change, { opaqueRecord: registrationRecord });
      return await this.sessions.endAll(transaction, accountId, stays);
    });
    tell();
    this.changes.tell(accountId, "vault");
  }

  /** Throws BAD_VAULT unless the account has signed it. */
  async check(id: string, change: VaultChange, registrationRecord: string | undefined): Promise<void> {
    const { vault, vaultVersion, signature } = change;
    const row = await this.database.reader.account.findUniqueOrThrow({ where: { id }, select: { certificate: true } });
    const account = await verifyAccountCertificate(row.certificate);
    if (account === undefined) throw new Error("a stored account certificate does not verify");
    const header = decodeVault(vault)?.header;
    const fits = header?.accountId === id && header.version === vaultVersion && header.wraps.has("password");
    const recoveryHash = change.recoveryHash ?? undefined;
    if (!fits || header.wraps.has("recovery") !== (recoveryHash !== undefined)) throw new Refused("BAD_VAULT");
    const signed = vaultStatement({ accountId: id, vaultVersion, vault, recoveryHash, registrationRecord });
    if (!(await verifyByAccount(account, signed, signature))) throw new Refused("BAD_VAULT");
  }

  /** Throws VERSION_CONFLICT unless it is the next one. Only what was checked. */
  async store(
    transaction: Transaction,
    id: string,
    { vault, vaultVersion, recoveryHash }: VaultChange,
    more: { readonly opaqueRecord?: string },
  ): Promise<void> {
    const { count } = await transaction.account.updateMany({
      where: { id, vaultVersion: vaultVersion - 1 },
      data: { vault: column(vault), vaultVersion, recoveryHash, ...more },
    });
    if (count === 0) throw new Refused("VERSION_CONFLICT");
  }
}
