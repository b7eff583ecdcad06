/**
 * What the vault holds, as bytes: version (1), then fields of tag (1) | length (4, big-endian) | value in ascending order
 * of tags (SPEC ACC-12). Strict both ways: an older client refuses a field it does not know instead of losing it at the
 * next save. Version 1 held the private key alone and is still read; version 2 holds the first account secret, version 3 one that
 * was renewed, with its number and the devices that were not told.
 */
import { concatBytes, fromHex, toHex } from "@/lib/protocol/bytes";
import { deviceIdBytes } from "@/lib/protocol/certificates";
import { secretWithoutMax } from "@/lib/protocol/limits";
import { readWhole, tlsUint } from "@/lib/protocol/mls/tls";
import { accountSecretBytes, type AccountSecret } from "./account-secret";

export interface VaultContents {
  /** PKCS #8 of the account key. */
  readonly privateKeyPkcs8: Uint8Array;
  readonly accountSecret: AccountSecret;
  /** The printed recovery key, 16 bytes, so that a save can wrap for it too; `undefined` while there is none. */
  readonly recoveryKey?: Uint8Array | undefined;
}

/** What version 1 sealed has no account secret: it is made at the next save. */
export interface DecodedVaultContents extends Omit<VaultContents, "accountSecret"> {
  readonly accountSecret: AccountSecret | undefined;
}

export const recoveryKeyBytes = 16;
const headerBytes = 5;
const tags = { privateKeyPkcs8: 1, accountSecret: 2, recoveryKey: 3, renewals: 4 } as const;
/** What each version has beside the private key; a recovery key may come with each but the first. */
const forms: Readonly<Record<number, readonly number[]>> = {
  1: [],
  2: [tags.accountSecret],
  3: [tags.accountSecret, tags.renewals],
};

export function encodeVaultContents({ privateKeyPkcs8, accountSecret, recoveryKey }: VaultContents): Uint8Array {
  if (privateKeyPkcs8.length === 0) throw new RangeError("a vault holds a private key");
  const { bytes: secret, number } = accountSecret;
  if (secret.length !== accountSecretBytes) throw new RangeError("the account secret has 32 bytes");
  if (recoveryKey !== undefined && recoveryKey.length !== recoveryKeyBytes) {
    throw new RangeError("a recovery key has 16 bytes");
  }
  return concatBytes(
    Uint8Array.of(number === 0 ? 2 : 3),
    field(tags.privateKeyPkcs8, privateKeyPkcs8),
    field(tags.accountSecret, secret),
    recoveryKey === undefined ? new Uint8Array() : field(tags.recoveryKey, recoveryKey),
    number === 0 ? new Uint8Array() : field(tags.renewals, encodeRenewals(accountSecret)),
  );
}

export function decodeVaultContents(bytes: Uint8Array): DecodedVaultContents | undefined {
  const version = bytes[0] ?? 0;
  const fields = readFields(bytes.subarray(1));
  const form = forms[version];
  if (fields === undefined || form === undefined || !hasForm(fields, form, version > 1)) return undefined;
  const privateKeyPkcs8 = fields.get(tags.privateKeyPkcs8);
  const secret = fields.get(tags.accountSecret);
  const recoveryKey = fields.get(tags.recoveryKey);
  const renewals = fields.get(tags.renewals);
  if (privateKeyPkcs8 === undefined || privateKeyPkcs8.length === 0) return undefined;
  if (version === 1) return { privateKeyPkcs8, accountSecret: undefined };
  const age = renewals === undefined ? { number: 0, without: [] } : decodeRenewals(renewals);
  if (secret?.length !== accountSecretBytes || age === undefined) return undefined;
  if (recoveryKey !== undefined && recoveryKey.length !== recoveryKeyBytes) return undefined;
  return {
    privateKeyPkcs8,
    accountSecret: { bytes: secret, ...age },
    ...(recoveryKey === undefined ? {} : { recoveryKey }),
  };
}

function hasForm(fields: ReadonlyMap<number, unknown>, form: readonly number[], mayRecover: boolean): boolean {
  const wanted = new Set<number>([tags.privateKeyPkcs8, ...form]);
  if (mayRecover && fields.has(tags.recoveryKey)) wanted.add(tags.recoveryKey);
  return fields.size === wanted.size && [...wanted].every((tag) => fields.has(tag));
}

/** Number (4) | ids of devices (16 each), ascending. */
function encodeRenewals({ number, without }: AccountSecret): Uint8Array {
  const ids = without.map((id) => fromHex(id) ?? new Uint8Array());
  if (ids.some(({ length }) => length !== deviceIdBytes)) throw new RangeError("not ids of devices");
  return concatBytes(tlsUint(number, 4), ...ids);
}

function decodeRenewals(bytes: Uint8Array): Omit<AccountSecret, "bytes"> | undefined {
  return readWhole(bytes, (reader) => {
    const number = reader.uint32();
    const without: string[] = [];
    while (!reader.atEnd) without.push(toHex(reader.bytes(deviceIdBytes)));
    reader.require(number > 0 && without.length <= secretWithoutMax);
    reader.require(without.every((id, index) => index === 0 || (without[index - 1] ?? "") < id));
    return { number, without };
  });
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
