/**
 * Seals the keyring for the server to keep (SPEC KEY-01): it opens as this account's keyring of this version only. Since the first
 * renewal of the account secret the keyring carries that renewal in front, for the devices that do not know the secret yet
 * (SPEC section REN): format 2 | length uint16 | renewal | sealed. Exchanged for another one, it keeps the keyring from opening.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, toHex } from "@/lib/protocol/bytes";
import { renewalMaxBytes } from "@/lib/protocol/secret-renewal";
import { readWhole, tlsUint } from "@/lib/protocol/mls/tls";
import { openForAccount, sealForAccount, type SealPlace } from "./account-seal";

export interface KeyringPlace {
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** From 1; grows with every save. */
  readonly version: number;
}

const renewedFormat = 2;

export async function sealKeyring(
  accountSecret: Uint8Array,
  place: KeyringPlace,
  plaintext: Uint8Array,
  renewal?: Uint8Array,
): Promise<Uint8Array> {
  const sealed = await sealForAccount(accountSecret, placeOf(place, renewal), plaintext);
  return renewal === undefined
    ? sealed
    : concatBytes(Uint8Array.of(renewedFormat), tlsUint(renewal.length, 2), renewal, sealed);
}

/** `undefined`: not sealed with this secret for this account and version, or damaged. */
export async function openKeyring(
  accountSecret: Uint8Array,
  place: KeyringPlace,
  bytes: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { renewal, sealed } = partsOf(bytes);
  return await openForAccount(accountSecret, placeOf(place, renewal), sealed);
}

/** What it carries in front, of whomever. */
export function carriedRenewal(bytes: Uint8Array): Uint8Array | undefined {
  return partsOf(bytes).renewal;
}

function partsOf(bytes: Uint8Array): { readonly renewal?: Uint8Array; readonly sealed: Uint8Array } {
  if (bytes[0] !== renewedFormat) return { sealed: bytes };
  const parts = readWhole(bytes.subarray(1), (reader) => {
    const length = reader.uint16();
    reader.require(length <= renewalMaxBytes);
    const renewal = reader.bytes(length);
    return { renewal, sealed: reader.bytes(bytes.length - 3 - length) };
  });
  return parts ?? { sealed: new Uint8Array() };
}

function placeOf({ accountId, version }: KeyringPlace, renewal: Uint8Array | undefined): SealPlace {
  const at = renewal === undefined ? [version] : [version, toHex(sha256(renewal))];
  return { purpose: "sealroom/keyring/v1", accountId, at };
}
