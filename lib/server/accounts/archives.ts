/**
 * The archive of each account's history (SPEC ARC-01): numbered chunks that only its devices can open. Chunks follow
 * one another; only the newest is written again, and each writing has a number, so of two devices one gets in.
 */

import { archiveMaxBytes, archivePaddingBytes } from "../../protocol/limits";
import type { Answer, Request } from "../../protocol/schemas/socket";
import { column, type Database } from "../db/database";
import { Refused } from "../refused";
import { requireLiving } from "./retire";

const none = { generation: 0, number: 0, revision: 0, bytes: 0, newestBytes: 0 };

export class Archives {
  constructor(private readonly database: Database) {}

  async state(accountId: string): Promise<Answer<"archive:state">> {
    const row = await this.database.reader.archive.findUnique({ where: { accountId } });
    if (row === null) return none;
    const { generation, number, revision, bytes, newestBytes } = row;
    return { generation, number, revision, bytes, newestBytes };
  }

  /** Throws NOT_FOUND where there is no such chunk, or no such generation any more. */
  async fetch(accountId: string, generation: number, number: number): Promise<Answer<"archive:fetch">> {
    // One row, read at once: bytes and number of the writing belong together.
    const chunk = await this.database.reader.archiveChunk.findUnique({
      where: { accountId_number: { accountId, number } },
    });
    if (chunk?.generation !== generation) throw new Refused("NOT_FOUND");
    return { revision: chunk.revision, sealed: chunk.sealed };
  }

  /** Throws VERSION_CONFLICT unless the chunk follows what is there, ARCHIVE_FULL when it does not fit. */
  async put(accountId: string, { generation, number, revision, sealed }: Request<"archive:put">): Promise<void> {
    await this.database.write(async (transaction) => {
      await requireLiving(transaction, accountId);
      const row = (await transaction.archive.findUnique({ where: { accountId } })) ?? none;
      if (generation < row.generation) throw new Refused("VERSION_CONFLICT");
      const isNew = generation > row.generation;
      const held = isNew ? none : row;
      const isNext = number === held.number + 1 && revision === 1;
      const isAgain = number === held.number && number > 0 && revision === held.revision + 1;
      if (!isNext && !isAgain) throw new Refused("VERSION_CONFLICT");
      const before = isAgain ? charged(held.newestBytes) : 0;
      const bytes = held.bytes - before + charged(sealed.length);
      if (bytes > archiveMaxBytes) throw new Refused("ARCHIVE_FULL");
      if (isNew) await transaction.archiveChunk.deleteMany({ where: { accountId } });
      const state = { generation, number, revision, bytes, newestBytes: sealed.length };
      const chunk = { generation, revision, sealed: column(sealed) };
      await transaction.archive.upsert({ where: { accountId }, create: { accountId, ...state }, update: state });
      await transaction.archiveChunk.upsert({
        where: { accountId_number: { accountId, number } },
        create: { accountId, number, ...chunk },
        update: chunk,
      });
    });
  }

  /** Deletes all generations before `generation`, for which no chunk is taken any more. */
  async clear(accountId: string, generation: number): Promise<void> {
    await this.database.write(async (transaction) => {
      await requireLiving(transaction, accountId);
      const row = await transaction.archive.findUnique({ where: { accountId } });
      if (row !== null && generation <= row.generation) {
        if (generation === row.generation && row.number === 0) return;
        throw new Refused("VERSION_CONFLICT");
      }
      const state = { ...none, generation };
      await transaction.archiveChunk.deleteMany({ where: { accountId } });
      await transaction.archive.upsert({ where: { accountId }, create: { accountId, ...state }, update: state });
    });
  }
}

/** A row costs more than its bytes, so small ones count for a step of padding. */
function charged(length: number): number {
  return Math.max(length, archivePaddingBytes);
}
