/**
 * The one profile of MLS that Sealroom speaks (RFC 9420): numbers and the exact shape of a leaf (SPEC sections
 * MLS and PEEK). The server checks it without MLS code, the members with it.
 */
import { tlsUint, tlsVector } from "./tls";

/** mls10 (RFC 9420 section 6). */
export const mlsVersion = 1;
/** MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (RFC 9420 section 17.1). */
export const cipherSuite = 1;
/** X.509 (RFC 9420 section 17.5). */
export const x509Credential = 2;

/** GroupContext extension with the room policy; private use range of RFC 9420 section 17.3. */
export const policyExtensionType = 0xf0a1;
/** Leaf extension: the public key of the invite link by which the leaf came in (MLS-21). */
export const linkExtensionType = 0xf0a2;
/** Marks a KeyPackage that may be used more than once (last_resort, the MLS extensions draft). */
export const lastResortExtensionType = 0x000a;

/** X25519 and Ed25519 public keys. */
export const publicKeyBytes = 32;
/** Ed25519 signatures. */
export const signatureBytes = 64;
/** SHA-256 and HMAC-SHA-256. */
export const hashBytes = 32;
/** A room id is the group id. */
export const groupIdBytes = 16;
/** Encrypted SenderData: leaf index, generation and reuse guard of 4 bytes each, and the AES-GCM tag. */
export const encryptedSenderDataBytes = 28;
export const aeadTagBytes = 16;

/** The policy travels in every GroupInfo and Welcome. */
export const policyMaxBytes = 16 * 1024;

/** What every leaf advertises, no more (MLS-02). */
export const extensionTypes = [lastResortExtensionType, policyExtensionType, linkExtensionType] as const;

/** `struct Capabilities` of every leaf (RFC 9420 section 7.2): versions, suites, extensions, proposals, credentials. */
export const capabilitiesEncoding: readonly Uint8Array[] = [
  tlsVector([tlsUint(mlsVersion, 2)]),
  tlsVector([tlsUint(cipherSuite, 2)]),
  tlsVector(extensionTypes.map((type) => tlsUint(type, 2))),
  tlsVector([]),
  tlsVector([tlsUint(x509Credential, 2)]),
];
