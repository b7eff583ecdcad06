/**
 * What the vault holds, as bytes: version (1), then fields of tag (1) | length (4, big-endian) | value in ascending order
 * of tags (SPEC ACC-12). Strict both ways: an older client refuses a field it does not know instead of losing it at the
 * next save. Version 1 held the private key alone and is still read; version 2 is what is written.
 */
import { concatBytes } from "@/lib/protocol/bytes";

export interface VaultContents {
  /** PKCS #8 of the account key. */
  readonly privateKeyPkcs8: Uint8Array;
  /** 32 random bytes that all devices of the account share: the root of what they keep for each other. */
  readonly accountSecret: Uint8Array;
  /** The printed recovery key, 16 bytes, so that a save can wrap for it too; `undefined` while there is none. */
  readonly recoveryKey?: Uint8Array | undefined;
}

/** What version 1 sealed has no account secret: it is made at the next save. */
export interface DecodedVaultContents extends Omit<VaultContents, "accountSecret"> {
  readonly accountSecret: Uint8Array | undefined;
}

export const accountSecretBytes = 32;
export const recoveryKeyBytes = 16;
const headerBytes = 5;
const tags = { privateKeyPkcs8: 1, accountSecret: 2, recoveryKey: 3 } as const;
/** How many fields each version has. */
const fieldCounts: Readonly<Record<number, readonly number[]>> = { 1: [1], 2: [2, 3] };

export function encodeVaultContents({ privateKeyPkcs8, accountSecret, recoveryKey }: VaultContents): Uint8Array {
  if (privateKeyPkcs8.length === 0) throw new RangeError("a vault holds a private key");
  if (accountSecret.length !== accountSecretBytes) throw new RangeError("the account secret has 32 bytes");
  if (recoveryKey !== undefined && recoveryKey.length !== recoveryKeyBytes) {
    throw new RangeError("a recovery key has 16 bytes");
  }
  return concatBytes(
    Uint8Array.of(2),
    field(tags.privateKeyPkcs8, privateKeyPkcs8),
    field(tags.accountSecret, accountSecret),
    recoveryKey === undefined ? new Uint8Array() : field(tags.recoveryKey, recoveryKey),
  );
}

export function decodeVaultContents(bytes: Uint8Array): DecodedVaultContents | undefined {
  const version = bytes[0] ?? 0;
  const fields = readFields(bytes.subarray(1));
  if (fields === undefined || fieldCounts[version]?.includes(fields.size) !== true) return undefined;
  const privateKeyPkcs8 = fields.get(tags.privateKeyPkcs8);
  const accountSecret = fields.get(tags.accountSecret);
  const recoveryKey = fields.get(tags.recoveryKey);
  if (privateKeyPkcs8 === undefined || privateKeyPkcs8.length === 0) return undefined;
  if (version === 1) return { privateKeyPkcs8, accountSecret };
  if (accountSecret?.length !== accountSecretBytes) return undefined;
  if (fields.size === 2) return { privateKeyPkcs8, accountSecret };
  return recoveryKey?.length === recoveryKeyBytes ? { privateKeyPkcs8, accountSecret, recoveryKey } : undefined;
}

function field(tag: number, value: Uint8Array): Uint8Array {
  const header = new Uint8Array(headerBytes);
  header[0] = tag;
  new DataView(header.buffer).setUint32(1, value.length);
  return concatBytes(header, value);
}

/** `undefined` when tags do not ascend or a length does not fit. */
function readFields(bytes: Uint8Array): Map<number, Uint8Array> | undefined {
  const fields = new Map<number, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let lastTag = 0;
  for (let offset = 0; offset < bytes.length;) {
    if (bytes.length - offset < headerBytes) return undefined;
    const tag = view.getUint8(offset);
    const start = offset + headerBytes;
    const end = start + view.getUint32(offset + 1);
    if (tag <= lastTag || end > bytes.length) return undefined;
    fields.set(tag, bytes.slice(start, end));
    lastTag = tag;
    offset = end;
  }
  return fields;
}
