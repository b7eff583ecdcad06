/**
 * The host's word that a person may put another account key under their name (SPEC REC-05): 128 random bits, of which
 * only the hash is stored, for one day and one use. A new code takes the place of a former one.
 */

import { createHash, randomBytes } from "node:crypto";

import { resetCodeMs } from "../../protocol/limits";
import { printedKeyBytes, printKey } from "../../protocol/recovery-key";
import type { Database } from "../db/database";

/** The printed code; `undefined` when there is no such account. */
export async function makeResetCode(database: Database, username: string): Promise<string | undefined> {
  const account = await database.reader.account.findUnique({ where: { username }, select: { id: true } });
  if (account === null) return undefined;
  const code = new Uint8Array(randomBytes(printedKeyBytes));
  const codeHash = createHash("sha256").update(code).digest("hex");
  const expiresAt = new Date(Date.now() + resetCodeMs);
  await database.write((transaction) =>
    transaction.resetCode.upsert({
      where: { accountId: account.id },
      create: { accountId: account.id, codeHash, expiresAt },
      update: { codeHash, expiresAt },
    }),
  );
  return printKey("reset", code);
}
