/** The devices of one account keep the same keyring, through an honest server and in spite of another one. */

import { Keyring } from "@/lib/client/engine/keyring";
import type { FetchedKeyring } from "@/lib/client/engine/ports";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { randomBytes } from "@/lib/crypto/random";
import { sealKeyring } from "@/lib/crypto/account/keyring";
import { utf8 } from "@/lib/protocol/bytes";
import { encodeKeyring, type KeyringKey } from "@/lib/protocol/keyring";

import { Browser, unwrap } from "../support/person";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

const roomA = "0a".repeat(16);
const roomB = "0b".repeat(16);
const accountId = "a1".repeat(32);
const accountSecret = randomBytes(32);

/** A server of one keyring that can be told to do what it should not. */
class Keeper {
  version = 0;
  sealed: Uint8Array | undefined;
  readonly past: FetchedKeyring[] = [];
  isDown = false;
  fetches = 0;

  transport() {
    return {
      fetchKeyring: () => {
        this.fetches += 1;
        return Promise.resolve(
          this.isDown
            ? ({ ok: false, error: { code: "OFFLINE" } } as const)
            : ({ ok: true, value: { version: this.version, sealed: this.sealed } } as const),
        );
      },
      putKeyring: (version: number, sealed: Uint8Array) => {
        if (this.isDown) return Promise.resolve({ ok: false, error: { code: "OFFLINE" } } as const);
        if (version !== this.version + 1) {
          return Promise.resolve({ ok: false, error: { code: "VERSION_CONFLICT" } } as const);
        }
        this.past.push({ version: this.version, sealed: this.sealed });
        [this.version, this.sealed] = [version, sealed];
        return Promise.resolve({ ok: true, value: null } as const);
      },
    };
  }
}

interface Held {
  readonly keyring: Keyring;
  readonly changes: KeyringKey[];
  /** Those of them that this device made itself. */
  readonly own: KeyringKey[];
  readonly store: MemoryStore;
  nowMs: number;
}

async function device(keeper: Keeper, store = new MemoryStore(), secret: Uint8Array | null = accountSecret) {
  const changes: KeyringKey[] = [];
  const own: KeyringKey[] = [];
  const held = { changes, own, store, nowMs: 1000 };
  const keyring = await Keyring.load({
    identity: { accountId, ...(secret === null ? {} : { accountSecret: { bytes: secret, number: 0, without: [] } }) },
    store,
    transport: keeper.transport(),
    clock: { now: () => held.nowMs },
    changed: (keys, isOwn) => {
      changes.push(...keys);
      if (isOwn) own.push(...keys);
    },
  });
  const made: Held = Object.assign(held, { keyring });
  return made;
}

test.each([8_640_000_000_000_000, Number.MAX_SAFE_INTEGER])(
  "KEY-08 an entry at %d, which no time comes after, stands in nobody's way",
  async (at) => {
    const keeper = new Keeper();
    const desk = await device(keeper);
    await desk.keyring.set(`block/${accountId}`, false);
    await desk.keyring.set(`mute/${roomA}`, false);
    await desk.keyring.sync();
    const put = async () => {
      const entries = [`block/${accountId}` as const, `mute/${roomB}` as const].map((key) => ({
        key,
        at,
        value: true,
      }));
      const plain = encodeKeyring(new Map(entries.map((entry) => [entry.key, entry])));
      keeper.version += 1;
      keeper.sealed = await sealKeyring(accountSecret, { accountId, version: keeper.version }, plain);
    };
    await put();
    // Also where it was taken before there was this rule.
    const store = new MemoryStore();
    const entry = { key: `block/${accountId}`, at, value: true };
    await store.write([{ key: "keyring", value: utf8(JSON.stringify({ v: 1, entries: [entry] })) }]);
    const phone = await device(keeper, store);
    expect(phone.keyring.get(`block/${accountId}`)).toBe(true);
    await desk.keyring.sync();
    expect(desk.keyring.get(`block/${accountId}`)).toBe(false);
    expect(desk.keyring.get(`mute/${roomB}`)).toBeUndefined();
    await phone.keyring.sync();
    expect(phone.keyring.get(`block/${accountId}`)).toBe(false);
    // It is said again: who holds another word has answered once, and goes on.
    await put();
    const { version } = keeper;
    await desk.keyring.sync();
    await desk.keyring.sync();
    expect(keeper.version - version).toBeLessThan(2);
    expect(desk.keyring.get(`block/${accountId}`)).toBe(false);
    await desk.keyring.set(`mute/${roomB}`, false);
    await phone.keyring.set(`block/${accountId}`, true);
    for (const one of [desk, phone, desk]) await one.keyring.sync();
    for (const one of [desk, phone]) {
      expect(one.keyring.get(`block/${accountId}`)).toBe(true);
      expect(one.keyring.get(`mute/${roomB}`)).toBe(false);
    }
  },
);

test("KEY-06 what one device sets the others have after a sync, and are told of once", async () => {
  const keeper = new Keeper();
  const [phone, desk] = [await device(keeper), await device(keeper)];
  await phone.keyring.set(`mute/${roomA}`, true);
  await phone.keyring.set(`room/${roomA}`, { kind: "private", epoch: 4, secret: "00".repeat(32) });
  expect(phone.keyring.get(`mute/${roomA}`)).toBe(true);
  await phone.keyring.sync();
  await desk.keyring.sync();
  await desk.keyring.sync();
  expect(desk.keyring.list("room")).toEqual([
    { id: roomA, value: { kind: "private", epoch: 4, secret: "00".repeat(32) } },
  ]);
  expect([...desk.changes].sort()).toEqual([`mute/${roomA}`, `room/${roomA}`]);
  expect(desk.keyring.state).toBe("synced");
  expect(keeper.version).toBe(2);
});

test("KEY-06 what is said again asks the server for nothing, and own changes are told from those of others", async () => {
  const keeper = new Keeper();
  const [phone, desk] = [await device(keeper), await device(keeper)];
  await phone.keyring.set(`mute/${roomA}`, true);
  await phone.keyring.sync();
  const before = keeper.fetches;
  await phone.keyring.set(`mute/${roomA}`, true);
  await phone.keyring.update(`mute/${roomB}`, () => undefined);
  expect(keeper.fetches).toBe(before);
  await desk.keyring.sync();
  expect([phone.own, desk.own, desk.changes]).toEqual([[`mute/${roomA}`], [], [`mute/${roomA}`]]);
});

test("KEY-06 a change is decided in its turn, by what is held then", async () => {
  const { keyring } = await device(new Keeper());
  let isIn = true;
  const word = () => keyring.update(`mute/${roomA}`, (held) => (isIn || held === true ? isIn : undefined));
  const [first, second] = [word(), word()];
  isIn = false;
  await Promise.all([first, second, word()]);
  expect(keyring.get(`mute/${roomA}`)).toBeUndefined();
  isIn = true;
  const third = word();
  await third;
  isIn = false;
  await word();
  expect(keyring.get(`mute/${roomA}`)).toBe(false);
});

test("KEY-06 changes made offline are kept over a restart and merged with those of others", async () => {
  const keeper = new Keeper();
  const [phone, desk] = [await device(keeper), await device(keeper)];
  await phone.keyring.set(`mute/${roomA}`, true);
  await phone.keyring.set(`favourite/${roomA}`, true);
  await phone.keyring.sync();
  await desk.keyring.sync();

  keeper.isDown = true;
  [phone.nowMs, desk.nowMs] = [3000, 2000];
  await phone.keyring.set(`mute/${roomA}`, false);
  await desk.keyring.set(`mute/${roomA}`, true);
  await desk.keyring.set(`favourite/${roomA}`, false);
  await desk.keyring.set(`mute/${roomB}`, true);
  keeper.isDown = false;
  const restarted = await device(keeper, desk.store);
  expect(restarted.keyring.get(`mute/${roomB}`)).toBe(true);
  await restarted.keyring.sync();
  await phone.keyring.sync();
  await restarted.keyring.sync();
  for (const { keyring } of [phone, restarted]) {
    expect(keyring.get(`mute/${roomA}`)).toBe(false);
    expect(keyring.get(`mute/${roomB}`)).toBe(true);
    expect(keyring.get(`favourite/${roomA}`)).toBe(false);
  }
});

test("KEY-06 a clock that is behind does not keep a person from changing what another device set", async () => {
  const keeper = new Keeper();
  const [phone, desk] = [await device(keeper), await device(keeper)];
  phone.nowMs = 9_000_000;
  await phone.keyring.set(`mute/${roomA}`, true);
  await phone.keyring.sync();
  await desk.keyring.sync();
  await desk.keyring.set(`mute/${roomA}`, false);
  await desk.keyring.sync();
  await phone.keyring.sync();
  expect(phone.keyring.get(`mute/${roomA}`)).toBe(false);
});

test("KEY-06 devices that save at the same moment all get through", async () => {
  const keeper = new Keeper();
  const devices = await Promise.all(Array.from({ length: 5 }, () => device(keeper)));
  const id = (n: number) => n.toString(16).padStart(32, "0");
  await Promise.all(devices.map(({ keyring }, n) => keyring.set(`mute/${id(n)}`, true)));
  await Promise.all(devices.map(({ keyring }) => keyring.sync()));
  await Promise.all(devices.map(({ keyring }) => keyring.sync()));
  for (const { keyring } of devices) expect(keyring.list("mute")).toHaveLength(5);
});

test("KEY-07 S24 an older keyring takes nothing away, and is replaced by what this device holds", async () => {
  const keeper = new Keeper();
  const phone = await device(keeper);
  await phone.keyring.set(`block/${accountId}`, false);
  await phone.keyring.sync();
  phone.nowMs = 2000;
  await phone.keyring.set(`block/${accountId}`, true);
  await phone.keyring.sync();
  const [older] = keeper.past.slice(-1);
  [keeper.version, keeper.sealed] = [older?.version ?? 0, older?.sealed];
  await phone.keyring.sync();
  expect(phone.keyring.get(`block/${accountId}`)).toBe(true);
  const fresh = await device(keeper);
  await fresh.keyring.sync();
  expect(fresh.keyring.get(`block/${accountId}`)).toBe(true);
});

test("KEY-07 S24 an older keyring under a newer number, a changed one and another account's are not believed", async () => {
  const keeper = new Keeper();
  const phone = await device(keeper);
  await phone.keyring.set(`mute/${roomA}`, true);
  await phone.keyring.sync();
  const { version, sealed = new Uint8Array() } = keeper;
  const stranger = new Keeper();
  const other = await device(stranger, new MemoryStore(), randomBytes(32));
  await other.keyring.set(`mute/${roomB}`, true);
  await other.keyring.sync();
  const lies: [number, Uint8Array | undefined][] = [
    [version + 5, sealed],
    [version, sealed.with(20, (sealed[20] ?? 0) ^ 1)],
    [stranger.version, stranger.sealed],
  ];
  for (const [told, bytes] of lies) {
    [keeper.version, keeper.sealed] = [told, bytes];
    await phone.keyring.sync();
    expect(phone.keyring.state).toBe("unreadable");
    expect(phone.keyring.get(`mute/${roomA}`)).toBe(true);
    expect(phone.keyring.get(`mute/${roomB}`)).toBeUndefined();
    // Nothing is written over what this device cannot read: another one may.
    expect([keeper.version, keeper.sealed]).toEqual([told, bytes]);
  }
  [keeper.version, keeper.sealed] = [version, sealed];
  await phone.keyring.sync();
  expect(phone.keyring.state).toBe("synced");
});

test("KEY-06 a damaged record on the device is filled again from the server", async () => {
  const keeper = new Keeper();
  const phone = await device(keeper);
  await phone.keyring.set(`mute/${roomA}`, true);
  await phone.keyring.sync();
  await phone.store.write([{ key: "keyring", value: Uint8Array.of(1, 2, 3) }]);
  const restarted = await device(keeper, phone.store);
  expect(restarted.keyring.get(`mute/${roomA}`)).toBeUndefined();
  await restarted.keyring.sync();
  expect(restarted.keyring.get(`mute/${roomA}`)).toBe(true);
});

test("KEY-06 a device without the account secret keeps its own and leaves the server's alone", async () => {
  const keeper = new Keeper();
  const old = await device(keeper, new MemoryStore(), null);
  await old.keyring.set(`mute/${roomA}`, true);
  await old.keyring.sync();
  expect([old.keyring.state, old.keyring.get(`mute/${roomA}`), keeper.version]).toEqual(["no-secret", true, 0]);
});

test("KEY-06 two browsers of one account share it through the real server", async () => {
  const server: TestServer = await startTestServer();
  const [first, second] = [new Browser(server.url), new Browser(server.url)];
  unwrap(await first.register("alice"));
  unwrap(await second.login("alice"));
  const [here, there] = [await first.person("alice"), await second.person("alice")];
  const engine = await here.open();
  await engine.keyring.set(`favourite/${roomA}`, true);
  await engine.keyring.sync();
  const otherEngine = await there.open();
  await otherEngine.keyring.sync();
  expect(otherEngine.keyring.get(`favourite/${roomA}`)).toBe(true);
  const stored = await server.services.database.reader.keyring.findFirstOrThrow();
  expect(Buffer.from(stored.sealed).includes("favourite")).toBe(false);
  await here.close();
  await there.close();
  await server.close();
});
