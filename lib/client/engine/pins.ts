/** The account ids of names, as they were met first (ENG-13). */

import { accountIdSchema } from "../../protocol/ids";
import type { Store } from "./ports";
import { decodeRecord, pinsPrefix } from "./records";
import { unlessDamaged } from "./replaceable";

/** A pin that cannot be read is one that was never made: its name is met for the first time again. */
export async function loadPins(store: Store): Promise<Map<string, string>> {
  const pins = new Map<string, string>();
  for (const key of await store.keys(pinsPrefix)) {
    const accountId = await unlessDamaged(async () => {
      const value = await store.get(key);
      return value && decodeRecord(accountIdSchema, key, value);
    });
    if (accountId !== undefined) pins.set(key.slice(pinsPrefix.length), accountId);
  }
  return pins;
}
