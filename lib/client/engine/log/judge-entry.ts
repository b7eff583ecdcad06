/** What an entry of the log means for the own account and the own name (SPEC LOG-12). */

import {
  peekAccountCertificate,
  peekDeviceCertificate,
  verifyAccountCertificate,
  verifyByAccount,
  verifyDeviceCertificate,
  type AccountCertificate,
  type DeviceCertificate,
} from "../../../crypto/account/certificates";
import { verifyRevocation } from "../../../crypto/account/revocation";
import { deletionStatement } from "../../../protocol/account-statement";
import { equalBytes, toHex } from "../../../protocol/bytes";
import { decodeLogEntry, type LogEntry } from "../../../protocol/log/entries";
import type { StoredIdentity } from "../identity";
import { knownName, removedName } from "./own-doings";

export interface JudgeHost {
  readonly identity: Pick<StoredIdentity, "accountId" | "deviceId" | "publicKey" | "username" | "accountCertificate">;
  /** The device is in one of our rooms with another certificate of the same key: it was renewed, and is not new. */
  isRenewal(device: DeviceCertificate): boolean;
  /** A revocation of one of the own devices. */
  revoked(revocation: Uint8Array): void;
}

/** What was read before, and changes with each entry. */
export interface Judging {
  /** Own devices that need no word, come (`knownName`) or gone (`removedName`). */
  readonly known: ReadonlySet<string>;
  /** Accounts that had the own name and have not been replaced. */
  readonly before: Set<string>;
  /** The own account's entry was read. */
  isBegun: boolean;
  /** Place of the own device's entry. */
  readonly own: number;
}

export type Finding =
  | {
      readonly kind: "arrival";
      readonly deviceId: string;
      readonly key: string;
      readonly at: number;
      readonly index: number;
    }
  | { readonly kind: "removal"; readonly deviceId: string; readonly at: number; readonly index: number }
  | { readonly kind: "forged-entry" | "name-taken" | "own-deletion"; readonly index: number };

export async function judge(host: JudgeHost, judging: Judging, bytes: Uint8Array, index: number): Promise<Finding[]> {
  const entry = decodeLogEntry(bytes);
  if (entry === undefined) return [];
  const taken: Finding = { kind: "name-taken", index };
  if (entry.accountId !== host.identity.accountId) return isOthers(host, judging, entry) ? [] : [taken];
  if (entry.kind === "replaced") return [taken];
  const own = await verifyAccountCertificate(host.identity.accountCertificate);
  if (own === undefined) return [];
  const verdict = await ownEntry(host, judging, own, entry);
  if (verdict === "forged") return [{ kind: "forged-entry", index }];
  // A living account has not deleted itself; with it goes what a device has of it.
  if (verdict === "deleted") return [{ kind: "own-deletion", index }];
  // Whoever had the name and was not replaced by then still has it.
  if (verdict === "begun") {
    const isFree = judging.before.size === 0;
    judging.isBegun = true;
    return isFree ? [] : [taken];
  }
  if (verdict === undefined || index <= judging.own) return [];
  if ("removed" in verdict) return [{ kind: "removal", deviceId: verdict.removed, at: entry.at, index }];
  return [{ kind: "arrival", deviceId: verdict.deviceId, key: toHex(verdict.publicKey), at: entry.at, index }];
}

/** False: it puts the own name on a key of somebody else. Before the own account began another one may have had it. */
function isOthers({ identity }: JudgeHost, judging: Judging, entry: LogEntry): boolean {
  const { accountId } = entry;
  if (entry.kind === "replaced") {
    if (judging.before.delete(accountId) && entry.successorId !== identity.accountId)
      judging.before.add(entry.successorId);
    return true;
  }
  if (entry.kind !== "account" && entry.kind !== "device") return true;
  const named =
    entry.kind === "account" ? peekAccountCertificate(entry.certificate) : peekDeviceCertificate(entry.certificate);
  if (named?.username !== identity.username) return true;
  if (judging.isBegun) return false;
  if (entry.kind === "account") judging.before.add(accountId);
  return judging.before.has(accountId);
}

/** A device that came, or the id of one that went; `begun`: the account itself; `forged`: the account has not signed it. */
async function ownEntry(
  host: JudgeHost,
  { known }: Judging,
  own: AccountCertificate,
  entry: Exclude<LogEntry, { kind: "replaced" }>,
): Promise<DeviceCertificate | { readonly removed: string } | "begun" | "deleted" | "forged" | undefined> {
  switch (entry.kind) {
    case "account": {
      const account = await verifyAccountCertificate(entry.certificate);
      return account?.accountId === own.accountId && account.username === own.username ? "begun" : "forged";
    }
    case "device": {
      const device = await verifyDeviceCertificate(entry.certificate, own);
      if (device === undefined) return "forged";
      if (device.deviceId === host.identity.deviceId)
        return equalBytes(device.publicKey, host.identity.publicKey) ? undefined : "forged";
      const isOld = known.has(knownName(device.deviceId, toHex(device.publicKey))) || host.isRenewal(device);
      return isOld ? undefined : device;
    }
    case "revocation": {
      const revoked = await verifyRevocation(entry.revocation, own);
      if (revoked === undefined) return "forged";
      host.revoked(entry.revocation);
      const isOld = revoked.deviceId === host.identity.deviceId || known.has(removedName(revoked.deviceId));
      return isOld ? undefined : { removed: revoked.deviceId };
    }
    case "deletion": {
      const statement = deletionStatement({ accountId: own.accountId, vaultVersion: entry.vaultVersion });
      return (await verifyByAccount(own, statement, entry.signature)) ? "deleted" : "forged";
    }
  }
}
