/** What a person can do with what this account has read: its archive, and files of it. */

import { ok, type EngineResult } from "../results";
import type { Room } from "../room";
import type { ArchiveView } from "../views";
import { Archive, type ArchiveHost } from "./archive";
import { Later, type LaterHost } from "./later";
import { exportHistory, importHistory, type FileHost, type ImportedHistory } from "./file";

export type HistoryHost = ArchiveHost & Omit<FileHost, "later" | "archive"> & LaterHost;

export class History {
  private constructor(
    private readonly host: HistoryHost,
    private readonly later: Later,
    private readonly archive: Archive,
  ) {}

  static async load(host: HistoryHost): Promise<History> {
    const later = await Later.load(host);
    return new History(host, later, await Archive.load(host, later));
  }

  get view(): ArchiveView {
    return this.archive.view;
  }

  /** On: all that is on the account's devices is archived. Off: nothing any more, and the server deletes what it has. */
  async turnArchive(on: boolean): Promise<EngineResult<null>> {
    await this.archive.turn(on);
    return ok(null);
  }

  /** Gives up what the server keeps and writes what is on the devices anew. */
  async beginArchiveAnew(): Promise<EngineResult<null>> {
    await this.archive.beginAnew();
    return ok(null);
  }

  exportFile(): Promise<EngineResult<{ file: Uint8Array; lines: number }>> {
    return exportHistory(this.#fileHost);
  }

  importFile(bytes: Uint8Array): Promise<EngineResult<ImportedHistory>> {
    return importHistory(this.#fileHost, bytes);
  }

  /** Something was read in the room. */
  noteRead(room: Room): void {
    this.archive.noteRead(room);
  }

  /** There is a connection, and the keyring was read with it. */
  connected(): void {
    this.archive.connected();
  }

  /** The account's devices may want something else of the archive. */
  look(): void {
    this.archive.look();
  }

  close(): void {
    this.archive.close();
  }

  settled(): Promise<void> {
    return this.archive.settled();
  }

  get #fileHost(): FileHost {
    const { host, later, archive } = this;
    const { identity, random, keyring } = host;
    return { identity, random, keyring, all: () => host.all(), later, archive };
  }
}
