/**
 * Appending to the transparency log: entries, the subtrees they complete and the signed head, in the transaction of the
 * change that they tell of (SPEC LOG-04). SQL by hand, because it is paid with every registration.
 */

import { sha256 } from "@noble/hashes/sha2.js";

import { signCheckpoint } from "../../crypto/account/log-signature";
import { concatBytes } from "../../protocol/bytes";
import { encodeLogEntry, logBody, type LogChange } from "../../protocol/log/entries";
import {
  appendLeaf,
  emptyFrontier,
  foldHashes,
  frontierPlaces,
  hashBytes,
  leafHash,
  type Frontier,
  type PlacedHash,
} from "../../protocol/log/merkle";
import { column, type Transaction } from "../db/database";
import { placeholders } from "../db/direct";
import type { LogKey } from "./log-key";

export type NewEntry = LogChange & { readonly accountId: string };

type Row = readonly (number | string | Uint8Array<ArrayBuffer>)[];

const headId = 1;
/** Bound values of one statement are limited. */
const rowsPerStatement = 500;

/** In their order. Its transaction tells all of it, or nothing. */
export async function append(transaction: Transaction, key: LogKey, entries: readonly NewEntry[]): Promise<void> {
  const at = Date.now();
  let frontier = await readFrontier(transaction);
  const rows: Row[] = [];
  const nodes: PlacedHash[] = [];
  for (const entry of entries) {
    const bytes = encodeLogEntry({ ...entry, at });
    rows.push([frontier.size, entry.accountId, column(sha256(logBody(entry))), column(bytes)]);
    const appended = appendLeaf(frontier, leafHash(bytes));
    frontier = appended.frontier;
    nodes.push(...appended.made);
  }
  await insert(transaction, `"LogEntry" ("index", "accountId", "digest", "bytes")`, rows);
  const nodeRows = nodes.map(({ level, index, hash }) => [level, index, column(hash)] as const);
  await insert(transaction, `"LogNode" ("level", "index", "hash")`, nodeRows);
  await writeHead(transaction, key, frontier);
}

async function insert(transaction: Transaction, into: string, rows: readonly Row[]): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsPerStatement) {
    const some = rows.slice(at, at + rowsPerStatement);
    const values = placeholders(some.length, some[0]?.length ?? 0);
    await transaction.$executeRawUnsafe(`INSERT INTO ${into} VALUES ${values}`, ...some.flat());
  }
}

/** The head of a log that has none yet. */
export async function ensureHead(transaction: Transaction, key: LogKey): Promise<void> {
  if ((await transaction.logHead.count()) === 0) await writeHead(transaction, key, emptyFrontier);
}

async function writeHead(transaction: Transaction, { seed, verifier }: LogKey, frontier: Frontier): Promise<void> {
  const { size, hashes } = frontier;
  const note = await signCheckpoint(seed, verifier, { origin: verifier.name, size, root: foldHashes(hashes) });
  await transaction.$executeRawUnsafe(
    `INSERT OR REPLACE INTO "LogHead" ("id", "size", "frontier", "note") VALUES (?, ?, ?, ?)`,
    headId,
    size,
    column(concatBytes(...hashes)),
    note,
  );
}

async function readFrontier(transaction: Transaction): Promise<Frontier> {
  const head = await transaction.logHead.findUniqueOrThrow({ where: { id: headId } });
  const bytes = new Uint8Array(head.frontier);
  const count = frontierPlaces(head.size).length;
  if (bytes.length !== count * hashBytes) throw new Error("the head of the transparency log is damaged");
  const hashes = Array.from({ length: count }, (_, at) => bytes.slice(at * hashBytes, (at + 1) * hashBytes));
  return { size: head.size, hashes };
}
