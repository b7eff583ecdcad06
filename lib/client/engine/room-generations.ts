/** Which rooms a store holds, read off its keys alone: the values may be damaged. SPEC ENG-19. */

import type { Store } from "./ports";
import { roomsPrefix } from "./records";

/** The newest generation of every room, by room id. */
export async function roomGenerations(store: Store): Promise<Map<string, number>> {
  const generations = new Map<string, number>();
  for (let after: string | undefined; ;) {
    const key = await firstKey(store, after);
    const segment = key?.slice(roomsPrefix.length).split("/")[0];
    if (segment === undefined) break;
    // "0" sorts right behind "/": the next key belongs to another room or generation.
    after = `${roomsPrefix}${segment}0`;
    const [id = "", generation = "0"] = segment.split("~");
    generations.set(id, Math.max(generations.get(id) ?? 0, Number(generation)));
  }
  return generations;
}

async function firstKey(store: Store, after: string | undefined): Promise<string | undefined> {
  const [key] = await store.keys(roomsPrefix, { limit: 1, ...(after === undefined ? {} : { after }) });
  return key;
}
