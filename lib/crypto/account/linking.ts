/**
 * The keys of linking a device (SPEC section LINK): one-time X25519 on both sides, and a grant sealed under what they
 * agree on (HKDF-SHA-256, AES-256-GCM), bound to the whole exchange. Whoever passes it on can neither open nor exchange it,
 * nor use it for another exchange.
 */
import { fromJson, toBase64, toHex, utf8 } from "@/lib/protocol/bytes";
import {
  decodeHello,
  encodeHello,
  encodeOffer,
  linkCommitment,
  linkGrantSchema,
  type LinkGrant,
  type LinkHello,
} from "@/lib/protocol/linking";
import { linkNonceBytes } from "@/lib/protocol/linking-sizes";
import type { AccountSecrets } from "./device-key";
import { certifyDevice, makeDeviceKey } from "./device-key";
import { verifyAccountCertificate, verifyDeviceCertificate } from "./certificates";
import type { DeviceIdentity } from "./identity";
import { deriveKey, open, seal } from "../aes-gcm";
import { randomBytes } from "../random";
import { unshared } from "../unshared";

export type DeviceKey = Pick<DeviceIdentity, "deviceId" | "publicKey" | "secretKey">;

/** What the new device keeps until the grant comes; gone with the page. */
export interface OfferedLink {
  readonly offer: Uint8Array;
  readonly nonce: Uint8Array;
  readonly deviceKey: DeviceKey;
  readonly privateKey: CryptoKey;
}

export interface SaidHello {
  readonly hello: Uint8Array;
  readonly privateKey: CryptoKey;
}

const label = utf8("sealroom/link/v1");

export async function makeOffer(): Promise<OfferedLink> {
  const { privateKey, publicKey } = await makeLinkKey();
  const deviceKey = await makeDeviceKey();
  const nonce = randomBytes(linkNonceBytes);
  const offer = encodeOffer({
    linkKey: publicKey,
    deviceId: deviceKey.deviceId,
    deviceKey: deviceKey.publicKey,
    commitment: linkCommitment(nonce),
  });
  return { offer, nonce, deviceKey, privateKey };
}

export async function makeHello(who: Pick<LinkHello, "accountId" | "username">): Promise<SaidHello> {
  const { privateKey, publicKey } = await makeLinkKey();
  return { hello: encodeHello({ linkKey: publicKey, ...who }), privateKey };
}

/** The offered key, certified by the account: nothing secret of the account is needed on the other side. */
export async function certifyOffered(
  account: AccountSecrets,
  offered: { readonly deviceId: string; readonly deviceKey: Uint8Array },
  now: Date,
): Promise<Uint8Array> {
  const key = { deviceId: offered.deviceId, publicKey: offered.deviceKey, secretKey: new Uint8Array() };
  return (await certifyDevice({ account, key, now })).deviceCertificate;
}

export async function sealGrant(
  { privateKey }: SaidHello,
  theirKey: Uint8Array,
  transcript: Uint8Array,
  grant: LinkGrant,
): Promise<Uint8Array> {
  const { accountCertificate, deviceCertificate, accountSecret, serverPublicKey, vaultVersion } = grant;
  const plaintext = utf8(
    JSON.stringify({
      accountCertificate: toBase64(accountCertificate),
      deviceCertificate: toBase64(deviceCertificate),
      ...(accountSecret === undefined
        ? {}
        : { accountSecret: { ...accountSecret, bytes: toBase64(accountSecret.bytes) } }),
      serverPublicKey,
      vaultVersion,
    }),
  );
  const key = await agree(privateKey, theirKey, transcript);
  if (key === undefined) throw new RangeError("not a key to agree with");
  return await seal(key, transcript, plaintext);
}

/**
 * The new device's identity, or `undefined` when the grant is not from this exchange, or is for another device or account
 * than the hello said.
 */
export async function openGrant(
  { deviceKey, privateKey }: OfferedLink,
  hello: Uint8Array,
  transcript: Uint8Array,
  sealed: Uint8Array,
): Promise<{ readonly identity: DeviceIdentity; readonly grant: LinkGrant } | undefined> {
  const said = decodeHello(hello);
  const key = said && (await agree(privateKey, said.linkKey, transcript));
  if (said === undefined || key === undefined) return undefined;
  const plain = await open(key, transcript, sealed);
  const parsed = linkGrantSchema.safeParse(plain && fromJson(plain));
  if (!parsed.success) return undefined;
  const grant = parsed.data;
  const account = await verifyAccountCertificate(grant.accountCertificate);
  if (account?.accountId !== said.accountId || account.username !== said.username) return undefined;
  const device = await verifyDeviceCertificate(grant.deviceCertificate, account);
  if (device?.deviceId !== deviceKey.deviceId) return undefined;
  if (toHex(device.publicKey) !== toHex(deviceKey.publicKey)) return undefined;
  const { username, accountId } = account;
  const { deviceCertificate, accountCertificate } = grant;
  return { identity: { username, accountId, deviceCertificate, accountCertificate, ...deviceKey }, grant };
}

async function makeLinkKey() {
  const { subtle } = globalThis.crypto;
  const pair = await subtle.generateKey("X25519", false, ["deriveBits"]);
  if (!("privateKey" in pair)) throw new Error("WebCrypto made one X25519 key instead of a pair");
  return { privateKey: pair.privateKey, publicKey: new Uint8Array(await subtle.exportKey("raw", pair.publicKey)) };
}

/** `undefined`: a key that agrees on nothing (RFC 7748 section 6.1). */
async function agree(own: CryptoKey, theirs: Uint8Array, transcript: Uint8Array): Promise<CryptoKey | undefined> {
  const { subtle } = globalThis.crypto;
  try {
    const key = await subtle.importKey("raw", unshared(theirs), "X25519", false, []);
    const shared = await subtle.deriveBits({ name: "X25519", public: key }, own, 256);
    if (new Uint8Array(shared).every((byte) => byte === 0)) return undefined;
    return await deriveKey(new Uint8Array(shared), transcript, label);
  } catch {
    return undefined;
  }
}
