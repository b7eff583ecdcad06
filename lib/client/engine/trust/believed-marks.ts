/**
 * Which verification marks of a keyring count: those that a device of this account has signed, for the place and the time they stand at
 * (SPEC VER-05, VER-06). All others are dropped before they are merged, so that none of them takes the place of a true one.
 */

import { verifyAccountCertificate, type DeviceCertificate } from "../../../crypto/account/certificates";
import { signerOf, verifyMark } from "../../../crypto/account/verification-mark";
import { fromBase64 } from "../../../protocol/bytes";
import type { KeyringEntry, KeyringMap } from "../../../protocol/keyring";
import { isMarkEntry, isSignerEntry, type MarkEntry } from "./mark-entries";

interface Owner {
  readonly accountId: string;
  readonly accountCertificate: Uint8Array;
}

/** `held`: what this device believes already, where a signer may stand as well. */
export async function believedMarks(owner: Owner, entries: KeyringMap, held: KeyringMap): Promise<KeyringMap> {
  const claimed = [...entries.values()].filter((entry) => isMarkEntry(entry) || isSignerEntry(entry));
  if (claimed.length === 0) return entries;
  const signers = await provenSigners(owner, [...held.values(), ...claimed]);
  const believed = new Map(entries);
  for (const entry of claimed) {
    const isTrue = isMarkEntry(entry) ? await isProven(owner, entry, signers) : signers.has(entry);
    if (!isTrue) believed.delete(entry.key);
  }
  return believed;
}

type Signers = ReadonlyMap<KeyringEntry, DeviceCertificate>;

async function provenSigners(owner: Owner, entries: readonly KeyringEntry[]): Promise<Signers> {
  const proven = new Map<KeyringEntry, DeviceCertificate>();
  const account = await verifyAccountCertificate(owner.accountCertificate);
  if (account?.accountId !== owner.accountId) return proven;
  for (const entry of entries) {
    if (!isSignerEntry(entry)) continue;
    const certificate = fromBase64(entry.value);
    const signer = certificate && (await signerOf(entry.key.slice("signer/".length), certificate, account));
    if (signer !== undefined) proven.set(entry, signer);
  }
  return proven;
}

async function isProven(owner: Owner, { key, at, value: mark }: MarkEntry, signers: Signers): Promise<boolean> {
  // An older mark put in once more, at a later place of the keyring, would take back what was said since.
  if (mark.at !== at) return false;
  const place = { verifier: owner.accountId, verified: key.slice("verified/".length) };
  for (const signer of signers.values()) {
    if (signer.deviceId === mark.device && (await verifyMark(signer, place, mark))) return true;
  }
  return false;
}
