/** Signed-in browsers: random 256-bit tokens, stored hashed, one cookie per account. SPEC HTTP. */

import { createHash, randomBytes } from "node:crypto";

import { sessionIdleMs } from "../../protocol/limits";
import type { Database, Transaction } from "../db/database";

export interface Session {
  readonly tokenHash: string;
  readonly accountId: string;
  readonly username: string;
}

type Listener = (tokenHash: string) => void;

const tokenBytes = 32;
/** A session in use is written once a day, not at every request. */
const renewAfterMs = 24 * 60 * 60 * 1000;

export class Sessions {
  readonly #listeners = new Set<Listener>();

  constructor(private readonly database: Database) {}

  /** A new token, base64url; only its hash is stored. */
  async start(transaction: Transaction, accountId: string): Promise<string> {
    const token = randomBytes(tokenBytes).toString("base64url");
    const expiresAt = new Date(Date.now() + sessionIdleMs);
    await transaction.session.create({ data: { tokenHash: hashOf(token), accountId, expiresAt } });
    return token;
  }

  /** The session of `username` that `token` opens; using it makes it live on. */
  async find(username: string, token: string): Promise<Session | undefined> {
    const tokenHash = hashOf(token);
    const row = await this.database.reader.session.findUnique({
      where: { tokenHash },
      select: { accountId: true, expiresAt: true, account: { select: { username: true } } },
    });
    const leftMs = (row?.expiresAt.getTime() ?? 0) - Date.now();
    if (row === null || row.account.username !== username || leftMs <= 0) return undefined;
    if (leftMs < sessionIdleMs - renewAfterMs) {
      const expiresAt = new Date(Date.now() + sessionIdleMs);
      await this.database.write((transaction) =>
        transaction.session.updateMany({ where: { tokenHash }, data: { expiresAt } }),
      );
    }
    return { tokenHash, accountId: row.accountId, username };
  }

  async end({ tokenHash }: Pick<Session, "tokenHash">): Promise<void> {
    await this.database.write((transaction) => transaction.session.deleteMany({ where: { tokenHash } }));
    this.#tell(tokenHash);
  }

  /** Deletes what has expired. */
  async sweep(): Promise<void> {
    const where = { expiresAt: { lte: new Date() } };
    const expired = await this.database.reader.session.findMany({ where, select: { tokenHash: true } });
    if (expired.length === 0) return;
    await this.database.write((transaction) => transaction.session.deleteMany({ where }));
    for (const { tokenHash } of expired) this.#tell(tokenHash);
  }

  /** Called when a session ends, so that its sockets can be closed (HTTP-08). */
  onEnd(listener: Listener): void {
    this.#listeners.add(listener);
  }

  #tell(tokenHash: string): void {
    for (const listener of this.#listeners) listener(tokenHash);
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
