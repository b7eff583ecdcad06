/** Records without which a device goes on: damaged they count as missing, and may be written over. SPEC ENG-24. */

import { decodeRecord, StoreCorrupt, timelineItemSchema, type StoredItem } from "./records";

export async function unlessDamaged<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoreCorrupt) return undefined;
    throw error;
  }
}

/** A line of the timeline, `undefined` when its row is damaged. */
export function readableItem(key: string, value: Uint8Array): StoredItem | undefined {
  try {
    return decodeRecord(timelineItemSchema, key, value);
  } catch (error) {
    if (error instanceof StoreCorrupt) return undefined;
    throw error;
  }
}
