/** Devices of one account that have not read the same, or not under the same numbers: the archive loses none of it. */

import { exportHistory, importHistory } from "@/lib/client/engine/history/file";
import { adoptInvitation } from "@/lib/client/engine/adopt-join";
import { enqueue } from "@/lib/client/engine/outbox";
import { receiveContent } from "@/lib/client/engine/receive";
import { timelinePage } from "@/lib/client/engine/timeline-pages";
import { createGroup } from "@/lib/crypto/mls/create";
import { members } from "@/lib/crypto/mls/roster";
import { fromHex } from "@/lib/protocol/bytes";
import { encodeContent } from "@/lib/protocol/content";
import { eventIdSchema } from "@/lib/protocol/ids";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

import {
  ArchiveAccount,
  archivedTexts,
  bob,
  messageIdAt,
  readAll,
  roomA,
  texts,
  type ArchiveDevice,
  type Between,
} from "../support/archive-devices";
import { openPolicy, World } from "../support/mls";
import { Host } from "../support/world/host";

jest.setTimeout(120_000);

const host = new Host();
beforeAll(() => host.start());
afterAll(() => host.close());

const newAccount = () => new ArchiveAccount(host);

async function invited(device: ArchiveDevice, seq: number) {
  const id = fromHex(roomA) as Uint8Array;
  const { group } = await createGroup({
    groupId: id,
    identity: await new World().device("alice"),
    policy: openPolicy(id),
  });
  const [inviter] = members(group);
  if (inviter === undefined) throw new Error();
  const event: RoomEvent = {
    seq,
    id: eventIdSchema.parse("ab".repeat(16)),
    at: 1,
    payload: new Uint8Array([1]),
  };
  const keyPackage = { ref: "00", publicPackage: new Uint8Array(), privatePackage: new Uint8Array(), opened: [] };
  await adoptInvitation(device.room(roomA), { group, inviter, event, keyPackage, accepted: true });
}

const mallory = { username: "mallory", accountId: "ee".repeat(32), deviceId: "ef".repeat(16), leafIndex: 3 };
async function hears(device: ArchiveDevice, seq: number, n: number, id: ReturnType<typeof messageIdAt>, text: string) {
  await device.room(roomA).turn(async (draft) => {
    const plaintext = encodeContent({ v: 2, id, n, t: 1, seen: [], body: { kind: "text", text } });
    const event = { seq, id: eventIdSchema.parse("ab".repeat(16)), at: 1, payload: new Uint8Array() } as RoomEvent;
    draft.meta.joinSeq ||= seq;
    draft.meta.cursor = seq;
    await receiveContent(draft, event, {
      kind: "application",
      sender: mallory,
      plaintext,
      epoch: 1n,
    } as unknown as Parameters<typeof receiveContent>[2]);
  });
  device.archive.noteRead(device.room(roomA));
}

test("ARC-05 a line that is read behind restored ones is archived", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(second, 1, 2);
  await readAll(first, 1, 4);
  await first.cannotRead(roomA, 5);
  await readAll(first, 6, 8);
  await first.connect();
  // Comes online: the archive is quicker than the room's order.
  await second.connect();
  await second.read(roomA, 5);
  await second.settle();
  expect((await archivedTexts(second)).sort()).toEqual(texts(1, 8));
});

test("ARC-05 a device that never was in a room keeps no line of it out", async () => {
  const account = newAccount();
  const [partial, fresh, full] = [await account.device(), await account.device(), await account.device()];
  await readAll(partial, 5, 6);
  const file = await exportHistory(partial.host);
  if (!file.ok) throw new Error();
  await fresh.connect();
  await importHistory(fresh.host, file.value.file);
  await fresh.settle();
  await readAll(full, 1, 8);
  await full.connect();
  expect((await archivedTexts(full)).sort()).toEqual(texts(1, 8));
});

test("ARC-06 what is archived waits until its room is up to date, and fills what could not be read", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(first, 1, 4);
  await first.connect();
  await second.follow(roomA, 1, 4);
  await second.connect();
  // Its own reading comes first.
  expect(await second.lines(roomA)).toEqual([]);
  await second.cannotRead(roomA, 3);
  await second.read(roomA, 4);
  await second.settle();
  expect(await second.lines(roomA)).toEqual(texts(1, 4));
});

test("ARC-06 what waits is there after a restart, though its chunk is read once", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(first, 1, 4);
  await first.connect();
  const room = second.room(roomA);
  await room.turn(({ meta }) => {
    meta.membership = "joining";
  });
  await second.connect();
  expect(await second.lines(roomA)).toEqual([]);
  const fetched: unknown[] = [];
  const between: Between = (name) => {
    if (name === "archive:fetch") fetched.push(name);
    return undefined;
  };
  const again = await account.device({ identity: second.identity, store: second.store, between });
  await again.room(roomA).turn(({ meta }) => {
    meta.membership = "none";
  });
  await again.connect();
  expect([await again.lines(roomA), fetched]).toEqual([texts(1, 4), []]);
});

test("ARC-06 what was archived is shown beside another event that stands at its place here", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(first, 1, 4);
  await first.connect();
  await second.follow(roomA, 1, 4);
  await second.connect();
  // This device counts places differently (a server went back): another message at place 3.
  await second.room(roomA).turn((draft) => {
    draft.meta.cursor = 4;
    const messageId = messageIdAt(roomA, 77);
    const author = draft.author(bob);
    draft.line(3, { kind: "message", at: 1, messageId, author, own: false, text: "other", state: "received" });
  });
  await second.settle();
  expect(await second.lines(roomA)).toEqual(["message 1", "message 2", "other", "message 3", "message 4"]);
});

test("ARC-06 I7 a member cannot keep an old message from a new device by repeating its id", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(first, 1, 4);
  await first.connect();
  const mallory = { username: "mallory", accountId: "ee".repeat(32) };
  await second.room(roomA).turn((draft) => {
    draft.meta.joinSeq = 10;
    draft.meta.cursor = 11;
    const messageId = messageIdAt(roomA, 2);
    draft.line(11, {
      kind: "message",
      at: 1,
      messageId,
      author: draft.author(mallory),
      own: false,
      text: "hello",
      state: "received",
    });
    draft.put(draft.keys.usedId(messageId), new Uint8Array([1]));
  });
  await second.connect();
  expect(await second.lines(roomA)).toEqual([...texts(1, 4), "hello"]);
});

test("ARC-09 what was imported is archived, also when the device dies before it came to that", async () => {
  const account = newAccount();
  const [old, device] = [await account.device(), await account.device()];
  await readAll(old, 1, 4);
  const file = await exportHistory(old.host);
  if (!file.ok) throw new Error();
  await readAll(device, 10, 12);
  await device.connect();
  await importHistory(device.host, file.value.file);
  device.archive.close();
  const again = await account.device({ identity: device.identity, store: device.store });
  await again.connect();
  expect(await again.lines(roomA)).toEqual([...texts(1, 4), ...texts(10, 12)]);
  expect((await archivedTexts(again)).sort()).toEqual([...texts(1, 4), ...texts(10, 12)].sort());
});

test("ARC-06 an own message that waits here is shown once when another device has archived it", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await second.read(roomA, 1);
  await second.room(roomA).turn((draft) => {
    enqueue(draft, { kind: "text", text: "message 3" }, messageIdAt(roomA, 3));
  });
  await readAll(first, 1, 3);
  await first.connect();
  await second.connect();
  const { items } = await timelinePage(second.store, roomA, second.room(roomA), undefined);
  const shown = items.map((item) => (item.kind === "message" ? item.messageId : item.kind));
  expect(shown.filter((id) => id === messageIdAt(roomA, 3))).toHaveLength(1);
});

test("ARC-06 an invitation that is opened after the archive was read leaves the places of its room as they are", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(first, 11, 30);
  await first.connect();
  await second.connect();
  await invited(second, 10);
  expect(second.room(roomA).data.meta.shift).toBe(0);
});

test("ARC-05 after such an invitation no line of another device is taken for written", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await readAll(first, 11, 30);
  await first.connect();
  await second.connect();
  await invited(second, 10);
  await readAll(second, 31, 32);
  await second.settle();
  await readAll(first, 31, 40);
  await first.settle();
  const written = await archivedTexts(first);
  expect(texts(31, 40).filter((text) => !written.includes(text))).toEqual([]);
});

test("ARC-06 MSG-04 a number that was used once is used, also when the archive was quicker", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await hears(first, 5, 1, messageIdAt(roomA, 5), "yes");
  await first.connect();
  await second.follow(roomA, 2, 6);
  await second.connect();
  for (const device of [first, second]) {
    if (device === second) await hears(device, 5, 1, messageIdAt(roomA, 5), "yes");
    await hears(device, 6, 1, messageIdAt(roomA, 6), "no");
  }
  expect([await first.lines(roomA), await second.lines(roomA)]).toEqual([["yes"], ["yes"]]);
});

test("ARC-06 who is heard after the archive was read has answered", async () => {
  const account = newAccount();
  const [first, second] = [await account.device(), await account.device()];
  await hears(first, 5, 1, messageIdAt(roomA, 5), "yes");
  await first.connect();
  await second.follow(roomA, 2, 5);
  await second.room(roomA).turn((draft) => {
    draft.meta.unanswered = [mallory.accountId];
  });
  await second.connect();
  await hears(second, 5, 1, messageIdAt(roomA, 5), "yes");
  expect(second.room(roomA).data.meta.unanswered).toEqual([]);
});

test("ARC-05 a device whose room was salvaged takes no places from the others", async () => {
  const account = newAccount();
  const [damaged, sound] = [await account.device(), await account.device()];
  await readAll(damaged, 1, 5);
  const room = damaged.room(roomA);
  await damaged.store.write([{ key: room.keys.meta, value: new Uint8Array([1]) }]);
  await room.salvage();
  expect(room.data.meta.shift).toBe(6);
  // What joining again at 6 does.
  await room.turn((draft) => {
    draft.meta.joinSeq = 6;
    draft.meta.cursor = 6;
  });
  await readAll(damaged, 7, 10);
  await damaged.connect();
  // It is lost; the other one reads on.
  await readAll(sound, 1, 20);
  await sound.connect();
  const written = await archivedTexts(sound);
  expect(texts(1, 20).filter((text) => !written.includes(text))).toEqual([]);
});

test("ARC-05 a member who sends many unreadable messages takes nothing from the archive", async () => {
  const account = newAccount();
  const [late, early] = [await account.device(), await account.device()];
  await readAll(late, 1, 2);
  await late.room(roomA).turn((draft) => {
    draft.meta.joinSeq = 11;
    draft.meta.cursor = 11;
  });
  await late.read(roomA, 12);
  for (let seq = 13; seq < 13 + 2 * 2005; seq += 2) {
    await late.cannotRead(roomA, seq);
    await late.read(roomA, seq + 1);
  }
  await late.connect();
  await readAll(early, 1, 10);
  await early.connect();
  const written = await archivedTexts(early);
  expect(texts(1, 10).filter((text) => !written.includes(text))).toEqual([]);
});
