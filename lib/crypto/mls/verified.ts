/**
 * Certificates that were verified in this process, by the hash of all their bytes. What they say never changes and no
 * clock is asked, so that a tree of 500 devices costs 500 signature checks once and not at every join. Only what was found
 * good is kept.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "@/lib/protocol/bytes";
import { roomMaxLeaves } from "@/lib/protocol/limits";
import {
  verifyAccountCertificate,
  verifyDeviceCertificate,
  type AccountCertificate,
  type DeviceCertificate,
} from "../account/certificates";

/** Entries of each kind: some rooms of the largest size. */
const entriesMax = 4 * roomMaxLeaves;
const accounts = new Map<string, AccountCertificate>();
const devices = new Map<string, DeviceCertificate>();

export async function verifiedAccount(der: Uint8Array): Promise<AccountCertificate | undefined> {
  return await remembered(accounts, nameOf(der), () => verifyAccountCertificate(der.slice()));
}

/** `account` must be verified; its key decides, and its id is the hash of that key. */
export async function verifiedDevice(
  der: Uint8Array,
  account: AccountCertificate,
): Promise<DeviceCertificate | undefined> {
  const name = `${nameOf(der)}/${account.accountId}/${account.username}`;
  return await remembered(devices, name, () => verifyDeviceCertificate(der, account));
}

function nameOf(der: Uint8Array): string {
  return toHex(sha256(der));
}

async function remembered<T>(
  known: Map<string, T>,
  name: string,
  verify: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const held = known.get(name);
  if (held !== undefined) return held;
  const verified = await verify();
  if (verified === undefined) return undefined;
  const [oldest] = known.keys();
  if (known.size >= entriesMax && oldest !== undefined) known.delete(oldest);
  known.set(name, verified);
  return verified;
}
