/**
 * A forgotten password: who shows the recovery key gets the sealed vault, and with the account key out of it sets a new
 * password (SPEC REC-03). A name that does not exist, one without a recovery key and a wrong key are one answer.
 */

import { createHash, timingSafeEqual } from "node:crypto";

import type { z } from "zod";

import type { recoveryFinishBody, recoveryStartBody } from "../../protocol/schemas/account";
import type { Database } from "../db/database";
import { Refused } from "../refused";
import type { Accounts } from "./accounts";
import type { Vaults } from "./vaults";

/** Nothing hashes to it that anybody knows. */
const noHash = "0".repeat(64);

export class Recovery {
  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly vaults: Vaults,
  ) {}

  async start({ username, auth, registrationRequest }: z.output<typeof recoveryStartBody>) {
    const account = await this.#shown(username, auth);
    const { registrationResponse } = await this.accounts.answerRegistration(username, registrationRequest);
    return { account, registrationResponse };
  }

  async finish({ username, auth, ...change }: z.output<typeof recoveryFinishBody>): Promise<void> {
    const account = await this.#shown(username, auth);
    await this.vaults.changePassword(account.id, change, undefined);
  }

  async #shown(username: string, auth: Uint8Array) {
    const account = await this.database.reader.account.findUnique({ where: { username } });
    const shown = createHash("sha256").update(auth).digest();
    const isRight = timingSafeEqual(shown, Buffer.from(account?.recoveryHash ?? noHash, "hex"));
    if (account === null || !isRight) throw new Refused("WRONG_RECOVERY_KEY");
    return account;
  }
}
