/**
 * Who a room is delivered to. For delivery only: membership is the ratchet tree's. To everybody else a private room looks like
 * one that is not there (DS-13, W2).
 */

import { createHash } from "node:crypto";

import { column, type Database, type Transaction } from "../db/database";
import { placeholders } from "../db/direct";
import type { RoomSummary } from "../../protocol/schemas/http";
import type { RoomTicket } from "../../protocol/schemas/socket";
import { Refused } from "../refused";
import { toSummary, type Goodbye } from "./rooms";

interface DeviceOf {
  readonly accountId: string;
  readonly deviceId: string;
}

/** Events of an ended room that are deleted in one transaction: bounds how long others wait for it. */
const sweptAtOnce = 500;

export class Roster {
  constructor(private readonly database: Database) {}

  async enter(roomId: string, device: DeviceOf, ticket?: Uint8Array): Promise<RoomSummary> {
    const { deviceId } = device;
    const ticketHash = ticket && createHash("sha256").update(ticket).digest("hex");
    const admitting = await admits(this.database.reader, roomId, device, ticketHash);
    if (admitting === undefined) throw new Refused("NOT_FOUND");
    const key = { roomId, deviceId };
    const where = { roomId_deviceId: key };
    // Entering again at every connection is the usual case, and writes nothing.
    if ((await this.database.reader.rosterEntry.findUnique({ where })) === null) {
      await this.database.write(async (transaction) => {
        // Since it was read, links may be revoked, the account may have left, the device may be revoked.
        if ((await transaction.device.count({ where: { id: deviceId, revokedAt: null } })) === 0)
          throw new Refused("DEVICE_REVOKED");
        if ((await admits(transaction, roomId, device, ticketHash)) === undefined) throw new Refused("NOT_FOUND");
        await transaction.rosterEntry.upsert({ where, create: key, update: {} });
      });
    }
    return admitting;
  }

  /**
   * A goodbye counts from a device that was delivered to. What waits for it from this room is deleted, unless it came after `seq`:
   * then the device is invited again and stays on the roster.
   */
  async leave(roomId: string, deviceId: string, goodbye?: Goodbye, seq?: number): Promise<void> {
    await this.database.write(async (transaction) => {
      const device = await transaction.device.findUnique({ where: { id: deviceId }, select: { accountId: true } });
      const newer = seq === undefined ? undefined : { roomId, deviceId, seq: { gt: seq } };
      const isInvited = newer !== undefined && (await transaction.inboxEntry.count({ where: newer })) > 0;
      const where = { roomId, deviceId };
      const count = await (isInvited
        ? transaction.rosterEntry.count({ where })
        : transaction.rosterEntry.deleteMany({ where }).then((deleted) => deleted.count));
      if (device === null || count === 0) return;
      if (goodbye !== undefined) {
        const { leafIndex, signature } = goodbye;
        const said = { leafIndex, signature: column(signature), at: new Date() };
        const where = { roomId_deviceId: { roomId, deviceId } };
        await transaction.goodbye.upsert({ where, create: { roomId, deviceId, ...said }, update: said });
      }
      await transaction.inboxEntry.deleteMany({
        where: seq === undefined ? { roomId, deviceId } : { roomId, deviceId, seq: { lte: seq } },
      });
      await forgetWord(transaction, roomId, device.accountId);
    });
  }

  /** Replaces the tickets that a private room takes. */
  async setTickets(roomId: string, tickets: readonly RoomTicket[]): Promise<void> {
    await this.database.write(async (transaction) => {
      const room = await transaction.room.findUnique({ where: { id: roomId }, select: { kind: true } });
      // An open room asks for no ticket.
      if (room?.kind !== "private") throw new Refused("BAD_EVENT");
      await transaction.roomTicket.deleteMany({ where: { roomId } });
      const known = new Map(tickets.map(({ hash, endsAt }) => [Buffer.from(hash).toString("hex"), endsAt]));
      const rows = [...known].map(([hash, endsAt]) => ({
        roomId,
        hash,
        endsAt: endsAt === undefined ? null : new Date(endsAt),
      }));
      await transaction.roomTicket.createMany({ data: rows });
    });
  }

  /** Rooms this device is on the roster of. */
  async of(deviceId: string): Promise<string[]> {
    const rows = await this.database.reader.rosterEntry.findMany({ where: { deviceId }, select: { roomId: true } });
    return rows.map(({ roomId }) => roomId);
  }

  /** Ends private rooms that nobody is delivered to any more and deletes what is left of them (DS-16). */
  async sweep(): Promise<void> {
    await this.database.writeDirectly(async (sql) => {
      const ended = await sql.all(
        `UPDATE "Room" SET "kind" = 'ended' WHERE "kind" = 'private'
         AND NOT EXISTS (SELECT 1 FROM "RosterEntry" WHERE "roomId" = "Room"."id") RETURNING "id"`,
        [],
      );
      const ids = ended.map(([id]) => String(id));
      if (ids.length === 0) return;
      for (const table of ["RoomTicket", "GroupInfo", "Attestation", "Goodbye", "Welcome"])
        await sql.run(`DELETE FROM "${table}" WHERE "roomId" IN (VALUES ${placeholders(ids.length, 1)})`, ids);
    });
    while ((await this.#sweepEvents()) === sweptAtOnce);
    const where = { endsAt: { lte: new Date() } };
    if ((await this.database.reader.roomTicket.count({ where })) > 0)
      await this.database.write((transaction) => transaction.roomTicket.deleteMany({ where }));
  }

  async #sweepEvents(): Promise<number> {
    return await this.database.writeDirectly(async (sql) => {
      const swept = await sql.all(
        `DELETE FROM "Event" WHERE ("roomId", "seq") IN (
           SELECT "Event"."roomId", "seq" FROM "Room" JOIN "Event" ON "roomId" = "Room"."id" WHERE "Room"."kind" = 'ended' LIMIT ?
         ) RETURNING 1`,
        [sweptAtOnce],
      );
      return swept.length;
    });
  }
}

/**
 * A revoked device goes from all rosters with what waited for it. Where it was the account's only one, the account's other
 * devices take its place: the account has not left (DS-17). Answers with the rooms it was delivered.
 */
export async function dropRevoked(transaction: Transaction, { accountId, deviceId }: DeviceOf): Promise<string[]> {
  await transaction.inboxEntry.deleteMany({ where: { deviceId } });
  const rows = await transaction.rosterEntry.findMany({ where: { deviceId }, select: { roomId: true } });
  await transaction.rosterEntry.deleteMany({ where: { deviceId } });
  const others = await transaction.device.findMany({ where: { accountId, revokedAt: null }, select: { id: true } });
  for (const { roomId } of rows) {
    const room = await transaction.room.findUnique({ where: { id: roomId }, select: { kind: true } });
    const isLast = (await transaction.rosterEntry.count({ where: { roomId, device: { accountId } } })) === 0;
    if (room?.kind === "private" && isLast)
      await transaction.rosterEntry.createMany({ data: others.map(({ id }) => ({ roomId, deviceId: id })) });
    await forgetWord(transaction, roomId, accountId);
  }
  return rows.map(({ roomId }) => roomId);
}

/** Whose last device has left has no word any more in which epoch counts (DS-07). */
async function forgetWord(transaction: Transaction, roomId: string, accountId: string): Promise<void> {
  const others = await transaction.rosterEntry.count({ where: { roomId, device: { accountId } } });
  if (others === 0) await transaction.attestation.deleteMany({ where: { roomId, accountId } });
}

/** The room, if it takes this device: an open one any, a private one those of accounts on its roster and who has a ticket. */
async function admits(
  database: Pick<Transaction, "room" | "rosterEntry" | "roomTicket">,
  roomId: string,
  { accountId }: DeviceOf,
  ticketHash: string | undefined,
): Promise<RoomSummary | undefined> {
  const room = await database.room.findUnique({ where: { id: roomId } });
  if (room?.kind === "open") return toSummary(room);
  // Asked for rooms that are not there as well, so that both take as long.
  const own = await database.rosterEntry.count({ where: { roomId, device: { accountId } } });
  const isGood = { OR: [{ endsAt: null }, { endsAt: { gt: new Date() } }] };
  const where = { roomId, hash: ticketHash ?? "", ...isGood };
  const shown = ticketHash === undefined ? 0 : await database.roomTicket.count({ where });
  return room?.kind === "private" && own + shown > 0 ? toSummary(room) : undefined;
}
