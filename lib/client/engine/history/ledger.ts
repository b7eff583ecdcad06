/**
 * What a device knows of its account's archive: how far it has read it, and of each room which places are written down.
 * SPEC ARC-04, ARC-05.
 */

import { z } from "zod";

import type { Spans } from "../../../protocol/archive";
import { archiveSpansMax } from "../../../protocol/limits";
import { isDamage } from "../load";
import type { Store } from "../ports";
import { decodeRecord, encodeRecord } from "../records";

const recordKey = "archive";
const count = z.int().min(0);
const hash = z.string().regex(/^([0-9a-f]{64})?$/);

const roomSchema = z.strictObject({
  covered: z.array(z.tuple([count, count])).max(archiveSpansMax),
  /** Key of the newest line that was looked at; empty before the first. */
  cursor: z.string(),
});

const ledgerSchema = z.strictObject({
  v: z.literal(1),
  generation: count,
  /** The newest chunk that was read or written here, and which writing of it; 0: none. */
  number: count,
  revision: count,
  /** Hash of that writing, and of the chunk before it. */
  hash,
  previous: hash,
  rooms: z.record(z.string(), roomSchema),
});
export type Ledger = z.infer<typeof ledgerSchema>;

export function newLedger(generation: number): Ledger {
  return { v: 1, generation, number: 0, revision: 0, hash: "", previous: "", rooms: {} };
}

/** A damaged ledger is begun anew: reading the archive again changes nothing that is there. */
export async function loadLedger(store: Store): Promise<Ledger> {
  try {
    const bytes = await store.get(recordKey);
    return bytes === undefined ? newLedger(0) : decodeRecord(ledgerSchema, recordKey, bytes);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return newLedger(0);
  }
}

export async function storeLedger(store: Store, ledger: Ledger): Promise<void> {
  await store.write([{ key: recordKey, value: encodeRecord(ledger) }]);
}

export function coverage(ledger: Ledger, roomId: string): { readonly covered: Spans; readonly cursor: string } {
  return ledger.rooms[roomId] ?? { covered: [], cursor: "" };
}

export function withRoom(ledger: Ledger, roomId: string, change: Partial<z.infer<typeof roomSchema>>): Ledger {
  return { ...ledger, rooms: { ...ledger.rooms, [roomId]: { ...coverage(ledger, roomId), ...change } } };
}
