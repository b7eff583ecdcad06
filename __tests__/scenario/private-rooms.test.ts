/** Private rooms over real sockets and real SQLite: an id, a roster, tickets and what is sealed. */

import { createHash } from "node:crypto";

import { verifyAccountCertificate } from "@/lib/crypto/account/certificates";
import { verifyRevocation } from "@/lib/crypto/account/revocation";
import { randomBytes } from "@/lib/crypto/random";
import { groupInfoMaxBytes, revocationsMax, sealedGroupInfoMaxBytes } from "@/lib/protocol/limits";
import { roomListAnswer } from "@/lib/protocol/schemas/http";
import type { Answer } from "@/lib/protocol/schemas/socket";

import { call, makeTestAccount, type TestAccount } from "../support/accounts";
import { groupInfoOf, newEventId, newRoomId, privateMessage, sealedGroupInfo } from "../support/events";
import { until } from "../support/person";
import { Connections, invite, privateRoom, revoke, secondDevice } from "../support/private-rooms";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;
let bob: TestAccount;
const connections = new Connections(() => server);
const connect = (who: TestAccount) => connections.connect(who);
const hashOf = (ticket: Uint8Array) => new Uint8Array(createHash("sha256").update(ticket).digest());

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
  bob = await makeTestAccount(server.url, "bob");
});
afterEach(() => {
  connections.closeAll();
});
afterAll(() => server.close());

describe("DS-12 what the server knows of a private room", () => {
  test("an id and no name; it is in no list, and nobody finds it by its id", async () => {
    const a = await connect(alice);
    const id = newRoomId();
    const made = await a.get<Answer<"room:create">>("room:create", { id, kind: "private" });
    expect(made.room).toEqual({ id, kind: "private", createdAt: expect.any(String) as string });
    expect(await a.get("room:create", { id, kind: "private" })).toEqual(made);
    expect(await a.get("room:enter", { roomId: id })).toEqual({ head: 0, room: made.room });
    const { rooms } = roomListAnswer.parse((await call(server.url, "/rooms")).body);
    expect(rooms.map((room) => room.name)).toEqual(["General"]);
    expect(await server.services.delivery.rooms.find(id)).toBeUndefined();
    const { name, nameFolded } = await server.services.database.reader.room.findUniqueOrThrow({ where: { id } });
    expect([name, nameFolded]).toEqual([null, null]);
  });

  test("DS-08 its id is given once, to either kind of room", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const [hidden, listed] = [newRoomId(), newRoomId()];
    await a.get("room:create", { id: hidden, kind: "private" });
    await a.get("room:create", { id: listed, kind: "open", name: "Listed" });
    expect(await b.code("room:create", { id: hidden, kind: "private" })).toBe("ID_REUSED");
    expect(await b.code("room:create", { id: hidden, kind: "open", name: "Other" })).toBe("ID_REUSED");
    expect(await a.code("room:create", { id: listed, kind: "private" })).toBe("ID_REUSED");
    expect(await b.code("room:enter", { roomId: hidden })).toBe("NOT_FOUND");
  });

  test("a GroupInfo in the clear is refused, whichever way it comes", async () => {
    const a = await connect(alice);
    const roomId = await privateRoom(a);
    const submit = (payload: Uint8Array, groupInfo?: Uint8Array) =>
      a.code("event:submit", { roomId, id: newEventId(), payload, groupInfo });
    const commit = privateMessage(roomId, "commit", 0);
    expect(await submit(await groupInfoOf(alice.identity, roomId))).toBe("BAD_EVENT");
    expect(await submit(commit, await groupInfoOf(alice.identity, roomId, 1))).toBe("BAD_EVENT");
    const { seq } = await a.get<Answer<"event:submit">>("event:submit", { roomId, id: newEventId(), payload: commit });
    const attest = (groupInfo: Uint8Array) => a.code("room:attest", { roomId, seq, epoch: 1, groupInfo });
    expect(await attest(await groupInfoOf(alice.identity, roomId, 1))).toBe("BAD_EVENT");
    expect(await attest(sealedGroupInfo(roomId, 1))).toBe("ok");
  });

  test("a sealed one is refused in an open room, whichever way it comes", async () => {
    const a = await connect(alice);
    const roomId = newRoomId();
    await a.get("room:create", { id: roomId, kind: "open", name: "In the clear" });
    await a.get("room:enter", { roomId });
    const submit = (payload: Uint8Array, groupInfo?: Uint8Array) =>
      a.code("event:submit", { roomId, id: newEventId(), payload, groupInfo });
    expect(await submit(sealedGroupInfo(roomId))).toBe("BAD_EVENT");
    expect(await submit(privateMessage(roomId, "commit", 0), sealedGroupInfo(roomId, 1))).toBe("BAD_EVENT");
    expect(await submit(privateMessage(roomId, "commit", 0))).toBe("ok");
    const groupInfo = sealedGroupInfo(roomId, 1);
    expect(await a.code("room:attest", { roomId, seq: 1, epoch: 1, groupInfo })).toBe("BAD_EVENT");
  });

  test("DS-04 DS-07 sealed ones must be of this room and epoch; they are kept and told byte for byte", async () => {
    const a = await connect(alice);
    const roomId = await privateRoom(a);
    const submit = (payload: Uint8Array, groupInfo?: Uint8Array) =>
      a.code("event:submit", { roomId, id: newEventId(), payload, groupInfo });
    const commit = privateMessage(roomId, "commit", 0);
    for (const payload of [
      sealedGroupInfo(newRoomId()),
      sealedGroupInfo(roomId, 1),
      sealedGroupInfo(roomId, 0, new Uint8Array()),
    ]) {
      expect(await submit(payload)).toBe("BAD_EVENT");
    }
    for (const epoch of [0, 2]) expect(await submit(commit, sealedGroupInfo(roomId, epoch))).toBe("BAD_EVENT");
    expect(await submit(commit, sealedGroupInfo(newRoomId(), 1))).toBe("BAD_EVENT");
    expect(await submit(privateMessage(roomId), sealedGroupInfo(roomId, 1))).toBe("BAD_EVENT");
    expect(await submit(sealedGroupInfo(roomId), sealedGroupInfo(roomId))).toBe("BAD_EVENT");
    const largest = sealedGroupInfo(roomId, 1, new Uint8Array(sealedGroupInfoMaxBytes - 26));
    expect(largest.length).toBeGreaterThan(groupInfoMaxBytes);
    expect(await submit(commit, Uint8Array.of(...largest.subarray(0, 100)))).toBe("ok");
    expect(await submit(commit, largest)).toBe("ok");
    expect(await submit(commit, sealedGroupInfo(roomId, 1, new Uint8Array(sealedGroupInfoMaxBytes)))).toBe("MALFORMED");
    const { candidates } = await a.get<Answer<"room:group-info">>("room:group-info", { roomId });
    expect(candidates.map(({ seq, epoch }) => [seq, epoch])).toEqual([
      [3, 1],
      [2, 1],
      [1, 0],
    ]);
    expect(candidates[0]?.groupInfo).toEqual(largest);
  });

  test("DS-01 DS-05 its events are ordered, told live and fetched like any room's", async () => {
    const [a, other] = [await connect(alice), await connect(await secondDevice(server, alice))];
    const roomId = await privateRoom(a);
    await other.get("room:enter", { roomId });
    await a.get("event:submit", { roomId, id: newEventId(), payload: privateMessage(roomId) });
    await until(() => other.live.length === 1, "live event");
    const page = await other.get<Answer<"events:fetch">>("events:fetch", { roomId, after: 0, limit: 10 });
    expect(page.events.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(page.events[1]).toEqual(other.live[0]?.event);
  });
});

describe("DS-13 who enters a private room", () => {
  const nothingThere = { ok: false, error: { code: "NOT_FOUND" } };

  test("the creator, the creator's other devices, and nobody else", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const roomId = await privateRoom(a);
    expect(await b.ask("room:enter", { roomId })).toEqual(nothingThere);
    expect(await b.ask("room:enter", { roomId: newRoomId() })).toEqual(nothingThere);
    const phone = await connect(await secondDevice(server, alice));
    expect(await phone.code("events:fetch", { roomId, after: 0, limit: 1 })).toBe("NOT_FOUND");
    expect(await phone.code("room:enter", { roomId })).toBe("ok");
    expect(await phone.code("events:fetch", { roomId, after: 0, limit: 1 })).toBe("ok");
  });

  test("who shows a ticket that the room takes now; a wrong, a replaced and a withdrawn one open nothing", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const [roomId, other] = [await privateRoom(a), await privateRoom(a)];
    const [first, second] = [randomBytes(16), randomBytes(16)];
    const enter = (ticket: Uint8Array, room = roomId) => b.ask("room:enter", { roomId: room, ticket });
    await a.get("room:tickets", { roomId, tickets: [{ hash: hashOf(first) }, { hash: hashOf(first) }] });
    expect(await enter(second)).toEqual(nothingThere);
    expect(await enter(hashOf(first).slice(0, 16))).toEqual(nothingThere);
    expect(await enter(first, other)).toEqual(nothingThere);
    expect(await enter(first, newRoomId())).toEqual(nothingThere);
    await a.get("room:tickets", { roomId, tickets: [{ hash: hashOf(second) }] });
    expect(await enter(first)).toEqual(nothingThere);
    await a.get("room:tickets", { roomId, tickets: [] });
    expect(await enter(second)).toEqual(nothingThere);
    await a.get("room:tickets", { roomId, tickets: [{ hash: hashOf(second) }, { hash: hashOf(first) }] });
    expect(await enter(first)).toMatchObject({ ok: true });
    // Who is in stays, without a ticket and after it is gone.
    await a.get("room:tickets", { roomId, tickets: [] });
    expect(await b.code("room:enter", { roomId })).toBe("ok");
    expect(await server.services.database.reader.roomTicket.count({ where: { roomId } })).toBe(0);
  });

  test("POL-10 a ticket that ends is taken until then, and is gone with the next sweep", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const roomId = await privateRoom(a);
    const [ended, good] = [randomBytes(16), randomBytes(16)];
    const tickets = [
      { hash: hashOf(ended), endsAt: Date.now() - 1 },
      { hash: hashOf(good), endsAt: Date.now() + 60_000 },
    ];
    await a.get("room:tickets", { roomId, tickets });
    expect(await b.ask("room:enter", { roomId, ticket: ended })).toEqual(nothingThere);
    expect(await b.code("room:enter", { roomId, ticket: good })).toBe("ok");
    await server.services.delivery.sweep();
    expect(await server.services.database.reader.roomTicket.count({ where: { roomId } })).toBe(1);
  });

  test("DS-09 tickets survive a restart; an open room takes none", async () => {
    const a = await connect(alice);
    const roomId = await privateRoom(a);
    const ticket = randomBytes(16);
    await a.get("room:tickets", { roomId, tickets: [{ hash: hashOf(ticket) }] });
    await server.restart();
    const [again, b] = [await connect(alice), await connect(bob)];
    expect(await b.code("room:enter", { roomId, ticket })).toBe("ok");
    const open = newRoomId();
    await again.get("room:create", { id: open, kind: "open", name: "No ticket needed" });
    await again.get("room:enter", { roomId: open });
    expect(await again.code("room:tickets", { roomId: open, tickets: [{ hash: hashOf(ticket) }] })).toBe("BAD_EVENT");
  });

  test("an account that has left with its last device is outside again, with its word on epochs", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const bobsPhone = await secondDevice(server, bob);
    const phone = await connect(bobsPhone);
    const roomId = await privateRoom(a);
    await invite(a, roomId, [bob.identity.deviceId]);
    await phone.get("room:enter", { roomId });
    await phone.get("room:attest", { roomId, seq: 1, epoch: 0 });
    await b.get("room:leave", { roomId });
    expect(await b.code("events:fetch", { roomId, after: 0, limit: 1 })).toBe("NOT_FOUND");
    const word = () => server.services.database.reader.attestation.count({ where: { roomId } });
    expect(await word()).toBe(1);
    const goodbye = { leafIndex: 1, signature: randomBytes(64) };
    await phone.get("room:leave", { roomId, goodbye });
    expect(await word()).toBe(0);
    for (const socket of [b, phone]) expect(await socket.ask("room:enter", { roomId })).toEqual(nothingThere);
    const told = await a.get<Answer<"room:group-info">>("room:group-info", { roomId });
    expect(told.goodbyes).toEqual([goodbye]);
  });
});

describe("DS-16 a private room that nobody is in any more", () => {
  test("ends with everything that was in it, and its id is not given again", async () => {
    const [a, b] = [await connect(alice), await connect(bob)];
    const [roomId, kept] = [await privateRoom(a), await privateRoom(a)];
    const ticket = randomBytes(16);
    await a.get("room:tickets", { roomId, tickets: [{ hash: hashOf(ticket) }] });
    await invite(a, roomId, [bob.identity.deviceId]);
    for (let count = 0; count < 510; count++)
      await a.get("event:submit", { roomId, id: newEventId(), payload: privateMessage(roomId) });
    await a.get("room:leave", { roomId });
    await server.services.delivery.sweep();
    // Bob, who is invited, is still there.
    expect(await b.code("room:enter", { roomId })).toBe("ok");
    await b.get("room:leave", { roomId, goodbye: { leafIndex: 0, signature: randomBytes(64) } });
    await server.services.delivery.sweep();

    const { reader } = server.services.database;
    const where = { where: { roomId } };
    const left = [
      reader.event.count(where),
      reader.groupInfo.count(where),
      reader.roomTicket.count(where),
      reader.goodbye.count(where),
      reader.welcome.count(where),
      reader.inboxEntry.count(where),
    ];
    expect(await Promise.all(left)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await b.code("room:enter", { roomId, ticket })).toBe("NOT_FOUND");
    expect(await a.code("room:create", { id: roomId, kind: "private" })).toBe("ID_REUSED");
    expect(await a.code("event:submit", { roomId: kept, id: newEventId(), payload: privateMessage(kept) })).toBe("ok");
    expect(await reader.event.count({ where: { roomId: kept } })).toBe(2);
  });
});

describe("DS-17 a revoked device", () => {
  test("DEV-08 members of its rooms are told the account's word, once, and whoever asks gets it", async () => {
    const lost = await secondDevice(server, alice);
    const [a, b] = [await connect(alice), await connect(bob)];
    await connect(lost);
    const stranger = await connect(await makeTestAccount(server.url, "stranger"));
    const rooms = [await privateRoom(a), await privateRoom(a)];
    for (const roomId of rooms) {
      await invite(a, roomId, [lost.identity.deviceId, bob.identity.deviceId]);
      await b.get("room:enter", { roomId });
    }
    const { deviceId } = lost.identity;
    const ask = (deviceIds: readonly string[]) =>
      stranger.get<Answer<"devices:revocations">>("devices:revocations", { deviceIds });
    expect(await ask([deviceId, alice.identity.deviceId])).toEqual({ revocations: [] });
    await revoke(server, lost);
    await until(() => a.revocations.length > 0 && b.revocations.length > 0, "told");
    const { revocations } = await ask([deviceId, alice.identity.deviceId, "0".repeat(32)]);
    expect(revocations).toHaveLength(1);
    const account = await verifyAccountCertificate(alice.identity.accountCertificate);
    const [word = new Uint8Array()] = revocations;
    expect(account && (await verifyRevocation(word, account))).toMatchObject({ deviceId });
    expect([a.revocations, b.revocations, stranger.revocations]).toEqual([[word], [word], []]);
    const many = Array.from({ length: revocationsMax + 1 }, (_, index) => index.toString(16).padStart(32, "0"));
    expect(await stranger.code("devices:revocations", { deviceIds: many })).toBe("MALFORMED");
    expect(await stranger.code("devices:revocations", { deviceIds: many.slice(1) })).toBe("ok");
  });

  test("leaves the roster; the account's other devices take the place of its only one there", async () => {
    const lost = await secondDevice(server, alice);
    const [a, b, onLost] = [await connect(alice), await connect(bob), await connect(lost)];
    const own = await privateRoom(onLost);
    const invited = await privateRoom(b);
    await invite(b, invited, [lost.identity.deviceId, alice.identity.deviceId]);
    await revoke(server, lost);

    const onRoster = async (roomId: string) => {
      const rows = await server.services.database.reader.rosterEntry.findMany({ where: { roomId } });
      return rows.map(({ deviceId }) => deviceId).sort();
    };
    const heirs = await server.services.database.reader.device.findMany({
      where: { accountId: alice.identity.accountId, revokedAt: null },
    });
    expect(await onRoster(own)).toEqual(heirs.map(({ id }) => id).sort());
    expect(await onRoster(own)).not.toContain(lost.identity.deviceId);
    expect(await onRoster(invited)).toEqual([alice.identity.deviceId, bob.identity.deviceId].sort());
    expect(await a.code("room:enter", { roomId: own })).toBe("ok");
    expect(
      await server.services.database.reader.inboxEntry.count({ where: { deviceId: lost.identity.deviceId } }),
    ).toBe(0);
  });

  test("an open room is not passed on: its other devices enter it as anybody does", async () => {
    const lost = await secondDevice(server, bob);
    const onLost = await connect(lost);
    const roomId = newRoomId();
    await onLost.get("room:create", { id: roomId, kind: "open", name: "Nobody's" });
    await onLost.get("room:enter", { roomId });
    await revoke(server, lost);
    expect(await server.services.database.reader.rosterEntry.count({ where: { roomId } })).toBe(0);
  });
});
