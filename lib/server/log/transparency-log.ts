/**
 * The transparency log (SPEC section LOG): every change of the key directory as an entry of one append-only Merkle tree,
 * served as C2SP tlog-tiles. Nothing here is secret but the signing key.
 */

import { sha256 } from "@noble/hashes/sha2.js";

import { concatBytes } from "../../protocol/bytes";
import { predecessorsMax } from "../../protocol/limits";
import { decodeLogEntry, logBody } from "../../protocol/log/entries";
import { encodeVerifier, type Verifier } from "../../protocol/log/checkpoint";
import { consistencyPlan, foldHashes, inclusionPlan, type Place, type ProofPlan } from "../../protocol/log/merkle";
import { encodeBundle, tileHeight, tileWidth, type Tile } from "../../protocol/log/tiles";
import type { Answer } from "../../protocol/schemas/socket";
import { column, type Database, type Transaction } from "../db/database";
import { placeholders } from "../db/direct";
import { Refused } from "../refused";
import { append, ensureHead, type NewEntry } from "./append";
import { openLogKey, type LogKey } from "./log-key";

export interface LoggedEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface Head {
  /** Entries. */
  readonly size: number;
  /** The signed checkpoint. */
  readonly note: string;
}

/** With its inclusion proof at a head. */
export interface ProvenEntry extends LoggedEntry {
  readonly proof: readonly Uint8Array[];
}

export class TransparencyLog {
  private constructor(
    private readonly database: Database,
    private readonly key: LogKey,
  ) {}

  static async open(database: Database): Promise<TransparencyLog> {
    const key = await openLogKey(database);
    await database.write((transaction) => ensureHead(transaction, key));
    return new TransparencyLog(database, key);
  }

  get verifier(): Verifier {
    return this.key.verifier;
  }

  /** As signed notes write it: for `/log`, auditors and the operator's README. */
  get verifierLine(): string {
    return encodeVerifier(this.key.verifier);
  }

  /** In the transaction that makes the changes, in their order. */
  async append(transaction: Transaction, entries: readonly NewEntry[]): Promise<void> {
    await append(transaction, this.key, entries);
  }

  async head(): Promise<Head> {
    return await this.database.reader.logHead.findFirstOrThrow({ select: { size: true, note: true } });
  }

  /** Throws NOT_FOUND for what the log does not have yet: a tile is served as wide as it is asked for, or not at all. */
  async tile({ level, index, width }: Tile): Promise<Uint8Array> {
    const { reader } = this.database;
    const range = { gte: index * tileWidth, lt: index * tileWidth + width };
    if (level === "entries") {
      const rows = await reader.logEntry.findMany({ where: { index: range }, orderBy: { index: "asc" } });
      if (rows.length !== width) throw new Refused("NOT_FOUND");
      return encodeBundle(rows.map(({ bytes }) => bytes));
    }
    const where = { level: level * tileHeight, index: range };
    const rows = await reader.logNode.findMany({ where, orderBy: { index: "asc" } });
    if (rows.length !== width) throw new Refused("NOT_FOUND");
    return concatBytes(...rows.map(({ hash }) => hash));
  }

  /** Throws MALFORMED unless `0 < from <= to` and the log has `to` entries. */
  async consistency(from: number, to: number): Promise<Uint8Array[]> {
    const { size } = await this.head();
    if (from < 1 || from > to || to > size) throw new Refused("MALFORMED");
    const [proof] = await this.#prove([consistencyPlan(from, to)]);
    return proof ?? [];
  }

  /**
   * The newest entries of an account and as many of those whose name it took (SPEC REC-05), oldest first, at the present head.
   * Two limits, so that no number of changes hides that there was another key.
   */
  async historyOf(accountId: string, limit: number): Promise<{ head: Head; entries: ProvenEntry[] }> {
    const head = await this.head();
    const newestOf = (accountIds: string[]) =>
      this.database.reader.logEntry.findMany({
        where: { accountId: { in: accountIds }, index: { lt: head.size } },
        select: { index: true, bytes: true },
        orderBy: { index: "desc" },
        take: limit,
      });
    const rows = [...(await newestOf([accountId])), ...(await newestOf(await this.#predecessorsOf(accountId)))];
    rows.sort((one, other) => one.index - other.index);
    return { head, entries: await this.#proven(rows, head.size) };
  }

  /** Newest first. The entry that says "replaced" is found by the digest of what it says. */
  async #predecessorsOf(accountId: string): Promise<string[]> {
    const found: string[] = [];
    for (let successorId = accountId; found.length < predecessorsMax;) {
      const digest = column(sha256(logBody({ kind: "replaced", successorId })));
      const row = await this.database.reader.logEntry.findFirst({ where: { digest }, select: { accountId: true } });
      if (row === null) break;
      successorId = row.accountId;
      found.push(successorId);
    }
    return found;
  }

  /** By the digests of certificates or revocations, in their order; `undefined` for what is not in the log. */
  async byDigest(digests: readonly Uint8Array[]): Promise<{ head: Head; entries: (ProvenEntry | undefined)[] }> {
    const head = await this.head();
    const rows = await this.database.reader.logEntry.findMany({
      where: { digest: { in: digests.map(column) }, index: { lt: head.size } },
      orderBy: { index: "asc" },
    });
    const byDigest = new Map(rows.map((row) => [keyOf(row.digest), row]));
    const wanted = digests.map((digest) => byDigest.get(keyOf(digest)));
    const proven = await this.#proven([...byDigest.values()], head.size);
    const byIndex = new Map(proven.map((entry) => [entry.index, entry]));
    return { head, entries: wanted.map((row) => (row === undefined ? undefined : byIndex.get(row.index))) };
  }

  /** As the socket answers `log:proofs`. */
  async proofs(digests: readonly Uint8Array[]): Promise<Answer<"log:proofs">> {
    const { head, entries } = await this.byDigest(digests);
    return {
      note: head.note,
      proofs: entries.map((entry) => {
        const decoded = entry && decodeLogEntry(entry.bytes);
        return entry === undefined || decoded === undefined
          ? null
          : { index: entry.index, at: decoded.at, proof: concatBytes(...entry.proof) };
      }),
    };
  }

  /** From the `from`th on, at most `limit`. */
  async entries(from: number, limit: number): Promise<Uint8Array[]> {
    const range = { gte: from, lt: from + limit };
    const rows = await this.database.reader.logEntry.findMany({ where: { index: range }, orderBy: { index: "asc" } });
    return rows.map(({ bytes }) => bytes);
  }

  /** One entry with its proof at the head that comes with it; `undefined` when the log has none of that number. */
  async at(index: number): Promise<{ head: Head; entry: ProvenEntry } | undefined> {
    const head = await this.head();
    const row = index < head.size ? await this.database.reader.logEntry.findUnique({ where: { index } }) : null;
    const [entry] = row === null ? [] : await this.#proven([row], head.size);
    return entry && { head, entry };
  }

  /** The newest entries, newest first. */
  async recent(count: number): Promise<LoggedEntry[]> {
    return await this.database.reader.logEntry.findMany({
      select: { index: true, bytes: true },
      orderBy: { index: "desc" },
      take: count,
    });
  }

  async #proven(rows: readonly LoggedEntry[], size: number): Promise<ProvenEntry[]> {
    const proofs = await this.#prove(rows.map(({ index }) => inclusionPlan(index, size)));
    return rows.map(({ index, bytes }, at) => ({ index, bytes, proof: proofs[at] ?? [] }));
  }

  /** One query for all: a proof over a million entries consists of some twenty hashes. */
  async #prove(plans: readonly ProofPlan[]): Promise<Uint8Array[][]> {
    const places = new Map(plans.flat(2).map((place) => [nameOf(place), place]));
    const hashes = await this.#hashesOf([...places.values()]);
    return plans.map((plan) =>
      plan.map((range) =>
        foldHashes(
          range.map((place) => {
            const hash = hashes.get(nameOf(place));
            if (hash === undefined) throw new Error("the transparency log lacks a hash of a whole subtree");
            return hash;
          }),
        ),
      ),
    );
  }

  async #hashesOf(places: readonly Place[]): Promise<Map<string, Uint8Array>> {
    const hashes = new Map<string, Uint8Array>();
    for (let at = 0; at < places.length; at += placesPerQuery) {
      const some = places.slice(at, at + placesPerQuery);
      const rows = await this.database.reader.$queryRawUnsafe<{ level: number; index: number; hash: Uint8Array }[]>(
        `SELECT "level", "index", "hash" FROM "LogNode" WHERE ("level", "index") IN (VALUES ${placeholders(some.length, 2)})`,
        ...some.flatMap(({ level, index }) => [level, index]),
      );
      for (const { level, index, hash } of rows) hashes.set(nameOf({ level, index }), new Uint8Array(hash));
    }
    return hashes;
  }
}

/** Bound values per statement are limited. */
const placesPerQuery = 500;

function nameOf({ level, index }: Place): string {
  return `${String(level)}/${String(index)}`;
}

function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest).toString("hex");
}
