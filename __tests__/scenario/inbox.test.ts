/** Welcomes that wait for devices: stored with their commit, given once, kept as long as they are of use. */

import { groupInfoMaxBytes, inboxMaxBytes, inboxMaxWelcomes, welcomeKeptMs } from "@/lib/protocol/limits";
import type { Answer } from "@/lib/protocol/schemas/socket";

import { anotherDevice, makeTestAccount, type TestAccount } from "../support/accounts";
import { groupInfoOf, newEventId, newRoomId, privateMessage, welcomeMessage } from "../support/events";
import { until } from "../support/person";
import { Connections, inboxOf, invitation, invite, privateRoom, revoke, secondDevice } from "../support/private-rooms";
import { startTestServer, type TestServer } from "../support/server";
import { provenSocket, rawSocket } from "../support/sockets";

jest.setTimeout(180_000);

let server: TestServer;
let alice: TestAccount;
let bob: TestAccount;
const connections = new Connections(() => server);
const connect = (who: TestAccount) => connections.connect(who);
const reader = () => server.services.database.reader;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
  bob = await makeTestAccount(server.url, "bob");
});
afterEach(async () => {
  connections.closeAll();
  await server.services.database.write((transaction) => transaction.welcome.deleteMany());
});
afterAll(() => server.close());

describe("DS-14 a Welcome is stored with its commit", () => {
  test("once, for each device that is there; who is not, or is revoked, is skipped", async () => {
    const a = await connect(alice);
    const roomId = await privateRoom(a);
    const [phone, lost] = [await secondDevice(server, bob), await secondDevice(server, bob)];
    await revoke(server, lost);
    const stranger = await anotherDevice(bob);
    const named = [bob, phone, lost].map(({ identity }) => identity.deviceId);
    const { seq } = await invite(a, roomId, [...named, stranger.deviceId, bob.identity.deviceId]);
    const roster = await reader().rosterEntry.findMany({ where: { roomId } });
    const expected = [alice, bob, phone].map(({ identity }) => identity.deviceId).sort();
    expect(roster.map(({ deviceId }) => deviceId).sort()).toEqual(expected);
    expect(await reader().welcome.count({ where: { roomId } })).toBe(1);
    expect(await reader().inboxEntry.count({ where: { roomId } })).toBe(2);
    const b = await connect(bob);
    const [letter] = await inboxOf(b);
    expect(letter).toMatchObject({ roomId, seq });
    expect(await b.code("room:enter", { roomId })).toBe("ok");
  });

  test("for nobody who exists: the commit counts, nothing waits", async () => {
    const a = await connect(alice);
    const roomId = await privateRoom(a);
    expect(await invite(a, roomId, [newRoomId()])).toMatchObject({ seq: 2 });
    expect(await reader().welcome.count()).toBe(0);
  });

  test("DS-03 a retry stores and tells nothing a second time, other bytes nothing at all", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const roomId = await privateRoom(a);
    const request = invitation(roomId, [bob.identity.deviceId]);
    const answers = await Promise.all(Array.from({ length: 5 }, () => a.get("event:submit", request)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await a.get("event:submit", request)).toEqual(answers[0]);
    await until(() => b.letters.length > 0, "a live Welcome");
    const [letter] = await inboxOf(b);
    await b.get("inbox:take", { id: letter?.id });
    // Taken, it does not come back.
    await a.get("event:submit", request);
    expect(await a.code("event:submit", { ...request, payload: privateMessage(roomId, "commit", 0) })).toBe(
      "ID_REUSED",
    );
    await pause(50);
    expect(b.letters).toHaveLength(1);
    expect(await inboxOf(b)).toEqual([]);
  });

  test("DS-02 all of it or nothing: when it cannot be stored, the commit is not in the order", async () => {
    const a = await connect(alice);
    const roomId = await privateRoom(a);
    const request = invitation(roomId, [bob.identity.deviceId]);
    const sql = (text: string) => server.services.database.write((transaction) => transaction.$executeRawUnsafe(text));
    await sql(`CREATE TRIGGER "no_room" BEFORE INSERT ON "InboxEntry" BEGIN SELECT RAISE(ABORT, 'full'); END`);
    expect(await a.code("event:submit", request)).toBe("INTERNAL");
    await sql('DROP TRIGGER "no_room"');
    const page = await a.get<Answer<"events:fetch">>("events:fetch", { roomId, after: 0, limit: 10 });
    expect(page.events).toHaveLength(1);
    expect(await reader().rosterEntry.count({ where: { roomId, deviceId: bob.identity.deviceId } })).toBe(0);
    expect(await a.get("event:submit", request)).toMatchObject({ seq: 2 });
    expect(await inboxOf(await connect(bob))).toHaveLength(1);
  });

  test("only with a member's commit, and only if it is a Welcome", async () => {
    const a = await connect(alice);
    const roomId = await privateRoom(a);
    const request = invitation(roomId, [bob.identity.deviceId]);
    const code = (changes: object) => a.code("event:submit", { ...request, id: newEventId(), ...changes });
    const to = [bob.identity.deviceId];
    expect(await code({ payload: privateMessage(roomId), groupInfo: undefined })).toBe("BAD_EVENT");
    expect(await code({ welcome: { bytes: privateMessage(roomId), to } })).toBe("BAD_EVENT");
    expect(await code({ welcome: { bytes: Uint8Array.of(...welcomeMessage(), 0), to } })).toBe("BAD_EVENT");
    expect(await code({ welcome: { bytes: welcomeMessage(), to: [] } })).toBe("MALFORMED");
    expect(await code({ welcome: { bytes: welcomeMessage(), to: Array.from({ length: 101 }, newRoomId) } })).toBe(
      "MALFORMED",
    );
    expect(await code({ welcome: { bytes: welcomeMessage(groupInfoMaxBytes + 300_000), to } })).toBe("MALFORMED");
    expect(await reader().welcome.count()).toBe(0);
  });

  test("DS-11 in an open room it is passed on to who knocked, and not stored", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const roomId = newRoomId();
    await a.get("room:create", { id: roomId, kind: "open", name: "Open door" });
    for (const socket of [a, b]) await socket.get("room:enter", { roomId });
    await a.get("event:submit", { roomId, id: newEventId(), payload: await groupInfoOf(alice.identity, roomId) });
    const request = { ...invitation(roomId, [bob.identity.deviceId]), groupInfo: undefined };
    await a.get("event:submit", request);
    await b.get("room:knock", { roomId, knock: welcomeMessage() });
    const { seq } = await a.get<Answer<"event:submit">>("event:submit", { ...request, id: newEventId() });
    await until(() => b.letters.length > 0, "a live Welcome");
    await pause(50);
    expect(b.letters).toEqual([{ roomId, seq, welcome: request.welcome.bytes }]);
    expect(await reader().welcome.count()).toBe(0);
  });
});

test("DS-11 SOCK-11 in a private room who has knocked is told of its Welcome once, as of one that waits", async () => {
  const [a, b] = [await connect(alice), await connect(bob)];
  const roomId = await privateRoom(a);
  await invite(a, roomId, [bob.identity.deviceId]);
  await b.get("room:enter", { roomId });
  await b.get("room:knock", { roomId, knock: welcomeMessage() });
  await until(() => b.letters.length === 1, "the first Welcome");
  await invite(a, roomId, [bob.identity.deviceId]);
  await until(() => b.letters.length > 1, "the second Welcome");
  await pause(50);
  expect(b.letters).toEqual(await inboxOf(b));
});

describe("DS-15 what waits for a device", () => {
  test("comes oldest first and in pages, behind a cursor, until it is taken", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const roomId = await privateRoom(a);
    const welcomes = Array.from({ length: 5 }, () => welcomeMessage());
    for (const welcome of welcomes) await invite(a, roomId, [bob.identity.deviceId], { welcome });
    const page = await b.get<Answer<"inbox:fetch">>("inbox:fetch", { after: 0, limit: 2 });
    expect(page.welcomes.map(({ seq, welcome }) => [seq, welcome])).toEqual([
      [2, welcomes[0]],
      [3, welcomes[1]],
    ]);
    expect(page.more).toBe(true);
    const all = await inboxOf(b, 2);
    expect(all.map(({ welcome }) => welcome)).toEqual(welcomes);
    expect(await inboxOf(b, 5)).toEqual(all);
    const id = all[1]?.id;
    for (let time = 0; time < 2; time++) expect(await b.get("inbox:take", { id })).toEqual({});
    expect((await inboxOf(b)).map(({ seq }) => seq)).toEqual([2, 4, 5, 6]);
    expect(await reader().welcome.count()).toBe(4);
  });

  test("a page is bounded in bytes and never empty while there is more", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const roomId = await privateRoom(a);
    for (const kib of [1500, 600, 300, 300])
      await invite(a, roomId, [bob.identity.deviceId], { welcome: welcomeMessage(kib * 1024) });
    const seqs = async (after: number) => {
      const { welcomes, more } = await b.get<Answer<"inbox:fetch">>("inbox:fetch", { after, limit: 100 });
      return { seqs: welcomes.map(({ seq }) => seq), more, last: welcomes.at(-1)?.id ?? 0 };
    };
    const first = await seqs(0);
    expect(first).toMatchObject({ seqs: [2], more: true });
    const second = await seqs(first.last);
    expect(second).toMatchObject({ seqs: [3, 4], more: true });
    expect(await seqs(second.last)).toMatchObject({ seqs: [5], more: false });
  });

  test("is its device's alone: others see nothing of it and cannot take it", async () => {
    const a = await connect(alice);
    const phone = await secondDevice(server, bob);
    const [b, onPhone] = [await connect(bob), await connect(phone)];
    const roomId = await privateRoom(a);
    await invite(a, roomId, [bob.identity.deviceId]);
    const [letter] = await inboxOf(b);
    for (const socket of [a, onPhone]) {
      expect(await inboxOf(socket)).toEqual([]);
      expect(await socket.ask("inbox:take", { id: letter?.id })).toEqual(
        await socket.ask("inbox:take", { id: 10 ** 9 }),
      );
    }
    expect(await inboxOf(b)).toEqual([letter]);
  });

  test("the bytes stay for who has not taken them, and go with the last", async () => {
    const a = await connect(alice);
    const phone = await secondDevice(server, bob);
    const [b, onPhone] = [await connect(bob), await connect(phone)];
    const roomId = await privateRoom(a);
    await invite(a, roomId, [bob.identity.deviceId, phone.identity.deviceId]);
    const take = async (socket: typeof b) => {
      const [letter] = await inboxOf(socket);
      await socket.get("inbox:take", { id: letter?.id });
    };
    await take(b);
    expect(await inboxOf(onPhone)).toHaveLength(1);
    await take(onPhone);
    expect(await reader().welcome.count()).toBe(0);
  });

  test("DS-09 survives a restart, and its ids are not given again", async () => {
    const a = await connect(alice);
    const roomId = await privateRoom(a);
    await invite(a, roomId, [bob.identity.deviceId]);
    const before = await inboxOf(await connect(bob));
    await server.restart();
    const [again, b] = [await connect(alice), await connect(bob)];
    expect(await inboxOf(b)).toEqual(before);
    const oldId = before[0]?.id ?? 0;
    await b.get("inbox:take", { id: oldId });
    await invite(again, roomId, [bob.identity.deviceId]);
    expect((await inboxOf(b))[0]?.id).toBeGreaterThan(oldId);
  });

  test("leaving the room, and being revoked, take away what waits", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const phone = await secondDevice(server, bob);
    const [roomId, other] = [await privateRoom(a), await privateRoom(a)];
    const both = [bob.identity.deviceId, phone.identity.deviceId];
    await invite(a, roomId, both);
    await invite(a, other, both);
    await b.get("room:leave", { roomId });
    expect((await inboxOf(b)).map((letter) => letter.roomId)).toEqual([other]);
    expect(await inboxOf(await connect(phone))).toHaveLength(2);
    await revoke(server, phone);
    expect(await reader().inboxEntry.count({ where: { deviceId: phone.identity.deviceId } })).toBe(0);
    expect((await reader().welcome.findMany()).map((welcome) => welcome.roomId)).toEqual([other]);
  });

  test("who leaves without having seen a later invitation keeps that one, and its place on the roster", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const roomId = await privateRoom(a);
    await invite(a, roomId, [bob.identity.deviceId]);
    await invite(a, roomId, [bob.identity.deviceId]);
    await b.get("room:leave", { roomId, seq: 2 });
    expect((await inboxOf(b)).map(({ seq }) => seq)).toEqual([3]);
    expect(await b.code("room:enter", { roomId })).toBe("ok");
    await b.get("room:leave", { roomId, seq: 3 });
    expect(await inboxOf(b)).toEqual([]);
    expect(await b.code("room:enter", { roomId })).toBe("NOT_FOUND");
  });

  test("of more than a hundred the newest are kept; other devices' are untouched", async () => {
    const a = await connect(alice);
    const phone = await secondDevice(server, bob);
    const roomId = await privateRoom(a);
    await invite(a, roomId, [bob.identity.deviceId, phone.identity.deviceId]);
    for (let count = 0; count < inboxMaxWelcomes; count++) await invite(a, roomId, [bob.identity.deviceId]);
    const seqs = (await inboxOf(await connect(bob))).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: inboxMaxWelcomes }, (_, index) => index + 3));
    expect((await inboxOf(await connect(phone))).map(({ seq }) => seq)).toEqual([2]);
    expect(await reader().welcome.count()).toBe(inboxMaxWelcomes + 1);
  });

  test("nor more bytes than its limit; the newest stays whatever its size", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const roomId = await privateRoom(a);
    const large = groupInfoMaxBytes - 1000;
    const fits = Math.floor(inboxMaxBytes / large);
    for (let count = 0; count < fits + 2; count++)
      await invite(a, roomId, [bob.identity.deviceId], { welcome: welcomeMessage(large) });
    const seqs = (await inboxOf(b)).map(({ seq }) => seq);
    expect(seqs).toHaveLength(fits);
    expect(seqs.at(-1)).toBe(fits + 3);
  });

  test("goes when no device can open it any more, and not before", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const roomId = await privateRoom(a);
    for (let count = 0; count < 2; count++) await invite(a, roomId, [bob.identity.deviceId]);
    const madeAt = (seq: number, at: number) =>
      server.services.database.write((transaction) =>
        transaction.welcome.updateMany({ where: { roomId, seq }, data: { at: new Date(at) } }),
      );
    await madeAt(2, Date.now() - welcomeKeptMs - 1000);
    await madeAt(3, Date.now() - welcomeKeptMs + 60_000);
    await server.services.delivery.sweep();
    expect((await inboxOf(b)).map(({ seq }) => seq)).toEqual([3]);
  });
});

test("SOCK-11 a stored Welcome is told live to proven sockets of its device, and to no others", async () => {
  const [a, b, second] = [await connect(alice), await connect(bob), await connect(bob)];
  const onPhone = await connect(await secondDevice(server, bob));
  const thief = connections.keep(rawSocket(server.url, bob));
  await thief.opened();
  const roomId = await privateRoom(a);
  const welcome = welcomeMessage();
  const { seq } = await invite(a, roomId, [bob.identity.deviceId], { welcome });
  await until(() => b.letters.length > 0 && second.letters.length > 0, "live Welcomes");
  await pause(50);
  const [waiting] = await inboxOf(b);
  expect(waiting).toMatchObject({ roomId, seq, welcome });
  expect([b.letters, second.letters]).toEqual([[waiting], [waiting]]);
  expect([a.letters, onPhone.letters, thief.letters]).toEqual([[], [], []]);
});

test("SOCK-12 what a device changes is told to proven sockets of its account, and to no others", async () => {
  // Signing in with another device is such a change: it comes first.
  const phone = await secondDevice(server, bob);
  const [a, b, onPhone] = [await connect(alice), await connect(bob), await connect(phone)];
  const thief = connections.keep(rawSocket(server.url, bob));
  await thief.opened();
  for (const what of ["keyring", "devices", "vault"] as const)
    server.services.accountNotices.tell(bob.identity.accountId, what);
  await until(() => b.accountNotices.length === 3 && onPhone.accountNotices.length === 3, "account notices");
  await pause(50);
  expect(b.accountNotices).toEqual([{ what: "keyring" }, { what: "devices" }, { what: "vault" }]);
  expect([a.accountNotices, thief.accountNotices]).toEqual([[], []]);
});

describe("SOCK-13 how many Welcomes an account may leave with others", () => {
  test("twenty an hour for one device, three hundred devices in all; the rest of the room goes on", async () => {
    const strict = await startTestServer({ RATE_LIMIT_FACTOR: "1" });
    const eve = await makeTestAccount(strict.url, "eve");
    const mallory = await makeTestAccount(strict.url, "mallory");
    const socket = connections.keep(await provenSocket(strict.url, eve));
    const roomId = await privateRoom(socket);
    const to = (deviceIds: readonly string[]) => socket.code("event:submit", invitation(roomId, deviceIds));
    const target = bob.identity.deviceId;
    for (let count = 0; count < 20; count++) expect(await to([target])).toBe("ok");
    expect(await to([target])).toBe("TOO_MANY_REQUESTS");
    const others = (count: number) => Array.from({ length: count }, newRoomId);
    expect(await to(others(100))).toBe("ok");
    expect(await to(others(100))).toBe("ok");
    expect(await to(others(100))).toBe("TOO_MANY_REQUESTS");
    expect(await socket.code("event:submit", { roomId, id: newEventId(), payload: privateMessage(roomId) })).toBe("ok");
    // Somebody else's invitations to the same device are not held up by it.
    const other = connections.keep(await provenSocket(strict.url, mallory));
    const theirs = await privateRoom(other);
    expect(await other.code("event:submit", invitation(theirs, [target]))).toBe("ok");
    await strict.close();
  });
});
