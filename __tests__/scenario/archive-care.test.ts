/** What must not be archived, what must not be believed, and what must not stop the archive. */

import { expireMessages } from "@/lib/client/engine/expiry";
import type { Store } from "@/lib/client/engine/ports";
import { pinKey } from "@/lib/client/engine/records";
import { timelinePage } from "@/lib/client/engine/timeline-pages";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { retireAccount } from "@/lib/server/accounts/retire";

import {
  ArchiveAccount,
  archivedTexts,
  bob,
  messageIdAt,
  readAll,
  roomA,
  roomB,
  type ArchiveDevice,
  type Between,
} from "../support/archive-devices";
import { Host } from "../support/world/host";

jest.setTimeout(120_000);

const host = new Host();
beforeAll(() => host.start());
afterAll(() => host.close());

const newAccount = () => new ArchiveAccount(host);

test("ARC-07 a message that disappears while lines are collected is not archived", async () => {
  const account = newAccount();
  const disk = new MemoryStore();
  const held: { device?: ArchiveDevice } = {};
  let isArmed = false;
  const store: Store = {
    get: (key) => disk.get(key),
    write: (batch) => disk.write(batch),
    keys: (prefix, options) => disk.keys(prefix, options),
    async list(prefix, options) {
      const rows = await disk.list(prefix, options);
      if (isArmed && held.device !== undefined && prefix === held.device.room(roomA).keys.timelinePrefix) {
        isArmed = false;
        void expireMessages(held.device.room(roomA));
      }
      return rows;
    },
  };
  const device = (held.device = await account.device({ store }));
  await device.read(roomA, 1);
  await device.read(roomA, 2, { timerMs: -1, text: "disappears" });
  isArmed = true;
  await device.connect();
  expect(await device.lines(roomA)).toEqual(["message 1"]);
  expect(await archivedTexts(device)).toEqual(["message 1"]);
});

test("ARC-07 ENG-28 what disappears does so after a salvage too, and is not archived", async () => {
  const account = newAccount();
  const device = await account.device();
  await device.read(roomA, 1);
  await device.read(roomA, 2, { timerMs: 60_000, text: "disappears" });
  await device.room(roomA).salvage();
  await device.connect();
  expect(await archivedTexts(device)).toEqual(["message 1"]);
});

test("ARC-06 ENG-13 a report pins nobody on a device that restores it", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await first.room(roomA).turn((draft) => {
    draft.meta.joinSeq = 1;
    draft.meta.cursor = 2;
    const author = draft.named({ username: "alice", accountId: "ee".repeat(32) });
    draft.line(2, {
      kind: "report",
      at: 1,
      by: draft.author(bob),
      own: false,
      reason: "r",
      messages: [{ messageId: messageIdAt(roomA, 9), author, at: 1, text: "made up", proven: false }],
    });
  });
  await first.connect();
  expect(await first.store.get(pinKey("alice"))).toBeUndefined();
  await second.connect();
  expect(await second.lines(roomA)).toEqual(["report"]);
  expect(await second.store.get(pinKey("alice"))).toBeUndefined();
});

test("ARC-02 switched off means deleted, also when another device began anew at the same time", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(first, 1, 5);
  await first.connect();
  await second.connect();
  await first.archive.beginAnew();
  await first.settle();
  // Has not heard of it yet.
  await new Promise((resolve) => setTimeout(resolve, 5));
  await second.archive.turn(false);
  await second.settle();
  expect(second.archive.view).toMatchObject({ on: false, state: "off" });
  expect(await host.services.archives.state(account.accountId)).toMatchObject({ number: 0, bytes: 0 });
});

test("ARC-02 switched off by a device that has missed two generations, it is off", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(first, 1, 5);
  await first.connect();
  await second.connect();
  await first.archive.beginAnew();
  await first.archive.beginAnew();
  await first.settle();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await second.archive.turn(false);
  await second.settle();
  expect(second.archive.view).toMatchObject({ on: false, state: "off" });
  expect(await host.services.archives.state(account.accountId)).toMatchObject({ number: 0, bytes: 0 });
});

test("ARC-05 a failure of the store keeps in mind what is to be looked through", async () => {
  const account = newAccount();
  const disk = new MemoryStore();
  let isBroken = false;
  const store: Store = {
    get: (key) => disk.get(key),
    write: (batch) => disk.write(batch),
    keys: (prefix, options) => disk.keys(prefix, options),
    list: (prefix, options) => (isBroken ? Promise.reject(new Error("busy")) : disk.list(prefix, options)),
  };
  const device = await account.device({ store });
  await device.connect();
  await device.read(roomA, 1);
  isBroken = true;
  await device.settle();
  isBroken = false;
  await device.settle();
  expect(await archivedTexts(device)).toEqual(["message 1"]);
});

test("ARC-04 a closed archive writes and restores nothing any more", async () => {
  const account = newAccount();
  const held: { device?: ArchiveDevice } = {};
  const other = await account.device();
  await readAll(other, 1, 4, roomB);
  await other.connect();
  const after: string[] = [];
  let isClosed = false;
  const between: Between = (name) => {
    if (isClosed) after.push(name);
    if (name === "archive:fetch") {
      isClosed = true;
      held.device?.archive.close();
    }
    return undefined;
  };
  const device = (held.device = await account.device({ between }));
  await readAll(device, 1, 4);
  await device.connect();
  expect(after).toEqual([]);
});

test("ARC-06 ENG-13 a name that has met another account keeps that warning on a new device", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  first.archive.noteRead(first.room(roomA));
  // Room A comes first in the chunk, but the name was met first in room B; then with another key in room A.
  await first.read(roomB, 2);
  await first.room(roomA).turn((draft) => {
    draft.meta.joinSeq = 1;
    draft.meta.cursor = 1;
    const author = draft.author({ ...bob, accountId: "ee".repeat(32) });
    expect(author.keyChanged).toBe(true);
    draft.line(1, {
      kind: "message",
      at: 1,
      messageId: messageIdAt(roomA, 1),
      author,
      own: false,
      text: "evil",
      state: "received",
    });
  });
  await first.connect();
  await second.connect();
  const {
    items: [item],
  } = await timelinePage(second.store, roomA, second.room(roomA), undefined);
  const {
    items: [real],
  } = await timelinePage(second.store, roomB, second.room(roomB), undefined);
  expect([item, real]).toMatchObject([{ author: { keyChanged: true } }, { author: { keyChanged: false } }]);
});

test("ARC-07 a place that no chunk can name keeps no other room out", async () => {
  const account = newAccount();
  const device = await account.device();
  await device.read(roomA, 5);
  await device.read(roomA, 10 ** 12);
  await device.read(roomB, 1);
  await device.connect();
  expect(await archivedTexts(device)).toContain("message 1");
});

test("ARC-06 a room that is restored while it is forgotten stays away", async () => {
  const account = newAccount();
  const first = await account.device();
  await readAll(first, 1, 3);
  await first.connect();
  const second = await account.device();
  const room = second.room(roomA);
  let isHeld: (() => void) | undefined;
  // A last turn is under way while the forgetting and the restoring wait for theirs.
  await room.turn((draft) => {
    draft.meta.accepted = false;
    draft.meta.purge = true;
  });
  const turn = room.turn(
    () =>
      new Promise<void>((resolve) => {
        isHeld = resolve;
      }),
  );
  const forgotten = room.forget();
  await second.keyring.sync();
  second.archive.connected();
  await new Promise((resolve) => setTimeout(resolve, 200));
  isHeld?.();
  await Promise.all([turn, forgotten]);
  await second.archive.settled();
  expect(await second.store.keys(room.keys.base)).toEqual([]);
});

test("ARC-08 a server that lies once about the generation does not end the archive for good", async () => {
  const account = newAccount();
  let isLying = false;
  const between: Between = (name) =>
    isLying && name === "archive:state"
      ? Promise.resolve({
          ok: true,
          value: { generation: Number.MAX_SAFE_INTEGER - 1, number: 0, revision: 0, bytes: 0, newestBytes: 0 },
        })
      : undefined;
  const device = await account.device({ between });
  await readAll(device, 1, 3);
  await device.connect();
  isLying = true;
  await device.archive.beginAnew();
  isLying = false;
  await device.settle();
  await device.archive.turn(false);
  await device.settle();
  expect(device.archive.view.state).toBe("off");
});

test("ARC-01 nothing is taken for an account that has ended", async () => {
  const account = newAccount();
  const device = await account.device();
  await readAll(device, 1, 3);
  await device.connect();
  await host.services.database.write((transaction) =>
    retireAccount(transaction, account.accountId, device.identity.username, null),
  );
  // The last frame was under way.
  await host.services.archives
    .put(account.accountId, { generation: 1, number: 1, revision: 1, sealed: new Uint8Array(100) })
    .catch(() => undefined);
  expect(await host.services.archives.state(account.accountId)).toMatchObject({ number: 0, bytes: 0 });
});
