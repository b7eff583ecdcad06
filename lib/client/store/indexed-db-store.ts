/**
 * Store over IndexedDB: one object store of keys and bytes; a batch is one strict (flushed) transaction. A database that
 * lacks what it must have is damaged, and nothing is written into it any more (ENG-24).
 */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";

import { isAtRestKey } from "../../crypto/at-rest";
import type { ListOptions, Store, Write } from "../engine/ports";
import { StoreCorrupt } from "../engine/records";

interface Schema extends DBSchema {
  rows: { key: string; value: Uint8Array };
  keys: { key: string; value: unknown };
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
    const { objectStoreNames } = database;
    if (!objectStoreNames.contains("rows") || !objectStoreNames.contains("keys")) {
      database.close();
      throw new StoreCorrupt(`database ${name} has lost its stores`);
    }
    return new IndexedDbStore(database);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return await this.database.get("rows", key);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<{ key: string; value: Uint8Array }[]> {
    const { limit = Infinity, reverse = false } = options;
    const range = rangeOf(prefix, options);
    if (range === undefined) return [];
    const transaction = this.database.transaction("rows");
    if (!reverse) {
      const { store } = transaction;
      const most = Number.isFinite(limit) ? limit : undefined;
      // Two questions instead of one for each row.
      const [keys, values] = await Promise.all([store.getAllKeys(range, most), store.getAll(range, most)]);
      return keys.flatMap((key, index) => {
        const value = values[index];
        return value === undefined ? [] : [{ key, value }];
      });
    }
    const rows: { key: string; value: Uint8Array }[] = [];
    let cursor = await transaction.store.openCursor(range, "prev");
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

  /**
   * The non-extractable key that seals this database at rest, made by `make` for a new database. `undefined`: it is gone
   * or not a key, and another one would only hide that.
   */
  async atRestKey(make: () => Promise<CryptoKey>): Promise<CryptoKey | undefined> {
    const held = await this.database.get("keys", "at-rest");
    if (held !== undefined) return isAtRestKey(held) ? held : undefined;
    const made = await make();
    const transaction = this.database.transaction(["keys", "rows"], "readwrite", { durability: "strict" });
    const keys = transaction.objectStore("keys");
    // Two tabs may open a new database at once: the first key stays.
    const raced = await keys.get("at-rest");
    const isNew = raced === undefined && (await transaction.objectStore("rows").count()) === 0;
    if (isNew) await keys.put(made, "at-rest");
    await transaction.done;
    if (isNew) return made;
    return isAtRestKey(raced) ? raced : undefined;
  }

  /**
   * All records and the key that opens them. Not by deleting the database, which would wait for other tabs to close
   * theirs.
   */
  async empty(): Promise<void> {
    const transaction = this.database.transaction(["rows", "keys"], "readwrite", { durability: "strict" });
    await Promise.all([
      transaction.objectStore("rows").clear(),
      transaction.objectStore("keys").clear(),
      transaction.done,
    ]);
  }

  close(): void {
    this.database.close();
  }
}
