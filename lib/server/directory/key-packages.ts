/** The stock of KeyPackages: filled by their device, each one-time package handed out once (DIR-05). */

import { equalBytes } from "../../protocol/bytes";
import { keyPackageUploadMax } from "../../protocol/limits";
import { column, type Transaction } from "../db/database";
import { Refused } from "../refused";
import type { CheckedKeyPackage } from "./check-device";

/** A package that is there already is left alone: an upload whose answer was lost can be repeated. */
export async function storeKeyPackages(
  transaction: Transaction,
  deviceId: string,
  offered: readonly CheckedKeyPackage[],
): Promise<void> {
  const hashes = offered.map(({ initKeyHash }) => initKeyHash);
  const known = await transaction.keyPackage.findMany({ where: { initKeyHash: { in: hashes } } });
  const held = new Map(known.map((row) => [row.initKeyHash, row]));
  const added = offered.filter(({ initKeyHash, bytes }) => {
    const row = held.get(initKeyHash);
    if (row !== undefined && (row.deviceId !== deviceId || !equalBytes(row.bytes, bytes)))
      throw new Refused("BAD_KEY_PACKAGE");
    return row === undefined;
  });
  if (added.some(({ lastResort }) => lastResort)) {
    await transaction.keyPackage.deleteMany({ where: { deviceId, lastResort: true } });
  }
  await transaction.keyPackage.createMany({
    data: added.map(({ bytes, initKeyHash, lastResort, notAfter }) => ({
      deviceId,
      initKeyHash,
      lastResort,
      notAfter,
      bytes: column(bytes),
    })),
  });
  await dropOldest(transaction, deviceId);
}

/** `undefined`: nothing left that still lives. */
export async function takeKeyPackage(
  transaction: Transaction,
  deviceId: string,
  now: Date,
): Promise<{ readonly keyPackage: Uint8Array; readonly lastResort: boolean } | undefined> {
  const where = { deviceId, notAfter: { gt: now } };
  const oldest = await transaction.keyPackage.findFirst({
    where: { ...where, lastResort: false },
    orderBy: { id: "asc" },
  });
  if (oldest !== null) {
    await transaction.keyPackage.delete({ where: { id: oldest.id } });
    return { keyPackage: oldest.bytes, lastResort: false };
  }
  const fallback = await transaction.keyPackage.findFirst({ where: { ...where, lastResort: true } });
  return fallback === null ? undefined : { keyPackage: fallback.bytes, lastResort: true };
}

async function dropOldest(transaction: Transaction, deviceId: string): Promise<void> {
  const surplus = await transaction.keyPackage.findMany({
    where: { deviceId, lastResort: false },
    orderBy: { id: "desc" },
    skip: keyPackageUploadMax,
    select: { id: true },
  });
  await transaction.keyPackage.deleteMany({ where: { id: { in: surplus.map(({ id }) => id) } } });
}
