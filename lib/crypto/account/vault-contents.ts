/**
 * What the vault holds, as bytes: version (1), then fields of tag (1) | length (4, big-endian) | value in ascending order
 * of tags. Strict both ways: an older client refuses a field it does not know instead of losing it at the next save.
 */
import { concatBytes } from "@/lib/protocol/bytes";

export interface VaultContents {
  /** PKCS #8 of the account key. */
  readonly privateKeyPkcs8: Uint8Array;
}

const formatVersion = 1;
const headerBytes = 5;
const tags = { privateKeyPkcs8: 1 } as const;

export function encodeVaultContents({ privateKeyPkcs8 }: VaultContents): Uint8Array {
  if (privateKeyPkcs8.length === 0) throw new RangeError("a vault holds a private key");
  return concatBytes(Uint8Array.of(formatVersion), field(tags.privateKeyPkcs8, privateKeyPkcs8));
}

export function decodeVaultContents(bytes: Uint8Array): VaultContents | undefined {
  if (bytes[0] !== formatVersion) return undefined;
  const fields = readFields(bytes.subarray(1));
  const privateKeyPkcs8 = fields?.get(tags.privateKeyPkcs8);
  if (fields?.size !== 1 || privateKeyPkcs8 === undefined || privateKeyPkcs8.length === 0) return undefined;
  return { privateKeyPkcs8 };
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
