/** Records that are made again when they are missing: damaged they count as missing, and are written over. SPEC ENG-24. */

import { StoreCorrupt } from "./records";

export async function unlessDamaged<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoreCorrupt) return undefined;
    throw error;
  }
}
