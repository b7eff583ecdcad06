/**
 * The bytes that tell an account's devices a renewed account secret (SPEC section REN):
 *   version 1 | account id 32 | number uint32 | without<V>, ids of 16 bytes, ascending
 *   | envelopes<V>, ascending by device: device id 16 | KeyPackageRef 32 | HPKE enc 32 | sealed secret 48
 *   | RSASSA-PSS signature 384
 * One renewal has one spelling. Signature and envelopes are opened in lib/crypto.
 */
import { concatBytes, fromHex, toHex, utf8 } from "./bytes";
import { accountKeyBytes, deviceIdBytes } from "./certificates";
import { maxDevicesPerAccount, secretWithoutMax } from "./limits";
import { readWhole, tlsOpaque, tlsUint, tlsVector, type TlsReader } from "./mls/tls";

/** The secret, for one device. */
export interface SecretEnvelope {
  readonly deviceId: string;
  /** KeyPackageRef (RFC 9420 section 5.2) of the package whose init key it is sealed to. */
  readonly ref: Uint8Array;
  readonly enc: Uint8Array;
  readonly sealed: Uint8Array;
}

export interface RenewalFields {
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** From 1; grows with each renewal. */
  readonly number: number;
  /** Ids of the devices that are not told, ascending. */
  readonly without: readonly string[];
  readonly envelopes: readonly SecretEnvelope[];
}

export interface SecretRenewal extends RenewalFields {
  readonly signature: Uint8Array;
}

const formatVersion = 1;
const accountIdBytes = 32;
const refBytes = 32;
const encBytes = 32;
const sealedBytes = 48;
const envelopeBytes = deviceIdBytes + refBytes + encBytes + sealedBytes;
/** Both vectors have sizes of up to four bytes. */
export const renewalMaxBytes =
  1 +
  accountIdBytes +
  4 +
  8 +
  secretWithoutMax * deviceIdBytes +
  maxDevicesPerAccount * envelopeBytes +
  accountKeyBytes;
const label = utf8("Sealroom 1.0 SecretRenewal");

/** What the account key signs. Throws RangeError for fields that cannot stand in a renewal. */
export function renewalContent(fields: RenewalFields): Uint8Array {
  return concatBytes(tlsOpaque(label), tlsOpaque(encodeFields(fields)));
}

export function encodeRenewal(renewal: SecretRenewal): Uint8Array {
  if (renewal.signature.length !== accountKeyBytes) throw new RangeError("a renewal's signature has 384 bytes");
  return concatBytes(encodeFields(renewal), renewal.signature);
}

/** `undefined`: not a renewal. The signature is NOT checked. */
export function decodeRenewal(bytes: Uint8Array): SecretRenewal | undefined {
  if (bytes.length > renewalMaxBytes) return undefined;
  return readWhole(bytes, (reader) => {
    reader.require(reader.uint8() === formatVersion);
    const accountId = toHex(reader.bytes(accountIdBytes));
    const number = reader.uint32();
    const without = reader.vector(secretWithoutMax, (inner) => toHex(inner.bytes(deviceIdBytes)));
    const envelopes = reader.vector(maxDevicesPerAccount, readEnvelope);
    reader.require(number > 0 && ascends(without) && ascends(envelopes.map(({ deviceId }) => deviceId)));
    return { accountId, number, without, envelopes, signature: reader.bytes(accountKeyBytes) };
  });
}

/** What the envelope of one device is sealed for: it opens nowhere else. */
export function envelopeInfo(
  { accountId, number }: Pick<RenewalFields, "accountId" | "number">,
  deviceId: string,
): Uint8Array {
  return concatBytes(
    tlsOpaque(label),
    idOf(accountId, accountIdBytes),
    tlsUint(number, 4),
    idOf(deviceId, deviceIdBytes),
  );
}

function readEnvelope(reader: TlsReader): SecretEnvelope {
  return {
    deviceId: toHex(reader.bytes(deviceIdBytes)),
    ref: reader.bytes(refBytes),
    enc: reader.bytes(encBytes),
    sealed: reader.bytes(sealedBytes),
  };
}

function encodeFields({ accountId, number, without, envelopes }: RenewalFields): Uint8Array {
  const devices = envelopes.map(({ deviceId }) => deviceId);
  const isCounted = Number.isInteger(number) && number > 0 && number < 2 ** 32;
  const isSmall = without.length <= secretWithoutMax && envelopes.length <= maxDevicesPerAccount;
  if (!isCounted || !isSmall || !ascends(without) || !ascends(devices)) throw new RangeError("not a renewal");
  return concatBytes(
    Uint8Array.of(formatVersion),
    idOf(accountId, accountIdBytes),
    tlsUint(number, 4),
    tlsVector(without.map((id) => idOf(id, deviceIdBytes))),
    tlsVector(envelopes.map(encodeEnvelope)),
  );
}

function encodeEnvelope({ deviceId, ref, enc, sealed }: SecretEnvelope): Uint8Array {
  if (ref.length !== refBytes || enc.length !== encBytes || sealed.length !== sealedBytes)
    throw new RangeError("not an envelope");
  return concatBytes(idOf(deviceId, deviceIdBytes), ref, enc, sealed);
}

function idOf(hex: string, length: number): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes?.length !== length) throw new RangeError("not an id");
  return bytes;
}

function ascends(ids: readonly string[]): boolean {
  return ids.every((id, index) => index === 0 || (ids[index - 1] ?? "") < id);
}
