/** Keeps the directory's stock of one-time KeyPackages filled. Private halves are stored before they are offered. */

import { makeKeyPackage } from "../../crypto/mls/key-package";
import type { DeviceIdentity } from "../../crypto/mls/door";
import { toHex } from "../../protocol/bytes";
import { keyPackageTarget } from "../../protocol/limits";
import type { Clock, Store, Transport } from "./ports";
import { keyPackageKey } from "./records";

/** Makes `count` packages and stores their private halves; answers the public ones. */
async function stockKeyPackages(
  store: Store,
  identity: DeviceIdentity,
  now: Date,
  count: number,
  lastResort: boolean,
): Promise<Uint8Array[]> {
  const made = [];
  for (let index = 0; index < count; index++) made.push(await makeKeyPackage(identity, now, lastResort));
  await store.write(made.map(({ ref, privatePackage }) => ({ key: keyPackageKey(toHex(ref)), value: privatePackage })));
  return made.map(({ publicPackage }) => publicPackage);
}

/** What a new device registers with: its whole stock, and the package that stays when it runs out. */
export async function firstKeyPackages(
  store: Store,
  identity: DeviceIdentity,
  now: Date,
): Promise<{ keyPackages: Uint8Array[]; lastResort: Uint8Array }> {
  const keyPackages = await stockKeyPackages(store, identity, now, keyPackageTarget, false);
  const [lastResort] = await stockKeyPackages(store, identity, now, 1, true);
  if (lastResort === undefined) throw new Error("no last-resort KeyPackage was made");
  return { keyPackages, lastResort };
}

export async function refillKeyPackages(
  store: Store,
  transport: Transport,
  clock: Clock,
  identity: DeviceIdentity,
): Promise<void> {
  const stock = await transport.keyPackageStock();
  if (!stock.ok || stock.value > keyPackageTarget / 2) return;
  const now = new Date(clock.now());
  const packages = await stockKeyPackages(store, identity, now, keyPackageTarget - stock.value, false);
  await transport.uploadKeyPackages(packages);
}
