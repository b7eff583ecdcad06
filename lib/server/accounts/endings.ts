/**
 * The two ends an account can have: another key takes its name because password and recovery key are lost (SPEC REC-05),
 * or its owner deletes it (REC-06).
 */

import { createHash, timingSafeEqual } from "node:crypto";

import type { z } from "zod";

import { verifyAccountCertificate, verifyByAccount, type AccountCertificate } from "../../crypto/account/certificates";
import { verifyDeviceSignature } from "../../crypto/account/device-signature";
import { verifyRevocation } from "../../crypto/account/revocation";
import { deletionStatement } from "../../protocol/account-statement";
import { fromHex, utf8 } from "../../protocol/bytes";
import { resetSignatureLabel, type deletionBody, type resetFinishBody } from "../../protocol/schemas/account";
import { column, type Database, type Transaction } from "../db/database";
import type { RevokedDevice } from "../directory/devices";
import type { TransparencyLog } from "../log/transparency-log";
import { Refused } from "../refused";
import type { Accounts } from "./accounts";
import { retireAccount } from "./retire";
import type { Session, Sessions } from "./sessions";

type Reset = z.output<typeof resetFinishBody>;

/** Must not throw. */
type DeletedListener = (accountId: string, revoked: readonly RevokedDevice[]) => void;

export class Endings {
  readonly #listeners = new Set<DeletedListener>();

  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly accounts: Accounts,
    private readonly transparencyLog: TransparencyLog,
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
      await this.transparencyLog.append(transaction, [{ kind: "replaced", accountId: old.id, successorId: accountId }]);
      return { token: await this.accounts.create(transaction, input, checked), tell };
    });
    tell();
    return { username, accountId, deviceId: checked.device.deviceId, token };
  }

  /** Called once an account is deleted, with what the members of its rooms are to know. */
  onDeleted(listener: DeletedListener): void {
    this.#listeners.add(listener);
  }

  /** The name stays taken for ever: nobody meets another person under it. Its devices are revoked by its own key. */
  async delete({ accountId, username }: Session, input: z.output<typeof deletionBody>): Promise<void> {
    const { vaultVersion, signature, revocations } = input;
    const where = { id: accountId, vaultVersion };
    const row = await this.database.reader.account.findFirst({ where });
    if (row === null) throw new Refused("VERSION_CONFLICT");
    const account = await verifyAccountCertificate(row.certificate);
    if (account === undefined) throw new Error("a stored account certificate does not verify");
    const isSigned = await verifyByAccount(account, deletionStatement({ accountId, vaultVersion }), signature);
    if (!isSigned) throw new Refused("BAD_VAULT");
    const signed = await byDevice(account, revocations);
    const { tell, revoked } = await this.database.write(async (transaction) => {
      if ((await transaction.account.count({ where })) === 0) throw new Refused("VERSION_CONFLICT");
      const tell = await this.sessions.endAll(transaction, accountId);
      const revoked = await revokeAll(transaction, accountId, signed);
      await retireAccount(transaction, accountId, username, null);
      await transaction.retiredName.create({ data: { username, accountId } });
      await this.transparencyLog.append(transaction, [
        ...revoked.map(({ revocation }) => ({ kind: "revocation" as const, accountId, revocation })),
        { kind: "deletion", accountId, vaultVersion, signature },
      ]);
      return { tell, revoked };
    });
    tell();
    for (const listener of this.#listeners) listener(accountId, revoked);
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

/** Throws BAD_REVOCATION. */
async function byDevice(account: AccountCertificate, revocations: readonly Uint8Array[]) {
  const signed = new Map<string, Uint8Array>();
  for (const bytes of revocations) {
    const revocation = await verifyRevocation(bytes, account);
    if (revocation === undefined) throw new Refused("BAD_REVOCATION");
    signed.set(revocation.deviceId, bytes);
  }
  return signed;
}

/** Throws VERSION_CONFLICT when a device came since the revocations were signed. */
async function revokeAll(
  transaction: Transaction,
  accountId: string,
  signed: ReadonlyMap<string, Uint8Array>,
): Promise<RevokedDevice[]> {
  const where = { accountId, revokedAt: null };
  const living = await transaction.device.findMany({ where, include: { roster: { select: { roomId: true } } } });
  const revoked: RevokedDevice[] = [];
  for (const { id: deviceId, roster } of living) {
    const revocation = signed.get(deviceId);
    if (revocation === undefined) throw new Refused("VERSION_CONFLICT");
    const data = { revokedAt: new Date(), revocation: column(revocation) };
    await transaction.device.update({ where: { id: deviceId }, data });
    revoked.push({ deviceId, revocation, roomIds: roster.map(({ roomId }) => roomId) });
  }
  return revoked;
}

function isCode(code: Uint8Array, stored: { readonly codeHash: string; readonly expiresAt: Date } | null): boolean {
  const shown = createHash("sha256").update(code).digest();
  const isRight = timingSafeEqual(shown, Buffer.from(stored?.codeHash ?? "0".repeat(64), "hex"));
  return isRight && stored !== null && stored.expiresAt > new Date();
}
