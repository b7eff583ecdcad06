/** Store over IndexedDB: one object store of keys and bytes; a batch is one strict (flushed) transaction. */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";

import type { ListOptions, Store, Write } from "../engine/ports";

interface Schema extends DBSchema {
  rows: { key: string; value: Uint8Array };
  keys: { key: string; value: CryptoKey };
}

/** Sorts behind every key that starts with the prefix: keys are ASCII. */
const afterAscii = "\u{7f}";

function rangeOf(prefix: string, { after, before }: ListOptions): IDBKeyRange | undefined {
  const end = `${prefix}${afterAscii}`;
  const lower = after !== undefined && after > prefix ? after : prefix;
  const upper = before !== undefined && before < end ? before : end;
  return lower < upper ? IDBKeyRange.bound(lower, upper, lower === after, true) : undefined;
}

export class IndexedDbStore implements Store {
  private constructor(private readonly database: IDBPDatabase<Schema>) {}

  static async open(name: string): Promise<IndexedDbStore> {
    const database = await openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore("rows");
        db.createObjectStore("keys");
      },
    });
    return new IndexedDbStore(database);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return await this.database.get("rows", key);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<{ key: string; value: Uint8Array }[]> {
    const { limit = Infinity, reverse = false } = options;
    const range = rangeOf(prefix, options);
    if (range === undefined) return [];
    const rows: { key: string; value: Uint8Array }[] = [];
    const transaction = this.database.transaction("rows");
    let cursor = await transaction.store.openCursor(range, reverse ? "prev" : "next");
    while (cursor !== null && rows.length < limit) {
      rows.push({ key: cursor.key, value: cursor.value });
      if (rows.length < limit) cursor = await cursor.continue();
    }
    return rows;
  }

  async keys(prefix: string, options: ListOptions = {}): Promise<string[]> {
    const { limit, reverse = false } = options;
    const range = rangeOf(prefix, options);
    if (range === undefined) return [];
    const keys = await this.database.getAllKeys("rows", range, reverse ? undefined : limit);
    return reverse ? keys.reverse().slice(0, limit) : keys;
  }

  async write(batch: readonly Write[]): Promise<void> {
    const transaction = this.database.transaction("rows", "readwrite", { durability: "strict" });
    const { store } = transaction;
    const requests = batch.map(({ key, value }) => (value === undefined ? store.delete(key) : store.put(value, key)));
    await Promise.all([...requests, transaction.done]);
  }

  /** The non-extractable key that seals this database at rest, made by `make` when there is none. */
  async atRestKey(make: () => Promise<CryptoKey>): Promise<CryptoKey> {
    const held = await this.database.get("keys", "at-rest");
    if (held !== undefined) return held;
    const made = await make();
    const transaction = this.database.transaction("keys", "readwrite", { durability: "strict" });
    // Two tabs may open a new database at once: the first key stays.
    const raced = await transaction.store.get("at-rest");
    if (raced === undefined) await transaction.store.put(made, "at-rest");
    await transaction.done;
    return raced ?? made;
  }

  close(): void {
    this.database.close();
  }
}
