/** Records without which a device goes on: damaged they count as missing, and may be written over. SPEC ENG-24. */

import type { z } from "zod";

import type { Store } from "./ports";
import { decodeRecord, StoreCorrupt, timelineItemSchema, type StoredItem } from "./records";

export async function unlessDamaged<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoreCorrupt) return undefined;
    throw error;
  }
}

/** Rows that the store can still open. */
export async function readableRows(
  store: Pick<Store, "keys" | "get">,
  prefix: string,
): Promise<Map<string, Uint8Array>> {
  const rows = new Map<string, Uint8Array>();
  for (const key of await store.keys(prefix)) {
    const value = await store.get(key).catch(() => undefined);
    if (value !== undefined) rows.set(key, value);
  }
  return rows;
}

/** A line of the timeline, `undefined` when its row is damaged. */
export function readableItem(key: string, value: Uint8Array): StoredItem | undefined {
  return readableRecord(timelineItemSchema, key, value);
}

/** `undefined`: the row is damaged. */
export function readableRecord<T>(schema: z.ZodType<T>, key: string, value: Uint8Array): T | undefined {
  try {
    return decodeRecord(schema, key, value);
  } catch (error) {
    if (error instanceof StoreCorrupt) return undefined;
    throw error;
  }
}
