/**
 * The history archive (SPEC section ARC): what this account's devices have read, sealed under a key from the vault, so
 * that a new device gets it. Each device reads what the others wrote, then writes what is missing. What does not follow
 * from what was seen before is the work of somebody else: then nothing is believed and nothing written over it (S24).
 */

import { chunkHash, openHistory, sealHistory } from "../../../crypto/account/archive";
import { decodeArchiveChunk, encodeArchiveChunk, lineDigest, type ArchiveChunk } from "../../../protocol/archive";
import { archiveDelayMs, archiveGenerationsMissed, archiveOpenBytes } from "../../../protocol/limits";
import type { RoomId } from "../../../protocol/ids";
import type { Answer } from "../../../protocol/schemas/socket";
import type { StoredIdentity } from "../identity";
import type { Keyring } from "../keyring";
import { isStoreFull, type Clock, type Failure, type Store, type Transport, type Write } from "../ports";
import type { Room } from "../room";
import type { ArchiveView } from "../views";
import { collectLines, type Collected } from "./collect";
import type { Later } from "./later";
import { Ledger } from "./ledger";
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
}

type Found = Answer<"archive:state">;
/** Read and written, or why not: the connection or the server failed, or the archive is not what it was. */
type Outcome = "done" | "conflict" | "tampered" | "full" | Failure;

/** Devices that write at the same moment: each round one of them gets through. */
const maxRounds = 12;
const retryMs = 30_000;
/** How long a room that history waits for gets to become up to date before it is looked at again. */
const laterMs = 500;

export class Archive {
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
  /** What stands in the newest chunk, if it was read or written here. */
  #newest: ArchiveChunk | undefined;

  private constructor(
    private readonly host: ArchiveHost,
    /** What was read in the archive and waits for its rooms. */
    private readonly later: Later,
    private readonly ledger: Ledger,
  ) {}

  static async load(host: ArchiveHost, later: Later): Promise<Archive> {
    return new Archive(host, later, await Ledger.load(host.store));
  }

  get view(): ArchiveView {
    const { on } = this.#wanted;
    return { on, state: this.#state, read: this.ledger.record.number, chunks: this.#chunks, bytes: this.#bytes };
  }

  /** What the account's devices want. */
  get #wanted(): { readonly on: boolean; readonly generation: number } {
    const { keyring } = this.host;
    return { on: keyring.get("archive") ?? true, generation: keyring.get("generation") ?? 1 };
  }

  /** Something was read in the room: it is archived with what comes in the next seconds. */
  noteRead(room: Room): void {
    if (this.host.identity.accountSecret === undefined) return;
    this.#unread.add(room);
    const isStuck = this.#state === "tampered" || this.#state === "full" || this.#state === "off";
    if (this.#cancel !== undefined || isStuck) return;
    this.#lookIn(this.later.waitsFor(room.roomId) ? laterMs : archiveDelayMs);
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

  /** Nothing is read, restored or written any more; `settled` tells when what was under way is over. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  /** On: all that is on the account's devices is archived. Off: nothing any more, and the server deletes what it has. */
  async turn(on: boolean): Promise<void> {
    const { keyring } = this.host;
    await keyring.sync();
    if (this.#wanted.on === on) return;
    await keyring.set("archive", on);
    if (!on) await keyring.set("generation", await this.#nextGeneration());
    await this.#shareAndLook();
  }

  /** Gives up what the server keeps and writes what is on the devices anew. */
  async beginAnew(): Promise<void> {
    const { keyring } = this.host;
    await keyring.sync();
    await keyring.set("archive", true);
    await keyring.set("generation", await this.#nextGeneration());
    await this.#shareAndLook();
  }

  /** After all that this device and the server know of, as far as the server can be believed. */
  async #nextGeneration(): Promise<number> {
    const { generation } = this.#wanted;
    const found = await this.host.transport.request("archive:state", {});
    const known = found.ok ? Math.min(found.value.generation, generation + archiveGenerationsMissed) : 0;
    return Math.max(generation, known) + 1;
  }

  /** The other devices must be able to find out before the server acts on it. */
  async #shareAndLook(): Promise<void> {
    await this.host.keyring.sync();
    this.look();
  }

  /** Lines that came by other means: kept until their rooms are up to date, and archived from there. Answers what is in its room now. */
  async take(rows: readonly Write[], roomIds: readonly RoomId[]): Promise<ReadonlyMap<RoomId, number>> {
    await this.#running;
    await this.ledger.lookThrough(roomIds, rows);
    this.later.stored(rows);
    const restored = await this.later.apply(() => this.#isClosed);
    this.look();
    return restored;
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
      this.#state = "waiting";
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
      this.#state = secret === undefined ? "no-secret" : keyring.state === "stale" ? "stale" : "waiting";
      return;
    }
    for (let round = 0; round < maxRounds && !this.#isClosed; round++) {
      const outcome = await this.#exchange(secret.bytes);
      if (outcome === "conflict") continue;
      if (outcome === "done") this.#state = this.#wanted.on ? "current" : "off";
      else if (typeof outcome === "string") this.#state = outcome;
      else {
        this.#state = "waiting";
        this.#lookIn(outcome.retryAfterMs ?? retryMs);
      }
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
    if (this.ledger.record.generation !== generation) {
      this.#newest = undefined;
      await this.ledger.beginAnew(
        generation,
        this.host.all().map(({ roomId }) => roomId),
      );
      for (const room of this.host.all()) this.#unread.add(room);
    }
    if (!on) return await this.#clear(found);
    const there = isThere ? found : { ...found, number: 0, revision: 0, newestBytes: 0 };
    const read = await this.#read(secret, there);
    // Also what was read before the archive was tampered with.
    await this.later.apply(() => this.#isClosed);
    if (read !== "done" || this.#isClosed) return read;
    return await this.#write(secret, there);
  }

  async #clear(found: Found): Promise<Outcome> {
    const { keyring, transport } = this.host;
    const { generation } = this.#wanted;
    if (found.generation === generation && found.number === 0) return "done";
    if (found.generation === generation) {
      // Another device began it anew at the same time: this one ends that.
      await keyring.set("generation", generation + 1);
      await keyring.sync();
      return "conflict";
    }
    const cleared = await transport.request("archive:clear", { generation });
    if (cleared.ok) return "done";
    return cleared.error.code === "VERSION_CONFLICT" ? "conflict" : cleared.error;
  }

  /** What the account's other devices wrote since. */
  async #read(secret: Uint8Array, found: Found): Promise<Outcome> {
    const { number, revision } = this.ledger.record;
    if (found.number < number || (found.number === number && found.revision < revision)) return "tampered";
    if (found.number === number && found.revision === revision) return "done";
    this.#state = "restoring";
    for (let next = Math.max(number, 1); next <= found.number && !this.#isClosed; next++) {
      const outcome = await this.#readChunk(secret, next);
      if (outcome !== "done") return outcome;
    }
    return "done";
  }

  async #readChunk(secret: Uint8Array, number: number): Promise<Outcome> {
    const { transport, identity } = this.host;
    const ledger = this.ledger.record;
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
    if (this.#isClosed) return "done";
    const digests = this.#digestsOf(chunk);
    const rows = this.later.rowsOf(`${String(generation)}.${String(number)}.${String(revision)}`, chunk.sections);
    await this.ledger.keep({ ...ledger, number, revision, hash, previous }, { number, digests }, rows);
    this.later.stored(rows);
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
    while (!this.#isClosed) {
      const unread = [...this.#unread];
      this.#unread.clear();
      let outcome: number | Exclude<Outcome, "done"> | undefined;
      try {
        const { record } = this.ledger;
        const whole = this.host.all().filter(({ roomId }) => record.whole[roomId] !== undefined);
        const collected = await collectLines([...new Set([...unread, ...whole])], record, await this.ledger.digests());
        outcome = await this.#put(secret, collected, newestBytes);
        if (typeof outcome === "number") for (const room of collected.unfinished) this.#unread.add(room);
      } finally {
        // Not written: looked through again.
        if (typeof outcome !== "number") for (const room of unread) this.#unread.add(room);
      }
      if (typeof outcome !== "number") return outcome;
      if (outcome === newestBytes && this.#unread.size === 0) return "done";
      newestBytes = outcome;
    }
    return "done";
  }

  /** Answers the size of the newest chunk, or why nothing was written. */
  async #put(
    secret: Uint8Array,
    { sections, digests, cursors, whole }: Collected,
    newestBytes: number,
  ): Promise<number | Exclude<Outcome, "done">> {
    const { transport, identity } = this.host;
    const { record } = this.ledger;
    if (sections.length === 0) {
      await this.ledger.keep({ ...record, cursors, whole });
      return newestBytes;
    }
    if (this.#isClosed) return "conflict";
    this.#state = "writing";
    const { generation, number, revision, hash, previous } = record;
    const open = number > 0 && newestBytes < archiveOpenBytes ? this.#newest : undefined;
    // The size is the server's word: what does not fit behind the newest chunk begins the next one.
    const again = open && appended(open.sections, sections, previous);
    const made = again ?? appended([], sections, hash);
    // Cannot be: a chunk has room for its target and the largest page behind that.
    if (made === undefined) throw new RangeError("a chunk of the archive is too large");
    const { chunk, plain } = made;
    const next = again === undefined ? { number: number + 1, revision: 1 } : { number, revision: revision + 1 };
    const place = { in: "archive", accountId: identity.accountId, generation, ...next } as const;
    const sealed = await sealHistory(secret, place, plain);
    const put = await transport.request("archive:put", { generation, ...next, sealed });
    if (!put.ok) {
      if (put.error.code === "VERSION_CONFLICT") return "conflict";
      return put.error.code === "ARCHIVE_FULL" ? "full" : put.error;
    }
    this.#bytes += sealed.length - (again === undefined ? 0 : newestBytes);
    this.#chunks = next.number;
    const written = again === undefined ? digests : [...this.#digestsOf(open), ...digests];
    await this.ledger.keep(
      { ...record, ...next, hash: chunkHash(sealed), previous: chunk.previous, cursors, whole },
      { number: next.number, digests: written },
    );
    this.#newest = chunk;
    return sealed.length;
  }

  #digestsOf(chunk: ArchiveChunk | undefined): string[] {
    return (chunk?.sections ?? []).flatMap(({ roomId, lines, people }) =>
      lines.map((line) => lineDigest(roomId, line, people)),
    );
  }
}

/** `undefined`: larger than a chunk can be. */
function appended(
  before: ArchiveChunk["sections"],
  sections: Collected["sections"],
  previous: string,
): { readonly chunk: ArchiveChunk; readonly plain: Uint8Array } | undefined {
  const chunk: ArchiveChunk = { v: 1, previous, sections: [...appendSections(before, sections)] };
  const plain = encodeArchiveChunk(chunk);
  return plain && { chunk, plain };
}
