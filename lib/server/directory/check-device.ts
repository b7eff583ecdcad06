/** What the directory refuses of a new device: anything a correct client would refuse when it meets it. SPEC DIR. */

import { createHash } from "node:crypto";

import { verifyEd25519 } from "../../crypto/account/ed25519";
import {
  peekDeviceCertificate,
  verifyDeviceCertificate,
  type AccountCertificate,
} from "../../crypto/account/certificates";
import { equalBytes } from "../../protocol/bytes";
import { clockSkewMs, keyPackageLifetimeMs } from "../../protocol/limits";
import { peekKeyPackage, type PeekedKeyPackage } from "../../protocol/mls/peek-key-package";
import { signWithLabelContent } from "../../protocol/mls/sign-with-label";
import { Refused } from "../refused";

export interface OfferedDevice {
  readonly name: string;
  readonly certificate: Uint8Array;
  readonly keyPackages: readonly Uint8Array[];
  readonly lastResort: Uint8Array;
}

export interface CheckedKeyPackage {
  readonly bytes: Uint8Array;
  /** SHA-256 of the HPKE init key, lower-case hex. */
  readonly initKeyHash: string;
  readonly lastResort: boolean;
  readonly notAfter: Date;
}

export interface CheckedDevice {
  readonly deviceId: string;
  readonly name: string;
  readonly certificate: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly keyPackages: readonly CheckedKeyPackage[];
}

const secondMs = 1000;

/** Throws BAD_CERTIFICATE or BAD_KEY_PACKAGE (DIR-03, DIR-04). */
export async function checkNewDevice(
  account: AccountCertificate,
  offered: OfferedDevice,
  now: Date,
): Promise<CheckedDevice> {
  const device = await verifyDeviceCertificate(offered.certificate, account);
  if (device === undefined || device.notBefore > now || device.notAfter < now) throw new Refused("BAD_CERTIFICATE");
  const { deviceId, der: certificate, publicKey } = device;
  const keyPackages = await checkKeyPackages({ certificate, publicKey }, offered.keyPackages, offered.lastResort, now);
  return { deviceId, name: offered.name, certificate, publicKey, keyPackages };
}

/** Throws BAD_CERTIFICATE unless it is the same device and key, living now and no shorter than the one before (CERT-13). */
export async function checkRenewal(
  account: AccountCertificate,
  held: { readonly id: string; readonly publicKey: Uint8Array; readonly certificate: Uint8Array },
  offered: Uint8Array,
  now: Date,
): Promise<void> {
  const renewed = await verifyDeviceCertificate(offered, account);
  const before = peekDeviceCertificate(held.certificate);
  if (before === undefined) throw new Error("a stored device certificate does not parse");
  const isSame = renewed?.deviceId === held.id && equalBytes(renewed.publicKey, held.publicKey);
  if (!isSame || renewed.notBefore > now || renewed.notAfter < now || renewed.notAfter < before.notAfter) {
    throw new Refused("BAD_CERTIFICATE");
  }
}

/** Each must be of this very device, signed by it, of our profile, living now, and share no key with another. */
export async function checkKeyPackages(
  device: { readonly certificate: Uint8Array; readonly publicKey: Uint8Array },
  oneTime: readonly Uint8Array[],
  lastResort: Uint8Array | undefined,
  now: Date,
): Promise<CheckedKeyPackage[]> {
  const offered = lastResort === undefined ? oneTime : [...oneTime, lastResort];
  const checked: CheckedKeyPackage[] = [];
  const keys = new Set<string>();
  for (const bytes of offered) {
    const peeked = peekKeyPackage(bytes);
    const isLastResort = bytes === lastResort;
    if (peeked?.lastResort !== isLastResort || !isOfDevice(peeked, device) || !isLiving(peeked, now)) throw bad();
    if (!(await isSigned(peeked))) throw bad();
    const initKeyHash = hashOf(peeked.initKey);
    keys.add(initKeyHash).add(hashOf(peeked.encryptionKey));
    checked.push({
      bytes,
      initKeyHash,
      lastResort: isLastResort,
      notAfter: new Date(Number(peeked.notAfter) * secondMs),
    });
  }
  if (keys.size !== offered.length * 2) throw bad();
  return checked;
}

function isOfDevice(peeked: PeekedKeyPackage, device: { certificate: Uint8Array; publicKey: Uint8Array }): boolean {
  return equalBytes(peeked.certificate, device.certificate) && equalBytes(peeked.signatureKey, device.publicKey);
}

async function isSigned({ signatureKey, tbs, signature, leafTbs, leafSignature }: PeekedKeyPackage): Promise<boolean> {
  const isWholeSigned = await verifyEd25519(signatureKey, signWithLabelContent("KeyPackageTBS", tbs), signature);
  return (
    isWholeSigned && (await verifyEd25519(signatureKey, signWithLabelContent("LeafNodeTBS", leafTbs), leafSignature))
  );
}

/** Lifetimes are in seconds. A package may live no longer than what clients make, and must have begun. */
function isLiving({ notBefore, notAfter }: PeekedKeyPackage, now: Date): boolean {
  const seconds = BigInt(Math.floor(now.getTime() / secondMs));
  const longest = BigInt((keyPackageLifetimeMs + 2 * clockSkewMs) / secondMs);
  return notBefore <= seconds && notAfter > seconds && notAfter - notBefore <= longest;
}

function hashOf(key: Uint8Array): string {
  return createHash("sha256").update(key).digest("hex");
}

function bad(): Refused {
  return new Refused("BAD_KEY_PACKAGE");
}
