/**
 * The bytes of a signed revocation (SPEC section REV): the account's word that one of its devices is no longer its own.
 *   version 1 | account id 32 | device id 16 | at (uint64, milliseconds) | RSASSA-PSS signature 384
 * One revocation has one spelling: whatever does not encode again to the same bytes is none. The signature is checked in
 * lib/crypto/account/revocation.ts; nothing here decides whether a revocation counts.
 */
import { concatBytes, fromHex, toHex, utf8 } from "./bytes";
import { accountKeyBytes, deviceIdBytes } from "./certificates";
import { latestDateMs } from "./limits";
import { readWhole, tlsOpaque, tlsUint } from "./mls/tls";

export interface RevocationFields {
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** 32 lower-case hex digits. */
  readonly deviceId: string;
  /** When the account said so, by its own clock, in milliseconds since 1970. Shown, and decides nothing (REV-03). */
  readonly at: number;
}

export interface Revocation extends RevocationFields {
  /** RSASSA-PSS by the account key, 384 bytes. */
  readonly signature: Uint8Array;
}

const formatVersion = 1;
const accountIdBytes = 32;
export const revocationBytes = 1 + accountIdBytes + deviceIdBytes + 8 + accountKeyBytes;

/**
 * Unlike all else that the account key signs: a certificate's signed part is a DER SEQUENCE and begins with 0x30, this
 * with the length of its label.
 */
const label = utf8("Sealroom 1.0 Revocation");

/** What the account key signs. Throws RangeError for fields that cannot stand in a revocation. */
export function revocationContent(fields: RevocationFields): Uint8Array {
  return concatBytes(tlsOpaque(label), tlsOpaque(encodeFields(fields)));
}

export function encodeRevocation(revocation: Revocation): Uint8Array {
  if (revocation.signature.length !== accountKeyBytes) throw new RangeError("a revocation's signature has 384 bytes");
  return concatBytes(encodeFields(revocation), revocation.signature);
}

/** `undefined`: not a revocation. The signature is NOT checked. */
export function decodeRevocation(bytes: Uint8Array): Revocation | undefined {
  return readWhole(bytes, (reader) => {
    reader.require(reader.uint8() === formatVersion);
    const accountId = toHex(reader.bytes(accountIdBytes));
    const deviceId = toHex(reader.bytes(deviceIdBytes));
    const at = reader.uint64();
    reader.require(at <= BigInt(latestDateMs));
    return { accountId, deviceId, at: Number(at), signature: reader.bytes(accountKeyBytes) };
  });
}

function encodeFields({ accountId, deviceId, at }: RevocationFields): Uint8Array {
  const account = fromHex(accountId);
  const device = fromHex(deviceId);
  if (account?.length !== accountIdBytes || device?.length !== deviceIdBytes) throw new RangeError("not an id");
  if (!Number.isSafeInteger(at) || at < 0 || at > latestDateMs) throw new RangeError("not a time");
  return concatBytes(Uint8Array.of(formatVersion), account, device, tlsUint(at, 8));
}
