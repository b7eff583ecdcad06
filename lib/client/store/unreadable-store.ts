/** A database whose sealing key is lost: which records there were is all it still tells. SPEC ENG-24. */

import type { ListOptions, Store } from "../engine/ports";
import { StoreCorrupt } from "../engine/records";

export class UnreadableStore implements Store {
  constructor(private readonly inner: Store) {}

  async get(key: string): Promise<Uint8Array | undefined> {
    const [found] = await this.inner.keys(key, { limit: 1 });
    if (found === key) throw new StoreCorrupt(`stored record ${key} has lost its key`);
    return undefined;
  }

  async list(prefix: string, options?: ListOptions): Promise<readonly { key: string; value: Uint8Array }[]> {
    const [found] = await this.inner.keys(prefix, options);
    if (found !== undefined) throw new StoreCorrupt(`stored record ${found} has lost its key`);
    return [];
  }

  keys(prefix: string, options?: ListOptions): Promise<readonly string[]> {
    return this.inner.keys(prefix, options);
  }

  /** Nothing is added to what was set aside. */
  write(): Promise<void> {
    return Promise.reject(new StoreCorrupt("a store without its key takes nothing"));
  }
}
