/** The sealed keyring of each account: a blob with a version that grows by one at each save (SPEC KEY-04). */

import { column, type Database, type Transaction } from "../db/database";
import { Refused } from "../refused";
import type { AccountNotices } from "./account-notices";
import { requireLiving } from "./retire";

export class Keyrings {
  constructor(
    private readonly database: Database,
    private readonly notices: AccountNotices,
  ) {}

  async fetch(accountId: string): Promise<{ readonly version: number; readonly sealed: Uint8Array | undefined }> {
    const row = await this.database.reader.keyring.findUnique({ where: { accountId } });
    return { version: row?.version ?? 0, sealed: row?.sealed };
  }

  /** Throws VERSION_CONFLICT unless `version` is the one after the stored one: of two who save at once, one gets in. */
  async put(accountId: string, version: number, bytes: Uint8Array): Promise<void> {
    await this.database.write((transaction) => this.store(transaction, accountId, version, bytes));
    this.notices.tell(accountId, "keyring");
  }

  async store(transaction: Transaction, accountId: string, version: number, bytes: Uint8Array): Promise<void> {
    const sealed = column(bytes);
    await requireLiving(transaction, accountId);
    const row = await transaction.keyring.findUnique({ where: { accountId }, select: { version: true } });
    if (version !== (row?.version ?? 0) + 1) throw new Refused("VERSION_CONFLICT");
    await transaction.keyring.upsert({
      where: { accountId },
      create: { accountId, version, sealed },
      update: { version, sealed },
    });
  }
}
