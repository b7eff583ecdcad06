/** The databases of this browser: a registry of accounts, and one sealed store per account. */

import { z } from "zod";

import { makeAtRestKey } from "../../crypto/at-rest";
import { accountIdSchema } from "../../protocol/ids";
import { decodeRecord, encodeRecord } from "../engine/records";
import type { Store } from "../engine/ports";
import { IndexedDbStore } from "../store/indexed-db-store";
import { SealedStore } from "../store/sealed-store";

const registryName = "sealroom";
const accountPrefix = "account/";
const entrySchema = z.strictObject({ accountId: accountIdSchema });

/** Where accounts of this device are kept; jest brings memory stores. */
export interface Databases {
  /** The account id that has a device here under this name. */
  accountOf(username: string): Promise<string | undefined>;
  names(): Promise<string[]>;
  remember(username: string, accountId: string): Promise<void>;
  open(username: string, accountId: string): Promise<Store>;
}

export async function openDatabases(): Promise<Databases> {
  const registry = await openSealed(registryName);
  return {
    async accountOf(username) {
      const key = `${accountPrefix}${username}`;
      const bytes = await registry.get(key);
      return bytes && decodeRecord(entrySchema, key, bytes).accountId;
    },
    async names() {
      const rows = await registry.list(accountPrefix);
      return rows.map(({ key }) => key.slice(accountPrefix.length));
    },
    async remember(username, accountId) {
      await registry.write([{ key: `${accountPrefix}${username}`, value: encodeRecord({ accountId }) }]);
    },
    open: (username, accountId) => openSealed(databaseName(username, accountId)),
  };
}

export function databaseName(username: string, accountId: string): string {
  return `${registryName}:${username}:${accountId}`;
}

async function openSealed(name: string): Promise<Store> {
  const inner = await IndexedDbStore.open(name);
  return new SealedStore(inner, await inner.atRestKey(makeAtRestKey));
}
