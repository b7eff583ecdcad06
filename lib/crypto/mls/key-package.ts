/**
 * KeyPackages (RFC 9420 section 10): made for the directory, checked by whoever adds. A last-resort package carries
 * the extension last_resort, so that its owner and the directory know that it may be used more than once (MLS-08).
 */
import type { KeyPackage, PrivateKeyPackage } from "ts-mls/keyPackage.js";
import { generateKeyPackageWithKey, makeKeyPackageRef, verifyKeyPackage } from "ts-mls/keyPackage.js";
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import type { Lifetime } from "ts-mls/lifetime.js";
import { clockSkewMs, keyPackageLifetimeMs, keyPackageMaxBytes } from "@/lib/protocol/limits";
import { concatBytes } from "@/lib/protocol/bytes";
import { lastResortExtensionType, publicKeyBytes } from "@/lib/protocol/mls/profile";
import { readWhole, tlsUint } from "@/lib/protocol/mls/tls";
import { peekDeviceCertificate } from "../account/certificates";
import { lookUp } from "./anchors";
import type { AnchorSource, DeviceIdentity, IgnoredReason, MadeKeyPackage } from "./door";
import { isKeyPackageForm } from "./key-package-form";
import { capabilities, credentialOf, identifyLeaf, leafCertificate, linkMark, type LeafIdentity } from "./leaf";
import { hash, suite } from "./provider";
import { decodeWire, encodeWire } from "./wire";

const privateVersion = 1;
const secondMs = 1000;

export type CheckedKeyPackage =
  | {
      readonly ok: true;
      readonly member: LeafIdentity;
      /** Of the device, DER. */
      readonly certificate: Uint8Array;
      readonly notAfter: Date;
    }
  | { readonly ok: false; readonly reason: IgnoredReason };

/** Valid from a clock skew ago until 90 days from now, but no longer than the device certificate. */
export async function makeKeyPackage(
  identity: DeviceIdentity,
  now: Date,
  lastResort: boolean,
): Promise<MadeKeyPackage> {
  const end = Math.min(now.getTime() + keyPackageLifetimeMs, deviceValidity(identity).notAfter.getTime());
  const lifetime = { notBefore: seconds(now.getTime() - clockSkewMs), notAfter: seconds(end) };
  const { publicPackage, privatePackage } = await generateOwn(identity, lifetime, lastResort);
  return {
    publicPackage: encodeWire({ wireformat: "mls_key_package", keyPackage: publicPackage }),
    privatePackage: concatBytes(
      tlsUint(privateVersion, 1),
      privatePackage.initPrivateKey,
      privatePackage.hpkePrivateKey,
    ),
    ref: await makeKeyPackageRef(publicPackage, hash),
  };
}

/** Lifetimes count here and nowhere else: only the adder asks a clock (MLS-12). */
export async function checkKeyPackage(
  bytes: Uint8Array,
  options: { readonly anchors: AnchorSource; readonly now: Date; readonly expected?: { readonly accountId?: string } },
): Promise<CheckedKeyPackage> {
  const { anchors, now, expected } = options;
  const keyPackage = decodeKeyPackageMessage(bytes);
  if (keyPackage === undefined || !isKeyPackageForm(keyPackage)) return { ok: false, reason: "malformed" };
  const member = await identifyLeaf(keyPackage.leafNode, lookUp(anchors));
  if (member === undefined) return { ok: false, reason: "bad-credential" };
  if (expected?.accountId !== undefined && expected.accountId !== member.accountId) {
    return { ok: false, reason: "bad-credential" };
  }
  if (!(await isKeyPackageSigned(keyPackage))) return { ok: false, reason: "bad-signature" };
  const notAfter = currentUntil(keyPackage, now);
  const certificate = leafCertificate(keyPackage.leafNode);
  return notAfter === undefined || certificate === undefined
    ? { ok: false, reason: "not-allowed" }
    : { ok: true, member, certificate, notAfter };
}

export function decodeKeyPackageMessage(bytes: Uint8Array): KeyPackage | undefined {
  const message = decodeWire(bytes, keyPackageMaxBytes);
  return message?.wireformat === "mls_key_package" ? message.keyPackage : undefined;
}

/** The private halves; `undefined` when the bytes are not what `makeKeyPackage` wrote. */
export function decodePrivatePackage(bytes: Uint8Array, identity: DeviceIdentity): PrivateKeyPackage | undefined {
  return readWhole(bytes, (reader) => {
    reader.require(reader.uint8() === privateVersion);
    return {
      initPrivateKey: reader.bytes(publicKeyBytes),
      hpkePrivateKey: reader.bytes(publicKeyBytes),
      signaturePrivateKey: identity.secretKey,
    };
  });
}

/**
 * A package that never leaves this device, as old as its certificate: the leaf of a creator or an external joiner. `link`: key of
 * the invite link that it comes in by.
 */
export function generateOwnLeaf(identity: DeviceIdentity, link?: Uint8Array) {
  const { notBefore, notAfter } = deviceValidity(identity);
  const lifetime = { notBefore: seconds(notBefore.getTime()), notAfter: seconds(notAfter.getTime()) };
  return generateOwn(identity, lifetime, false, link);
}

async function generateOwn(identity: DeviceIdentity, lifetime: Lifetime, lastResort: boolean, link?: Uint8Array) {
  const extensions = lastResort ? [{ extensionType: lastResortExtensionType, extensionData: new Uint8Array() }] : [];
  return await generateKeyPackageWithKey(
    credentialOf(identity.deviceCertificate),
    capabilities,
    lifetime,
    extensions,
    { signKey: identity.secretKey, publicKey: identity.publicKey },
    await suite(),
    link === undefined ? [] : [linkMark(link)],
  );
}

async function isKeyPackageSigned(keyPackage: KeyPackage): Promise<boolean> {
  const { signature } = await suite();
  const isLeafSigned = await verifyLeafNodeSignatureKeyPackage(keyPackage.leafNode, signature);
  return isLeafSigned && (await verifyKeyPackage(keyPackage, signature));
}

/** When the package ends, or `undefined` when it is not valid now, or claims to live too long. */
function currentUntil({ leafNode }: KeyPackage, now: Date): Date | undefined {
  const { notBefore, notAfter } = leafNode.lifetime;
  const der = leafCertificate(leafNode);
  const certificate = der && peekDeviceCertificate(der);
  if (certificate === undefined || certificate.notAfter.getTime() + clockSkewMs < now.getTime()) return undefined;
  if (certificate.notBefore.getTime() - clockSkewMs > now.getTime()) return undefined;
  const time = seconds(now.getTime());
  if (notBefore > time || notAfter < time) return undefined;
  if (notAfter - notBefore > seconds(keyPackageLifetimeMs + 2 * clockSkewMs)) return undefined;
  return new Date(Number(notAfter) * secondMs);
}

function deviceValidity(identity: DeviceIdentity): { readonly notBefore: Date; readonly notAfter: Date } {
  const certificate = peekDeviceCertificate(identity.deviceCertificate);
  if (certificate === undefined) throw new Error("the own device certificate is not in the profile");
  return certificate;
}

function seconds(ms: number): bigint {
  return BigInt(Math.max(0, Math.floor(ms / secondMs)));
}
