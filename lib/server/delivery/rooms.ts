/** Open rooms as the server lists them, and the delivery roster. Membership is the ratchet tree's, not ours. */

import { randomBytes } from "node:crypto";

import { roomIdSchema, type RoomId } from "../../protocol/ids";
import { foldRoomName } from "../../protocol/names";
import type { RoomSummary } from "../../protocol/schemas/http";
import { goodbyesMax } from "../../protocol/limits";
import { column, type Database } from "../db/database";
import { Refused } from "../refused";

const generalName = "General";
const roomIdBytes = 16;

/** Signed by the leaf that left; members check it. */
export interface Goodbye {
  readonly leafIndex: number;
  readonly signature: Uint8Array;
}

export class Rooms {
  constructor(private readonly database: Database) {}

  /** General is there from the first start. */
  async ensureGeneral(): Promise<void> {
    const nameFolded = foldRoomName(generalName);
    const id = randomBytes(roomIdBytes).toString("hex");
    await this.database.write((transaction) =>
      transaction.room.upsert({
        where: { nameFolded },
        create: { id, name: generalName, nameFolded, kind: "open" },
        update: {},
      }),
    );
  }

  async list(): Promise<RoomSummary[]> {
    const rows = await this.database.reader.room.findMany({
      where: { kind: "open" },
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    });
    return rows.map(toSummary);
  }

  async find(id: string): Promise<RoomSummary | undefined> {
    const row = await this.database.reader.room.findUnique({ where: { id } });
    return row === null ? undefined : toSummary(row);
  }

  /** A retry with the same id and name gets the first answer. */
  async create(id: RoomId, name: string): Promise<RoomSummary> {
    const nameFolded = foldRoomName(name);
    return await this.database.write(async (transaction) => {
      const known = await transaction.room.findUnique({ where: { id } });
      if (known?.name === name) return toSummary(known);
      if (known !== null) throw new Refused("ID_REUSED");
      if ((await transaction.room.count({ where: { nameFolded } })) > 0) throw new Refused("ROOM_NAME_TAKEN");
      return toSummary(await transaction.room.create({ data: { id, name, nameFolded, kind: "open" } }));
    });
  }

  async enter(roomId: string, deviceId: string): Promise<RoomSummary> {
    const room = await this.find(roomId);
    if (room === undefined) throw new Refused("NOT_FOUND");
    const key = { roomId, deviceId };
    const where = { roomId_deviceId: key };
    // Entering again at every connection is the usual case, and writes nothing.
    if ((await this.database.reader.rosterEntry.findUnique({ where })) === null) {
      await this.database.write((transaction) => transaction.rosterEntry.upsert({ where, create: key, update: {} }));
    }
    return room;
  }

  async leave(roomId: string, deviceId: string, goodbye?: Goodbye): Promise<void> {
    await this.database.write(async (transaction) => {
      if (goodbye !== undefined) {
        const { leafIndex, signature } = goodbye;
        const said = { leafIndex, signature: column(signature), at: new Date() };
        const where = { roomId_deviceId: { roomId, deviceId } };
        await transaction.goodbye.upsert({ where, create: { roomId, deviceId, ...said }, update: said });
      }
      await transaction.rosterEntry.deleteMany({ where: { roomId, deviceId } });
      const device = await transaction.device.findUnique({ where: { id: deviceId }, select: { accountId: true } });
      if (device === null) return;
      const { accountId } = device;
      const others = await transaction.rosterEntry.count({ where: { roomId, device: { accountId } } });
      // Who has left has no word any more in which epoch counts.
      if (others === 0) await transaction.attestation.deleteMany({ where: { roomId, accountId } });
    });
  }

  /** The newest goodbyes; whose leaf is gone or renewed no longer proves anything. */
  async goodbyes(roomId: string): Promise<Goodbye[]> {
    const rows = await this.database.reader.goodbye.findMany({
      where: { roomId },
      orderBy: { at: "desc" },
      take: goodbyesMax,
    });
    return rows.map(({ leafIndex, signature }) => ({ leafIndex, signature }));
  }

  /** Rooms this device is on the roster of. */
  async of(deviceId: string): Promise<string[]> {
    const rows = await this.database.reader.rosterEntry.findMany({ where: { deviceId }, select: { roomId: true } });
    return rows.map(({ roomId }) => roomId);
  }
}

function toSummary(row: { id: string; name: string; createdAt: Date }): RoomSummary {
  return { id: roomIdSchema.parse(row.id), name: row.name, kind: "open", createdAt: row.createdAt.toISOString() };
}
