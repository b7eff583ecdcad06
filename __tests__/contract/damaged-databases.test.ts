/**
 * Databases of a browser, damaged in every way a disk or a profile can: each time the damage is seen, nothing that was
 * there is deleted or changed, and a new device finds a sound database. Real IndexedDB semantics, real sealing. ENG-24.
 */

import "fake-indexeddb/auto";

import { openDB, type IDBPDatabase } from "idb";

import { makeAccount, type MadeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { makeAtRestKey } from "@/lib/crypto/at-rest";
import { anchorSource } from "@/lib/client/engine/anchors";
import { ClockGuard } from "@/lib/client/engine/clock-guard";
import { saveIdentity } from "@/lib/client/engine/identity";
import type { Store } from "@/lib/client/engine/ports";
import {
  anchorKey,
  encodeRecord,
  newMeta,
  pinKey,
  roomKeys,
  StoreCorrupt,
  timelineKey,
} from "@/lib/client/engine/records";
import { salvageStore } from "@/lib/client/engine/salvage";
import { loadRooms, loadTimeline } from "@/lib/client/engine/load";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { SealedStore } from "@/lib/client/store/sealed-store";
import { openBrowserDatabases } from "@/lib/client/worker/browser-databases";
import { databaseName, type AccountEntry } from "@/lib/client/worker/databases";
import { heldDevice } from "@/lib/client/worker/held-device";
import { messageIdSchema, roomIdSchema } from "@/lib/protocol/ids";

const username = "alice";
const roomId = roomIdSchema.parse("ab".repeat(16));
const leftId = roomIdSchema.parse("cd".repeat(16));
const nowMs = Date.UTC(2026, 10, 24);

let account: MadeAccount;
beforeAll(async () => {
  account = await makeAccount(username, new Date(nowMs));
});

async function newIdentity() {
  return { ...(await makeDevice({ account, now: new Date(nowMs) })), serverPublicKey: "pinned", vaultVersion: 1 };
}

/** A browser with a device that is in one room and has left another. */
async function signedIn(): Promise<AccountEntry> {
  indexedDB = new IDBFactory();
  const databases = await openBrowserDatabases();
  const { store, generation } = await databases.begin(username, account.accountId);
  await saveIdentity(store, await newIdentity());
  const keys = roomKeys(roomId);
  const left = roomKeys(leftId);
  const line = {
    key: timelineKey(3, 0),
    at: nowMs,
    kind: "message",
    messageId: messageIdSchema.parse("12".repeat(16)),
    author: { username: "bob", accountId: account.accountId, keyChanged: false },
    own: false,
    text: "what was read",
    state: "received",
  };
  await store.write([
    { key: keys.meta, value: encodeRecord({ ...newMeta(roomId, "General"), membership: "joined", cursor: 7 }) },
    { key: `${keys.groupPrefix}head`, value: new Uint8Array(64) },
    { key: keys.timeline(line.key), value: encodeRecord(line) },
    { key: left.meta, value: encodeRecord(newMeta(leftId, "Left")) },
    { key: pinKey("bob"), value: encodeRecord(account.accountId) },
  ]);
  const entry = { accountId: account.accountId, generation, serverPublicKey: "pinned" };
  await databases.remember(username, entry);
  expect((await heldDevice(databases, username)).state).toBe("held");
  return entry;
}

type Damage = (database: IDBPDatabase) => Promise<unknown>;

async function damage(name: string, act: Damage): Promise<void> {
  const database = await openDB(name);
  await act(database);
  database.close();
}

async function contents(name: string): Promise<unknown> {
  const database = await openDB(name);
  const stores = [...database.objectStoreNames].sort();
  const all = await Promise.all(
    stores.map(async (store) => [store, await database.getAllKeys(store), await database.getAll(store)]),
  );
  database.close();
  return all;
}

/** Truncated, overwritten, of another type, gone. */
const identityDamage: Record<string, Damage> = {
  truncated: async (database) => {
    const sealed = (await database.get("rows", "identity")) as Uint8Array;
    await database.put("rows", sealed.slice(0, sealed.length / 2), "identity");
  },
  "with a flipped bit": async (database) => {
    const sealed = (await database.get("rows", "identity")) as Uint8Array;
    await database.put("rows", sealed.with(20, (sealed[20] ?? 0) ^ 1), "identity");
  },
  empty: (database) => database.put("rows", new Uint8Array(), "identity"),
  "of another type": (database) => database.put("rows", "text", "identity"),
  gone: (database) => database.delete("rows", "identity"),
};
const keyDamage: Record<string, Damage> = {
  "without its sealing key": (database) => database.delete("keys", "at-rest"),
  "with something else for its sealing key": (database) => database.put("keys", { type: "secret" }, "at-rest"),
  "without rows and with something else for its key": async (database) => {
    await database.clear("rows");
    await database.put("keys", "key", "at-rest");
  },
};

describe("ENG-24 a damaged database of an account", () => {
  test.each([
    ...Object.entries(identityDamage).map(([how, act]) => [`whose identity is ${how}`, act] as const),
    ...Object.entries(keyDamage),
  ])("%s is set aside as it is, and the next device has a sound one", async (_how, act) => {
    const entry = await signedIn();
    const name = databaseName(username, entry);
    await damage(name, act);
    const before = await contents(name);

    const databases = await openBrowserDatabases();
    // The server stays pinned: who can damage a record must not choose the server that is trusted next.
    expect(await heldDevice(databases, username)).toEqual({ state: "set-aside", serverPublicKey: "pinned" });
    // Until somebody signs in again, every tab and every start says so.
    const later = await heldDevice(await openBrowserDatabases(), username);
    expect(later).toEqual({ state: "set-aside", serverPublicKey: "pinned" });
    expect(await databases.names()).toEqual([]);

    const { store, generation } = await databases.begin(username, entry.accountId);
    expect(generation).toBe(1);
    expect(await store.keys("")).toEqual([]);
    const next = { ...entry, generation };
    await saveIdentity(store, await newIdentity());
    await databases.remember(username, next);
    const again = await heldDevice(await openBrowserDatabases(), username);
    expect(again.state === "held" && again.entry).toEqual(next);
    expect(await databases.names()).toEqual([username]);

    expect(await contents(name)).toEqual(before);
    const listed = await databases.listSetAside(username);
    expect(listed.map(({ what, name: aside }) => [what, aside])).toEqual([["account", name]]);
    expect(listed[0]?.at).toBeGreaterThan(nowMs - 1e12);
    expect(await databases.listSetAside("bob")).toEqual([]);
  });

  test("that has lost its stores is set aside too", async () => {
    indexedDB = new IDBFactory();
    const entry = { accountId: account.accountId, generation: 0 };
    (await openDB(databaseName(username, entry), 1)).close();
    const databases = await openBrowserDatabases();
    await databases.remember(username, entry);
    expect((await heldDevice(databases, username)).state).toBe("set-aside");
    expect((await databases.begin(username, entry.accountId)).generation).toBe(1);
  });

  test("and a second one after it: each has its own name", async () => {
    const entry = await signedIn();
    for (const at of [0, 1]) {
      await damage(databaseName(username, { ...entry, generation: at }), (database) =>
        database.put("rows", new Uint8Array(40), "identity"),
      );
      const databases = await openBrowserDatabases();
      expect((await heldDevice(databases, username)).state).toBe("set-aside");
      const { store, generation } = await databases.begin(username, entry.accountId);
      expect(generation).toBe(at + 1);
      await saveIdentity(store, await newIdentity());
      await databases.remember(username, { ...entry, generation });
    }
    expect(await (await openBrowserDatabases()).listSetAside(username)).toHaveLength(2);
  });
});

describe("ENG-24 what a database that was set aside still tells goes on", () => {
  async function salvaged(act: Damage): Promise<Store> {
    const entry = await signedIn();
    await damage(databaseName(username, entry), act);
    const databases = await openBrowserDatabases();
    await heldDevice(databases, username);
    const { store, previous } = await databases.begin(username, entry.accountId);
    if (previous === undefined) throw new Error("the old rooms are forgotten");
    await salvageStore(previous, store, await newIdentity(), nowMs);
    return store;
  }
  async function roomsOf(store: Store) {
    const clock = { now: () => nowMs, schedule: () => () => undefined };
    const rooms = await loadRooms({ store, identity: await newIdentity(), clock });
    return rooms.map(({ data: { meta } }) => [meta.roomId, meta.membership, meta.repair?.cause]);
  }

  test("rooms are joined again, what was read stays, and who is known stays known", async () => {
    const store = await salvaged((database) => database.put("rows", new Uint8Array(40), "identity"));
    expect(await roomsOf(store)).toEqual([
      [roomId, "joining", "store-damaged"],
      [leftId, "none", "store-damaged"],
    ]);
    const { items } = await loadTimeline(store, roomKeys(roomId), undefined);
    expect(items.map((item) => (item.kind === "message" ? item.text : item.kind))).toEqual(["what was read"]);
    expect(await store.get(pinKey("bob"))).toEqual(encodeRecord(account.accountId));
  });

  test("with the sealing key gone, the rooms it was in are joined again, and no other", async () => {
    const store = await salvaged((database) => database.delete("keys", "at-rest"));
    expect(await roomsOf(store)).toEqual([[roomId, "joining", "store-damaged"]]);
  });
});

describe("ENG-24 a damaged registry", () => {
  test("keeps a row that cannot be opened, and says that the account is set aside", async () => {
    const entry = await signedIn();
    await damage("sealroom", (database) => database.put("rows", new Uint8Array(40).fill(7), "account/alice"));
    const databases = await openBrowserDatabases();
    expect((await heldDevice(databases, username)).state).toBe("set-aside");
    expect((await heldDevice(databases, "bob")).state).toBe("none");
    // Its database is sound and another device's: the new one gets its own.
    const { generation, previous } = await databases.begin(username, entry.accountId);
    expect(generation).toBe(1);
    expect(previous).toBeDefined();
    await databases.remember(username, { ...entry, generation });
    expect((await databases.find(username)).state).toBe("held");
    const database = await openDB("sealroom");
    expect(await database.get("rows", "aside/row/account/alice~0")).toEqual(new Uint8Array(40).fill(7));
    database.close();
    expect((await databases.listSetAside(username)).map(({ what }) => what)).toEqual(["account", "registry"]);
  });

  test("without its sealing key lies where it is, and another one begins", async () => {
    const entry = await signedIn();
    await damage("sealroom", (database) => database.delete("keys", "at-rest"));
    const before = await contents("sealroom");
    const databases = await openBrowserDatabases();
    expect((await heldDevice(databases, username)).state).toBe("set-aside");
    expect((await heldDevice(databases, "bob")).state).toBe("none");
    const { generation } = await databases.begin(username, entry.accountId);
    await databases.remember(username, { ...entry, generation });
    expect((await (await openBrowserDatabases()).find(username)).state).toBe("held");
    expect(await contents("sealroom")).toEqual(before);
    expect((await databases.listSetAside(username)).map(({ name }) => name)).toContain("sealroom");
  });
});

test("ENG-24 damaged records that are made again when missing end nothing", async () => {
  const inner = new MemoryStore();
  const store = new SealedStore(inner, await makeAtRestKey());
  const clock = { now: () => nowMs, schedule: () => () => undefined };
  const spoil = async (key: string) => {
    expect(await inner.get(key)).toBeDefined();
    await inner.write([{ key, value: new Uint8Array(40) }]);
    await expect(store.get(key)).rejects.toThrow(StoreCorrupt);
  };

  await new ClockGuard(store, clock).load();
  await spoil("clock");
  const guard = new ClockGuard(store, clock);
  await guard.load();
  expect(await guard.look()).toBe(false);
  expect(await store.get("clock")).toEqual(encodeRecord(nowMs));

  const certificate = account.certificate;
  let asked = 0;
  const directory = {
    accountCertificates: () => {
      asked += 1;
      return Promise.resolve({ ok: true as const, value: new Map([[account.accountId, certificate]]) });
    },
  };
  const anchors = anchorSource(store, directory);
  await anchors(account.accountId);
  await spoil(anchorKey(account.accountId));
  expect(await anchors(account.accountId)).toEqual(certificate);
  expect(await anchors(account.accountId)).toEqual(certificate);
  expect(asked).toBe(2);
});
