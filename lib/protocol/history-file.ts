/**
 * A history file (SPEC ARC-09): what one device has read, exported. The same sealed chunks as in the archive, behind
 * one header: magic (20) | account id (32) | file id (16) | number of chunks (4), then length (4) | sealed chunk, each.
 */
import { concatBytes, equalBytes, fromHex, toHex, utf8 } from "./bytes";
import { archiveSealedMaxBytes, historyFileMaxBytes } from "./limits";

export const historyFileIdBytes = 16;
const magic = utf8("sealroom history v1\n");
const headerBytes = magic.length + 32 + historyFileIdBytes + 4;
const lengthBytes = 4;

export interface HistoryFile {
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** 16 random bytes, hex: a chunk of one file opens in no other. */
  readonly fileId: string;
  readonly chunks: readonly Uint8Array[];
}

export function encodeHistoryFile({ accountId, fileId, chunks }: HistoryFile): Uint8Array {
  const account = fromHex(accountId);
  const file = fromHex(fileId);
  if (account?.length !== 32 || file?.length !== historyFileIdBytes) throw new RangeError("bad ids");
  const framed = chunks.flatMap((chunk) => [word(chunk.length), chunk]);
  return concatBytes(magic, account, file, word(chunks.length), ...framed);
}

/** `undefined`: no history file. `damaged`: one that is cut, extended or changed in its frame. */
export function decodeHistoryFile(bytes: Uint8Array): HistoryFile | "damaged" | undefined {
  if (!equalBytes(bytes.subarray(0, magic.length), magic)) return undefined;
  if (bytes.length < headerBytes || bytes.length > historyFileMaxBytes) return "damaged";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const accountId = toHex(bytes.subarray(magic.length, magic.length + 32));
  const fileId = toHex(bytes.subarray(magic.length + 32, headerBytes - 4));
  const count = view.getUint32(headerBytes - 4);
  const chunks: Uint8Array[] = [];
  let offset = headerBytes;
  while (offset + lengthBytes <= bytes.length && chunks.length < count) {
    const end = offset + lengthBytes + view.getUint32(offset);
    if (end > bytes.length || end - offset - lengthBytes > archiveSealedMaxBytes) return "damaged";
    chunks.push(bytes.subarray(offset + lengthBytes, end));
    offset = end;
  }
  return offset === bytes.length && chunks.length === count ? { accountId, fileId, chunks } : "damaged";
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
