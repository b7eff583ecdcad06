/**
 * What a server leaves on disk when it is killed: before every statement that it runs, the database and its write-ahead log
 * are copied. What SQLite still holds in memory is lost with the process, so a copy is what the next start finds.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

/** Of the driver below the adapter: all statements, those that open and close transactions too, go through one of these. */
interface Driver {
  prepare(sql: string): unknown;
  exec(sql: string): unknown;
}

export interface Killed {
  /** The database, with its write-ahead log beside it. */
  readonly file: string;
  /** The statement that was not run any more; "" at the end of the work. */
  readonly before: string;
}

/** Runs `work` of a server in this process over `file`. The distinct states it could have been killed in, in their order. */
export async function killedDuring(
  file: string,
  folder: string,
  work: () => Promise<unknown>,
): Promise<{ killed: Killed[]; statements: number }> {
  const killed: Killed[] = [];
  let statements = 0;
  let last = "";
  const copy = (before: string) => {
    const [database, log] = [file, `${file}-wal`].map((name) => readFileSync(name)) as [Buffer, Buffer];
    const digest = createHash("sha256").update(database).update(log).digest("hex");
    if (digest === last) return;
    last = digest;
    const place = path.join(folder, String(killed.length));
    mkdirSync(place, { recursive: true });
    const copied = path.join(place, "killed.db");
    writeFileSync(copied, database);
    writeFileSync(`${copied}-wal`, log);
    killed.push({ file: copied, before });
  };
  const driver = await driverOf(file);
  const spies = (["prepare", "exec"] as const).map((name) => {
    const real = Reflect.get<Driver, typeof name>(driver, name);
    return jest.spyOn(driver, name).mockImplementation(function (this: Driver, sql: string) {
      statements += 1;
      copy(sql);
      return real.call(this, sql);
    });
  });
  try {
    await work();
    copy("");
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { killed, statements };
}

async function driverOf(file: string): Promise<Driver> {
  const connection = await new PrismaBetterSqlite3({ url: `file:${file}` }).connect();
  const { client } = connection as unknown as { client: Driver };
  await connection.dispose();
  return Object.getPrototypeOf(client) as Driver;
}
