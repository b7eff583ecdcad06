/** The account ids of names, as they were met first (ENG-13). */

import { accountIdSchema } from "../../protocol/ids";
import { isDamage } from "./load";
import type { Store } from "./ports";
import { decodeRecord, pinsPrefix } from "./records";

/** A pin that cannot be read is one that was never made: its name is met for the first time again. */
export async function loadPins(store: Store): Promise<Map<string, string>> {
  const pins = new Map<string, string>();
  for (const key of await store.keys(pinsPrefix)) {
    try {
      const value = await store.get(key);
      if (value !== undefined) pins.set(key.slice(pinsPrefix.length), decodeRecord(accountIdSchema, key, value));
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
  return pins;
}
