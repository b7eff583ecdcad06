/**
 * All that this device has read, as one file that only this account opens, and back (SPEC ARC-09). Nothing of a file is
 * believed before all of it was opened.
 */

import { chunkHash, openHistory, sealHistory } from "../../../crypto/account/archive";
import { decodeArchiveChunk, encodeArchiveChunk, type ArchiveChunk } from "../../../protocol/archive";
import { fromHex, toHex } from "../../../protocol/bytes";
import {
  decodeHistoryFile,
  encodeHistoryFile,
  historyFileIdBytes,
  type HistoryFile,
} from "../../../protocol/history-file";
import { historyFileMaxBytes } from "../../../protocol/limits";
import type { StoredIdentity } from "../identity";
import type { Keyring } from "../keyring";
import type { Random } from "../ports";
import { bad, ok, type EngineResult } from "../results";
import type { Room } from "../room";
import { collectLines } from "./collect";
import type { Archive } from "./archive";
import type { Later } from "./later";

export interface FileHost {
  readonly identity: Pick<StoredIdentity, "accountId" | "accountSecret">;
  readonly random: Random;
  all(): readonly Room[];
  readonly later: Later;
  readonly archive: Pick<Archive, "take">;
  readonly keyring: Pick<Keyring, "list">;
}

/** What was not on this device; more may follow in rooms that are not up to date yet. */
export interface ImportedHistory {
  readonly lines: number;
  readonly rooms: number;
}

export async function exportHistory(host: FileHost): Promise<EngineResult<{ file: Uint8Array; lines: number }>> {
  const { accountId, accountSecret } = host.identity;
  if (accountSecret === undefined) return bad("NO_ACCOUNT_SECRET");
  const plains: ArchiveChunk[] = [];
  // Every room as a whole, whatever is archived.
  let progress = { cursors: {}, whole: Object.fromEntries(host.all().map(({ roomId }) => [roomId, ""])) };
  let rooms = host.all();
  let lines = 0;
  while (rooms.length > 0) {
    const collected = await collectLines(rooms, progress, new Set());
    progress = collected;
    rooms = collected.unfinished;
    if (collected.sections.length === 0) continue;
    plains.push({ v: 1, previous: "", sections: [...collected.sections] });
    lines += collected.sections.reduce((total, section) => total + section.lines.length, 0);
  }
  const fileId = toHex(host.random.bytes(historyFileIdBytes));
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let previous = "";
  for (const [index, plain] of plains.entries()) {
    const place = { in: "file", accountId, fileId, number: index + 1, of: plains.length } as const;
    const encoded = encodeArchiveChunk({ ...plain, previous });
    if (encoded === undefined) throw new RangeError("a chunk of the history is too large");
    const sealed = await sealHistory(accountSecret.bytes, place, encoded);
    previous = chunkHash(sealed);
    chunks.push(sealed);
    bytes += sealed.length + 64;
  }
  if (bytes > historyFileMaxBytes) return bad("TOO_LARGE");
  return ok({ file: encodeHistoryFile({ accountId, fileId, chunks }), lines });
}

/** Repeated with the same file it changes nothing. */
export async function importHistory(host: FileHost, bytes: Uint8Array): Promise<EngineResult<ImportedHistory>> {
  const { accountId, accountSecret } = host.identity;
  if (accountSecret === undefined) return bad("NO_ACCOUNT_SECRET");
  const file = decodeHistoryFile(bytes);
  if (file === undefined) return bad("NOT_A_HISTORY");
  if (file === "damaged") return bad("HISTORY_DAMAGED");
  if (file.accountId !== accountId) return bad("HISTORY_OF_ANOTHER");
  const { fileId } = file;
  let opened: ArchiveChunk[] | undefined;
  // A file keeps the secret of its time (REN-05).
  for (const secret of [accountSecret.bytes, ...formerSecrets(host)]) opened ??= await openChunks(file, secret);
  if (opened === undefined) return bad("HISTORY_DAMAGED");
  const sections = opened.flatMap((chunk) => chunk.sections);
  const rows = host.later.rowsOf(fileId, sections);
  const restored = await host.archive.take(rows, [...new Set(sections.map(({ roomId }) => roomId))]);
  const filled = [...restored.values()].filter((lines) => lines > 0);
  return ok({ lines: filled.reduce((total, lines) => total + lines, 0), rooms: filled.length });
}

function formerSecrets({ keyring }: FileHost): Uint8Array[] {
  return keyring.list("former").flatMap(({ value }) => fromHex(value) ?? []);
}

/** `undefined`: not all of it opens with this secret. */
async function openChunks(
  { accountId, fileId, chunks }: HistoryFile,
  secret: Uint8Array,
): Promise<ArchiveChunk[] | undefined> {
  const opened: ArchiveChunk[] = [];
  let previous = "";
  for (const [index, sealed] of chunks.entries()) {
    const place = { in: "file", accountId, fileId, number: index + 1, of: chunks.length } as const;
    const plain = await openHistory(secret, place, sealed);
    const chunk = plain && decodeArchiveChunk(plain);
    if (chunk?.previous !== previous) return undefined;
    previous = chunkHash(sealed);
    opened.push(chunk);
  }
  return opened;
}
