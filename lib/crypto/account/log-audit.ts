/**
 * What each entry of the transparency log may say after those before it (SPEC LOG-08). The log's server only writes down
 * what accounts have signed; whoever reads all entries with this sees whether it did.
 */
import { sha256 } from "@noble/hashes/sha2.js";

import { deletionStatement } from "@/lib/protocol/account-statement";
import { toHex } from "@/lib/protocol/bytes";
import { decodeLogEntry, type LogEntry } from "@/lib/protocol/log/entries";
import {
  verifyAccountCertificate,
  verifyByAccount,
  verifyDeviceCertificate,
  type AccountCertificate,
} from "./certificates";
import { verifyRevocation } from "./revocation";

export type EntryFault =
  /** The bytes are no entry. */
  | "NOT_AN_ENTRY"
  /** The certificate does not verify, or is another account's than the entry says. */
  | "BAD_CERTIFICATE"
  | "ACCOUNT_EXISTS"
  /** Another account has the name, or had it until it was deleted. */
  | "NAME_TAKEN"
  | "UNKNOWN_ACCOUNT"
  /** The account was deleted, or another key has taken its name. */
  | "ACCOUNT_ENDED"
  /** The device's id or key is another device's. */
  | "DEVICE_TAKEN"
  /** The device was revoked before. */
  | "DEVICE_REVOKED"
  /** A certificate of the device that is no newer than one before. */
  | "NOT_NEWER"
  /** The revocation does not verify, or is another account's. */
  | "BAD_REVOCATION"
  | "UNKNOWN_DEVICE"
  /** The account has not signed that it ends. */
  | "BAD_DELETION";

interface KnownAccount {
  readonly certificate: AccountCertificate;
  ended: boolean;
  /** Of an account that was replaced. */
  successorId?: string;
}

interface KnownDevice {
  readonly accountId: string;
  /** Ed25519, hex. */
  readonly key: string;
  notBefore: number;
  /** SHA-256 of its newest certificate, hex. */
  digest: string;
  revoked: boolean;
}

type Entry<Kind extends LogEntry["kind"]> = Extract<LogEntry, { kind: Kind }>;

/** Reads a log from its first entry on. What is faulty is named and has no effect on what follows. */
export class LogAudit {
  readonly #accounts = new Map<string, KnownAccount>();
  /** Account that has a name, or had it last. */
  readonly #names = new Map<string, string>();
  readonly #devices = new Map<string, KnownDevice>();
  readonly #deviceKeys = new Map<string, string>();

  get accounts(): number {
    return this.#accounts.size;
  }

  get devices(): number {
    return this.#devices.size;
  }

  /** `undefined`: nothing is wrong with it. */
  async read(bytes: Uint8Array): Promise<EntryFault | undefined> {
    const entry = decodeLogEntry(bytes);
    if (entry === undefined) return "NOT_AN_ENTRY";
    if (entry.kind === "account") return await this.#account(entry);
    const account = this.#accounts.get(entry.accountId);
    if (account === undefined) return "UNKNOWN_ACCOUNT";
    if (account.ended) return "ACCOUNT_ENDED";
    switch (entry.kind) {
      case "device":
        return await this.#device(entry, account);
      case "revocation":
        return await this.#revocation(entry, account);
      case "deletion":
        return await deletion(entry, account);
      case "replaced":
        account.ended = true;
        account.successorId = entry.successorId;
        return undefined;
    }
  }

  async #account({ accountId, certificate }: Entry<"account">): Promise<EntryFault | undefined> {
    const account = await verifyAccountCertificate(certificate);
    if (account?.accountId !== accountId) return "BAD_CERTIFICATE";
    if (this.#accounts.has(accountId)) return "ACCOUNT_EXISTS";
    const holder = this.#accounts.get(this.#names.get(account.username) ?? "");
    if (holder !== undefined && holder.successorId !== accountId) return "NAME_TAKEN";
    // A million of them are kept: without the bytes that were just read.
    this.#accounts.set(accountId, { certificate: { ...account, der: new Uint8Array() }, ended: false });
    this.#names.set(account.username, accountId);
    return undefined;
  }

  async #device({ accountId, certificate }: Entry<"device">, account: KnownAccount): Promise<EntryFault | undefined> {
    const device = await verifyDeviceCertificate(certificate, account.certificate);
    if (device === undefined) return "BAD_CERTIFICATE";
    const key = toHex(device.publicKey);
    const [known, holder] = [this.#devices.get(device.deviceId), this.#deviceKeys.get(key)];
    const isSame = known?.accountId === accountId && known.key === key;
    if (known !== undefined ? !isSame : holder !== undefined) return "DEVICE_TAKEN";
    if (known?.revoked === true) return "DEVICE_REVOKED";
    const notBefore = device.notBefore.getTime();
    const digest = toHex(sha256(certificate));
    if (known !== undefined && (known.notBefore > notBefore || known.digest === digest)) return "NOT_NEWER";
    this.#devices.set(device.deviceId, { accountId, key, notBefore, digest, revoked: false });
    this.#deviceKeys.set(key, device.deviceId);
    return undefined;
  }

  async #revocation({ revocation }: Entry<"revocation">, account: KnownAccount): Promise<EntryFault | undefined> {
    const verified = await verifyRevocation(revocation, account.certificate);
    if (verified === undefined) return "BAD_REVOCATION";
    const device = this.#devices.get(verified.deviceId);
    if (device?.accountId !== account.certificate.accountId) return "UNKNOWN_DEVICE";
    if (device.revoked) return "DEVICE_REVOKED";
    device.revoked = true;
    return undefined;
  }
}

async function deletion(
  { accountId, vaultVersion, signature }: Entry<"deletion">,
  account: KnownAccount,
): Promise<EntryFault | undefined> {
  const statement = deletionStatement({ accountId, vaultVersion });
  if (!(await verifyByAccount(account.certificate, statement, signature))) return "BAD_DELETION";
  account.ended = true;
  return undefined;
}
