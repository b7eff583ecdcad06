/** Who a device is: the type that account and MLS code share. */

/** This device's own identity: what it signs with and shows as its leaf. */
export interface DeviceIdentity {
  readonly username: string;
  /** 64 lower-case hex digits: SHA-256 of the account key's SPKI. */
  readonly accountId: string;
  readonly deviceId: string;
  /** DER of the device certificate, issued by the account key. */
  readonly deviceCertificate: Uint8Array;
  /** DER of the account certificate: the trust anchor. */
  readonly accountCertificate: Uint8Array;
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519 seed, 32 bytes. */
  readonly secretKey: Uint8Array;
}
