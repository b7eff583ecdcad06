/**
 * Welcomes of private rooms, kept for devices that are away until they take them: the bytes once, one entry for each
 * device (DS-14, DS-15). Who invited is not stored.
 */

import { inboxMaxBytes, inboxMaxWelcomes, backlogPageMaxBytes, welcomeKeptMs } from "../../protocol/limits";
import { roomIdSchema, type DeviceId } from "../../protocol/ids";
import type { Answer, Request, WelcomeNotice } from "../../protocol/schemas/socket";
import type { Database } from "../db/database";
import { placeholders, sqlTime, type Sql } from "../db/direct";

export type WelcomeTo = NonNullable<Request<"event:submit">["welcome"]>;

/** What one device is told of a Welcome that now waits for it. */
export interface Letter {
  readonly deviceId: DeviceId;
  readonly notice: WelcomeNotice;
}

/** For devices that are there and not revoked, which come onto the roster with it; the others are skipped. */
export async function storeWelcome(
  sql: Sql,
  event: { readonly roomId: string; readonly seq: number; readonly at: number },
  { bytes, to }: WelcomeTo,
): Promise<Letter[]> {
  const { seq, at } = event;
  const roomId = roomIdSchema.parse(event.roomId);
  const wanted = [...new Set(to)];
  const found = await sql.all(
    `SELECT "id" FROM "Device" WHERE "revokedAt" IS NULL AND "id" IN (VALUES ${placeholders(wanted.length, 1)})`,
    wanted,
  );
  const devices = found.map(([id]) => String(id));
  if (devices.length === 0) return [];
  await sql.run('INSERT INTO "Welcome" ("roomId", "seq", "at", "size", "bytes") VALUES (?, ?, ?, ?, ?)', [
    roomId,
    seq,
    sqlTime(at),
    bytes.length,
    bytes,
  ]);
  await sql.run(
    `INSERT INTO "RosterEntry" ("roomId", "deviceId") VALUES ${placeholders(devices.length, 2)} ON CONFLICT DO NOTHING`,
    devices.flatMap((deviceId) => [roomId, deviceId]),
  );
  const entries = await sql.all(
    `INSERT INTO "InboxEntry" ("deviceId", "roomId", "seq") VALUES ${placeholders(devices.length, 3)}
     RETURNING "deviceId", "id"`,
    devices.flatMap((deviceId) => [deviceId, roomId, seq]),
  );
  await makeRoom(sql, devices);
  return entries.map(([deviceId, id]) => ({
    deviceId: String(deviceId),
    notice: { roomId, seq, welcome: bytes, id: Number(id) },
  }));
}

/** The newest Welcome stays, whatever its size. */
async function makeRoom(sql: Sql, devices: readonly string[]): Promise<void> {
  await sql.run(
    `WITH "placed" AS (
       SELECT "id", ROW_NUMBER() OVER "newest" AS "place", SUM("size") OVER "newest" AS "bytesSoFar"
       FROM "InboxEntry" JOIN "Welcome" USING ("roomId", "seq")
       WHERE "deviceId" IN (VALUES ${placeholders(devices.length, 1)})
       WINDOW "newest" AS (PARTITION BY "deviceId" ORDER BY "id" DESC)
     )
     DELETE FROM "InboxEntry"
     WHERE "id" IN (SELECT "id" FROM "placed" WHERE "place" > ? OR ("place" > 1 AND "bytesSoFar" > ?))`,
    [...devices, inboxMaxWelcomes, inboxMaxBytes],
  );
}

interface Row {
  readonly id: bigint | number;
  readonly roomId: string;
  readonly seq: bigint | number;
  readonly bytes: Uint8Array;
  readonly waiting: bigint | number;
}

export class Inbox {
  constructor(private readonly database: Database) {}

  /** Oldest first, as many as fit a page by number and bytes; at least one when there is one. */
  async page(deviceId: string, { after, limit }: Request<"inbox:fetch">): Promise<Answer<"inbox:fetch">> {
    // One statement: what is taken meanwhile is there as a whole or not at all.
    const rows = await this.database.reader.$queryRaw<Row[]>`
      WITH "placed" AS (
        SELECT "id", "roomId", "seq", COUNT(*) OVER () AS "waiting",
               ROW_NUMBER() OVER (ORDER BY "id") AS "place", SUM("size") OVER (ORDER BY "id") AS "bytesSoFar"
        FROM "InboxEntry" JOIN "Welcome" USING ("roomId", "seq")
        WHERE "deviceId" = ${deviceId} AND "id" > ${after}
      )
      SELECT "placed"."id", "roomId", "seq", "waiting", "bytes"
      FROM "placed" JOIN "Welcome" USING ("roomId", "seq")
      WHERE "place" <= ${limit} AND ("place" = 1 OR "bytesSoFar" <= ${backlogPageMaxBytes})
      ORDER BY "placed"."id"`;
    const welcomes = rows.map(({ id, roomId, seq, bytes }) => ({
      id: Number(id),
      roomId: roomIdSchema.parse(roomId),
      seq: Number(seq),
      welcome: bytes,
    }));
    return { welcomes, more: Number(rows[0]?.waiting ?? 0) > rows.length };
  }

  /** What is not there, or another device's, is not told apart from what was there. */
  async take(deviceId: string, id: number): Promise<void> {
    await this.database.write((transaction) => transaction.inboxEntry.deleteMany({ where: { id, deviceId } }));
  }

  /** Deletes what nobody can open any more. */
  async sweep(): Promise<void> {
    const where = { at: { lt: new Date(Date.now() - welcomeKeptMs) } };
    if ((await this.database.reader.welcome.count({ where })) === 0) return;
    await this.database.write((transaction) => transaction.welcome.deleteMany({ where }));
  }
}
