/** The room logs: one total order per room, written in batches, read in pages. Who sent an event is not stored (DS-06). */

import { equalBytes, isBytes } from "../../protocol/bytes";
import type { ErrorCode } from "../../protocol/errors";
import { eventIdSchema, type EventId } from "../../protocol/ids";
import { backlogPageMaxBytes } from "../../protocol/limits";
import type { RoomEvent } from "../../protocol/schemas/socket";
import type { Database } from "../db/database";
import { placeholders, sqlTime, type Sql } from "../db/direct";
import { pruneGroupInfos, storeGroupInfo } from "./group-infos";
import { storeWelcome, type Letter, type WelcomeTo } from "./inbox";
import type { Inspected, InspectedEvent } from "./inspect";

export interface Submission extends InspectedEvent {
  readonly roomId: string;
  readonly id: EventId;
  readonly payload: Uint8Array;
  /** GroupInfo of the epoch this event makes, with that epoch. */
  readonly groupInfo: { readonly epoch: number; readonly bytes: Uint8Array } | undefined;
  /** Stored in private rooms; in open ones it is not this store's business. */
  readonly welcome: WelcomeTo | undefined;
}

export type Stored =
  | { readonly ok: true; readonly event: RoomEvent; readonly isNew: boolean }
  | { readonly ok: false; readonly code: ErrorCode };

export interface Appended {
  readonly answers: readonly Stored[];
  /** Welcomes that now wait for a device. */
  readonly letters: readonly Letter[];
}

export class EventStore {
  constructor(private readonly database: Database) {}

  /** One transaction for all; each submission gets its own answer, in order (DS-01, DS-02, DS-03). */
  async append(batch: readonly Submission[]): Promise<Appended> {
    return await this.database.writeDirectly(async (sql) => {
      const known = await findKnown(sql, batch);
      const rooms = await readRooms(sql, batch);
      const added: Added[] = [];
      const answers = batch.map((submission): Stored => {
        const { roomId, id, payload, onlyIn } = submission;
        const key = `${roomId}/${id}`;
        const same = known.get(key);
        if (same !== undefined) {
          return equalBytes(same.payload, payload)
            ? { ok: true, event: same, isNew: false }
            : { ok: false, code: "ID_REUSED" };
        }
        const room = rooms.get(roomId);
        if (room === undefined) return { ok: false, code: "NOT_FOUND" };
        if (onlyIn !== undefined && onlyIn !== room.kind) return { ok: false, code: "BAD_EVENT" };
        room.head += 1;
        const event = { seq: room.head, id, payload, at: Date.now() };
        known.set(key, event);
        added.push({ submission, event });
        return { ok: true, event, isNew: true };
      });
      const letters: Letter[] = [];
      if (added.length === 0) return { answers, letters };
      await insertEvents(sql, added);
      await moveHeads(sql, rooms, new Set(added.map(({ submission }) => submission.roomId)));
      const prunable = new Set<string>();
      for (const { submission, event } of added) {
        if (submission.groupInfo === undefined) continue;
        await storeGroupInfo(sql, submission.roomId, event.seq, submission.groupInfo);
        prunable.add(submission.roomId);
      }
      for (const roomId of prunable) await pruneGroupInfos(sql, roomId);
      for (const { submission, event } of added) {
        const { roomId, welcome } = submission;
        if (welcome === undefined || rooms.get(roomId)?.kind !== "private") continue;
        letters.push(...(await storeWelcome(sql, { roomId, ...event }, welcome)));
      }
      return { answers, letters };
    });
  }

  /** Events behind `after`, in order, as many as fit a page by number and bytes; at least one when there is one. */
  async page(roomId: string, after: number, limit: number): Promise<RoomEvent[]> {
    const where = { roomId, seq: { gt: after } };
    const sizes = await this.database.reader.event.findMany({
      where,
      orderBy: { seq: "asc" },
      take: limit,
      select: { size: true },
    });
    let bytes = 0;
    const tooMuch = sizes.findIndex(({ size }, index) => (bytes += size) > backlogPageMaxBytes && index > 0);
    const take = tooMuch < 0 ? sizes.length : tooMuch;
    const rows = await this.database.reader.event.findMany({ where, orderBy: { seq: "asc" }, take });
    return rows.map(toEvent);
  }

  /** What the event at `seq` is, as inspected when it came. */
  async kindAt(roomId: string, seq: number): Promise<Inspected | undefined> {
    const where = { roomId_seq: { roomId, seq } };
    const row = await this.database.reader.event.findUnique({ where, select: { kind: true, epoch: true } });
    return row === null ? undefined : { kind: kindOf(row.kind), epoch: row.epoch };
  }

  async head(roomId: string): Promise<number> {
    const room = await this.database.reader.room.findUnique({ where: { id: roomId }, select: { head: true } });
    return room?.head ?? 0;
  }
}

interface Added {
  readonly submission: Submission;
  readonly event: RoomEvent;
}

async function findKnown(sql: Sql, batch: readonly Submission[]): Promise<Map<string, RoomEvent>> {
  // CROSS JOIN: SQLite then looks each pair up in the index, whatever it thinks of the tables.
  const rows = await sql.all(
    `WITH "wanted"("room", "event") AS (VALUES ${placeholders(batch.length, 2)})
     SELECT "roomId", "id", "seq", "payload", "at" FROM "wanted"
     CROSS JOIN "Event" ON "roomId" = "room" AND "id" = "event"`,
    batch.flatMap(({ roomId, id }) => [roomId, id]),
  );
  return new Map(rows.map(([roomId, id, ...rest]) => [`${String(roomId)}/${String(id)}`, knownEvent(id, rest)]));
}

function knownEvent(id: unknown, [seq, payload, at]: readonly unknown[]): RoomEvent {
  if (!isBytes(payload)) throw new Error("an event without bytes is stored");
  return { seq: Number(seq), id: eventIdSchema.parse(id), payload, at: Date.parse(String(at)) };
}

interface RoomRow {
  readonly kind: string;
  /** Seq of the newest event. */
  head: number;
}

/** Of an ended room there is nothing to add to. */
async function readRooms(sql: Sql, batch: readonly Submission[]): Promise<Map<string, RoomRow>> {
  const ids = [...new Set(batch.map(({ roomId }) => roomId))];
  const rows = await sql.all(
    `SELECT "id", "kind", "head" FROM "Room"
     WHERE "kind" <> 'ended' AND "id" IN (VALUES ${placeholders(ids.length, 1)})`,
    ids,
  );
  return new Map(rows.map(([id, kind, head]) => [String(id), { kind: String(kind), head: Number(head) }]));
}

async function insertEvents(sql: Sql, added: readonly Added[]): Promise<void> {
  await sql.run(
    `INSERT INTO "Event" ("roomId", "seq", "id", "kind", "epoch", "payload", "size", "at")
     VALUES ${placeholders(added.length, 8)}`,
    added.flatMap(({ submission: { roomId, kind, epoch }, event: { seq, id, payload, at } }) => {
      return [roomId, seq, id, kind, epoch, payload, payload.length, sqlTime(at)];
    }),
  );
}

async function moveHeads(sql: Sql, rooms: ReadonlyMap<string, RoomRow>, moved: ReadonlySet<string>): Promise<void> {
  await sql.run(
    `WITH "moved"("room", "seq") AS (VALUES ${placeholders(moved.size, 2)})
     UPDATE "Room" SET "head" = "seq" FROM "moved" WHERE "id" = "room"`,
    [...moved].flatMap((roomId) => [roomId, rooms.get(roomId)?.head ?? 0]),
  );
}

function toEvent(row: { seq: number; id: string; payload: Uint8Array; at: Date }): RoomEvent {
  return { seq: row.seq, id: eventIdSchema.parse(row.id), payload: row.payload, at: row.at.getTime() };
}

function kindOf(stored: string): Inspected["kind"] {
  if (stored === "application" || stored === "commit" || stored === "external-commit" || stored === "group-info")
    return stored;
  throw new Error("an event of unknown kind is stored");
}
