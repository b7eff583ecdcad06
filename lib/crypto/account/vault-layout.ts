/**
 * The sealed vault's outer bytes (SPEC ACC-08):
 *   version (1) | account id (32) | vault version (4) | wraps (1, then each: kind 1 | sealed key 60)
 *   | sealed contents (aes-gcm.ts)
 * All before the contents is the header: authenticated, not secret. One vault has one spelling.
 */
import { concatBytes, fromHex, toHex } from "@/lib/protocol/bytes";
import { vaultMaxBytes } from "@/lib/protocol/limits";
import { nonceBytes, tagBytes } from "../aes-gcm";

/** Ways to unlock, in the order in which they stand in the header, each at most once. */
export const wrapKinds = ["password", "recovery"] as const;
export type WrapKind = (typeof wrapKinds)[number];

export interface VaultHeader {
  readonly accountId: string;
  /** 1 to 2^32 - 1; grows with every save. */
  readonly version: number;
  readonly wraps: ReadonlyMap<WrapKind, Uint8Array>;
}

export interface VaultLayout {
  readonly header: VaultHeader;
  readonly headerBytes: Uint8Array;
  readonly contents: Uint8Array;
}

export const vaultKeyBytes = 32;
const formatVersion = 1;
const accountIdBytes = 32;
const wrapBytes = 1 + nonceBytes + vaultKeyBytes + tagBytes;
const wrapsAt = 1 + accountIdBytes + 4;
const maxVersion = 2 ** 32 - 1;

export function encodeHeader({ accountId, version, wraps }: VaultHeader): Uint8Array {
  const id = fromHex(accountId);
  if (id?.length !== accountIdBytes) throw new RangeError("an account id has 64 lower-case hex digits");
  if (!Number.isInteger(version) || version < 1 || version > maxVersion) throw new RangeError("vault version");
  if (wraps.size === 0) throw new RangeError("a vault that nobody can unlock");
  const fixed = new Uint8Array(4);
  new DataView(fixed.buffer).setUint32(0, version);
  const entries = wrapKinds.flatMap((kind, index) => {
    const wrap = wraps.get(kind);
    return wrap === undefined ? [] : [Uint8Array.of(index + 1), wrap];
  });
  return concatBytes(Uint8Array.of(formatVersion), id, fixed, Uint8Array.of(wraps.size), ...entries);
}

/** `undefined`: not a vault. */
export function decodeVault(sealed: Uint8Array): VaultLayout | undefined {
  if (sealed[0] !== formatVersion || sealed.length > vaultMaxBytes) return undefined;
  const headerLength = wrapsAt + 1 + (sealed[wrapsAt] ?? 0) * wrapBytes;
  if (sealed.length < headerLength + nonceBytes + tagBytes) return undefined;
  const headerBytes = sealed.slice(0, headerLength);
  const header = decodeHeader(headerBytes);
  return header && { header, headerBytes, contents: sealed.slice(headerLength) };
}

function decodeHeader(bytes: Uint8Array): VaultHeader | undefined {
  const accountId = toHex(bytes.subarray(1, 1 + accountIdBytes));
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1 + accountIdBytes);
  const wraps = new Map<WrapKind, Uint8Array>();
  let lastKind = 0;
  for (let offset = wrapsAt + 1; offset < bytes.length; offset += wrapBytes) {
    const kindNumber = bytes[offset] ?? 0;
    const kind = wrapKinds[kindNumber - 1];
    if (kind === undefined || kindNumber <= lastKind) return undefined;
    wraps.set(kind, bytes.slice(offset + 1, offset + wrapBytes));
    lastKind = kindNumber;
  }
  return version >= 1 && wraps.size > 0 ? { accountId, version, wraps } : undefined;
}
