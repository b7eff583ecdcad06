/**
 * Device keys: Ed25519, one per browser profile and account, certified by the account key for 90 days. The same key
 * signs MLS leaves (lib/crypto/mls) and, under labels of its own, everything in device-signature.ts.
 */
import { deviceIdBytes } from "@/lib/protocol/certificates";
import { toHex } from "@/lib/protocol/bytes";
import { clockSkewMs } from "@/lib/protocol/limits";
import type { DeviceIdentity } from "./identity";
import { randomBytes } from "../random";
import { randomSerial, signAsAccount } from "./account-key";
import { encodeCertificate, encodeDeviceTbs } from "./certificate-profile";
import { verifyAccountCertificate, verifyDeviceCertificate } from "./certificates";

export interface AccountSecrets {
  readonly privateKeyPkcs8: Uint8Array;
  /** DER of the account certificate. */
  readonly certificate: Uint8Array;
}

const secondMs = 1000;
const seedBytes = 32;

/** Makes a new device key and has the account certify it. Throws when the account's two halves do not fit. */
export async function makeDevice({
  account,
  now,
}: {
  readonly account: AccountSecrets;
  readonly now: Date;
}): Promise<DeviceIdentity> {
  return await certifyDevice({ account, key: await makeDeviceKey(), now });
}

/** A device's id and key, before any account has certified them. */
export async function makeDeviceKey(): Promise<Pick<DeviceIdentity, "deviceId" | "publicKey" | "secretKey">> {
  const { subtle } = globalThis.crypto;
  const pair = await subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("WebCrypto made one Ed25519 key instead of a pair");
  const pkcs8 = new Uint8Array(await subtle.exportKey("pkcs8", pair.privateKey));
  const key = {
    deviceId: toHex(randomBytes(deviceIdBytes)),
    publicKey: new Uint8Array(await subtle.exportKey("raw", pair.publicKey)),
    // The seed is the end of the structure (RFC 8410 section 7).
    secretKey: pkcs8.slice(-seedBytes),
  };
  pkcs8.fill(0);
  return key;
}

/** Certifies an existing device key, for another 90 days: how a device renews itself. */
export async function certifyDevice({
  account,
  key,
  now,
}: {
  readonly account: AccountSecrets;
  readonly key: Pick<DeviceIdentity, "deviceId" | "publicKey" | "secretKey">;
  readonly now: Date;
}): Promise<DeviceIdentity> {
  const anchor = await verifyAccountCertificate(account.certificate);
  if (anchor === undefined) throw new Error("the account certificate does not verify");
  const { username, accountId } = anchor;
  const { deviceId, publicKey, secretKey } = key;
  const notBefore = new Date(Math.floor((now.getTime() - clockSkewMs) / secondMs) * secondMs);
  const tbs = encodeDeviceTbs({ serial: randomSerial(), username, notBefore, accountId, deviceId, publicKey });
  const deviceCertificate = encodeCertificate(tbs, await signAsAccount(account.privateKeyPkcs8, tbs));
  if ((await verifyDeviceCertificate(deviceCertificate, anchor)) === undefined) {
    throw new Error("the account key does not belong to the account certificate, or the device key is unsound");
  }
  return {
    username,
    accountId,
    deviceId,
    deviceCertificate,
    accountCertificate: account.certificate,
    publicKey,
    secretKey,
  };
}

export type BrowserFeature = "webcrypto" | "ed25519" | "x25519";

/**
 * What this platform lacks and Sealroom cannot do without (ACC-14). Trying is the only reliable way to know: the
 * curves came to browsers one by one. Outside a secure context all of WebCrypto is missing.
 */
export async function missingBrowserFeatures(): Promise<BrowserFeature[]> {
  // The type promises it; an insecure page breaks the promise.
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined;
  if (subtle === undefined) return ["webcrypto"];
  const missing: BrowserFeature[] = [];
  await subtle.generateKey("Ed25519", false, ["sign", "verify"]).catch(() => missing.push("ed25519"));
  await subtle.generateKey("X25519", false, ["deriveBits"]).catch(() => missing.push("x25519"));
  return missing;
}
