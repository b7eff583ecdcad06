/** Registration and login. The password never comes here in any form (OPAQUE); the vault comes sealed. SPEC ACC. */

import { randomBytes } from "node:crypto";

import type { z } from "zod";

import { verifyAccountCertificate } from "../../crypto/account/certificates";
import {
  createServerSetup,
  finishLogin,
  isRegistrationRecord,
  registrationResponse,
  startLogin,
} from "../../crypto/account/opaque-server";
import { pendingLoginMs } from "../../protocol/limits";
import type { loginFinishBody, registerFinishBody } from "../../protocol/schemas/http";
import { column, type Database } from "../db/database";
import { checkNewDevice } from "../directory/check-device";
import { createDevice } from "../directory/devices";
import { Refused } from "../refused";
import type { Sessions } from "./sessions";

const setupName = "opaque";

export class Accounts {
  private constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly serverSetup: string,
  ) {}

  /** OPAQUE's secret stands in the database, so that a backup holds it: without it nobody can sign in. */
  static async open(database: Database, sessions: Sessions): Promise<Accounts> {
    const made = await createServerSetup();
    const stored = await database.write((transaction) =>
      transaction.serverSecret.upsert({
        where: { name: setupName },
        create: { name: setupName, value: made },
        update: {},
      }),
    );
    return new Accounts(database, sessions, stored.value);
  }

  async registerStart(username: string, request: string): Promise<{ registrationResponse: string }> {
    if ((await this.database.reader.account.count({ where: { username } })) > 0) throw new Refused("NAME_TAKEN");
    const response = await registrationResponse({ serverSetup: this.serverSetup, username, request });
    if (response === undefined) throw new Refused("MALFORMED");
    return { registrationResponse: response };
  }

  /** Every part is checked, then one transaction stores account, device, packages and session (DIR-02). */
  async registerFinish(input: z.output<typeof registerFinishBody>) {
    const { username, registrationRecord, vault, device } = input;
    const now = new Date();
    const account = await verifyAccountCertificate(input.accountCertificate);
    if (account?.username !== username || account.notBefore > now || account.notAfter < now) {
      throw new Refused("BAD_CERTIFICATE");
    }
    if (!(await isRegistrationRecord(this.serverSetup, registrationRecord))) throw new Refused("MALFORMED");
    const checked = await checkNewDevice(account, device, now);
    const { accountId, der } = account;
    const token = await this.database.write(async (transaction) => {
      const taken = await transaction.account.count({ where: { OR: [{ username }, { id: accountId }] } });
      if (taken > 0) throw new Refused("NAME_TAKEN");
      await transaction.account.create({
        data: {
          id: accountId,
          username,
          certificate: column(der),
          opaqueRecord: registrationRecord,
          vault: column(vault),
        },
      });
      await createDevice(transaction, accountId, checked);
      return await this.sessions.start(transaction, accountId, checked.deviceId);
    });
    return { username, accountId, deviceId: checked.deviceId, token };
  }

  /** Answers alike for names that exist and names that do not (ACC-04). */
  async loginStart(username: string, request: string): Promise<{ loginId: string; loginResponse: string }> {
    const where = { username };
    const account = await this.database.reader.account.findUnique({ where, select: { opaqueRecord: true } });
    const record = account?.opaqueRecord;
    const started = await startLogin({ serverSetup: this.serverSetup, username, record, request });
    if (started === undefined) throw new Refused("MALFORMED");
    const id = randomBytes(16).toString("hex");
    const expiresAt = new Date(Date.now() + pendingLoginMs);
    await this.database.write((transaction) =>
      transaction.pendingLogin.create({ data: { id, username, state: started.serverLoginState, expiresAt } }),
    );
    return { loginId: id, loginResponse: started.loginResponse };
  }

  async loginFinish(input: z.output<typeof loginFinishBody>) {
    const account = await this.#provenAccount(input);
    const token = await this.database.write((transaction) => this.sessions.start(transaction, account.id));
    return { username: account.username, account, token };
  }

  /** The vault for who is signed in and proves the password again; another account's proof counts as a wrong one (W2). */
  async unlock(accountId: string, input: z.output<typeof loginFinishBody>): Promise<Uint8Array> {
    const account = await this.#provenAccount(input);
    if (account.id !== accountId) throw new Refused("WRONG_CREDENTIALS");
    return account.vault;
  }

  /** A pending login answers once, right or wrong (N3). */
  async #provenAccount({ loginId: id, finishLoginRequest }: z.output<typeof loginFinishBody>) {
    const pending = await this.database.write(async (transaction) => {
      const row = await transaction.pendingLogin.findUnique({ where: { id } });
      if (row !== null) await transaction.pendingLogin.delete({ where: { id } });
      return row;
    });
    if (pending === null || pending.expiresAt.getTime() <= Date.now()) throw new Refused("LOGIN_EXPIRED");
    const finished = await finishLogin({ serverLoginState: pending.state, finishLoginRequest });
    const account = await this.database.reader.account.findUnique({ where: { username: pending.username } });
    if (finished === undefined || account === null) throw new Refused("WRONG_CREDENTIALS");
    return account;
  }

  /** Deletes logins that were never finished. */
  async sweep(): Promise<void> {
    const where = { expiresAt: { lte: new Date() } };
    await this.database.write((transaction) => transaction.pendingLogin.deleteMany({ where }));
  }
}
