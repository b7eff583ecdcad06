/** The history archive between the devices of one account, through an honest server and in spite of another one. */

import { exportHistory, importHistory } from "@/lib/client/engine/history/file";
import type { Store } from "@/lib/client/engine/ports";
import { MemoryStore } from "@/lib/client/store/memory-store";
import type { Answer } from "@/lib/protocol/schemas/socket";

import {
  archived,
  ArchiveAccount,
  archivedTexts,
  range,
  readAll,
  roomA,
  roomB,
  texts,
  type ArchiveDevice,
  type Between,
} from "../support/archive-devices";
import { Host } from "../support/world/host";

jest.setTimeout(120_000);

const host = new Host();
beforeAll(() => host.start());
afterAll(() => host.close());

const newAccount = () => new ArchiveAccount(host);
test("ARC-04 ARC-06 a new device gets what another one has read, in its order, and can go on reading", async () => {
  const account = newAccount();
  const old = await account.device();
  await readAll(old, 1, 450);
  await readAll(old, 7, 9, roomB);
  await old.connect();
  const fresh = await account.device();
  await readAll(fresh, 451, 453);
  await fresh.connect();
  expect(await fresh.lines(roomA)).toEqual(texts(1, 453));
  expect(await fresh.lines(roomB)).toEqual(texts(7, 9));
  expect(new Set(fresh.restored)).toEqual(new Set([roomA, roomB]));
  expect(fresh.room(roomA).data.meta).toMatchObject({ membership: "none", cursor: 453, lastText: "message 450" });
  // Restored lines are there after a restart too, and what was restored counts as read: nobody can repeat it.
  const restarted = await account.device({ identity: fresh.identity, store: fresh.store });
  expect(await restarted.lines(roomB)).toEqual(texts(7, 9));
  const first = await restarted.store.list(restarted.room(roomA).keys.usedIdPrefix);
  expect(first).toHaveLength(453);
});

test("ARC-05 what several devices read is written once, whoever writes first", async () => {
  const account = newAccount();
  const devices = [await account.device(), await account.device(), await account.device()];
  for (const round of range(0, 9)) {
    for (const device of devices) await readAll(device, round * 5 + 1, round * 5 + 5);
    await Promise.all(devices.map((device) => device.settle()));
  }
  await Promise.all(devices.map((device) => device.connect()));
  const [first] = devices;
  expect((await archivedTexts(first as ArchiveDevice)).sort()).toEqual(texts(1, 50).sort());
  for (const device of devices) expect(await device.lines(roomA)).toEqual(texts(1, 50));
});

test("ARC-05 what one device could not read another one writes, and it is read then", async () => {
  const account = newAccount();
  const [late, early] = [await account.device(), await account.device()];
  await late.cannotRead(roomA, 3);
  await late.read(roomA, 4);
  await late.connect();
  await readAll(early, 1, 4);
  await early.connect();
  await late.connect();
  expect(await late.lines(roomA)).toEqual(texts(1, 4));
  expect((await archivedTexts(early)).sort()).toEqual(texts(1, 4));
});

test("ARC-05 a conversation fills chunks instead of making one for each message", async () => {
  const account = newAccount();
  const device = await account.device();
  await device.connect();
  for (const seq of range(1, 40)) {
    await device.read(roomA, seq);
    await device.settle();
  }
  expect((await host.services.archives.state(account.accountId)).number).toBe(1);
  const sections = await archived(device);
  expect([sections.length, sections[0]?.people.length]).toEqual([1, 2]);
  expect(await archivedTexts(device)).toEqual(texts(1, 40));
});

test("ARC-07 messages that disappear are never archived, and one that does not fit keeps no other out", async () => {
  const account = newAccount();
  const device = await account.device();
  await device.read(roomA, 1);
  await device.read(roomA, 2, { timerMs: 60_000 });
  await device.read(roomA, 3, { text: "\u0001".repeat(200_000) });
  await device.read(roomA, 4);
  await device.connect();
  expect(await archivedTexts(device)).toEqual(["message 1", "message 4"]);
});

test("ARC-03 T1 the server's disk holds nothing of what was read", async () => {
  const account = newAccount();
  const device = await account.device();
  await device.read(roomA, 1, { text: "the canary sings at noon" });
  await device.connect();
  expect(host.disk().includes("canary sings")).toBe(false);
  expect(await archivedTexts(device)).toEqual(["the canary sings at noon"]);
});

describe("ARC-08 S24 what does not follow is not believed, and nothing is written over it", () => {
  type Fetched = { ok: true; value: Answer<"archive:fetch"> };
  type State = Answer<"archive:state">;

  async function attacked(lie: (account: ArchiveAccount) => Promise<Between> | Between, isNew = true) {
    const account = newAccount();
    const writer = await account.device();
    await readAll(writer, 1, 450);
    await writer.connect();
    await readAll(writer, 451, 900);
    await writer.settle();
    const writings: unknown[] = [];
    let between: Between | undefined;
    const victim = await account.device({
      between: (name, payload) => {
        if (name === "archive:put" || name === "archive:clear") writings.push(payload);
        return between?.(name, payload);
      },
    });
    if (!isNew) await victim.connect();
    await victim.read(roomB, 1);
    between = await lie(account);
    writings.length = 0;
    await victim.connect();
    const seen = { state: victim.archive.view.state, writings: [...writings], lines: await victim.lines(roomA) };
    between = undefined;
    await victim.connect();
    return { ...seen, after: { state: victim.archive.view.state, lines: await victim.lines(roomA) } };
  }

  const fetched = async ({ accountId }: ArchiveAccount, number: number): Promise<Fetched> => ({
    ok: true,
    value: await host.services.archives.fetch(accountId, 1, number),
  });
  const instead =
    (number: number, forge: () => Promise<Fetched>): Between =>
    (name, payload) =>
      name === "archive:fetch" && (payload as { number: number }).number === number ? forge() : undefined;
  const told = (account: ArchiveAccount, change: Partial<State>): Between => {
    return (name) =>
      name === "archive:state"
        ? host.services.archives
            .state(account.accountId)
            .then((value) => ({ ok: true, value: { ...value, ...change } }))
        : undefined;
  };

  const attacks: Record<string, Parameters<typeof attacked>> = {
    "a changed chunk": [
      (account) =>
        instead(2, async () => {
          const { value } = await fetched(account, 2);
          return { ok: true, value: { ...value, sealed: value.sealed.with(40, (value.sealed[40] ?? 0) ^ 1) } };
        }),
    ],
    "a chunk in another's place": [(account) => instead(2, () => fetched(account, 1))],
    "the same writing under a newer number": [
      (account) =>
        instead(2, async () => {
          const { value } = await fetched(account, 2);
          return { ok: true, value: { ...value, revision: value.revision + 1 } };
        }),
    ],
    "another account's chunk": [
      async () => {
        const other = newAccount();
        const device = await other.device();
        await readAll(device, 1, 450);
        await device.connect();
        return instead(1, () => fetched(other, 1));
      },
    ],
    "a chunk from another branch of the same archive": [
      async (account) => {
        // The server forgets what came behind the first chunk; a device that has not seen it writes others.
        const { accountId } = account;
        const second = await fetched(account, 2);
        await host.services.database.write(async (transaction) => {
          await transaction.archiveChunk.deleteMany({ where: { accountId, number: { gt: 1 } } });
          await transaction.archive.update({
            where: { accountId },
            data: { number: 1, revision: 1, newestBytes: 1e6 },
          });
        });
        const other = await account.device();
        await readAll(other, 2000, 2900);
        await other.connect();
        expect(second.value.revision).toBe((await fetched(account, 2)).value.revision);
        return instead(2, () => Promise.resolve(second));
      },
    ],
    "fewer chunks than were seen": [(account) => told(account, { number: 1, revision: 1 }), false],
    "an older writing than was seen": [(account) => told(account, { revision: 0 }), false],
    "an archive begun anew that nobody began": [(account) => told(account, { generation: 7 })],
    "a chunk that is gone": [
      () => instead(2, () => Promise.resolve({ ok: false, error: { code: "NOT_FOUND" } } as unknown as Fetched)),
    ],
  };

  test.each(Object.entries(attacks))("%s", async (name, attack) => {
    // Who has read one branch never takes the other.
    const isForked = name.includes("branch");
    const { state, writings, lines, after } = await attacked(...attack);
    expect(state).toBe("tampered");
    expect(writings).toEqual([]);
    expect(texts(1, 900).slice(0, lines.length)).toEqual(lines);
    // The honest archive is taken up again where it was left.
    expect(after.state).toBe(isForked ? "tampered" : "current");
    if (!isForked) expect(after.lines).toEqual(texts(1, 900));
  });

  test("what stood in a chunk that does not follow is not shown", async () => {
    const { lines } = await attacked((account) => instead(1, () => fetched(account, 2)));
    expect(lines).toEqual([]);
  });
});

test("ARC-08 after begin anew the archive holds what the devices hold, and the lie is gone", async () => {
  const account = newAccount();
  let isLying = false;
  const between: Between = (name) =>
    isLying && name === "archive:state"
      ? Promise.resolve({ ok: true, value: { generation: 1, number: 0, revision: 0, bytes: 0, newestBytes: 0 } })
      : undefined;
  const device = await account.device({ between });
  await readAll(device, 1, 20);
  await device.connect();
  isLying = true;
  await device.connect();
  expect(device.archive.view.state).toBe("tampered");
  isLying = false;
  await device.archive.beginAnew();
  await device.settle();
  expect(device.archive.view).toMatchObject({ state: "current", on: true, chunks: 1 });
  expect(await archivedTexts(device, 2)).toEqual(texts(1, 20));
  const other = await account.device();
  await other.connect();
  expect(await other.lines(roomA)).toEqual(texts(1, 20));
});

test("ARC-02 switched off, the server keeps nothing, and no device that has not heard of it writes any more", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(first, 1, 20);
  await first.connect();
  await second.connect();
  await first.archive.turn(false);
  await first.settle();
  expect(first.archive.view).toMatchObject({ on: false, state: "off" });
  expect(await host.services.archives.state(account.accountId)).toMatchObject({ number: 0, bytes: 0, generation: 2 });
  // The other device's keyring is older than that.
  await readAll(second, 21, 30);
  await second.settle();
  expect(await host.services.archives.state(account.accountId)).toMatchObject({ number: 0, bytes: 0 });
  expect(second.archive.view).toMatchObject({ on: false, state: "off" });
  const fresh = await account.device();
  await fresh.connect();
  expect(await fresh.lines(roomA)).toEqual([]);
  // On again: all that is on the devices.
  await second.archive.turn(true);
  await second.settle();
  expect((await archivedTexts(second, 2)).sort()).toEqual(texts(1, 30).sort());
  await fresh.connect();
  expect(await fresh.lines(roomA)).toEqual(texts(1, 30));
});

test("ARC-01 a full archive is told, and nothing on the device is lost", async () => {
  const account = newAccount();
  let isFull = true;
  const between: Between = (name) =>
    isFull && name === "archive:put" ? Promise.resolve({ ok: false, error: { code: "ARCHIVE_FULL" } }) : undefined;
  const device = await account.device({ between });
  await readAll(device, 1, 5);
  await device.connect();
  expect(device.archive.view.state).toBe("full");
  isFull = false;
  await device.connect();
  expect([device.archive.view.state, await archivedTexts(device)]).toEqual(["current", texts(1, 5)]);
});

test("ARC-04 a device without the account secret reads and writes nothing", async () => {
  const account = newAccount();
  const { accountSecret: _none, ...identity } = await account.identity();
  const device = await account.device({ identity });
  await readAll(device, 1, 5);
  await device.connect();
  expect(device.archive.view.state).toBe("no-secret");
  expect(await host.services.archives.state(account.accountId)).toMatchObject({ generation: 0, number: 0 });
});

test("ARC-05 a device may die at every boundary: nothing is missing, nothing stands there twice", async () => {
  class Death extends Error {}
  for (let boundary = 0, isOver = false; !isOver; boundary++) {
    const account = newAccount();
    const other = await account.device();
    await readAll(other, 1, 8);
    await other.connect();
    const identity = await account.identity();
    const disk = new MemoryStore();
    let passed = 0;
    const dies = () => {
      if (passed++ === boundary) throw new Death();
    };
    const mortal: Store = {
      get: (key) => disk.get(key),
      list: (prefix, options) => disk.list(prefix, options),
      keys: (prefix, options) => disk.keys(prefix, options),
      async write(batch) {
        dies();
        await disk.write(batch);
        dies();
      },
    };
    const between: Between = (name, payload) =>
      (async () => {
        dies();
        const answer = await host.request(identity, name, payload);
        dies();
        return answer;
      })();
    const first = await account.device({ identity, store: mortal, between });
    await readAll(first, 5, 12).catch(() => undefined);
    await first.connect().catch(() => undefined);
    isOver = passed <= boundary;
    // Death ends everything at once; what was stored is there.
    first.archive.close();
    const again = await account.device({ identity, store: disk });
    const { cursor } = again.room(roomA).data.meta;
    if (cursor < 12) await readAll(again, Math.max(cursor + 1, 5), 12);
    await again.connect();
    await other.connect();
    expect({ boundary, lines: await again.lines(roomA) }).toEqual({ boundary, lines: texts(1, 12) });
    const written = await archivedTexts(again);
    expect({ boundary, written: written.sort() }).toEqual({ boundary, written: texts(1, 12).sort() });
    expect(boundary).toBeLessThan(100);
  }
});

describe("ARC-09 a history file", () => {
  async function exported(account: ArchiveAccount) {
    const device = await account.device();
    await readAll(device, 1, 450);
    await readAll(device, 3, 4, roomB);
    const result = await exportHistory(device.host);
    if (!result.ok) throw new Error(result.error.code);
    return result.value;
  }

  test("holds all that a device has read, and brings it back once", async () => {
    const account = newAccount();
    const { file, lines } = await exported(account);
    expect(lines).toBe(452);
    expect(Buffer.from(file).includes("message 4")).toBe(false);
    const device = await account.device();
    await device.connect();
    expect(await importHistory(device.host, file)).toEqual({ ok: true, value: { lines: 452, rooms: 2 } });
    expect(await device.lines(roomA)).toEqual(texts(1, 450));
    expect(await importHistory(device.host, file)).toEqual({ ok: true, value: { lines: 0, rooms: 0 } });
    // What was imported is archived for the other devices.
    await device.settle();
    const other = await account.device();
    await other.connect();
    expect(await other.lines(roomB)).toEqual(texts(3, 4));
  });

  test("cut, extended, changed, of another account or none at all, it changes nothing", async () => {
    const account = newAccount();
    const { file } = await exported(account);
    const device = await account.device();
    const refused = async (bytes: Uint8Array) => {
      const result = await importHistory(device.host, bytes);
      return result.ok ? "taken" : result.error.code;
    };
    expect(await refused(file.subarray(0, file.length - 1))).toBe("HISTORY_DAMAGED");
    expect(await refused(Buffer.concat([file, Buffer.alloc(1)]))).toBe("HISTORY_DAMAGED");
    for (const at of [60, 75, 90, 200, file.length - 1]) {
      expect({ at, code: await refused(file.with(at, (file[at] ?? 0) ^ 1)) }).toEqual({ at, code: "HISTORY_DAMAGED" });
    }
    expect(await refused(file.with(0, 0))).toBe("NOT_A_HISTORY");
    expect(await refused(new Uint8Array())).toBe("NOT_A_HISTORY");
    expect(await refused((await exported(newAccount())).file)).toBe("HISTORY_OF_ANOTHER");
    expect([...device.rooms]).toEqual([]);
    expect(await refused(file)).toBe("taken");
  });
});
