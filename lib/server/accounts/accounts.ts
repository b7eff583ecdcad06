/** Registration and login. The password never comes here in any form (OPAQUE); the vault comes sealed. SPEC ACC. */

import { randomBytes } from "node:crypto";

import type { z } from "zod";

import { verifyAccountCertificate, type AccountCertificate } from "../../crypto/account/certificates";
import {
  createServerSetup,
  finishLogin,
  isRegistrationRecord,
  registrationResponse,
  startLogin,
} from "../../crypto/account/opaque-server";
import { pendingLoginMs } from "../../protocol/limits";
import type { loginFinishBody, registerFinishBody } from "../../protocol/schemas/http";
import { column, type Database, type Transaction } from "../db/database";
import { checkNewDevice, type CheckedDevice } from "../directory/check-device";
import { createDevice } from "../directory/devices";
import type { TransparencyLog } from "../log/transparency-log";
import { Refused } from "../refused";
import type { Sessions } from "./sessions";

type NewAccount = z.output<typeof registerFinishBody>;

export interface CheckedAccount {
  readonly account: AccountCertificate;
  readonly device: CheckedDevice;
}

const setupName = "opaque";

export class Accounts {
  private constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly transparencyLog: TransparencyLog,
    private readonly serverSetup: string,
  ) {}

  /** OPAQUE's secret stands in the database, so that a backup holds it: without it nobody can sign in. */
  static async open(database: Database, sessions: Sessions, transparencyLog: TransparencyLog): Promise<Accounts> {
    const made = await createServerSetup();
    const stored = await database.write((transaction) =>
      transaction.serverSecret.upsert({
        where: { name: setupName },
        create: { name: setupName, value: made },
        update: {},
      }),
    );
    return new Accounts(database, sessions, transparencyLog, stored.value);
  }

  async registerStart(username: string, request: string): Promise<{ registrationResponse: string }> {
    if ((await this.database.reader.account.count({ where: { username } })) > 0) throw new Refused("NAME_TAKEN");
    if ((await this.database.reader.retiredName.count({ where: { username } })) > 0) throw new Refused("NAME_TAKEN");
    return await this.answerRegistration(username, request);
  }

  /** OPAQUE's answer to a new password, for any name: it depends on the name, the request and this host's secret only. */
  async answerRegistration(username: string, request: string): Promise<{ registrationResponse: string }> {
    const response = await registrationResponse({ serverSetup: this.serverSetup, username, request });
    if (response === undefined) throw new Refused("MALFORMED");
    return { registrationResponse: response };
  }

  /** Every part is checked, then one transaction stores account, device, packages and session (DIR-02). */
  async registerFinish(input: z.output<typeof registerFinishBody>) {
    const { username } = input;
    const checked = await this.checkNewAccount(input);
    const { accountId } = checked.account;
    const token = await this.database.write(async (transaction) => {
      if ((await transaction.retiredName.count({ where: { username } })) > 0) throw new Refused("NAME_TAKEN");
      return await this.create(transaction, input, checked);
    });
    return { username, accountId, deviceId: checked.device.deviceId, token };
  }

  /** Throws BAD_CERTIFICATE, BAD_KEY_PACKAGE or MALFORMED. */
  async checkNewAccount(input: NewAccount): Promise<CheckedAccount> {
    const now = new Date();
    const account = await verifyAccountCertificate(input.accountCertificate);
    if (account?.username !== input.username || account.notBefore > now || account.notAfter < now) {
      throw new Refused("BAD_CERTIFICATE");
    }
    await this.checkRecord(input.registrationRecord);
    return { account, device: await checkNewDevice(account, input.device, now) };
  }

  /** Throws MALFORMED for what no login could be run against. */
  async checkRecord(registrationRecord: string): Promise<void> {
    if (!(await isRegistrationRecord(this.serverSetup, registrationRecord))) throw new Refused("MALFORMED");
  }

  /** Account, first device and session; the token. Throws NAME_TAKEN when name or key belong to an account. */
  async create(transaction: Transaction, input: NewAccount, { account, device }: CheckedAccount): Promise<string> {
    const { username, registrationRecord: opaqueRecord, vault } = input;
    const { accountId: id, der } = account;
    const taken = await transaction.account.count({ where: { OR: [{ username }, { id }] } });
    if (taken > 0) throw new Refused("NAME_TAKEN");
    await transaction.account.create({
      data: { id, username, certificate: column(der), opaqueRecord, vault: column(vault) },
    });
    await createDevice(transaction, id, device);
    await this.transparencyLog.append(transaction, [
      { kind: "account", accountId: id, certificate: der },
      { kind: "device", accountId: id, certificate: device.certificate },
    ]);
    return await this.sessions.start(transaction, id, device.deviceId);
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
