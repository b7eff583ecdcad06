/**
 * The database: migrated, durable (an answer means flushed), two connections that write in turns, Prisma's and one for
 * the room logs, and one that reads.
 *
 * Not one connection for all, because Prisma's SQLite adapter runs whatever comes between a transaction's statements inside that
 * transaction: a reader would see events that are rolled back later, a single write would vanish with them. The
 * reader sees committed states only and cannot write; writers take turns (DS-02).
 */

import { mkdirSync } from "node:fs";
import path from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { DirectConnection, type Sql } from "./direct";
import { PrismaClient } from "./generated/client";
import { migrate } from "./migrate";

export type Transaction = Parameters<Parameters<PrismaClient["$transaction"]>[0]>[0];

/** How long a statement waits for another process, such as a backup, that holds the file. */
const busyTimeoutMs = 5000;
const transactionOptions = { maxWait: 10_000, timeout: 20_000 };

export class Database {
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly writer: PrismaClient,
    private readonly direct: DirectConnection,
    /** Refuses every write. */
    readonly reader: PrismaClient,
  ) {}

  static async open(file: string, migrationsDir: string): Promise<Database> {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    await migrate(file, migrationsDir);
    const writer = connect(file);
    // WAL with full sync: a commit is on disk before it answers, and readers do not wait for writers.
    await writer.$queryRawUnsafe("PRAGMA journal_mode = WAL");
    await writer.$queryRawUnsafe("PRAGMA synchronous = FULL");
    await writer.$queryRawUnsafe("PRAGMA foreign_keys = ON");
    const reader = connect(file);
    await reader.$queryRawUnsafe("PRAGMA query_only = ON");
    return new Database(writer, await DirectConnection.open(file, busyTimeoutMs), reader);
  }

  /** All of `work` or nothing; one after the other. Only what was passed to `work` may be used inside it. */
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.writer.$transaction(work, transactionOptions));
  }

  /** As `write`, in SQL by hand: for the room logs only. */
  writeDirectly<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.direct.transaction(work));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Waits for the writes under way and leaves one file, without a write-ahead log. */
  async close(): Promise<void> {
    await this.#turn;
    await this.reader.$disconnect();
    await this.direct.close();
    await this.writer.$queryRawUnsafe("PRAGMA wal_checkpoint(TRUNCATE)");
    await this.writer.$disconnect();
  }
}

/** Prisma takes bytes over a plain ArrayBuffer only. */
export function column(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function connect(file: string): PrismaClient {
  return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${file}`, timeout: busyTimeoutMs }) });
}
