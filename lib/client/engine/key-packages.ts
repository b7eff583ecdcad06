/** Keeps the directory's stock of one-time KeyPackages filled. Private halves are stored before they are offered. */

import { z } from "zod";

import { makeKeyPackage } from "../../crypto/mls/key-package";
import type { DeviceIdentity, Group, MadeKeyPackage } from "../../crypto/mls/door";
import { welcomeRefs } from "../../crypto/mls/join-welcome";
import { epochAuthenticator } from "../../crypto/mls/roster";
import { toHex } from "../../protocol/bytes";
import { clockSkewMs, keyPackageLifetimeMs, keyPackageTarget, lastResortOpenedMax } from "../../protocol/limits";
import { peekKeyPackage } from "../../protocol/mls/peek-key-package";
import type { Clock, Store, Transport, Write } from "./ports";
import { decodeRecord, encodeRecord, keyPackageKey, publicPackageKey } from "./records";
import { unlessDamaged } from "./replaceable";

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
  await store.write(
    made.flatMap((one) => [
      ...rowsOf(one, now),
      ...(lastResort ? [{ key: lastResortKey, value: encodeRecord(now.getTime()) }] : []),
    ]),
  );
  return made.map(({ publicPackage }) => publicPackage);
}

/** One that was not offered to the directory: a Welcome for it may come until it has expired. */
export async function holdKeyPackage(store: Store, made: MadeKeyPackage, now: Date): Promise<void> {
  await store.write(rowsOf(made, now));
}

function rowsOf({ ref, privatePackage, publicPackage }: MadeKeyPackage, now: Date): Write[] {
  const expiresMs = now.getTime() + keyPackageLifetimeMs + clockSkewMs;
  return [
    { key: keyPackageKey(toHex(ref)), value: privatePackage },
    { key: publicPackageKey(toHex(ref)), value: publicPackage },
    { key: expiryKey(expiresMs, toHex(ref)), value: new Uint8Array([1]) },
  ];
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

/** Fills the stock to its target. What has expired the server no longer counts, and here its private half goes. */
export async function refillKeyPackages(
  store: Store,
  transport: Transport,
  clock: Clock,
  identity: DeviceIdentity,
): Promise<void> {
  await dropExpired(store, clock.now());
  const stock = await transport.keyPackageStock();
  if (!stock.ok) return;
  const now = new Date(clock.now());
  const packages: Uint8Array[] = [];
  if (stock.value < keyPackageTarget) {
    packages.push(...(await stockKeyPackages(store, identity, now, keyPackageTarget - stock.value, false)));
  }
  const isOld = await isLastResortOld(store, clock.now());
  const [lastResort] = isOld ? await stockKeyPackages(store, identity, now, 1, true) : [];
  if (packages.length > 0 || lastResort !== undefined) await transport.uploadKeyPackages(packages, lastResort);
}

/** The package of last resort is renewed long before others would refuse it. */
async function isLastResortOld(store: Store, nowMs: number): Promise<boolean> {
  const madeMs = await unlessDamaged(async () => {
    const bytes = await store.get(lastResortKey);
    return bytes && decodeRecord(z.number(), lastResortKey, bytes);
  });
  return nowMs - (madeMs ?? 0) > keyPackageLifetimeMs / 2;
}

const lastResortKey = "kp-last-resort";

/** A private half stays until nobody can have taken its KeyPackage any more (ENG-21). */
async function dropExpired(store: Store, nowMs: number): Promise<void> {
  const expired = await store.keys(expiryPrefix, { before: expiryKey(nowMs, "") });
  const gone = expired.flatMap((key) => {
    const ref = key.split("/")[2] ?? "";
    return [key, keyPackageKey(ref), publicPackageKey(ref), openedKey(ref)];
  });
  if (gone.length > 0) await store.write(gone.map((key) => ({ key, value: undefined })));
}

export interface HeldKeyPackage extends Pick<MadeKeyPackage, "publicPackage" | "privatePackage"> {
  readonly ref: string;
  /** Marks of the epochs into which one of last resort has led. */
  readonly opened: readonly string[];
}

/** The KeyPackage that a Welcome was made for, if this device holds it. */
export async function heldKeyPackage(store: Store, welcome: Uint8Array): Promise<HeldKeyPackage | undefined> {
  for (const ref of welcomeRefs(welcome).map(toHex)) {
    const held = await packageOf(store, ref);
    if (held === undefined) continue;
    const opened = await unlessDamaged(async () => {
      const bytes = await store.get(openedKey(ref));
      return bytes && decodeRecord(openedSchema, openedKey(ref), bytes);
    });
    return { ref, ...held, opened: opened ?? [] };
  }
  return undefined;
}

/** Both halves of the KeyPackage of this reference (hex), if this device holds them. */
export async function packageOf(
  store: Store,
  ref: string,
): Promise<Pick<MadeKeyPackage, "publicPackage" | "privatePackage"> | undefined> {
  const [privatePackage, publicPackage] = await Promise.all([
    store.get(keyPackageKey(ref)),
    store.get(publicPackageKey(ref)),
  ]);
  return privatePackage && publicPackage && { publicPackage, privatePackage };
}

/** An epoch that was begun from the Welcome once begins with the same message keys again: it may not (S16, ENG-21). */
export function mayOpen({ opened }: HeldKeyPackage, group: Group): boolean {
  return opened.length < lastResortOpenedMax && !opened.includes(epochMark(group));
}

/**
 * Once a Welcome was opened both halves of a one-time package go. One of last resort may have been handed out again
 * and stays until it expires; the stock's upkeep puts another in its place.
 */
export function usedKeyPackage({ ref, publicPackage, opened }: HeldKeyPackage, group: Group): Write[] {
  const isLastResort = peekKeyPackage(publicPackage)?.lastResort === true;
  if (!isLastResort) return [keyPackageKey(ref), publicPackageKey(ref)].map((key) => ({ key, value: undefined }));
  return [
    { key: lastResortKey, value: undefined },
    { key: openedKey(ref), value: encodeRecord([...opened, epochMark(group)]) },
  ];
}

const openedSchema = z.array(z.string()).max(lastResortOpenedMax);

function openedKey(ref: string): string {
  return `kp-opened/${ref}`;
}

/** The same for all bytes in which the epoch may come. */
function epochMark(group: Group): string {
  return toHex(epochAuthenticator(group).subarray(0, 16));
}

const expiryPrefix = "kp-expiry/";

function expiryKey(expiresMs: number, ref: string): string {
  return `${expiryPrefix}${String(expiresMs).padStart(16, "0")}/${ref}`;
}
