/** Rooms as the server knows them: open ones by name, private ones by id alone (DS-08, DS-12). */

import { randomBytes } from "node:crypto";

import { roomIdSchema, type RoomId } from "../../protocol/ids";
import { foldRoomName } from "../../protocol/names";
import { goodbyesMax } from "../../protocol/limits";
import type { OpenRoomSummary, RoomSummary } from "../../protocol/schemas/http";
import type { Database } from "../db/database";
import { Refused } from "../refused";
import type { RoomKind } from "./inspect";

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

  async list(): Promise<OpenRoomSummary[]> {
    const rows = await this.database.reader.room.findMany({
      where: { kind: "open" },
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    });
    return rows.map(toOpenSummary);
  }

  /** An open room; others are told to nobody who has not entered them. */
  async find(id: string): Promise<OpenRoomSummary | undefined> {
    const row = await this.database.reader.room.findUnique({ where: { id, kind: "open" } });
    return row === null ? undefined : toOpenSummary(row);
  }

  async kindOf(id: string): Promise<RoomKind | undefined> {
    const row = await this.database.reader.room.findUnique({ where: { id }, select: { kind: true } });
    return row?.kind === "open" || row?.kind === "private" ? row.kind : undefined;
  }

  /** A retry with the same id and name gets the first answer. */
  async create(id: RoomId, name: string): Promise<OpenRoomSummary> {
    const nameFolded = foldRoomName(name);
    return await this.database.write(async (transaction) => {
      const known = await transaction.room.findUnique({ where: { id } });
      if (known?.name === name) return toOpenSummary(known);
      if (known !== null) throw new Refused("ID_REUSED");
      if ((await transaction.room.count({ where: { nameFolded } })) > 0) throw new Refused("ROOM_NAME_TAKEN");
      return toOpenSummary(await transaction.room.create({ data: { id, name, nameFolded, kind: "open" } }));
    });
  }

  /** With its creator's device on the roster. A retry by that device gets the first answer. */
  async createPrivate(id: RoomId, deviceId: string): Promise<RoomSummary> {
    const key = { roomId: id, deviceId };
    return await this.database.write(async (transaction) => {
      const known = await transaction.room.findUnique({ where: { id } });
      const isOwn = (await transaction.rosterEntry.count({ where: key })) > 0;
      if (known?.kind === "private" && isOwn) return toSummary(known);
      if (known !== null) throw new Refused("ID_REUSED");
      const room = await transaction.room.create({ data: { id, kind: "private" } });
      await transaction.rosterEntry.create({ data: key });
      return toSummary(room);
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
}

interface RoomRow {
  readonly id: string;
  readonly name: string | null;
  readonly kind: string;
  readonly createdAt: Date;
}

export function toSummary(row: RoomRow): RoomSummary {
  if (row.kind !== "private") return toOpenSummary(row);
  return { id: roomIdSchema.parse(row.id), kind: "private", createdAt: row.createdAt.toISOString() };
}

function toOpenSummary({ id, name, kind, createdAt }: RoomRow): OpenRoomSummary {
  if (kind !== "open" || name === null) throw new Error("a room without a name is listed");
  return { id: roomIdSchema.parse(id), name, kind, createdAt: createdAt.toISOString() };
}
