/**
 * The history archive (SPEC section ARC): what this account's devices have read, sealed under a key from the vault, so
 * that a new device gets it. Each device reads what the others wrote, then writes what is missing. What does not follow
 * from what was seen before is the work of somebody else: then nothing is believed and nothing written over it (S24).
 */

import { chunkHash, openHistory, sealHistory } from "../../../crypto/account/archive";
import { addSpan, decodeArchiveChunk, encodeArchiveChunk, type ArchiveChunk } from "../../../protocol/archive";
import { archiveDelayMs, archiveOpenBytes } from "../../../protocol/limits";
import type { RoomId } from "../../../protocol/ids";
import type { ArchiveKeyringValue } from "../../../protocol/keyring";
import type { Answer } from "../../../protocol/schemas/socket";
import type { StoredIdentity } from "../identity";
import type { Keyring } from "../keyring";
import { isStoreFull, type Clock, type Failure, type Store, type Transport } from "../ports";
import { newMeta, type RoomMeta } from "../records";
import type { Room } from "../room";
import type { ArchiveView } from "../views";
import { collectLines } from "./collect";
import { coverage, loadLedger, newLedger, storeLedger, withRoom, type Ledger } from "./ledger";
import { restoreSection } from "./restore";
import { appendSections } from "./sections";

export interface ArchiveHost {
  readonly identity: Pick<StoredIdentity, "accountId" | "accountSecret">;
  readonly store: Store;
  readonly transport: Pick<Transport, "request">;
  readonly clock: Clock;
  readonly keyring: Keyring;
  isOnline(): boolean;
  storeFull(isFull: boolean): void;
  all(): readonly Room[];
  room(roomId: string): Room | undefined;
  roomFor(roomId: RoomId, meta: RoomMeta): Room;
  /** Lines that were not there are in the room now. */
  restored(room: Room): void;
}

type Found = Answer<"archive:state">;
/** Read and written, or why not: the connection or the server failed, or the archive is not what it was. */
type Outcome = "done" | "conflict" | "tampered" | "full" | Failure;

/** Devices that write at the same moment: each round one of them gets through. */
const maxRounds = 12;
const retryMs = 30_000;

export class Archive {
  #ledger: Ledger;
  #state: ArchiveView["state"] = "waiting";
  #bytes = 0;
  /** Chunks that the server says there are. */
  #chunks = 0;
  #running: Promise<void> | undefined;
  #again = false;
  #cancel: (() => void) | undefined;
  #isClosed = false;
  /** Rooms in which something was read since they were last looked through. */
  readonly #unread = new Set<Room>();
  /** Rooms that are looked through from their first line. */
  readonly #fromStart = new Set<string>();
  /** What stands in the newest chunk, if it was read or written here. */
  #newest: ArchiveChunk | undefined;

  private constructor(
    private readonly host: ArchiveHost,
    ledger: Ledger,
  ) {
    this.#ledger = ledger;
  }

  static async load(host: ArchiveHost): Promise<Archive> {
    return new Archive(host, await loadLedger(host.store));
  }

  get view(): ArchiveView {
    return {
      on: this.#wanted.on,
      state: this.#state,
      read: this.#ledger.number,
      chunks: this.#chunks,
      bytes: this.#bytes,
    };
  }

  get #wanted(): ArchiveKeyringValue {
    return this.host.keyring.get("archive") ?? { on: true, generation: 1 };
  }

  /** Something was read in the room: it is archived with what comes in the next seconds. */
  noteRead(room: Room): void {
    if (this.host.identity.accountSecret === undefined) return;
    this.#unread.add(room);
    const isStuck = this.#state === "tampered" || this.#state === "full" || this.#state === "off";
    if (this.#cancel === undefined && !isStuck) this.#lookIn(archiveDelayMs);
  }

  /** There is a connection, and the keyring was read with it. */
  connected(): void {
    for (const room of this.host.all()) this.#unread.add(room);
    this.look();
  }

  /** Reads and writes now: what the account's devices want may be something else than before. Never rejects. */
  look(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#again = true;
    this.#running ??= this.#run();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  /** On: all that is on the account's devices is archived. Off: nothing any more, and the server deletes what it has. */
  async turn(on: boolean): Promise<void> {
    const { generation } = this.#wanted;
    if (this.#wanted.on === on) return;
    await this.#want({ on, generation: on ? generation : generation + 1 });
  }

  /** Gives up what the server keeps and writes what is on the devices anew. */
  async beginAnew(): Promise<void> {
    const found = await this.host.transport.request("archive:state", {});
    const newest = Math.max(this.#wanted.generation, found.ok ? found.value.generation : 0);
    await this.#want({ on: true, generation: newest + 1 });
  }

  /** Lines were put into the room by other means: they are archived as well. */
  lookThrough(room: Room): void {
    this.#fromStart.add(room.roomId);
    this.noteRead(room);
  }

  async #want(value: ArchiveKeyringValue): Promise<void> {
    await this.host.keyring.set("archive", value);
    // The other devices must be able to find out before the server acts on it.
    await this.host.keyring.sync();
    this.look();
  }

  #lookIn(delayMs: number): void {
    this.#cancel?.();
    if (this.#isClosed) return;
    this.#cancel = this.host.clock.schedule(delayMs, () => {
      this.look();
    });
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#isClosed) {
        this.#again = false;
        await this.#sync();
      }
    } catch (error) {
      if (isStoreFull(error)) this.host.storeFull(true);
      this.#lookIn(retryMs);
    } finally {
      this.#running = undefined;
    }
  }

  async #sync(): Promise<void> {
    const { identity, keyring } = this.host;
    const secret = identity.accountSecret;
    // Before the keyring was read it is not known what the devices want.
    if (secret === undefined || !this.host.isOnline() || keyring.state !== "synced") {
      this.#state = secret === undefined ? "no-secret" : "waiting";
      return;
    }
    for (let round = 0; round < maxRounds; round++) {
      const outcome = await this.#exchange(secret);
      if (outcome === "conflict") continue;
      if (outcome === "done") this.#state = this.#wanted.on ? "current" : "off";
      else if (typeof outcome === "string") this.#state = outcome;
      else this.#lookIn(outcome.retryAfterMs ?? retryMs);
      return;
    }
    this.#lookIn(retryMs);
  }

  async #exchange(secret: Uint8Array): Promise<Outcome> {
    const { transport, keyring } = this.host;
    const asked = await transport.request("archive:state", {});
    if (!asked.ok) return asked.error;
    const found = asked.value;
    if (found.generation > this.#wanted.generation) await keyring.sync();
    const { on, generation } = this.#wanted;
    // Only this account's devices begin an archive anew, and they say so in the keyring.
    if (found.generation > generation) return "tampered";
    const isThere = found.generation === generation;
    this.#chunks = isThere ? found.number : 0;
    this.#bytes = isThere ? found.bytes : 0;
    if (this.#ledger.generation !== generation) {
      this.#newest = undefined;
      await this.#keep(newLedger(generation));
      for (const room of this.host.all()) this.#unread.add(room);
    }
    if (!on) return await this.#clear(found);
    const there = isThere ? found : { ...found, number: 0, revision: 0, newestBytes: 0 };
    const read = await this.#read(secret, there);
    if (read !== "done") return read;
    return await this.#write(secret, there);
  }

  async #clear(found: Found): Promise<Outcome> {
    const { generation } = this.#wanted;
    if (found.generation === generation) return "done";
    const cleared = await this.host.transport.request("archive:clear", { generation });
    if (cleared.ok) return "done";
    return cleared.error.code === "VERSION_CONFLICT" ? "conflict" : cleared.error;
  }

  /** What the account's other devices wrote since. */
  async #read(secret: Uint8Array, found: Found): Promise<Outcome> {
    const { number, revision } = this.#ledger;
    if (found.number < number || (found.number === number && found.revision < revision)) return "tampered";
    if (found.number === number && found.revision === revision) return "done";
    this.#state = "restoring";
    for (let next = Math.max(number, 1); next <= found.number; next++) {
      const outcome = await this.#readChunk(secret, next);
      if (outcome !== "done") return outcome;
    }
    return "done";
  }

  async #readChunk(secret: Uint8Array, number: number): Promise<Outcome> {
    const { transport, identity } = this.host;
    const ledger = this.#ledger;
    const { generation } = ledger;
    const fetched = await transport.request("archive:fetch", { generation, number });
    // It was there a moment ago: begun anew by another device, or withheld.
    if (!fetched.ok) return fetched.error.code === "NOT_FOUND" ? await this.#isAnew() : fetched.error;
    const { revision, sealed } = fetched.value;
    const isAgain = number === ledger.number;
    const hash = chunkHash(sealed);
    if (isAgain && revision === ledger.revision) return hash === ledger.hash ? "done" : "tampered";
    if (isAgain && revision < ledger.revision) return "tampered";
    const place = { in: "archive", accountId: identity.accountId, generation, number, revision } as const;
    const plain = await openHistory(secret, place, sealed);
    const chunk = plain && decodeArchiveChunk(plain);
    const previous = isAgain ? ledger.previous : ledger.hash;
    if (chunk?.previous !== previous) return "tampered";
    let next: Ledger = { ...ledger, number, revision, hash, previous };
    for (const section of chunk.sections) {
      const room = this.host.room(section.roomId) ?? this.host.roomFor(section.roomId, roomOf(section));
      const restored = await restoreSection(room, section);
      if (restored > 0) this.host.restored(room);
      let { covered } = coverage(next, section.roomId);
      for (const span of section.covered) covered = addSpan(covered, span);
      next = withRoom(next, section.roomId, { covered });
    }
    await this.#keep(next);
    this.#newest = chunk;
    return "done";
  }

  async #isAnew(): Promise<Outcome> {
    const { generation } = this.#wanted;
    await this.host.keyring.sync();
    return this.#wanted.generation === generation ? "tampered" : "conflict";
  }

  /** What this device has read and no device has written. */
  async #write(secret: Uint8Array, found: Found): Promise<Outcome> {
    let newestBytes = found.newestBytes;
    for (;;) {
      const unread = [...this.#unread];
      this.#unread.clear();
      for (const roomId of this.#fromStart) await this.#keep(withRoom(this.#ledger, roomId, { cursor: "" }));
      this.#fromStart.clear();
      const collected = await collectLines(unread, this.#ledger);
      for (const room of collected.unfinished) this.#unread.add(room);
      if (collected.sections.length === 0) {
        if (collected.ledger !== this.#ledger) await this.#keep(collected.ledger);
        return "done";
      }
      this.#state = "writing";
      const outcome = await this.#put(secret, collected, newestBytes);
      if (typeof outcome === "number") {
        newestBytes = outcome;
        continue;
      }
      // Not written: looked through again.
      for (const room of unread) this.#unread.add(room);
      return outcome;
    }
  }

  /** Answers the size of the newest chunk, or why nothing was written. */
  async #put(
    secret: Uint8Array,
    collected: Awaited<ReturnType<typeof collectLines>>,
    newestBytes: number,
  ): Promise<number | Exclude<Outcome, "done">> {
    const { transport, identity } = this.host;
    const { generation, number, revision, hash, previous } = this.#ledger;
    const isAgain = number > 0 && newestBytes < archiveOpenBytes && this.#newest !== undefined;
    const chunk: ArchiveChunk = {
      v: 1,
      previous: isAgain ? previous : hash,
      sections: [...appendSections(isAgain ? (this.#newest?.sections ?? []) : [], collected.sections)],
    };
    const plain = encodeArchiveChunk(chunk);
    // Cannot be: a chunk has room for its target and the largest page behind that.
    if (plain === undefined) throw new RangeError("a chunk of the archive is too large");
    const next = isAgain ? { number, revision: revision + 1 } : { number: number + 1, revision: 1 };
    const place = { in: "archive", accountId: identity.accountId, generation, ...next } as const;
    const sealed = await sealHistory(secret, place, plain);
    const put = await transport.request("archive:put", { generation, ...next, sealed });
    if (!put.ok) {
      if (put.error.code === "VERSION_CONFLICT") return "conflict";
      return put.error.code === "ARCHIVE_FULL" ? "full" : put.error;
    }
    this.#bytes += sealed.length - (isAgain ? newestBytes : 0);
    this.#chunks = next.number;
    await this.#keep({ ...collected.ledger, ...next, hash: chunkHash(sealed), previous: chunk.previous });
    this.#newest = chunk;
    return sealed.length;
  }

  async #keep(ledger: Ledger): Promise<void> {
    await storeLedger(this.host.store, ledger);
    this.#ledger = ledger;
  }
}

/** A room that this device has not met: what was read in it can be read here, and no more. */
function roomOf({ roomId, name, kind }: ArchiveChunk["sections"][number]): RoomMeta {
  return { ...newMeta(roomId, name), kind };
}
