/**
 * Brings a directory that is older than its log into it, at start (SPEC LOG-04). A server that always had a log finds
 * nothing to do: entries are written with the changes they tell of.
 */

import type { Database } from "../db/database";
import type { NewEntry } from "./append";
import type { TransparencyLog } from "./transparency-log";

/** Accounts per transaction. */
const batch = 100;
const unlogged = `SELECT "id" FROM "Account" WHERE NOT EXISTS (
  SELECT 1 FROM "LogEntry" WHERE "LogEntry"."accountId" = "Account"."id"
) ORDER BY "createdAt", "id" LIMIT ${String(batch)}`;

/** How many entries were added. An account comes with all it ever had: stopped in the middle, it goes on at the next start. */
export async function logWhatIsMissing(database: Database, log: TransparencyLog): Promise<number> {
  let added = 0;
  for (;;) {
    const count = await database.write(async (transaction) => {
      const ids = await transaction.$queryRawUnsafe<{ id: string }[]>(unlogged);
      const accounts = await transaction.account.findMany({
        where: { id: { in: ids.map(({ id }) => id) } },
        include: { devices: { orderBy: [{ createdAt: "asc" }, { id: "asc" }] } },
        orderBy: [{ createdAt: "asc" }, { id: "asc" }],
      });
      const entries = accounts.flatMap(entriesOf);
      if (entries.length > 0) await log.append(transaction, entries);
      return entries.length;
    });
    if (count === 0) return added;
    added += count;
  }
}

interface StoredAccount {
  readonly id: string;
  readonly certificate: Uint8Array;
  readonly successorId: string | null;
  readonly devices: readonly { readonly certificate: Uint8Array; readonly revocation: Uint8Array | null }[];
}

/** Who deleted the account signed that for the request only: of an end before the log there is no more than the revocations. */
function entriesOf({ id: accountId, certificate, devices, successorId }: StoredAccount): NewEntry[] {
  const entries: NewEntry[] = [{ kind: "account", accountId, certificate }];
  for (const device of devices) {
    entries.push({ kind: "device", accountId, certificate: device.certificate });
    if (device.revocation !== null) entries.push({ kind: "revocation", accountId, revocation: device.revocation });
  }
  if (successorId !== null) entries.push({ kind: "replaced", accountId, successorId });
  return entries;
}
