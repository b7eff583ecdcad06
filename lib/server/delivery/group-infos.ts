/**
 * GroupInfos for external joiners. The server cannot judge them; it keeps the one that most accounts attest, and the
 * newest, so that a flood of false ones cannot push the true one out (DS-07).
 */

import { groupInfoCandidates } from "../../protocol/limits";
import type { Answer } from "../../protocol/schemas/socket";
import type { Database } from "../db/database";
import { placeholders, type Sql } from "../db/direct";

type Candidate = Answer<"room:group-info">["candidates"][number];

interface OfEpoch {
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

export async function storeGroupInfo(sql: Sql, roomId: string, seq: number, { epoch, bytes }: OfEpoch): Promise<void> {
  await sql.run('INSERT INTO "GroupInfo" ("roomId", "seq", "epoch", "bytes") VALUES (?, ?, ?, ?)', [
    roomId,
    seq,
    epoch,
    bytes,
  ]);
}

/**
 * Keeps the best attested one, the newest attested ones (most attesters may be asleep) and the newest; while nobody attests,
 * the oldest: of several geneses the first one counts (ENG-05), and in a storm there are more than are kept.
 */
export async function pruneGroupInfos(sql: Sql, roomId: string): Promise<void> {
  const stored = await sql.all('SELECT "seq" FROM "GroupInfo" WHERE "roomId" = ? ORDER BY "seq" DESC', [roomId]);
  const newest = stored.map(([seq]) => ({ seq: Number(seq) }));
  if (newest.length <= groupInfoCandidates) return;
  const attested = await sql.all('SELECT "seq", COUNT(*) FROM "Attestation" WHERE "roomId" = ? GROUP BY "seq"', [
    roomId,
  ]);
  const counts = new Map(attested.map(([seq, count]) => [Number(seq), Number(count)]));
  const dropped = droppable(newest, counts);
  await sql.run(`DELETE FROM "GroupInfo" WHERE "roomId" = ? AND "seq" IN (VALUES ${placeholders(dropped.length, 1)})`, [
    roomId,
    ...dropped,
  ]);
}

/** `newest` comes newest first. */
function droppable(newest: readonly { readonly seq: number }[], counts: ReadonlyMap<number, number>): number[] {
  const best = bestFirst(newest, counts).slice(0, 1);
  const attested = newest.filter(({ seq }) => counts.has(seq)).slice(0, groupInfoCandidates / 2);
  const oldest = counts.size === 0 ? newest.slice(-1) : [];
  const kept = new Set(
    [...best, ...oldest, ...attested, ...newest]
      .map(({ seq }) => seq)
      .filter(isFirst)
      .slice(0, groupInfoCandidates),
  );
  return newest.map(({ seq }) => seq).filter((seq) => !kept.has(seq));
}

export class GroupInfos {
  constructor(private readonly database: Database) {}

  /** Most attested first, then newest. */
  async candidates(roomId: string, limit: number = groupInfoCandidates): Promise<Candidate[]> {
    if (limit === 0) return [];
    const counts = await attestations(this.database.reader, roomId);
    const rows = await this.database.reader.groupInfo.findMany({ where: { roomId } });
    return bestFirst(rows, counts)
      .slice(0, limit)
      .map(({ seq, epoch, bytes }) => ({ seq, epoch, groupInfo: bytes, attestations: counts.get(seq) ?? 0 }));
  }

  /** An account's word counts once in a room, its last one. Answers whether the GroupInfo is missing. */
  async attest(
    roomId: string,
    accountId: string,
    seq: number,
    groupInfo: OfEpoch | undefined,
  ): Promise<{ wanted: boolean }> {
    return await this.database.writeDirectly(async (sql) => {
      await sql.run(
        `INSERT INTO "Attestation" ("roomId", "accountId", "seq") VALUES (?, ?, ?)
         ON CONFLICT ("roomId", "accountId") DO UPDATE SET "seq" = excluded."seq"`,
        [roomId, accountId, seq],
      );
      const same = await sql.all('SELECT 1 FROM "GroupInfo" WHERE "roomId" = ? AND "seq" = ?', [roomId, seq]);
      if (same.length > 0) return { wanted: false };
      if (groupInfo === undefined) return { wanted: true };
      await storeGroupInfo(sql, roomId, seq, groupInfo);
      await pruneGroupInfos(sql, roomId);
      return { wanted: false };
    });
  }
}

/** Accounts by the event they attest. */
async function attestations(database: Database["reader"], roomId: string): Promise<Map<number, number>> {
  const rows = await database.attestation.groupBy({ by: ["seq"], where: { roomId }, _count: { accountId: true } });
  return new Map(rows.map((row) => [row.seq, row._count.accountId]));
}

function bestFirst<Row extends { readonly seq: number }>(
  rows: readonly Row[],
  counts: ReadonlyMap<number, number>,
): Row[] {
  return rows.toSorted((a, b) => (counts.get(b.seq) ?? 0) - (counts.get(a.seq) ?? 0) || b.seq - a.seq);
}

function isFirst<T>(item: T, index: number, items: readonly T[]): boolean {
  return items.indexOf(item) === index;
}
