/** An account's devices in the directory: adding, revoking, stocking with KeyPackages, claiming those. SPEC DIR. */

import { peekDeviceCertificate, verifyAccountCertificate } from "../../crypto/account/certificates";
import { maxDevicesPerAccount } from "../../protocol/limits";
import { column, type Database, type Transaction } from "../db/database";
import { dropRevoked } from "../delivery/roster";
import { Refused } from "../refused";
import { checkKeyPackages, checkNewDevice, type CheckedDevice, type OfferedDevice } from "./check-device";
import { storeKeyPackages, takeKeyPackage } from "./key-packages";

interface ClaimedKeyPackage {
  readonly deviceId: string;
  readonly keyPackage: Uint8Array;
  readonly lastResort: boolean;
}

type Listener = (deviceId: string) => void;

/** Throws DEVICE_EXISTS when the id or the key is another device's already. */
export async function createDevice(transaction: Transaction, accountId: string, device: CheckedDevice): Promise<void> {
  const { deviceId: id, name, keyPackages } = device;
  const publicKey = column(device.publicKey);
  const same = await transaction.device.count({ where: { OR: [{ id }, { publicKey }] } });
  if (same > 0) throw new Refused("DEVICE_EXISTS");
  await transaction.device.create({
    data: { id, accountId, name, certificate: column(device.certificate), publicKey },
  });
  await storeKeyPackages(transaction, id, keyPackages);
}

export class Devices {
  readonly #listeners = new Set<Listener>();

  constructor(private readonly database: Database) {}

  async add(accountId: string, offered: OfferedDevice): Promise<{ deviceId: string }> {
    const row = await this.database.reader.account.findUniqueOrThrow({ where: { id: accountId } });
    const account = await verifyAccountCertificate(row.certificate);
    if (account === undefined) throw new Error("a stored account certificate does not verify");
    const checked = await checkNewDevice(account, offered, new Date());
    await this.database.write(async (transaction) => {
      const living = await transaction.device.count({ where: { accountId, revokedAt: null } });
      if (living >= maxDevicesPerAccount) throw new Refused("TOO_MANY_DEVICES");
      await createDevice(transaction, accountId, checked);
    });
    return { deviceId: checked.deviceId };
  }

  /** Final: its KeyPackages and what waits for it go, its sockets are closed, its id and key are never taken again. */
  async revoke(accountId: string, deviceId: string): Promise<void> {
    await this.database.write(async (transaction) => {
      const where = { id: deviceId, accountId, revokedAt: null };
      const { count } = await transaction.device.updateMany({ where, data: { revokedAt: new Date() } });
      if (count === 0) throw new Refused("NOT_FOUND");
      await transaction.keyPackage.deleteMany({ where: { deviceId } });
      await dropRevoked(transaction, { accountId, deviceId });
    });
    for (const listener of this.#listeners) listener(deviceId);
  }

  onRevoked(listener: Listener): void {
    this.#listeners.add(listener);
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
