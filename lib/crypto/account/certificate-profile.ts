/**
 * Encoder and decoder of the closed certificate profile (SPEC section CERT). The fields below are all that may vary;
 * decoding reads them, encodes them again and compares, so what the parser tolerates does not matter (CERT-01).
 */
import { sha256 } from "@noble/hashes/sha2.js";
import {
  accountKeyBytes,
  accountKeyExponent,
  accountValidityMs,
  deviceValidityMs,
  oids,
  pssSaltBytes,
  serialBytes,
} from "@/lib/protocol/certificates";
import { equalBytes, fromHex, toHex } from "@/lib/protocol/bytes";
import { accountIdSchema, deviceIdSchema } from "@/lib/protocol/ids";
import { certificateMaxBytes } from "@/lib/protocol/limits";
import { isUsername } from "@/lib/protocol/names";
import * as der from "./der";

export interface AccountFields {
  /** 16 bytes; the first is 0x40 to 0x7f. */
  readonly serial: Uint8Array;
  readonly username: string;
  /** Midnight UTC. */
  readonly notBefore: Date;
  /** RSA modulus, big-endian, 384 bytes, top bit set, odd. */
  readonly modulus: Uint8Array;
}

export interface DeviceFields {
  readonly serial: Uint8Array;
  readonly username: string;
  /** Whole seconds. */
  readonly notBefore: Date;
  readonly accountId: string;
  readonly deviceId: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface Decoded<Fields> {
  readonly fields: Fields;
  /** The signed bytes (TBSCertificate). */
  readonly tbs: Uint8Array;
  /** RSASSA-PSS, 384 bytes. */
  readonly signature: Uint8Array;
}

const dayMs = 24 * 60 * 60 * 1000;
const keyUsageCertSign = der.bitString(Uint8Array.of(0b0000_0100), 2);
const keyUsageDigitalSignature = der.bitString(Uint8Array.of(0b1000_0000), 7);

export function encodeAccountTbs(fields: AccountFields): Uint8Array {
  const name = der.sequence(attribute(oids.commonName, der.utf8String(fields.username)));
  return encodeTbs(
    fields,
    accountValidityMs,
    name,
    name,
    accountSpki(fields.modulus),
    // CA, and no further CA below it.
    extension(oids.basicConstraints, true, der.sequence(der.boolean(true), der.integer(Uint8Array.of(0)))),
    extension(oids.keyUsage, true, keyUsageCertSign),
    extension(oids.subjectKeyIdentifier, false, der.octetString(sha256(encodeAccountSpki(fields.modulus)))),
  );
}

export function encodeDeviceTbs(fields: DeviceFields): Uint8Array {
  const commonName = attribute(oids.commonName, der.utf8String(fields.username));
  const deviceId = attribute(oids.serialNumber, der.printableString(fields.deviceId));
  const issuerKey = der.taggedPrimitive(0, fromHex(fields.accountId) ?? new Uint8Array());
  return encodeTbs(
    fields,
    deviceValidityMs,
    der.sequence(commonName),
    der.sequence(commonName, deviceId),
    der.sequence(der.sequence(der.oid(oids.ed25519)), der.bitString(fields.publicKey)),
    extension(oids.basicConstraints, true, der.sequence()),
    extension(oids.keyUsage, true, keyUsageDigitalSignature),
    extension(oids.authorityKeyIdentifier, false, der.sequence(issuerKey)),
  );
}

/** SubjectPublicKeyInfo of an account key; SHA-256 of it is the account id. */
export function encodeAccountSpki(modulus: Uint8Array): Uint8Array {
  return der.encodeDer(accountSpki(modulus));
}

/** RSA modulus of a SubjectPublicKeyInfo, without judging it: `decodeAccount` does. */
export function modulusOfSpki(spki: Uint8Array): Uint8Array | undefined {
  const key = der.contentsOf(der.childAt(der.parseBer(spki), 1));
  return key === undefined ? undefined : modulusOfKey(key);
}

export function encodeCertificate(tbs: Uint8Array, signature: Uint8Array): Uint8Array {
  const body = der.parseBer(tbs);
  if (body === undefined) throw new Error("the TBSCertificate to wrap is not DER");
  return der.encodeDer(der.sequence(body, signatureAlgorithm(), der.bitString(signature)));
}

export function decodeAccount(bytes: Uint8Array): Decoded<AccountFields> | undefined {
  return decode(bytes, readAccountFields, encodeAccountTbs);
}

export function decodeDevice(bytes: Uint8Array): Decoded<DeviceFields> | undefined {
  return decode(bytes, readDeviceFields, encodeDeviceTbs);
}

function decode<Fields>(
  bytes: Uint8Array,
  read: (tbs: der.DerNode | undefined) => Fields | undefined,
  encodeFields: (fields: Fields) => Uint8Array,
): Decoded<Fields> | undefined {
  if (bytes.length > certificateMaxBytes) return undefined;
  const certificate = der.parseBer(bytes);
  const fields = read(der.childAt(certificate, 0));
  const signature = der.contentsOf(der.childAt(certificate, 2))?.slice(1);
  if (fields === undefined || signature?.length !== accountKeyBytes) return undefined;
  const tbs = encodeFields(fields);
  return equalBytes(encodeCertificate(tbs, signature), bytes) ? { fields, tbs, signature } : undefined;
}

function readAccountFields(tbs: der.DerNode | undefined): AccountFields | undefined {
  const common = readCommonFields(tbs);
  const key = der.contentsOf(der.childAt(tbs, 6, 1));
  const modulus = key === undefined ? undefined : modulusOfKey(key);
  if (common === undefined || modulus?.length !== accountKeyBytes) return undefined;
  if (common.notBefore.getTime() % dayMs !== 0) return undefined;
  const full = (modulus[0] ?? 0) >= 0x80;
  const odd = ((modulus[accountKeyBytes - 1] ?? 0) & 1) === 1;
  return full && odd ? { ...common, modulus } : undefined;
}

function readDeviceFields(tbs: der.DerNode | undefined): DeviceFields | undefined {
  const common = readCommonFields(tbs);
  const deviceId = der.textOf(der.childAt(tbs, 5, 1, 0, 1));
  const publicKey = der.contentsOf(der.childAt(tbs, 6, 1))?.slice(1);
  const extensionValue = der.contentsOf(der.childAt(tbs, 7, 0, 2, 1));
  const issuerKey = extensionValue && der.contentsOf(der.childAt(der.parseBer(extensionValue), 0));
  if (common === undefined || deviceId === undefined || issuerKey === undefined) return undefined;
  if (!deviceIdSchema.safeParse(deviceId).success || publicKey?.length !== 32) return undefined;
  const accountId = toHex(issuerKey);
  if (!accountIdSchema.safeParse(accountId).success) return undefined;
  return { ...common, accountId, deviceId, publicKey };
}

function readCommonFields(tbs: der.DerNode | undefined) {
  const serial = der.contentsOf(der.childAt(tbs, 1));
  const username = der.textOf(der.childAt(tbs, 5, 0, 0, 1));
  const notBefore = der.timeOf(der.childAt(tbs, 4, 0));
  if (serial?.length !== serialBytes || ((serial[0] ?? 0) & 0xc0) !== 0x40) return undefined;
  if (username === undefined || !isUsername(username) || notBefore === undefined) return undefined;
  return { serial, username, notBefore };
}

/** From the contents of the BIT STRING: one byte of unused bits, then SEQUENCE { modulus, exponent }. */
function modulusOfKey(key: Uint8Array): Uint8Array | undefined {
  const modulus = der.contentsOf(der.childAt(der.parseBer(key.subarray(1)), 0));
  return modulus?.[0] === 0 ? modulus.slice(1) : modulus;
}

function accountSpki(modulus: Uint8Array): der.DerNode {
  const exponent = Uint8Array.of(accountKeyExponent >> 16, (accountKeyExponent >> 8) & 255, accountKeyExponent & 255);
  const key = der.encodeDer(der.sequence(der.integer(modulus), der.integer(exponent)));
  return der.sequence(der.sequence(der.oid(oids.rsaEncryption), der.nothing()), der.bitString(key));
}

function encodeTbs(
  { serial, notBefore }: { readonly serial: Uint8Array; readonly notBefore: Date },
  validityMs: number,
  issuer: der.DerNode,
  subject: der.DerNode,
  publicKey: der.DerNode,
  ...extensions: der.DerNode[]
): Uint8Array {
  const notAfter = new Date(notBefore.getTime() + validityMs);
  return der.encodeDer(
    der.sequence(
      der.tagged(0, der.integer(Uint8Array.of(2))),
      der.integer(serial),
      signatureAlgorithm(),
      issuer,
      der.sequence(der.time(notBefore), der.time(notAfter)),
      subject,
      publicKey,
      der.tagged(3, der.sequence(...extensions)),
    ),
  );
}

/** RSASSA-PSS with SHA-256, MGF1 with SHA-256, salt of 32 bytes, default trailer (RFC 4055 section 3.1). */
function signatureAlgorithm(): der.DerNode {
  const hash = der.sequence(der.oid(oids.sha256), der.nothing());
  return der.sequence(
    der.oid(oids.rsassaPss),
    der.sequence(
      der.tagged(0, hash),
      der.tagged(1, der.sequence(der.oid(oids.mgf1), hash)),
      der.tagged(2, der.integer(Uint8Array.of(pssSaltBytes))),
    ),
  );
}

function attribute(type: string, value: der.DerNode): der.DerNode {
  return der.set(der.sequence(der.oid(type), value));
}

/** `critical` is DEFAULT FALSE, so DER leaves it out unless it is true. */
function extension(type: string, critical: boolean, value: der.DerNode): der.DerNode {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.oid(type), ...flag, der.octetString(der.encodeDer(value)));
}
