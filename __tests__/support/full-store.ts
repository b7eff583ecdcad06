/** A disk without room for some of what is written; all else finds its place. */

import type { Store, Write } from "@/lib/client/engine/ports";

export class FullStore {
  isFull = true;
  refused = 0;

  /** `isRefused`: what finds no place while the disk is full. */
  constructor(private readonly isRefused: (write: Write) => boolean) {}

  wrap(store: Store): Store {
    return {
      get: (key) => store.get(key),
      list: (prefix, options) => store.list(prefix, options),
      keys: (prefix, options) => store.keys(prefix, options),
      write: async (batch) => {
        if (this.isFull && batch.some(this.isRefused)) {
          this.refused += 1;
          throw Object.assign(new Error("no room"), { name: "QuotaExceededError" });
        }
        await store.write(batch);
      },
    };
  }
}
