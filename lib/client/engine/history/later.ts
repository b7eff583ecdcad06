/**
 * Sections that were read in the archive or in a file and wait for their rooms: until a room is up to date, its own reading
 * could meet what is restored at the same place. They lie in the store, so nothing is read twice or forgotten.
 */

import { archiveSectionSchema, type ArchiveSection } from "../../../protocol/archive";
import { roomIdSchema, type RoomId } from "../../../protocol/ids";
import type { Store, Write } from "../ports";
import { decodeRecord, encodeRecord, newMeta, type RoomMeta } from "../records";
import { unlessDamaged } from "../replaceable";
import type { Room } from "../room";
import { isUpToDate } from "./collect";
import { restoreSection } from "./restore";

const prefix = "archive/later/";

export interface LaterHost {
  readonly store: Store;
  room(roomId: string): Room | undefined;
  roomFor(roomId: RoomId, meta: RoomMeta): Room;
  /** Lines that were not there are in the room now. */
  restored(room: Room): void;
}

export class Later {
  readonly #rows = new Map<RoomId, string[]>();

  private constructor(private readonly host: LaterHost) {}

  static async load(host: LaterHost): Promise<Later> {
    const later = new Later(host);
    later.#note(await host.store.keys(prefix));
    return later;
  }

  /** Rows for one transaction with what they come from; `source` is unlike all others. Call `stored` afterwards. */
  rowsOf(source: string, sections: readonly ArchiveSection[]): Write[] {
    return sections.map((section, index) => ({
      key: `${prefix}${source}/${String(index).padStart(6, "0")}/${section.roomId}`,
      value: encodeRecord(section),
    }));
  }

  stored(rows: readonly Write[]): void {
    this.#note(rows.map(({ key }) => key));
  }

  waitsFor(roomId: RoomId): boolean {
    return this.#rows.has(roomId);
  }

  /** Puts into their rooms what need not wait any more; answers how many lines were not there, by room. */
  async apply(isStopped: () => boolean): Promise<ReadonlyMap<RoomId, number>> {
    const restored = new Map<RoomId, number>();
    for (const [roomId, keys] of this.#rows) {
      let lines = 0;
      for (const key of [...keys]) {
        const section = await this.#section(key);
        if (isStopped()) return restored;
        const room = this.host.room(roomId) ?? (section && this.host.roomFor(roomId, roomOf(section)));
        if (section === undefined || room === undefined) await this.host.store.write([{ key, value: undefined }]);
        else if (!isUpToDate(room)) break;
        else lines += await restoreSection(room, section, key);
        keys.shift();
      }
      if (keys.length === 0) this.#rows.delete(roomId);
      restored.set(roomId, lines);
      const room = this.host.room(roomId);
      if (lines > 0 && room !== undefined) this.host.restored(room);
    }
    return restored;
  }

  #note(keys: readonly string[]): void {
    for (const key of keys) {
      const roomId = roomIdSchema.parse(key.slice(key.lastIndexOf("/") + 1));
      this.#rows.set(roomId, [...(this.#rows.get(roomId) ?? []), key]);
    }
  }

  /** `undefined`: damaged, and still in the archive or the file. */
  #section(key: string): Promise<ArchiveSection | undefined> {
    return unlessDamaged(async () => {
      const bytes = await this.host.store.get(key);
      return bytes && decodeRecord(archiveSectionSchema, key, bytes);
    });
  }
}

/** A room that this device has not met: what was read in it can be read here, and no more. */
function roomOf({ roomId, name, kind }: ArchiveSection): RoomMeta {
  return { ...newMeta(roomId, name), kind };
}
