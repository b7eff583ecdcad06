/**
 * The end of an account, deleted by its owner or replaced under its name (SPEC REC-05, REC-06). What signs in, opens
 * or reaches it goes. Its certificate stays and is found by id, because rooms may hold its leaves for a while and
 * nobody could come into them without it; so do its devices' revocations, by which members take those leaves out.
 */

import { column, type Transaction } from "../db/database";
import { Refused } from "../refused";

/** Nothing is kept any more for an account that has ended: a request may have been under way. */
export async function requireLiving(transaction: Transaction, accountId: string): Promise<void> {
  const account = await transaction.account.findUnique({ where: { id: accountId }, select: { retiredAt: true } });
  if (account === null || account.retiredAt !== null) throw new Refused("NOT_FOUND");
}

export async function retireAccount(
  transaction: Transaction,
  accountId: string,
  username: string,
  successorId: string | null,
): Promise<void> {
  const devices = { accountId };
  await transaction.keyPackage.deleteMany({ where: { device: devices } });
  await transaction.rosterEntry.deleteMany({ where: { device: devices } });
  await transaction.device.updateMany({ where: { accountId, revokedAt: null }, data: { revokedAt: new Date() } });
  // Ids and keys are never another device's (DIR-03); what its owner called it is nobody's business now.
  await transaction.device.updateMany({ where: devices, data: { name: "" } });
  await transaction.keyring.deleteMany({ where: { accountId } });
  await transaction.archive.deleteMany({ where: { accountId } });
  await transaction.resetCode.deleteMany({ where: { accountId } });
  await transaction.pendingLogin.deleteMany({ where: { username } });
  await transaction.account.update({
    where: { id: accountId },
    data: {
      // No name can begin so: nobody finds it by name, and the name is free for its successor.
      username: `~${accountId}`,
      opaqueRecord: "",
      vault: column(new Uint8Array()),
      recoveryHash: null,
      retiredAt: new Date(),
      successorId,
    },
  });
}
