/** Who is not in a private room tries everything that the socket takes, under its id: nothing is told, nothing moves. */

import { createHash } from "node:crypto";

import { randomBytes } from "@/lib/crypto/random";
import type { RoomId } from "@/lib/protocol/ids";
import { requestNames, type RequestName } from "@/lib/protocol/schemas/socket";

import { makeTestAccount, revocationOf, type TestAccount } from "../support/accounts";
import { newEventId, newRoomId, privateMessage, sealedGroupInfo } from "../support/events";
import { Connections, invitation, invite, privateRoom, revoke, secondDevice } from "../support/private-rooms";
import { startTestServer, type TestServer } from "../support/server";
import { rawSocket, type RawSocket } from "../support/sockets";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;
let eve: TestAccount;
const connections = new Connections(() => server);
const connect = (who: TestAccount) => connections.connect(who);

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
  eve = await makeTestAccount(server.url, "eve");
});
afterEach(() => {
  connections.closeAll();
});
afterAll(() => server.close());

/** Each request as a member could send it; `id` is of a Welcome that waits for somebody else. */
const attempts: Record<RequestName, (roomId: RoomId, id: number) => unknown> = {
  prove: () => ({ signature: randomBytes(64) }),
  "room:create": (id) => ({ id, kind: "private" }),
  "room:enter": (roomId) => ({ roomId, ticket: randomBytes(16) }),
  "room:tickets": (roomId) => ({ roomId, tickets: [] }),
  "room:leave": (roomId) => ({ roomId, goodbye: { leafIndex: 0, signature: randomBytes(64) } }),
  "room:group-info": (roomId) => ({ roomId }),
  "room:attest": (roomId) => ({ roomId, seq: 1, epoch: 0, groupInfo: sealedGroupInfo(roomId) }),
  "room:knock": (roomId) => ({ roomId, knock: randomBytes(1200) }),
  "event:submit": (roomId) => invitation(roomId, [eve.identity.deviceId]),
  "events:fetch": (roomId) => ({ roomId, after: 0, limit: 10 }),
  // Of anybody who registered: the directory is public.
  "accounts:certificates": () => ({ accountIds: [alice.identity.accountId] }),
  // Of the own account only.
  "archive:state": () => ({}),
  "archive:fetch": () => ({ generation: 1, number: 1 }),
  "archive:put": () => ({ generation: 1, number: 1, revision: 1, sealed: randomBytes(64) }),
  "archive:clear": () => ({ generation: 1 }),
  "devices:revocations": () => ({ deviceIds: [alice.identity.deviceId] }),
  "log:head": () => ({}),
  "log:consistency": () => ({ from: 1, to: 1 }),
  "log:entries": () => ({ from: 0 }),
  "log:proofs": () => ({ digests: [randomBytes(32)] }),
  "inbox:fetch": () => ({ after: 0, limit: 100 }),
  "inbox:take": (_, id) => ({ id }),
};
/** Answered alike to everybody: they are about the own device, public, or make what is not there. */
const ownBusiness: ReadonlySet<RequestName> = new Set([
  "prove",
  "room:create",
  "room:leave",
  "accounts:certificates",
  "archive:state",
  "archive:fetch",
  "archive:put",
  "archive:clear",
  "devices:revocations",
  "log:head",
  "log:consistency",
  "log:entries",
  "log:proofs",
  "inbox:fetch",
  "inbox:take",
]);

/** A room with a ticket and a Welcome that waits for alice's phone; alice's first device listens. */
async function guarded() {
  const phone = await secondDevice(server, alice);
  const a = await connect(alice);
  const roomId = await privateRoom(a);
  await a.get("room:tickets", { roomId, tickets: [{ hash: randomBytes(32) }] });
  await invite(a, roomId, [phone.identity.deviceId]);
  const { id } = await server.services.database.reader.inboxEntry.findFirstOrThrow({ where: { roomId } });
  a.live.splice(0);
  return { a, phone, roomId, id };
}

/** Everything that the server holds of a room. */
async function holdings(roomId: RoomId): Promise<unknown> {
  const { reader } = server.services.database;
  const where = { where: { roomId } };
  return [
    await reader.room.findUnique({ where: { id: roomId } }),
    await reader.rosterEntry.findMany(where),
    await reader.roomTicket.findMany(where),
    await reader.event.findMany(where),
    await reader.groupInfo.findMany(where),
    await reader.attestation.findMany(where),
    await reader.goodbye.findMany(where),
    await reader.welcome.findMany(where),
    await reader.inboxEntry.findMany(where),
  ];
}

async function triesEverything(attacker: RawSocket, roomId: RoomId, id: number): Promise<void> {
  const elsewhere = newRoomId();
  for (const name of requestNames.filter((one) => one !== "prove")) {
    const real = await attacker.ask(name, attempts[name](roomId, id));
    if (ownBusiness.has(name)) continue;
    expect([name, real]).toEqual([name, { ok: false, error: { code: "NOT_FOUND" } }]);
    expect([name, await attacker.ask(name, attempts[name](elsewhere, id))]).toEqual([name, real]);
  }
}

test("W3 DS-12 DS-13 an account that was never in: as for a room that is not there, and nothing moves", async () => {
  const { a, roomId, id } = await guarded();
  const before = await holdings(roomId);
  const attacker = await connect(eve);
  await triesEverything(attacker, roomId, id);
  expect(await attacker.code("room:create", attempts["room:create"](roomId, id))).toBe("ID_REUSED");
  expect(await attacker.get("room:leave", attempts["room:leave"](roomId, id))).toEqual({});
  expect(await attacker.get("inbox:fetch", { after: 0, limit: 100 })).toEqual({ welcomes: [], more: false });
  expect(await holdings(roomId)).toEqual(before);
  expect([a.live, attacker.live, attacker.letters]).toEqual([[], [], []]);
});

test("W3 DS-13 an account that has left: the same, with every right it had", async () => {
  const { a, roomId, id } = await guarded();
  const [attacker, otherTab] = [await connect(eve), await connect(eve)];
  await invite(a, roomId, [eve.identity.deviceId]);
  for (const socket of [attacker, otherTab]) await socket.get("room:enter", { roomId });
  await attacker.get("room:leave", { roomId });
  attacker.live.splice(0);
  a.live.splice(0);
  const before = await holdings(roomId);
  for (const socket of [attacker, otherTab]) await triesEverything(socket, roomId, id);
  expect(await holdings(roomId)).toEqual(before);
  await a.get("event:submit", { roomId, id: newEventId(), payload: privateMessage(roomId) });
  expect([attacker.live, otherTab.live]).toEqual([[], []]);
});

test("W4 DS-17 a device that was revoked gets no answer any more, and its account's session opens nothing to it", async () => {
  const { phone, roomId } = await guarded();
  const onPhone = await connect(phone);
  await onPhone.get("room:enter", { roomId });
  const closed = onPhone.closed();
  await revoke(server, phone);
  await closed;
  expect(await connections.keep(rawSocket(server.url, phone)).opened()).toBe("DEVICE_REVOKED");
  const roster = await server.services.database.reader.rosterEntry.findMany({ where: { roomId } });
  expect(roster.map(({ deviceId }) => deviceId)).toEqual([alice.identity.deviceId]);
});

test("W4 DS-13 a device that is revoked while it enters does not come onto the roster", async () => {
  const { roomId } = await guarded();
  const late = await secondDevice(server, alice);
  const { accountId, deviceId } = late.identity;
  const { delivery, devices, database } = server.services;
  const revocation = await revocationOf(late, deviceId);
  // The writer is busy: the revocation waits for it first, and entering has read before either is written.
  let free: () => void = () => undefined;
  const busy = database.write(() => new Promise<void>((resolve) => (free = resolve)));
  const revoking = devices.revoke(accountId, deviceId, revocation);
  await pause(100);
  const entering = delivery.roster.enter(roomId, { accountId, deviceId });
  await pause(100);
  free();
  const [, revoked, entered] = await Promise.allSettled([busy, revoking, entering]);
  expect(revoked.status).toBe("fulfilled");
  expect(entered).toMatchObject({ status: "rejected", reason: { code: "DEVICE_REVOKED" } });
  expect(await server.services.database.reader.rosterEntry.count({ where: { deviceId } })).toBe(0);
});

test("DS-13 a ticket that is withdrawn while somebody enters with it opens nothing", async () => {
  const { a, roomId } = await guarded();
  const ticket = randomBytes(16);
  await a.get("room:tickets", { roomId, tickets: [{ hash: createHash("sha256").update(ticket).digest() }] });
  const { delivery } = server.services;
  const [withdrawn, entered] = await Promise.allSettled([
    delivery.roster.setTickets(roomId, []),
    delivery.roster.enter(roomId, eve.identity, ticket),
  ]);
  expect(withdrawn.status).toBe("fulfilled");
  expect(entered).toMatchObject({ status: "rejected", reason: { code: "NOT_FOUND" } });
  expect(await (await connect(eve)).code("room:enter", { roomId, ticket })).toBe("NOT_FOUND");
});

test("T9 SOCK-03 who has only the cookie: no answer before the proof, and no Welcome live", async () => {
  const { a, roomId, id } = await guarded();
  const thief = connections.keep(rawSocket(server.url, eve));
  await thief.opened();
  for (const name of requestNames.filter((one) => one !== "prove"))
    expect([name, await thief.code(name, attempts[name](roomId, id))]).toEqual([name, "NOT_PROVEN"]);
  await invite(a, roomId, [eve.identity.deviceId]);
  expect(await a.code("room:group-info", { roomId })).toBe("ok");
  expect(thief.letters).toEqual([]);
});
