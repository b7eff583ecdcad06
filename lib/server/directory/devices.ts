/**
 * An account's devices in the directory: adding, listing, renaming, renewing, revoking, stocking with KeyPackages,
 * claiming those. SPEC DIR. A device is taken and given up only with a signature of the account key; the directory stores
 * both, so that nobody has to believe it.
 */

import type { z } from "zod";

import {
  peekDeviceCertificate,
  verifyAccountCertificate,
  type AccountCertificate,
} from "../../crypto/account/certificates";
import { verifyRevocation } from "../../crypto/account/revocation";
import { equalBytes, toBase64 } from "../../protocol/bytes";
import { maxDevicesPerAccount } from "../../protocol/limits";
import type { ownDevicesAnswer } from "../../protocol/schemas/http";
import type { RenewalBody } from "../../protocol/schemas/account";
import type { AccountNotices } from "../accounts/account-notices";
import type { Renewals } from "../accounts/renewals";
import { today, type Session, type Sessions } from "../accounts/sessions";
import { column, type Database, type Transaction } from "../db/database";
import { dropRevoked } from "../delivery/roster";
import type { TransparencyLog } from "../log/transparency-log";
import { Refused } from "../refused";
import { checkKeyPackages, checkNewDevice, checkRenewal, type CheckedDevice, type OfferedDevice } from "./check-device";
import { storeKeyPackages, takeKeyPackage } from "./key-packages";

interface ClaimedKeyPackage {
  readonly deviceId: string;
  readonly keyPackage: Uint8Array;
  readonly lastResort: boolean;
}

export interface RevokedDevice {
  readonly deviceId: string;
  readonly revocation: Uint8Array;
  /** Rooms that were delivered to it: their members are told. */
  readonly roomIds: readonly string[];
}

type RevokedListener = (revoked: RevokedDevice) => void;

/** Throws DEVICE_EXISTS when the id or the key is another device's already. */
export async function createDevice(transaction: Transaction, accountId: string, device: CheckedDevice): Promise<void> {
  const { deviceId: id, name, keyPackages } = device;
  const publicKey = column(device.publicKey);
  const same = await transaction.device.count({ where: { OR: [{ id }, { publicKey }] } });
  if (same > 0) throw new Refused("DEVICE_EXISTS");
  await transaction.device.create({
    data: { id, accountId, name, certificate: column(device.certificate), publicKey, lastSeenOn: today() },
  });
  await storeKeyPackages(transaction, id, keyPackages);
}

export class Devices {
  readonly #revokedListeners = new Set<RevokedListener>();

  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly notices: AccountNotices,
    private readonly renewals: Renewals,
    private readonly transparencyLog: TransparencyLog,
  ) {}

  /** The session that adds a device and has none yet is that device's (DEV-02). */
  async add(
    { accountId, tokenHash, deviceId: held }: Pick<Session, "accountId" | "tokenHash" | "deviceId">,
    offered: OfferedDevice,
  ): Promise<{ deviceId: string }> {
    const checked = await checkNewDevice(await this.#account(accountId), offered, new Date());
    await this.database.write((transaction) => this.#create(transaction, accountId, checked));
    if (held === undefined) await this.sessions.bind(tokenHash, checked.deviceId);
    this.#changed(accountId);
    return { deviceId: checked.deviceId };
  }

  /** As `add`, for a device that has no session yet: it gets one of its own in the same transaction (LINK-06). */
  async addWithSession(accountId: string, offered: OfferedDevice): Promise<{ deviceId: string; token: string }> {
    const checked = await checkNewDevice(await this.#account(accountId), offered, new Date());
    const { deviceId } = checked;
    const token = await this.database.write(async (transaction) => {
      await this.#create(transaction, accountId, checked);
      return await this.sessions.start(transaction, accountId, deviceId);
    });
    this.#changed(accountId);
    return { deviceId, token };
  }

  /** All devices the account ever had, for its owner. */
  async list(accountId: string): Promise<z.input<typeof ownDevicesAnswer>> {
    const devices = await this.database.reader.device.findMany({
      where: { accountId },
      include: { _count: { select: { sessions: { where: { expiresAt: { gt: new Date() } } } } } },
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    });
    return {
      devices: devices.map((device) => ({
        id: device.id,
        name: device.name,
        certificate: toBase64(device.certificate),
        createdAt: device.createdAt.toISOString(),
        lastSeenOn: device.lastSeenOn,
        signedIn: device._count.sessions > 0,
        revokedAt: device.revokedAt?.toISOString() ?? null,
        revocation: device.revocation === null ? null : toBase64(device.revocation),
      })),
    };
  }

  async rename(accountId: string, deviceId: string, name: string): Promise<void> {
    const where = { id: deviceId, accountId, revokedAt: null };
    const { count } = await this.database.write((transaction) =>
      transaction.device.updateMany({ where, data: { name } }),
    );
    if (count === 0) throw new Refused("NOT_FOUND");
    this.#changed(accountId);
  }

  /** Ends what the device is signed in with; it stays a device of the account. */
  async signOut(accountId: string, deviceId: string): Promise<void> {
    const count = await this.database.reader.device.count({ where: { id: deviceId, accountId } });
    if (count === 0) throw new Refused("NOT_FOUND");
    await this.sessions.endOfDevice(accountId, deviceId);
    this.#changed(accountId);
  }

  /** A newer certificate of the same device and key (CERT-13); the one that is stored already is taken again. */
  async renew(accountId: string, deviceId: string, certificate: Uint8Array): Promise<void> {
    const account = await this.#account(accountId);
    const where = { id: deviceId, accountId, revokedAt: null };
    const device = await this.database.reader.device.findFirst({ where });
    if (device === null) throw new Refused("NOT_FOUND");
    if (equalBytes(device.certificate, certificate)) return;
    await checkRenewal(account, device, certificate, new Date());
    await this.database.write(async (transaction) => {
      const { count } = await transaction.device.updateMany({ where, data: { certificate: column(certificate) } });
      if (count === 0) throw new Refused("NOT_FOUND");
      await this.transparencyLog.append(transaction, [{ kind: "device", accountId, certificate }]);
    });
    this.#changed(accountId);
  }

  /**
   * Final: its KeyPackages, its sessions and what waits for it go, its sockets are closed, its id and key are never taken again. The first signed
   * revocation stays; a repeated one changes nothing (DEV-03). The renewed account secret comes with it, or nothing does (REN-02).
   */
  async revoke(accountId: string, deviceId: string, revocation: Uint8Array, renewal?: RenewalBody): Promise<void> {
    const known = await this.database.reader.device.count({ where: { id: deviceId, accountId } });
    if (known === 0) throw new Refused("NOT_FOUND");
    const verified = await verifyRevocation(revocation, await this.#account(accountId));
    if (verified?.deviceId !== deviceId) throw new Refused("BAD_REVOCATION");
    if (renewal !== undefined) await this.renewals.check(accountId, renewal);
    const roomIds = await this.database.write(async (transaction) => {
      if (renewal !== undefined) await this.renewals.store(transaction, accountId, renewal);
      const where = { id: deviceId, accountId, revocation: null };
      const data = { revokedAt: new Date(), revocation: column(revocation) };
      const { count } = await transaction.device.updateMany({ where, data });
      if (count === 0) return undefined;
      await transaction.keyPackage.deleteMany({ where: { deviceId } });
      await this.transparencyLog.append(transaction, [{ kind: "revocation", accountId, revocation }]);
      return await dropRevoked(transaction, { accountId, deviceId });
    });
    // Told before its sessions end: what closes its sockets should also say why.
    if (roomIds !== undefined)
      for (const listener of this.#revokedListeners) listener({ deviceId, revocation, roomIds });
    await this.sessions.endOfDevice(accountId, deviceId);
    if (roomIds !== undefined) this.#changed(accountId);
    if (renewal !== undefined) this.renewals.tell(accountId);
  }

  onRevoked(listener: RevokedListener): void {
    this.#revokedListeners.add(listener);
  }

  async #account(accountId: string): Promise<AccountCertificate> {
    const row = await this.database.reader.account.findUniqueOrThrow({ where: { id: accountId } });
    const account = await verifyAccountCertificate(row.certificate);
    if (account === undefined) throw new Error("a stored account certificate does not verify");
    return account;
  }

  async #create(transaction: Transaction, accountId: string, checked: CheckedDevice): Promise<void> {
    const living = await transaction.device.count({ where: { accountId, revokedAt: null } });
    if (living >= maxDevicesPerAccount) throw new Refused("TOO_MANY_DEVICES");
    await createDevice(transaction, accountId, checked);
    const { certificate } = checked;
    await this.transparencyLog.append(transaction, [{ kind: "device", accountId, certificate }]);
  }

  #changed(accountId: string): void {
    this.notices.tell(accountId, "devices");
  }

  async stock(accountId: string): Promise<{ devices: { deviceId: string; available: number }[] }> {
    const living = { lastResort: false, notAfter: { gt: new Date() } };
    const devices = await this.database.reader.device.findMany({
      where: { accountId, revokedAt: null },
      select: { id: true, _count: { select: { keyPackages: { where: living } } } },
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    });
    return { devices: devices.map(({ id, _count }) => ({ deviceId: id, available: _count.keyPackages })) };
  }

  async upload(
    accountId: string,
    deviceId: string,
    keyPackages: readonly Uint8Array[],
    lastResort: Uint8Array | undefined,
  ): Promise<void> {
    const where = { id: deviceId, accountId, revokedAt: null };
    const device = await this.database.reader.device.findFirst({ where });
    if (device === null) throw new Refused("NOT_FOUND");
    const checked = await checkKeyPackages(device, keyPackages, lastResort, new Date());
    await this.database.write(async (transaction) => {
      if ((await transaction.device.count({ where })) === 0) throw new Refused("NOT_FOUND");
      await storeKeyPackages(transaction, deviceId, checked);
    });
  }

  /** One package for each device that is neither revoked nor expired. */
  async claim(username: string): Promise<{ accountId: string; keyPackages: ClaimedKeyPackage[] }> {
    const account = await this.database.reader.account.findUnique({ where: { username }, select: { id: true } });
    if (account === null) throw new Refused("NOT_FOUND");
    const now = new Date();
    const keyPackages = await this.database.write(async (transaction) => {
      const devices = await transaction.device.findMany({
        where: { accountId: account.id, revokedAt: null },
        orderBy: [{ createdAt: "asc" }, { id: "asc" }],
      });
      const taken: ClaimedKeyPackage[] = [];
      for (const { id, certificate } of devices) {
        const notAfter = peekDeviceCertificate(certificate)?.notAfter;
        if (notAfter === undefined || notAfter < now) continue;
        const one = await takeKeyPackage(transaction, id, now);
        if (one !== undefined) taken.push({ deviceId: id, ...one });
      }
      return taken;
    });
    return { accountId: account.id, keyPackages };
  }
}
