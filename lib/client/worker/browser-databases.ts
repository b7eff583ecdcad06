/** The databases of this browser in IndexedDB, each sealed under a key of its own that cannot be exported (ENG-14). */

import { makeAtRestKey } from "../../crypto/at-rest";
import { IndexedDbStore } from "../store/indexed-db-store";
import { SealedStore } from "../store/sealed-store";
import { openDatabases, type DatabaseHost, type Databases } from "./databases";

const host: DatabaseHost = {
  async open(name) {
    const raw = await IndexedDbStore.open(name);
    const key = await raw.atRestKey(makeAtRestKey);
    return { raw, sealed: key && new SealedStore(raw, key) };
  },
  async names() {
    // Not everywhere: Firefox has it since 126.
    const { databases } = indexedDB as Partial<IDBFactory>;
    const known = await databases?.call(indexedDB);
    return (known ?? []).map(({ name }) => name ?? "");
  },
  now: () => Date.now(),
};

export async function openBrowserDatabases(): Promise<Databases> {
  return await openDatabases(host);
}
