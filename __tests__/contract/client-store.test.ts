import "fake-indexeddb/auto";

import { makeAtRestKey } from "@/lib/crypto/at-rest";
import type { Store } from "@/lib/client/engine/ports";
import { StoreCorrupt } from "@/lib/client/engine/records";
import { IndexedDbStore } from "@/lib/client/store/indexed-db-store";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { SealedStore } from "@/lib/client/store/sealed-store";
import { utf8 } from "@/lib/protocol/bytes";

let count = 0;
const openers: Record<string, () => Promise<Store>> = {
  memory: () => Promise.resolve(new MemoryStore()),
  IndexedDB: () => IndexedDbStore.open(`store-${String(count++)}`),
  "sealed IndexedDB": async () => {
    const inner = await IndexedDbStore.open(`store-${String(count++)}`);
    const key = await inner.atRestKey(makeAtRestKey);
    if (key === undefined) throw new Error("a new database has no key");
    return new SealedStore(inner, key);
  },
};

describe.each(Object.entries(openers))("ENG-01 the %s store", (_name, open) => {
  const bytes = (text: string) => utf8(text);

  test("gives back what a batch wrote, and nothing else", async () => {
    const store = await open();
    await store.write([
      { key: "a/1", value: bytes("one") },
      { key: "a/2", value: bytes("two") },
    ]);
    await store.write([
      { key: "a/1", value: undefined },
      { key: "a/2", value: bytes("new") },
    ]);
    expect(await store.get("a/1")).toBeUndefined();
    expect(await store.get("a/2")).toEqual(bytes("new"));
    expect(await store.get("a/3")).toBeUndefined();
  });

  test("lists by prefix in order, with bounds, limit and direction", async () => {
    const store = await open();
    const keys = ["a/1", "a/2", "a/3", "a/~1", "a0", "b/1"];
    await store.write(keys.map((key) => ({ key, value: bytes(key) })));
    const list = async (...args: Parameters<Store["list"]>) => (await store.list(...args)).map(({ key }) => key);
    expect(await list("a/")).toEqual(["a/1", "a/2", "a/3", "a/~1"]);
    expect(await list("a/", { after: "a/1", before: "a/3" })).toEqual(["a/2"]);
    expect(await list("a/", { limit: 2 })).toEqual(["a/1", "a/2"]);
    expect(await list("a/", { reverse: true, limit: 2 })).toEqual(["a/~1", "a/3"]);
    expect(await list("a/", { reverse: true, before: "a/2" })).toEqual(["a/1"]);
    expect(await list("c/")).toEqual([]);
    expect((await store.list("b/"))[0]?.value).toEqual(bytes("b/1"));
  });
});

test("ENG-14 what is sealed cannot be read, moved to another key or changed", async () => {
  const inner = new MemoryStore();
  const sealed = new SealedStore(inner, await makeAtRestKey());
  await sealed.write([{ key: "x", value: utf8("secret text") }]);
  const raw = await inner.get("x");
  if (raw === undefined) throw new Error("nothing stored");
  expect(Buffer.from(raw).includes("secret")).toBe(false);

  await inner.write([{ key: "y", value: raw }]);
  await expect(sealed.get("y")).rejects.toThrow(StoreCorrupt);
  const last = raw.length - 1;
  raw[last] = (raw[last] ?? 0) ^ 1;
  await inner.write([{ key: "x", value: raw }]);
  await expect(sealed.get("x")).rejects.toThrow(StoreCorrupt);
});
