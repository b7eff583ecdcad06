/** Store in memory: for scenarios, where a killed engine starts again over what its store holds. */

import type { ListOptions, Store, Write } from "../engine/ports";

export class MemoryStore implements Store {
  readonly #rows = new Map<string, Uint8Array>();

  get(key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#rows.get(key)?.slice());
  }

  async list(prefix: string, options: ListOptions = {}): Promise<{ key: string; value: Uint8Array }[]> {
    const keys = await this.keys(prefix, options);
    return keys.flatMap((key) => {
      const value = this.#rows.get(key);
      return value === undefined ? [] : [{ key, value: value.slice() }];
    });
  }

  keys(prefix: string, options: ListOptions = {}): Promise<string[]> {
    const { after, before, limit = Infinity, reverse = false } = options;
    const keys = [...this.#rows.keys()]
      .filter((key) => key.startsWith(prefix))
      .filter((key) => (after === undefined || key > after) && (before === undefined || key < before))
      .sort();
    if (reverse) keys.reverse();
    return Promise.resolve(keys.slice(0, limit));
  }

  write(batch: readonly Write[]): Promise<void> {
    for (const { key, value } of batch) {
      if (value === undefined) this.#rows.delete(key);
      else this.#rows.set(key, value.slice());
    }
    return Promise.resolve();
  }
}
