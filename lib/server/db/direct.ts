/**
 * SQL by hand for the room logs, where Prisma's own work would be most of the work (docs/PERFORMANCE.md). A connection
 * of its own, of Prisma's driver; `Database` gives it its turn among the writers, and everything else stays Prisma's.
 */

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

type Connection = Awaited<ReturnType<PrismaBetterSqlite3["connect"]>>;

export type SqlValue = string | number | Uint8Array;

/** Statements of one transaction. Arguments are bound by `?`, never written into the text. */
export interface Sql {
  run(text: string, values: readonly SqlValue[]): Promise<void>;
  /** Rows as arrays in the order of the columns; times are ISO 8601, bytes a view. */
  all(text: string, values: readonly SqlValue[]): Promise<readonly (readonly unknown[])[]>;
}

export class DirectConnection {
  readonly #sql: Sql;

  private constructor(private readonly connection: Connection) {
    this.#sql = {
      run: async (sql, values) => {
        await connection.executeRaw({ sql, args: [...values], argTypes: values.map(typeOf) });
      },
      all: async (sql, values) =>
        (await connection.queryRaw({ sql, args: [...values], argTypes: values.map(typeOf) })).rows,
    };
  }

  static async open(file: string, busyTimeoutMs: number): Promise<DirectConnection> {
    const connection = await new PrismaBetterSqlite3({ url: `file:${file}`, timeout: busyTimeoutMs }).connect();
    // As the writer of `Database`: a commit is on disk before it answers.
    await connection.executeScript("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    return new DirectConnection(connection);
  }

  /** All of `work` or nothing. `work` waits for nothing but its statements. */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    await this.connection.executeScript("BEGIN IMMEDIATE");
    try {
      const result = await work(this.#sql);
      await this.connection.executeScript("COMMIT");
      return result;
    } catch (error) {
      await this.connection.executeScript("ROLLBACK");
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.connection.dispose();
  }
}

/** `count` rows of `width` placeholders, for VALUES. */
export function placeholders(count: number, width: number): string {
  const row = `(${Array.from({ length: width }, () => "?").join(", ")})`;
  return Array.from({ length: count }, () => row).join(", ");
}

/** The form in which Prisma writes a DateTime. */
export function sqlTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "+00:00");
}

function typeOf(value: SqlValue) {
  const scalarType = typeof value === "string" ? "string" : typeof value === "number" ? "int" : "bytes";
  return { scalarType, arity: "scalar" } as const;
}
