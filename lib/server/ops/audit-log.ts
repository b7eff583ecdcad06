/**
 * The independent auditor (SPEC LOG-08): reads a server's whole transparency log over HTTP, builds the tree again, and
 * believes nothing else. Knows no database and no key but the log's public one.
 */

import { LogAudit, type EntryFault } from "../../crypto/account/log-audit";
import { openCheckpoint } from "../../crypto/account/log-signature";
import { equalBytes } from "../../protocol/bytes";
import { noteMaxBytes, type Checkpoint, type Verifier } from "../../protocol/log/checkpoint";
import { appendLeaf, emptyFrontier, foldHashes, hashBytes, leafHash, type Frontier } from "../../protocol/log/merkle";
import {
  decodeBundle,
  decodeHashes,
  entryBundleMaxBytes,
  tileHeight,
  tilePath,
  tilesOf,
  tileWidth,
  type Tile,
} from "../../protocol/log/tiles";
import { readAtMost } from "../../protocol/read-at-most";

export type Finding =
  /** The checkpoint is none of this log's key. */
  | { readonly kind: "BAD_CHECKPOINT" }
  /** The entry is not the one that the tree has at its place. */
  | { readonly kind: "NOT_IN_TREE"; readonly index: number }
  /** A tile that is not there, or not what the entries make. */
  | { readonly kind: "BAD_TILE"; readonly path: string }
  | { readonly kind: EntryFault; readonly index: number }
  /** The entries do not make the root that the checkpoint signs. */
  | { readonly kind: "WRONG_ROOT" }
  /** The log does not begin with the one of the earlier audit: entries were taken away or changed. */
  | { readonly kind: "NOT_A_CONTINUATION"; readonly size: number };

export interface Verdict {
  readonly checkpoint: Checkpoint | undefined;
  /** The signed note, to be remembered for the next audit. */
  readonly note: string;
  readonly accounts: number;
  readonly devices: number;
  readonly findings: readonly Finding[];
}

/** Answers at most `maxBytes`; `undefined` for what is not there. Throws when the server cannot be reached. */
export type Fetch = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

/** Findings beyond this many say nothing new. */
const findingsMax = 1000;
const upperLevels = [1, 2, 3, 4, 5, 6];
/** An honest server lets a minute pass at most. */
const waitsMax = 20;

export async function auditLog(fetch: Fetch, verifier: Verifier, earlier?: Checkpoint): Promise<Verdict> {
  const note = (await fetch("checkpoint", noteMaxBytes)) ?? new Uint8Array();
  const checkpoint = await openCheckpoint(note, verifier);
  const audit = new LogAudit();
  const findings: Finding[] = [];
  if (checkpoint === undefined) findings.push({ kind: "BAD_CHECKPOINT" });
  else await readAll({ fetch, checkpoint, earlier, audit, findings });
  const { accounts, devices } = audit;
  return { checkpoint, note: Buffer.from(note).toString("utf8"), accounts, devices, findings };
}

interface Reading {
  readonly fetch: Fetch;
  readonly checkpoint: Checkpoint;
  readonly earlier: Checkpoint | undefined;
  readonly audit: LogAudit;
  readonly findings: Finding[];
}

async function readAll(reading: Reading): Promise<void> {
  const { fetch, checkpoint, earlier, findings } = reading;
  const upper = new Map<string, Uint8Array>();
  let frontier = emptyFrontier;
  for (const tile of tilesOf("entries", checkpoint.size)) {
    const path = `tile/${tilePath(tile)}`;
    const bundle = await fetch(path, entryBundleMaxBytes);
    const entries = bundle && decodeBundle(bundle, tile.width);
    if (entries === undefined) {
      findings.push({ kind: "BAD_TILE", path });
      return;
    }
    const hashes = await tileHashes(fetch, { ...tile, level: 0 }, findings);
    for (const [at, entry] of entries.entries()) {
      if (earlier?.size === frontier.size) compare(earlier, frontier, findings);
      await readEntry(reading, entry, frontier.size, hashes?.[at]);
      const appended = appendLeaf(frontier, leafHash(entry));
      frontier = appended.frontier;
      for (const { level, index, hash } of appended.made)
        if (level > 0 && level % tileHeight === 0) upper.set(`${String(level / tileHeight)}/${String(index)}`, hash);
      if (findings.length > findingsMax) return;
    }
  }
  if (earlier !== undefined && earlier.size >= frontier.size) compare(earlier, frontier, findings);
  await checkUpperTiles(reading, upper);
  if (!equalBytes(foldHashes(frontier.hashes), checkpoint.root)) findings.push({ kind: "WRONG_ROOT" });
}

function compare({ size, root }: Checkpoint, frontier: Frontier, findings: Finding[]): void {
  const isSame = size === frontier.size && equalBytes(root, foldHashes(frontier.hashes));
  if (!isSame) findings.push({ kind: "NOT_A_CONTINUATION", size });
}

async function readEntry(
  { audit, findings }: Reading,
  entry: Uint8Array,
  index: number,
  hash: Uint8Array | undefined,
): Promise<void> {
  if (hash !== undefined && !equalBytes(hash, leafHash(entry))) findings.push({ kind: "NOT_IN_TREE", index });
  const fault = await audit.read(entry);
  if (fault !== undefined) findings.push({ kind: fault, index });
}

async function checkUpperTiles({ fetch, checkpoint, findings }: Reading, made: ReadonlyMap<string, Uint8Array>) {
  for (const level of upperLevels) {
    for (const tile of tilesOf(level, checkpoint.size)) {
      const hashes = await tileHashes(fetch, tile, findings);
      const isRight = hashes?.every((hash, at) =>
        equalBytes(hash, made.get(`${String(level)}/${String(tile.index * tileWidth + at)}`) ?? new Uint8Array()),
      );
      if (isRight === false) findings.push({ kind: "BAD_TILE", path: `tile/${tilePath(tile)}` });
    }
  }
}

async function tileHashes(fetch: Fetch, tile: Tile, findings: Finding[]): Promise<Uint8Array[] | undefined> {
  const path = `tile/${tilePath(tile)}`;
  const bytes = await fetch(path, tileWidth * hashBytes);
  const hashes = bytes && decodeHashes(bytes, tile.width);
  if (hashes === undefined) findings.push({ kind: "BAD_TILE", path });
  return hashes;
}

/** Fetches from the log of the server at `origin`. */
export function fetchFrom(origin: URL, timeoutMs: number): Fetch {
  return async (path, maxBytes) => {
    let waits = 0;
    for (;;) {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(new URL(`/api/v1/log/${path}`, origin), { signal, redirect: "error" });
      if (response.status === 429) {
        if (++waits > waitsMax) throw new Error(`${path}: the server goes on saying that it is asked too often`);
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs(response)));
        continue;
      }
      // A log that is asked for sizes it does not have answers 400.
      if (response.status === 404 || response.status === 400) return undefined;
      if (!response.ok) throw new Error(`${path}: the server answers ${String(response.status)}`);
      return await limited(response, path, maxBytes);
    }
  };
}

async function limited(response: Response, path: string, maxBytes: number): Promise<Uint8Array> {
  const bytes = await readAtMost(response.body, maxBytes);
  if (bytes === undefined) throw new Error(`${path}: the answer is larger than ${String(maxBytes)} bytes`);
  return bytes;
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get("retry-after"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 120) * 1000 : 1000;
}
