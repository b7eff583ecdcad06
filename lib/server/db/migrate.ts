/**
 * Applies prisma/migrations at start: each file in one transaction, recorded the way `prisma migrate` records it, so
 * that Prisma's own tool stays usable. A recorded file that has changed since stops the start.
 */

import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

/** As Prisma's schema engine creates it on SQLite. */
const recordTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "checksum" TEXT NOT NULL,
  "finished_at" DATETIME,
  "migration_name" TEXT NOT NULL,
  "logs" TEXT,
  "rolled_back_at" DATETIME,
  "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

/** Its message is one sentence for whoever starts the server. */
export class MigrationRefused extends Error {}

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, lower-case hex. */
  readonly checksum: string;
}

type Connection = Awaited<ReturnType<PrismaBetterSqlite3["connect"]>>;

/** Answers the names of the migrations applied now. */
export async function migrate(databaseFile: string, migrationsDir: string): Promise<string[]> {
  const connection = await new PrismaBetterSqlite3({ url: `file:${databaseFile}` }).connect();
  try {
    await connection.executeScript(recordTable);
    const recorded = await readRecords(connection);
    const migrations = readMigrations(migrationsDir);
    const names = new Set(migrations.map(({ name }) => name));
    const unknown = [...recorded.keys()].find((name) => !names.has(name));
    if (unknown !== undefined) {
      throw new MigrationRefused(
        `The database was written by a newer Sealroom: it has the migration ${unknown}, this one does not.`,
      );
    }
    const pending = migrations.filter(({ name, checksum }) => {
      const known = recorded.get(name);
      if (known !== undefined && known !== checksum) {
        throw new MigrationRefused(`The migration ${name} was changed after it was applied to this database.`);
      }
      return known === undefined;
    });
    for (const migration of pending) await apply(connection, migration);
    return pending.map(({ name }) => name);
  } finally {
    await connection.dispose();
  }
}

function readMigrations(migrationsDir: string): Migration[] {
  return readdirSync(migrationsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(migrationsDir, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

async function readRecords(connection: Connection): Promise<Map<string, string>> {
  const { rows } = await connection.queryRaw({
    sql: `SELECT "migration_name", "checksum" FROM "_prisma_migrations"
          WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL`,
    args: [],
    argTypes: [],
  });
  return new Map(rows.map(([name, checksum]) => [String(name), String(checksum)]));
}

async function apply(connection: Connection, { name, sql, checksum }: Migration): Promise<void> {
  const record = `INSERT INTO "_prisma_migrations"
    ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
    VALUES (${[randomUUID(), checksum, name].map(quoted).join(", ")}, ${String(Date.now())}, ${String(Date.now())}, 1)`;
  await connection.executeScript("BEGIN IMMEDIATE");
  try {
    await connection.executeScript(sql);
    await connection.executeScript(record);
    await connection.executeScript("COMMIT");
  } catch (error) {
    await connection.executeScript("ROLLBACK");
    throw error;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
