/**
 * The databases of this browser: a registry of accounts, and one sealed store per account. What is damaged is set aside
 * and never deleted: a next generation begins under another name, and the registry says so. SPEC ENG-14, ENG-24.
 */

import { z } from "zod";

import { accountIdSchema } from "../../protocol/ids";
import { damagedGenerationsMax } from "../../protocol/limits";
import { loadIdentity } from "../engine/identity";
import type { Store } from "../engine/ports";
import { decodeRecord, encodeRecord, roomsPrefix, StoreCorrupt } from "../engine/records";
import { unlessDamaged } from "../engine/replaceable";
import { UnreadableStore } from "../store/unreadable-store";
import type { SetAside } from "./api";

const registryName = "sealroom";
const accountPrefix = "account/";
const asidePrefix = "aside/database/";
/** Rows of the registry that could not be opened, as they were. */
const asideRowPrefix = "aside/row/";

const generation = z.int().min(0).max(damagedGenerationsMax);
const entrySchema = z.strictObject({
  accountId: accountIdSchema,
  generation: generation.default(0),
  /** Its database is damaged: the next sign-in begins another one. */
  isSetAside: z.boolean().default(false),
  /** Pinned here too, so that a damaged database does not unpin the server (S25). */
  serverPublicKey: z.string().optional(),
});
const asideSchema = z.strictObject({ at: z.number() });

/** A database as it was found. */
export interface OpenedDatabase {
  /** Keys in the clear, values as they lie there. */
  readonly raw: Store;
  /** `undefined`: the key it was sealed under is lost. */
  readonly sealed: Store | undefined;
}

/** What the browser brings; jest brings memory. */
export interface DatabaseHost {
  /** Makes it when there is none. Rejects with StoreCorrupt when nothing can be read of it. */
  open(name: string): Promise<OpenedDatabase>;
  /** Names of all databases, where the browser tells them. */
  names(): Promise<readonly string[]>;
  now(): number;
}

export interface AccountEntry {
  readonly accountId: string;
  readonly generation: number;
  readonly serverPublicKey?: string | undefined;
}
export type FoundAccount =
  | { readonly state: "none" }
  | { readonly state: "set-aside"; readonly serverPublicKey: string | undefined }
  | ({ readonly state: "held" } & AccountEntry);

/** A database for a new device. */
export interface NewDatabase {
  readonly store: Store;
  readonly generation: number;
  /** The newest one that was set aside and held rooms; its values may be unreadable. */
  readonly previous: Store | undefined;
}

export interface Databases {
  /** The device that this browser has under this name. */
  find(username: string): Promise<FoundAccount>;
  /** Names that have a device here. */
  names(): Promise<string[]>;
  remember(username: string, entry: AccountEntry): Promise<void>;
  /** Rejects with StoreCorrupt when the database cannot be read. */
  open(username: string, entry: AccountEntry): Promise<Store>;
  begin(username: string, accountId: string): Promise<NewDatabase>;
  setAside(username: string, entry: AccountEntry): Promise<void>;
  /** Everything stored of the account here, for good. */
  forget(username: string, entry: AccountEntry): Promise<void>;
  /** Everything of this account, and of the registry, that was set aside. */
  listSetAside(username: string): Promise<SetAside[]>;
}

export function databaseName(username: string, { accountId, generation: at }: Omit<AccountEntry, "serverPublicKey">) {
  return `${accountDatabases(username)}${accountId}${at === 0 ? "" : `~${String(at)}`}`;
}

function accountDatabases(username: string): string {
  return `${registryName}:${username}:`;
}

export async function openDatabases(host: DatabaseHost): Promise<Databases> {
  const { registry, raw, lost } = await openRegistry(host);

  async function readEntry(username: string): Promise<z.infer<typeof entrySchema> | undefined> {
    const key = `${accountPrefix}${username}`;
    try {
      const bytes = await registry.get(key);
      return bytes && decodeRecord(entrySchema, key, bytes);
    } catch (error) {
      if (!(error instanceof StoreCorrupt)) throw error;
      await moveRowAside(raw, key);
      return undefined;
    }
  }

  async function writeEntry(username: string, entry: z.input<typeof entrySchema>): Promise<void> {
    await registry.write([{ key: `${accountPrefix}${username}`, value: encodeRecord(entry) }]);
  }

  async function noteAside(name: string): Promise<void> {
    const key = `${asidePrefix}${name}`;
    const [noted] = await registry.keys(key, { limit: 1 });
    if (noted !== key) await registry.write([{ key, value: encodeRecord({ at: host.now() }) }]);
  }

  /** Whether the registry has lost what it knew of this name. */
  async function isForgotten(username: string): Promise<boolean> {
    const [row] = await registry.keys(`${asideRowPrefix}${accountPrefix}${username}~`, { limit: 1 });
    if (row !== undefined) return true;
    return lost.length > 0 && (await host.names()).some((name) => name.startsWith(accountDatabases(username)));
  }

  const databases: Databases = {
    async find(username) {
      const entry = await readEntry(username);
      if (entry === undefined) {
        return (await isForgotten(username)) ? { state: "set-aside", serverPublicKey: undefined } : { state: "none" };
      }
      const { isSetAside, ...held } = entry;
      return isSetAside ? { state: "set-aside", serverPublicKey: held.serverPublicKey } : { state: "held", ...held };
    },
    async names() {
      const keys = await registry.keys(accountPrefix);
      const names = keys.map((key) => key.slice(accountPrefix.length));
      const found = await Promise.all(names.map((name) => databases.find(name)));
      return names.filter((_, index) => found[index]?.state === "held");
    },
    remember: writeEntry,
    async open(username, entry) {
      const { sealed } = await host.open(databaseName(username, entry));
      if (sealed === undefined) throw new StoreCorrupt("a database has lost its key");
      return sealed;
    },
    async begin(username, accountId) {
      let previous: Store | undefined;
      for (let next = 0; next <= damagedGenerationsMax; next++) {
        const name = databaseName(username, { accountId, generation: next });
        const opened = await unlessDamaged(() => host.open(name));
        if (opened?.sealed !== undefined && (await isUnused(opened.sealed))) {
          return { store: opened.sealed, generation: next, previous };
        }
        await noteAside(name);
        if (opened !== undefined && (await hasRooms(opened.raw))) {
          previous = opened.sealed ?? new UnreadableStore(opened.raw);
        }
      }
      throw new StoreCorrupt("too many databases of one account are damaged");
    },
    async setAside(username, { accountId, generation: at, serverPublicKey }) {
      await noteAside(databaseName(username, { accountId, generation: at }));
      await writeEntry(username, { accountId, generation: at, serverPublicKey, isSetAside: true });
    },
    async listSetAside(username) {
      const prefix = `${asidePrefix}${accountDatabases(username)}`;
      const whole = await Promise.all(
        (await registry.keys(prefix)).map(async (key) => {
          const at = await unlessDamaged(async () => {
            const bytes = await registry.get(key);
            return bytes && decodeRecord(asideSchema, key, bytes).at;
          });
          return { what: "account" as const, name: key.slice(asidePrefix.length), at };
        }),
      );
      const rows = await registry.keys(`${asideRowPrefix}${accountPrefix}${username}~`);
      const parts = [...lost, ...rows].map((name) => ({ what: "registry" as const, name, at: undefined }));
      return [...whole, ...parts];
    },
    async forget(username, entry) {
      await registry.write([{ key: `${accountPrefix}${username}`, value: undefined }]);
      const { raw: rows } = await host.open(databaseName(username, entry));
      const keys = await rows.keys("");
      await rows.write(keys.map((key) => ({ key, value: undefined })));
    },
  };
  return databases;
}

/** The first registry that can be read; those before it have lost their key or their stores, and stay as they are. */
async function openRegistry(host: DatabaseHost): Promise<{ registry: Store; raw: Store; lost: readonly string[] }> {
  const lost: string[] = [];
  for (let next = 0; next <= damagedGenerationsMax; next++) {
    const name = next === 0 ? registryName : `${registryName}~${String(next)}`;
    const opened = await unlessDamaged(() => host.open(name));
    if (opened?.sealed !== undefined) return { registry: opened.sealed, raw: opened.raw, lost };
    lost.push(name);
  }
  throw new StoreCorrupt("too many registries are damaged");
}

/** In one transaction and as it is: bytes that nobody can open are still the person's. */
async function moveRowAside(raw: Store, key: string): Promise<void> {
  const value = await raw.get(key);
  const before = await raw.keys(`${asideRowPrefix}${key}~`);
  await raw.write([
    { key: `${asideRowPrefix}${key}~${String(before.length)}`, value },
    { key, value: undefined },
  ]);
}

/** Fit for a new device: sound, and without rooms of another one. */
async function isUnused(store: Store): Promise<boolean> {
  try {
    await loadIdentity(store);
    return !(await hasRooms(store));
  } catch (error) {
    if (error instanceof StoreCorrupt) return false;
    throw error;
  }
}

async function hasRooms(store: Store): Promise<boolean> {
  return (await store.keys(roomsPrefix, { limit: 1 })).length > 0;
}
