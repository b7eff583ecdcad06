/**
 * A new account secret for all devices but one that is given up (SPEC section REN): the next vault, and the next keyring, sealed
 * under the new secret and with the secret in it for each of the other devices. The server takes both with the revocation or nothing.
 */

import { nextAccountSecret, type AccountSecret } from "../../crypto/account/account-secret";
import { openKeyring, sealKeyring } from "../../crypto/account/keyring";
import { verifyAccountCertificate } from "../../crypto/account/certificates";
import { signRenewal } from "../../crypto/account/secret-renewal";
import { checkKeyPackage } from "../../crypto/mls/key-package";
import { sealSecret } from "../../crypto/mls/secret-envelope";
import { toHex } from "../../protocol/bytes";
import {
  decodeKeyring,
  encodeKeyring,
  fitKeyring,
  mergeKeyrings,
  type KeyringEntry,
  type KeyringKey,
  type KeyringMap,
  type KeyringValue,
} from "../../protocol/keyring";
import { maxDevicesPerAccount } from "../../protocol/limits";
import type { SecretEnvelope } from "../../protocol/secret-renewal";

export interface RenewalInput {
  readonly accountId: string;
  readonly accountCertificate: Uint8Array;
  readonly privateKeyPkcs8: Uint8Array;
  /** `undefined`: out of a vault of the first version. */
  readonly accountSecret: AccountSecret | undefined;
  /** Ids of all devices that the account has given up, with the one that it gives up now. */
  readonly givenUp: readonly string[];
  /** What the server keeps: version 0 is none. */
  readonly keyring: { readonly version: number; readonly sealed: Uint8Array | undefined };
  /** What this device holds of it, should the server's not open. */
  readonly held: KeyringMap;
  /** One of each device, as the directory hands them out. */
  readonly keyPackages: readonly Uint8Array[];
  /** Whether a device's certificate is proven to be in the log (LOG-11): the account's own name on it is not enough. */
  readonly isLogged: (certificate: Uint8Array) => boolean;
  readonly nowMs: number;
}

export interface RenewedSecret {
  readonly accountSecret: AccountSecret;
  readonly keyring: { readonly version: number; readonly sealed: Uint8Array };
}

export async function renewSecret(input: RenewalInput): Promise<RenewedSecret> {
  const { accountId, accountSecret: former, givenUp, privateKeyPkcs8 } = input;
  const accountSecret = nextAccountSecret(former, givenUp);
  const { number, without } = accountSecret;
  const envelopes = await envelopesFor(input, accountSecret);
  const renewal = await signRenewal(privateKeyPkcs8, { accountId, number, without, envelopes });
  const version = input.keyring.version + 1;
  const plain = encodeKeyring(await nextKeyring(input));
  const sealed = await sealKeyring(accountSecret.bytes, { accountId, version }, plain, renewal);
  return { accountSecret, keyring: { version, sealed } };
}

/** Whose KeyPackage is missing, or is not what it should be, learns the secret from the vault at its next sign-in. */
async function envelopesFor(
  { accountId, accountCertificate, keyPackages, isLogged, nowMs }: RenewalInput,
  { bytes, number, without }: AccountSecret,
): Promise<SecretEnvelope[]> {
  const anchor = await verifyAccountCertificate(accountCertificate);
  const anchors = (id: string) => Promise.resolve(id === accountId ? anchor?.der : undefined);
  const byDevice = new Map<string, Uint8Array>();
  for (const keyPackage of keyPackages.slice(0, maxDevicesPerAccount)) {
    const checked = await checkKeyPackage(keyPackage, { anchors, now: new Date(nowMs), expected: { accountId } });
    if (!checked.ok || without.includes(checked.member.deviceId) || !isLogged(checked.certificate)) continue;
    byDevice.set(checked.member.deviceId, keyPackage);
  }
  const devices = [...byDevice].sort(([a], [b]) => (a < b ? -1 : 1));
  return await Promise.all(
    devices.map(([deviceId, keyPackage]) => sealSecret({ accountId, number }, deviceId, keyPackage, bytes)),
  );
}

/** All that was in it, the former secret, and another generation of the archive: what was sealed under that is given up. */
async function nextKeyring({ accountId, accountSecret, keyring, held, nowMs }: RenewalInput): Promise<KeyringMap> {
  const { version, sealed } = keyring;
  const plain = accountSecret && sealed && (await openKeyring(accountSecret.bytes, { accountId, version }, sealed));
  const opened = plain && decodeKeyring(plain);
  const base = mergeKeyrings(held, opened ?? new Map());
  const generation = base.get("generation")?.value;
  const entry = (key: KeyringKey, value: KeyringValue): [string, KeyringEntry] => [
    key,
    { key, at: Math.max(nowMs, (base.get(key)?.at ?? -1) + 1), value },
  ];
  const anew = entry("generation", (typeof generation === "number" ? generation : 1) + 1);
  const former = accountSecret && entry(`former/${String(accountSecret.number)}`, toHex(accountSecret.bytes));
  const rest = [...base].filter(([key]) => key !== "generation").sort(([, a], [, b]) => b.at - a.at);
  // One that is full of what counts loses what is oldest: the devices hold it, and what they can no longer say is theirs alone.
  for (let count = rest.length; ; count--) {
    const kept = [...rest.slice(0, count), ...(former === undefined ? [] : [former]), anew];
    const fitting = fitKeyring(new Map(kept));
    if (fitting !== undefined) return fitting;
  }
}
