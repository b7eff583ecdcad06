/** Migrations at start: applied once, in order, each whole or not at all, and never silently changed. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { migrate, MigrationRefused } from "@/lib/server/db/migrate";

let folder: string;
let migrations: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "sealroom-migrations-"));
  migrations = path.join(folder, "migrations");
  file = path.join(folder, "test.db");
  mkdirSync(migrations);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, sql: string): void {
  mkdirSync(path.join(migrations, name), { recursive: true });
  writeFileSync(path.join(migrations, name, "migration.sql"), sql);
}

async function query(sql: string): Promise<unknown[][]> {
  const connection = await new PrismaBetterSqlite3({ url: `file:${file}` }).connect();
  const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
  await connection.dispose();
  return rows;
}
const tables = async () =>
  (await query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")).flat();

test("our own are applied once, and recorded as Prisma does", async () => {
  cpSync("prisma/migrations", migrations, { recursive: true });
  const [first, ...more] = await migrate(file, migrations);
  expect(first).toBe("20261123000000_init");
  expect(await migrate(file, migrations)).toEqual([]);
  const records = await query(`SELECT migration_name, length(checksum), applied_steps_count, rolled_back_at,
    finished_at >= started_at FROM _prisma_migrations`);
  expect(records).toHaveLength(1 + more.length);
  expect(records[0]).toEqual([first, 64, 1, null, 1]);
  expect(await tables()).toEqual(
    expect.arrayContaining(["Account", "Event", "GroupInfo", "KeyPackage", "Room", "_prisma_migrations"]),
  );
});

test("new ones are applied in the order of their names, behind those that are there", async () => {
  write("1_a", "CREATE TABLE a (x);");
  expect(await migrate(file, migrations)).toEqual(["1_a"]);
  write("3_c", "INSERT INTO b VALUES (1);");
  write("2_b", "CREATE TABLE b (x);");
  expect(await migrate(file, migrations)).toEqual(["2_b", "3_c"]);
  expect(await query("SELECT x FROM b")).toEqual([[1]]);
});

test("one that fails leaves nothing of itself behind, and is tried again", async () => {
  write("1_a", "CREATE TABLE a (x); CREATE TABLE broken (");
  await expect(migrate(file, migrations)).rejects.toThrow();
  expect(await tables()).toEqual(["_prisma_migrations"]);
  write("1_a", "CREATE TABLE a (x);");
  expect(await migrate(file, migrations)).toEqual(["1_a"]);
});

test("one that was changed after it was applied stops the start", async () => {
  write("1_a", "CREATE TABLE a (x);");
  await migrate(file, migrations);
  write("1_a", "CREATE TABLE a (x, y);");
  write("2_b", "CREATE TABLE b (x);");
  await expect(migrate(file, migrations)).rejects.toThrow(MigrationRefused);
  await expect(migrate(file, migrations)).rejects.toThrow("1_a");
  expect(await tables()).toEqual(["_prisma_migrations", "a"]);
});

test("a database of a newer version stops the start", async () => {
  write("1_a", "CREATE TABLE a (x);");
  write("2_b", "CREATE TABLE b (x);");
  await migrate(file, migrations);
  rmSync(path.join(migrations, "2_b"), { recursive: true });
  await expect(migrate(file, migrations)).rejects.toThrow(MigrationRefused);
});
