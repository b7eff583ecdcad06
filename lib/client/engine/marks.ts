/**
 * Which messages of a room were read already, in memory: read from the store once, when the first message comes. Asking
 * the store for each of a long backlog costs more than opening the message.
 */

import type { Store } from "./ports";
import type { RoomKeys } from "./records";

export class Marks {
  #known: Promise<Set<string>> | undefined;

  constructor(
    private readonly store: Store,
    private readonly keys: RoomKeys,
  ) {}

  async has(key: string): Promise<boolean> {
    this.#known ??= this.#load();
    return (await this.#known).has(key);
  }

  /** `key` has been written. */
  async add(key: string): Promise<void> {
    const isMark = key.startsWith(this.keys.usedPrefix) || key.startsWith(this.keys.usedIdPrefix);
    if (isMark) (await this.#known)?.add(key);
  }

  async #load(): Promise<Set<string>> {
    const { usedPrefix, usedIdPrefix } = this.keys;
    const found = await Promise.all([this.store.keys(usedPrefix), this.store.keys(usedIdPrefix)]);
    return new Set(found.flat());
  }
}
