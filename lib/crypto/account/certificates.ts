/**
 * Account and device certificates: what the directory serves and MLS leaves carry (SPEC section CERT). `undefined`
 * means "not a certificate of ours, for whatever cause"; nothing here throws on bytes from outside, and no
 * clock is asked: who relies on a certificate at a point in time compares its dates (CERT-09).
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { accountValidityMs, deviceValidityMs, pssSaltBytes } from "@/lib/protocol/certificates";
import { fromBase64, toBase64, toHex } from "@/lib/protocol/bytes";
import { unshared } from "../unshared";
import { decodeAccount, decodeDevice, encodeAccountSpki } from "./certificate-profile";
import { isSoundEd25519Point } from "./ed25519-points";
import { hasSmallFactor } from "./small-factors";

export interface AccountCertificate {
  readonly der: Uint8Array;
  readonly username: string;
  /** SHA-256 of the SPKI, 64 lower-case hex digits. */
  readonly accountId: string;
  /** SubjectPublicKeyInfo of the RSA-3072 key, DER. */
  readonly spki: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface DeviceCertificate {
  readonly der: Uint8Array;
  readonly username: string;
  readonly accountId: string;
  /** 32 lower-case hex digits. */
  readonly deviceId: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export type PemLabel = "CERTIFICATE" | "PUBLIC KEY";

/** Accepts the closed profile only, with a sound RSA-3072 key that signed it (CERT-01 to CERT-04). */
export async function verifyAccountCertificate(der: Uint8Array): Promise<AccountCertificate | undefined> {
  const decoded = decodeAccount(der);
  if (decoded === undefined || hasSmallFactor(decoded.fields.modulus)) return undefined;
  const account = accountOf(der, decoded.fields);
  return (await verifyPss(account.spki, decoded.tbs, decoded.signature)) ? account : undefined;
}

/** `account` must come from `verifyAccountCertificate`. No clock inside (CERT-05 to CERT-09). */
export async function verifyDeviceCertificate(
  der: Uint8Array,
  account: AccountCertificate,
): Promise<DeviceCertificate | undefined> {
  const decoded = decodeDevice(der);
  if (decoded === undefined || !isSoundEd25519Point(decoded.fields.publicKey)) return undefined;
  const device = deviceOf(der, decoded.fields);
  if (device.username !== account.username || device.accountId !== account.accountId) return undefined;
  return (await verifyPss(account.spki, decoded.tbs, decoded.signature)) ? device : undefined;
}

/** Whether the account key signed these bytes. `account` must come from `verifyAccountCertificate`. */
export async function verifyByAccount(
  account: Pick<AccountCertificate, "spki">,
  signed: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return await verifyPss(account.spki, signed, signature);
}

/** The fields of a well-formed account certificate. Its signature is NOT checked: decides nothing. */
export function peekAccountCertificate(der: Uint8Array): AccountCertificate | undefined {
  const decoded = decodeAccount(der);
  return decoded && accountOf(der, decoded.fields);
}

/** The fields of a well-formed device certificate. Its signature is NOT checked: good for finding its account only. */
export function peekDeviceCertificate(der: Uint8Array): DeviceCertificate | undefined {
  const decoded = decodeDevice(der);
  return decoded && deviceOf(der, decoded.fields);
}

/** Textual encoding (RFC 7468): 64 characters a line, final newline. */
export function toPem(label: PemLabel, der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

export function certificatePem(der: Uint8Array): string {
  return toPem("CERTIFICATE", der);
}

export function publicKeyPem(spki: Uint8Array): string {
  return toPem("PUBLIC KEY", spki);
}

/** Only what `toPem` writes, with line ends of any system: one value, one text. */
export function fromPem(label: PemLabel, text: string): Uint8Array | undefined {
  const unix = text.replaceAll("\r\n", "\n");
  const der = fromBase64(unix.split("\n").slice(1, -2).join(""));
  return der !== undefined && der.length > 0 && toPem(label, der) === unix ? der : undefined;
}

function accountOf(
  der: Uint8Array,
  fields: { readonly username: string; readonly notBefore: Date; readonly modulus: Uint8Array },
): AccountCertificate {
  const { username, notBefore } = fields;
  const spki = encodeAccountSpki(fields.modulus);
  const notAfter = new Date(notBefore.getTime() + accountValidityMs);
  return { der, username, accountId: toHex(sha256(spki)), spki, notBefore, notAfter };
}

function deviceOf(der: Uint8Array, fields: Omit<DeviceCertificate, "der" | "notAfter">): DeviceCertificate {
  const { username, accountId, deviceId, publicKey, notBefore } = fields;
  const notAfter = new Date(notBefore.getTime() + deviceValidityMs);
  return { der, username, accountId, deviceId, publicKey, notBefore, notAfter };
}

async function verifyPss(spki: Uint8Array, signed: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  try {
    const key = await subtle.importKey("spki", unshared(spki), { name: "RSA-PSS", hash: "SHA-256" }, false, ["verify"]);
    const algorithm = { name: "RSA-PSS", saltLength: pssSaltBytes };
    return await subtle.verify(algorithm, key, unshared(signature), unshared(signed));
  } catch {
    // A platform may refuse a key at import that our own checks let pass; then it has signed nothing either.
    return false;
  }
}
