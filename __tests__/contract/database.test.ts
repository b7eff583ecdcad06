/** What services rely on of the database, whichever it is: writes whole and one by one, reads of committed states only. */

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { Database } from "@/lib/server/db/database";

let folder: string;
let database: Database;
let count = 0;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "sealroom-database-"));
  database = await Database.open(path.join(folder, "test.db"), path.resolve("prisma/migrations"));
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const room = () => {
  const id = (++count).toString(16).padStart(32, "0");
  return { id, name: id, nameFolded: id, kind: "open" };
};
const rooms = () => database.reader.room.count();
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

test("DS-02 nobody sees what is not committed", async () => {
  const seen: number[] = [];
  await database.write(async (transaction) => {
    await transaction.room.create({ data: room() });
    seen.push(await rooms());
  });
  seen.push(await rooms());
  expect(seen).toEqual([0, 1]);
});

test("DS-02 a write that fails leaves nothing, and takes no other write with it", async () => {
  const failing = database.write(async (transaction) => {
    await transaction.room.create({ data: room() });
    await pause();
    throw new Error("changed its mind");
  });
  const other = database.write((transaction) => transaction.room.create({ data: room() }));
  await expect(failing).rejects.toThrow("changed its mind");
  const { id } = await other;
  expect((await database.reader.room.findMany()).map((row) => row.id)).toEqual([id]);
});

test("writes run one after the other, in the order they were asked for", async () => {
  const steps: string[] = [];
  const slow = (name: string) =>
    database.write(async () => {
      steps.push(`${name} begins`);
      await pause();
      steps.push(`${name} ends`);
    });
  await Promise.all([slow("first"), slow("second")]);
  expect(steps).toEqual(["first begins", "first ends", "second begins", "second ends"]);
});

test("the reader cannot write", async () => {
  await expect(database.reader.room.create({ data: room() })).rejects.toThrow(/readonly|query_only/);
  expect(await rooms()).toBe(0);
});

test("closing waits for writes under way and leaves one file", async () => {
  const file = path.join(folder, "closing.db");
  const closing = await Database.open(file, path.resolve("prisma/migrations"));
  const written = closing.write(async (transaction) => {
    await pause();
    return await transaction.room.create({ data: room() });
  });
  await closing.close();
  await written;
  const reopened = await Database.open(file, path.resolve("prisma/migrations"));
  expect(await reopened.reader.room.count()).toBe(1);
  await reopened.close();
});
