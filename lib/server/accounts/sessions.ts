/**
 * Signed-in browsers: random 256-bit tokens, stored hashed, one cookie per account. SPEC HTTP. A session belongs to the
 * device that last proved its key in it, so that signing a device out ends what that device signed in with (DEV-02).
 */

import { createHash, randomBytes } from "node:crypto";

import { sessionIdleMs } from "../../protocol/limits";
import type { Database, Transaction } from "../db/database";

export interface Session {
  readonly tokenHash: string;
  readonly accountId: string;
  readonly username: string;
  /** `undefined` between a login and the first proof of a device key. */
  readonly deviceId: string | undefined;
}

type Listener = (tokenHash: string) => void;
type SessionFilter = NonNullable<NonNullable<Parameters<Transaction["session"]["deleteMany"]>[0]>["where"]>;

const tokenBytes = 32;
/** A session in use is written once a day, not at every request. */
const renewAfterMs = 24 * 60 * 60 * 1000;

export class Sessions {
  readonly #listeners = new Set<Listener>();

  constructor(private readonly database: Database) {}

  /** A new token, base64url; only its hash is stored. */
  async start(transaction: Transaction, accountId: string, deviceId?: string): Promise<string> {
    const token = randomBytes(tokenBytes).toString("base64url");
    const expiresAt = new Date(Date.now() + sessionIdleMs);
    await transaction.session.create({
      data: { tokenHash: hashOf(token), accountId, expiresAt, deviceId: deviceId ?? null },
    });
    return token;
  }

  /** The session of `username` that `token` opens; using it makes it live on. */
  async find(username: string, token: string): Promise<Session | undefined> {
    const tokenHash = hashOf(token);
    const row = await this.database.reader.session.findUnique({
      where: { tokenHash },
      select: {
        accountId: true,
        expiresAt: true,
        account: { select: { username: true } },
        device: { select: { id: true, lastSeenOn: true } },
      },
    });
    const leftMs = (row?.expiresAt.getTime() ?? 0) - Date.now();
    if (row === null || row.account.username !== username || leftMs <= 0) return undefined;
    if (leftMs < sessionIdleMs - renewAfterMs) {
      const expiresAt = new Date(Date.now() + sessionIdleMs);
      await this.database.write((transaction) =>
        transaction.session.updateMany({ where: { tokenHash }, data: { expiresAt } }),
      );
    }
    if (row.device !== null && row.device.lastSeenOn !== today()) await this.#seen(row.device.id);
    return { tokenHash, accountId: row.accountId, username, deviceId: row.device?.id };
  }

  /** The device has proven its key in this session: the two belong together from now on. */
  async bind(tokenHash: string, deviceId: string): Promise<void> {
    const session = await this.database.reader.session.findUnique({ where: { tokenHash }, include: { device: true } });
    if (session?.deviceId !== deviceId) {
      await this.database.write((transaction) =>
        transaction.session.updateMany({ where: { tokenHash }, data: { deviceId } }),
      );
    }
    if (session?.deviceId !== deviceId || session.device?.lastSeenOn !== today()) await this.#seen(deviceId);
  }

  async end({ tokenHash }: Pick<Session, "tokenHash">): Promise<void> {
    await this.database.write((transaction) => transaction.session.deleteMany({ where: { tokenHash } }));
    this.#tell(tokenHash);
  }

  /** All sessions of one device of the account. */
  async endOfDevice(accountId: string, deviceId: string): Promise<void> {
    await this.#endWhere({ accountId, deviceId });
  }

  /** All sessions of the account but this one. */
  async endOthers({ accountId, tokenHash }: Pick<Session, "accountId" | "tokenHash">): Promise<void> {
    await this.#endWhere({ accountId, NOT: { tokenHash } });
  }

  /**
   * All sessions of an account, but one that may stay, within a transaction. Call the answer once that is committed: it
   * closes their sockets.
   */
  async endAll(transaction: Transaction, accountId: string, exceptTokenHash?: string): Promise<() => void> {
    const where = { accountId, ...(exceptTokenHash === undefined ? {} : { NOT: { tokenHash: exceptTokenHash } }) };
    const rows = await transaction.session.findMany({ where, select: { tokenHash: true } });
    await transaction.session.deleteMany({ where });
    return () => {
      for (const { tokenHash } of rows) this.#tell(tokenHash);
    };
  }

  /** Deletes what has expired. */
  async sweep(): Promise<void> {
    const where = { expiresAt: { lte: new Date() } };
    if ((await this.database.reader.session.count({ where })) > 0) await this.#endWhere(where);
  }

  /** Called when a session ends, so that its sockets can be closed (HTTP-08). */
  onEnd(listener: Listener): void {
    this.#listeners.add(listener);
  }

  async #endWhere(where: SessionFilter): Promise<void> {
    const ended = await this.database.write(async (transaction) => {
      const rows = await transaction.session.findMany({ where, select: { tokenHash: true } });
      await transaction.session.deleteMany({ where });
      return rows;
    });
    for (const { tokenHash } of ended) this.#tell(tokenHash);
  }

  /** To the day: enough to tell a lost device from one in use, and no diary of its owner. */
  async #seen(deviceId: string): Promise<void> {
    const data = { lastSeenOn: today() };
    await this.database.write((transaction) => transaction.device.updateMany({ where: { id: deviceId }, data }));
  }

  #tell(tokenHash: string): void {
    for (const listener of this.#listeners) listener(tokenHash);
  }
}

/** Day in UTC, as 2026-11-24. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
