/**
 * The two ends an account can have: another key takes its name because password and recovery key are lost (SPEC REC-05),
 * or its owner deletes it (REC-06).
 */

import { createHash, timingSafeEqual } from "node:crypto";

import type { z } from "zod";

import { verifyAccountCertificate, verifyByAccount } from "../../crypto/account/certificates";
import { verifyDeviceSignature } from "../../crypto/account/device-signature";
import { deletionStatement } from "../../protocol/account-statement";
import { fromHex, utf8 } from "../../protocol/bytes";
import { resetSignatureLabel, type deletionBody, type resetFinishBody } from "../../protocol/schemas/account";
import type { Database } from "../db/database";
import { Refused } from "../refused";
import type { Accounts } from "./accounts";
import { retireAccount } from "./retire";
import type { Session, Sessions } from "./sessions";

type Reset = z.output<typeof resetFinishBody>;

export class Endings {
  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly accounts: Accounts,
  ) {}

  /** `session`: that of the name, when the request has one. One transaction retires the old account and makes the new. */
  async reset(input: Reset, session: Session | undefined) {
    const { username } = input;
    const checked = await this.accounts.checkNewAccount(input);
    const { accountId } = checked.account;
    const where = { username };
    const old = await this.database.reader.account.findUnique({ where, include: { resetCode: true } });
    if (input.authority.kind === "device") await this.#checkDevice(input, input.authority, session, accountId);
    else if (!isCode(input.authority.code, old?.resetCode ?? null)) throw new Refused("WRONG_RESET_CODE");
    if (old === null) throw new Refused("NOT_FOUND");
    const { token, tell } = await this.database.write(async (transaction) => {
      // Looked at again: a code serves once, and a session may have ended.
      const isThere = await transaction.account.count({ where: { id: old.id, username } });
      if (isThere === 0) throw new Refused("NOT_FOUND");
      if (input.authority.kind === "code") {
        const { count } = await transaction.resetCode.deleteMany({ where: { accountId: old.id } });
        if (count === 0) throw new Refused("WRONG_RESET_CODE");
      }
      const tell = await this.sessions.endAll(transaction, old.id);
      await retireAccount(transaction, old.id, username, accountId);
      return { token: await this.accounts.create(transaction, input, checked), tell };
    });
    tell();
    return { username, accountId, deviceId: checked.device.deviceId, token };
  }

  /** The name stays taken for ever: nobody meets another person under it. */
  async delete({ accountId, username }: Session, input: z.output<typeof deletionBody>): Promise<void> {
    const { vaultVersion, signature } = input;
    const where = { id: accountId, vaultVersion };
    const row = await this.database.reader.account.findFirst({ where });
    if (row === null) throw new Refused("VERSION_CONFLICT");
    const account = await verifyAccountCertificate(row.certificate);
    if (account === undefined) throw new Error("a stored account certificate does not verify");
    const isSigned = await verifyByAccount(account, deletionStatement({ accountId, vaultVersion }), signature);
    if (!isSigned) throw new Refused("BAD_VAULT");
    const tell = await this.database.write(async (transaction) => {
      if ((await transaction.account.count({ where })) === 0) throw new Refused("VERSION_CONFLICT");
      const told = await this.sessions.endAll(transaction, accountId);
      await retireAccount(transaction, accountId, username, null);
      await transaction.retiredName.create({ data: { username } });
      return told;
    });
    tell();
  }

  async #checkDevice(
    input: Reset,
    authority: Extract<Reset["authority"], { kind: "device" }>,
    session: Session | undefined,
    newAccountId: string,
  ): Promise<void> {
    if (session === undefined) throw new Refused("NOT_SIGNED_IN");
    const where = { id: authority.deviceId, accountId: session.accountId, revokedAt: null };
    const device = await this.database.reader.device.findFirst({ where });
    if (device === null) throw new Refused("BAD_PROOF");
    const ids = [session.accountId, newAccountId].map((id) => fromHex(id) ?? new Uint8Array());
    const parts = [...ids, utf8(input.registrationRecord)];
    const isSigned = await verifyDeviceSignature(device.publicKey, resetSignatureLabel, parts, authority.signature);
    if (!isSigned) throw new Refused("BAD_PROOF");
  }
}

function isCode(code: Uint8Array, stored: { readonly codeHash: string; readonly expiresAt: Date } | null): boolean {
  const shown = createHash("sha256").update(code).digest();
  const isRight = timingSafeEqual(shown, Buffer.from(stored?.codeHash ?? "0".repeat(64), "hex"));
  return isRight && stored !== null && stored.expiresAt > new Date();
}
