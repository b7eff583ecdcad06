/**
 * The one closed certificate profile (SPEC section CERT; RFC 5280, RFC 4055, RFC 8410). Everything not listed here as a
 * field is a constant: two certificates that differ elsewhere cannot both be accepted. The encoder and
 * decoder are in lib/crypto/account/certificate-profile.ts.
 */
import { clockSkewMs, deviceCertificateDays } from "./limits";

const dayMs = 24 * 60 * 60 * 1000;

export const oids = {
  commonName: "2.5.4.3",
  serialNumber: "2.5.4.5",
  rsaEncryption: "1.2.840.113549.1.1.1",
  rsassaPss: "1.2.840.113549.1.1.10",
  mgf1: "1.2.840.113549.1.1.8",
  sha256: "2.16.840.1.101.3.4.2.1",
  ed25519: "1.3.101.112",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
} as const;

/** Account keys are RSA-3072 (128-bit strength, NIST SP 800-57) with the exponent 65537. */
export const accountKeyBits = 3072;
export const accountKeyBytes = accountKeyBits / 8;
export const accountKeyExponent = 65537;
/** RSASSA-PSS salt: as long as the hash (RFC 8017 section 9.1). */
export const pssSaltBytes = 32;

/** Serial numbers: random, positive, always 16 bytes, so that their length tells nothing (RFC 5280 section 4.1.2.2). */
export const serialBytes = 16;

/**
 * Validity is a function of notBefore. Twenty years, leap days counted: accounts do not expire in practice,
 * a changed key is a new account id.
 */
export const accountValidityMs = 7305 * dayMs;
/** Backdated by the skew of clocks, then the days a device may count on (limits.ts). */
export const deviceValidityMs = clockSkewMs + deviceCertificateDays * dayMs;

/** The device's own random number (ids.ts), part of the subject. */
export const deviceIdBytes = 16;
