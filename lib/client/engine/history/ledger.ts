/**
 * What a device knows of its account's archive: how far it has read it, which lines stand in it, and what it has read there
 * and not yet put into its rooms. One transaction for each chunk (SPEC ARC-04, ARC-05).
 */

import { z } from "zod";

import { archiveDigestBytes } from "../../../protocol/archive";
import { concatBytes, equalBytes, fromHex, toHex } from "../../../protocol/bytes";
import type { Store, Write } from "../ports";
import { decodeRecord, encodeRecord } from "../records";
import { unlessDamaged } from "../replaceable";

const ledgerKey = "archive/ledger";
const digestsPrefix = "archive/lines/";
const count = z.int().min(0);
const hash = z.string().regex(/^([0-9a-f]{64})?$/);

const ledgerSchema = z.strictObject({
  v: z.literal(1),
  generation: count,
  /** The newest chunk that was read or written here, and which writing of it; 0: none. */
  number: count,
  revision: count,
  /** Hash of that writing, and of the chunk before it. */
  hash,
  previous: hash,
  /** Of each room the newest line that was looked at. */
  cursors: z.record(z.string(), z.string()),
  /** Rooms that are looked through as a whole, from the line behind this one. */
  whole: z.record(z.string(), z.string()),
});
export type LedgerRecord = z.infer<typeof ledgerSchema>;

function newRecord(generation: number, rooms: readonly string[]): LedgerRecord {
  const whole = Object.fromEntries(rooms.map((roomId) => [roomId, ""]));
  return { v: 1, generation, number: 0, revision: 0, hash: "", previous: "", cursors: {}, whole };
}

export class Ledger {
  #record: LedgerRecord;
  /** Digests of archived lines; read when first asked for. */
  #digests: Promise<Set<string>> | undefined;

  private constructor(
    private readonly store: Store,
    record: LedgerRecord,
  ) {
    this.#record = record;
  }

  /** A damaged ledger is begun anew: reading the archive again changes nothing that is there. */
  static async load(store: Store): Promise<Ledger> {
    const held = await unlessDamaged(async () => {
      const bytes = await store.get(ledgerKey);
      return bytes && decodeRecord(ledgerSchema, ledgerKey, bytes);
    });
    return new Ledger(store, held ?? newRecord(0, []));
  }

  get record(): LedgerRecord {
    return this.#record;
  }

  digests(): Promise<ReadonlySet<string>> {
    this.#digests ??= this.store.list(digestsPrefix).then((rows) => new Set(rows.flatMap(({ value }) => cut(value))));
    return this.#digests;
  }

  /** Nothing is known of another generation but what this device holds itself. */
  async beginAnew(generation: number, rooms: readonly string[]): Promise<void> {
    const rows = await this.store.keys(digestsPrefix);
    const record = newRecord(generation, rooms);
    await this.store.write([
      ...rows.map((key) => ({ key, value: undefined })),
      { key: ledgerKey, value: encodeRecord(record) },
    ]);
    this.#digests = undefined;
    this.#record = record;
  }

  /** Also those lines in chunk `number`, and whatever goes with them. What is known already is not written again. */
  async keep(
    record: LedgerRecord,
    chunk?: { readonly number: number; readonly digests: readonly string[] },
    also: readonly Write[] = [],
  ): Promise<void> {
    if (chunk === undefined && also.length === 0 && isSame(record, this.#record)) return;
    const batch: Write[] = [...also, { key: ledgerKey, value: encodeRecord(record) }];
    if (chunk !== undefined) {
      const value = concatBytes(...chunk.digests.map((digest) => fromHex(digest) ?? new Uint8Array()));
      batch.push({ key: `${digestsPrefix}${String(chunk.number).padStart(12, "0")}`, value });
    }
    await this.store.write(batch);
    this.#record = record;
    if (chunk === undefined || this.#digests === undefined) return;
    const known = await this.#digests;
    for (const digest of chunk.digests) known.add(digest);
  }

  /** The room is looked through as a whole: lines were put into it by other means. */
  async lookThrough(roomIds: readonly string[], also: readonly Write[] = []): Promise<void> {
    const { whole } = this.#record;
    await this.keep({ ...this.#record, whole: { ...whole, ...newRecord(0, roomIds).whole } }, undefined, also);
  }
}

function isSame(a: LedgerRecord, b: LedgerRecord): boolean {
  return equalBytes(encodeRecord(a), encodeRecord(b));
}

function cut(bytes: Uint8Array): string[] {
  const digests: string[] = [];
  for (let at = 0; at + archiveDigestBytes <= bytes.length; at += archiveDigestBytes) {
    digests.push(toHex(bytes.subarray(at, at + archiveDigestBytes)));
  }
  return digests;
}
