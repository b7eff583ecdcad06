/** What `npm run reset-code` runs: the database of this environment, also while the server runs over it. */

import path from "node:path";

import { foldUsername } from "../../protocol/names";
import { makeResetCode } from "../accounts/reset-codes";
import { Database } from "../db/database";
import { parseEnv } from "../env";

/** `undefined` when there is no account of that name. */
export async function resetCodeFor(name: string): Promise<string | undefined> {
  const { databaseFile } = parseEnv(process.env);
  const database = await Database.open(databaseFile, path.resolve("prisma/migrations"));
  try {
    return await makeResetCode(database, foldUsername(name));
  } finally {
    await database.close();
  }
}
