/**
 * GroupInfos for external joiners. The server cannot judge them; it keeps the one that most accounts attest, and the
 * newest, so that a flood of false ones cannot push the true one out (DS-07).
 */

import { groupInfoCandidates } from "../../protocol/limits";
import type { Answer } from "../../protocol/schemas/socket";
import { column, type Database, type Transaction } from "../db/database";

type Candidate = Answer<"room:group-info">["candidates"][number];

interface OfEpoch {
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

export async function storeGroupInfo(
  transaction: Transaction,
  roomId: string,
  seq: number,
  { epoch, bytes }: OfEpoch,
): Promise<void> {
  await transaction.groupInfo.create({ data: { roomId, seq, epoch, bytes: column(bytes) } });
}

/** Keeps the best attested one, the newest attested ones (most attesters may be asleep) and the newest. */
export async function pruneGroupInfos(transaction: Transaction, roomId: string): Promise<void> {
  const newest = await transaction.groupInfo.findMany({
    where: { roomId },
    select: { seq: true },
    orderBy: { seq: "desc" },
  });
  if (newest.length <= groupInfoCandidates) return;
  const counts = await attestations(transaction, roomId);
  const best = bestFirst(newest, counts).slice(0, 1);
  const attested = newest.filter(({ seq }) => counts.has(seq)).slice(0, groupInfoCandidates / 2);
  const kept = new Set(
    [...best, ...attested, ...newest]
      .map(({ seq }) => seq)
      .filter(isFirst)
      .slice(0, groupInfoCandidates),
  );
  const dropped = newest.map(({ seq }) => seq).filter((seq) => !kept.has(seq));
  await transaction.groupInfo.deleteMany({ where: { roomId, seq: { in: dropped } } });
}

export class GroupInfos {
  constructor(private readonly database: Database) {}

  /** Most attested first, then newest. */
  async candidates(roomId: string): Promise<Candidate[]> {
    const counts = await attestations(this.database.reader, roomId);
    const rows = await this.database.reader.groupInfo.findMany({ where: { roomId } });
    return bestFirst(rows, counts)
      .slice(0, groupInfoCandidates)
      .map(({ seq, epoch, bytes }) => ({ seq, epoch, groupInfo: bytes, attestations: counts.get(seq) ?? 0 }));
  }

  /** An account's word counts once in a room, its last one. Answers whether the GroupInfo is missing. */
  async attest(
    roomId: string,
    accountId: string,
    seq: number,
    groupInfo: OfEpoch | undefined,
  ): Promise<{ wanted: boolean }> {
    return await this.database.write(async (transaction) => {
      await transaction.attestation.upsert({
        where: { roomId_accountId: { roomId, accountId } },
        create: { roomId, accountId, seq },
        update: { seq },
      });
      if ((await transaction.groupInfo.count({ where: { roomId, seq } })) > 0) return { wanted: false };
      if (groupInfo === undefined) return { wanted: true };
      await storeGroupInfo(transaction, roomId, seq, groupInfo);
      await pruneGroupInfos(transaction, roomId);
      return { wanted: false };
    });
  }
}

/** Accounts by the event they attest. */
async function attestations(database: Pick<Transaction, "attestation">, roomId: string): Promise<Map<number, number>> {
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
