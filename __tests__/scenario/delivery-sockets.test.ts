/** Who gets a socket, what it may say, and when it is closed. */

import { connect as tcp, type Socket as TcpSocket } from "node:net";

import { randomBytes } from "@/lib/crypto/random";
import { encodeMsgpack } from "@/lib/protocol/msgpack";
import { roomIdSchema, type RoomId } from "@/lib/protocol/ids";
import { certificatesMax, frameMaxBytes } from "@/lib/protocol/limits";
import { requestNames, type Answer, type RequestName } from "@/lib/protocol/schemas/socket";

import {
  anotherDevice,
  revocationOf,
  call,
  cookieOf,
  deviceBody,
  logIn,
  makeTestAccount,
  type TestAccount,
} from "../support/accounts";
import { newEventId, newRoomId, privateMessage } from "../support/events";
import { until } from "../support/person";
import { startTestServer, type TestServer } from "../support/server";
import { provenSocket, RawSocket, rawSocket } from "../support/sockets";

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;
let bob: TestAccount;
let general: RoomId;
const open: RawSocket[] = [];

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
  bob = await makeTestAccount(server.url, "bob");
  const { body } = await call(server.url, "/rooms");
  general = roomIdSchema.parse((body as { rooms: [{ id: string }] }).rooms[0].id);
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});
afterAll(() => server.close());

function kept(socket: RawSocket): RawSocket {
  open.push(socket);
  return socket;
}
const connect = async (who: TestAccount) => kept(await provenSocket(server.url, who));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Each request in a form that is fine by itself. */
const requests: Record<RequestName, () => unknown> = {
  prove: () => ({ signature: randomBytes(64) }),
  "room:create": () => ({ id: newRoomId(), kind: "open", name: "Attack" }),
  "room:enter": () => ({ roomId: general }),
  "room:tickets": () => ({ roomId: general, tickets: [] }),
  "room:leave": () => ({ roomId: general }),
  "room:group-info": () => ({ roomId: general }),
  "room:attest": () => ({ roomId: general, seq: 1, epoch: 0 }),
  "room:knock": () => ({ roomId: general, knock: randomBytes(1200) }),
  "event:submit": () => ({ roomId: general, id: newEventId(), payload: privateMessage(general) }),
  "events:fetch": () => ({ roomId: general, after: 0, limit: 10 }),
  "accounts:certificates": () => ({ accountIds: [alice.identity.accountId] }),
  "archive:state": () => ({}),
  "archive:fetch": () => ({ generation: 1, number: 1 }),
  "archive:put": () => ({ generation: 1, number: 1, revision: 1, sealed: randomBytes(64) }),
  "archive:clear": () => ({ generation: 1 }),
  "devices:revocations": () => ({ deviceIds: [alice.identity.deviceId] }),
  "log:head": () => ({}),
  "log:consistency": () => ({ from: 1, to: 1 }),
  "log:entries": () => ({ from: 0 }),
  "log:proofs": () => ({ digests: [randomBytes(32)] }),
  "inbox:fetch": () => ({ after: 0, limit: 10 }),
  "inbox:take": () => ({ id: 1 }),
};
const notInRoom = [
  "prove",
  "room:create",
  "room:enter",
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
];
const inRoom = requestNames.filter((name) => !notInRoom.includes(name));

/** Speaks HTTP by hand; answers all that came until the other side closes. */
async function rawHttp(target: string, headers: Record<string, string> = {}): Promise<string> {
  const { port } = new URL(server.url);
  const socket: TcpSocket = tcp(Number(port), "127.0.0.1");
  const upgrade = {
    host: `127.0.0.1:${port}`,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
  const lines = Object.entries(upgrade).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    if (text.startsWith("HTTP/1.1 101")) socket.destroy();
  });
  await new Promise((resolve) => socket.once("close", resolve).once("error", resolve));
  return text;
}

describe("N2 SOCK-01 the upgrade", () => {
  const target = "/socket.io/?EIO=4&transport=websocket";

  test.each([
    ["foreign", { origin: "https://evil.example" }],
    ["null", { origin: "null" }],
    ["absent", {}],
    ["ours on another port", { origin: "http://127.0.0.1:1" }],
    ["a name that points here", { origin: "http://evil.example:80", host: "evil.example:80" }],
  ])("an origin that is %s gets 403, with the cookie and without", async (_, headers) => {
    for (const cookie of [{}, { cookie: alice.cookie }]) {
      expect(await rawHttp(target, { ...headers, ...cookie })).toMatch(/^HTTP\/1\.1 403 /);
    }
  });

  test("our own gets through", async () => {
    expect(await rawHttp(target, { origin: server.url })).toMatch(/^HTTP\/1\.1 101 /);
  });

  test.each([
    "/",
    "/api/v1/rooms",
    "/socket.io",
    "/socket.iox/",
    "/_next/webpack-hmr",
    "//socket.io/",
    "http://127.0.0.1:1/x",
    "http://evil.example/socket.io/",
  ])("W13 an upgrade of %s is cut", async (path) => {
    expect(await rawHttp(path, { origin: server.url })).toBe("");
  });

  test("there is no long polling: 400, and 403 from elsewhere", async () => {
    const polling = `${server.url}/socket.io/?EIO=4&transport=polling`;
    expect((await fetch(polling, { headers: { origin: server.url } })).status).toBe(400);
    for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, { cookie: alice.cookie }] as Record<
      string,
      string
    >[]) {
      expect((await fetch(polling, { headers })).status).toBe(403);
    }
  });
});

describe("SOCK-02 the handshake", () => {
  const attempt = async (auth: unknown, cookie?: string) => {
    const headers = { origin: server.url, ...(cookie === undefined ? {} : { cookie }) };
    return await kept(new RawSocket(server.url, { auth, headers })).opened();
  };

  test("needs the session of the account it names, and a device of it", async () => {
    const { deviceId } = alice.identity;
    const own = { username: "alice", deviceId };
    expect(await attempt(own)).toBe("NOT_SIGNED_IN");
    expect(await attempt(own, bob.cookie)).toBe("NOT_SIGNED_IN");
    expect(await attempt(own, "sealroom-alice=x")).toBe("NOT_SIGNED_IN");
    expect(await attempt({ username: "bob", deviceId }, bob.cookie)).toBe("NOT_FOUND");
    expect(await attempt({ ...own, admin: true }, alice.cookie)).toBe("MALFORMED");
    expect(await attempt({ username: { $ne: 1 }, deviceId }, alice.cookie)).toBe("MALFORMED");
    expect(await attempt(own, alice.cookie)).toBe("connected");
  });

  test("DEV-05 a revoked device gets no socket", async () => {
    const device = await anotherDevice(alice);
    await call(server.url, "/users/alice/devices", { json: await deviceBody(device, 1), cookie: alice.cookie });
    const auth = { username: "alice", deviceId: device.deviceId };
    expect(await attempt(auth, alice.cookie)).toBe("connected");
    await server.services.devices.revoke(device.accountId, device.deviceId, await revocationOf(alice, device.deviceId));
    expect(await attempt(auth, alice.cookie)).toBe("DEVICE_REVOKED");
    // Its own session is gone, and it is told why all the same.
    expect(await attempt(auth)).toBe("DEVICE_REVOKED");
    expect(await attempt({ ...auth, username: "bob" })).toBe("NOT_SIGNED_IN");
  });
});

describe("T9 W3 SOCK-03 who has only the cookie", () => {
  test.each(requestNames.filter((name) => name !== "prove"))("%s is not answered before the proof", async (name) => {
    const thief = kept(rawSocket(server.url, alice));
    await thief.opened();
    expect(await thief.code(name, requests[name]())).toBe("NOT_PROVEN");
    expect(await thief.code("prove", requests.prove())).toBe("BAD_PROOF");
    expect(await thief.code(name, requests[name]())).toBe("NOT_PROVEN");
  });

  test("the proof is bound to nonce, origin, account and device", async () => {
    const [thief, honest] = [kept(rawSocket(server.url, alice)), kept(rawSocket(server.url, alice))];
    await Promise.all([thief.opened(), honest.opened()]);
    const prove = (socket: RawSocket, signature: Uint8Array) => socket.code("prove", { signature });
    const { identity } = alice;
    expect(await prove(thief, await honest.signature(identity))).toBe("BAD_PROOF");
    expect(await prove(thief, await thief.signature(identity, "https://evil.example"))).toBe("BAD_PROOF");
    expect(await prove(thief, await thief.signature({ ...identity, accountId: bob.identity.accountId }))).toBe(
      "BAD_PROOF",
    );
    expect(await prove(thief, await thief.signature({ ...identity, deviceId: bob.identity.deviceId }))).toBe(
      "BAD_PROOF",
    );
    expect(await prove(thief, await thief.signature(bob.identity))).toBe("BAD_PROOF");
    expect(await prove(honest, await honest.signature(identity))).toBe("ok");
  });

  test("hears nothing of a room its device is in", async () => {
    const thief = kept(rawSocket(server.url, alice));
    await thief.opened();
    const sender = await connect(alice);
    await sender.get("room:enter", { roomId: general });
    await sender.get("event:submit", requests["event:submit"]());
    await until(() => sender.live.length === 1, "own live event");
    await pause(50);
    expect(thief.live).toEqual([]);
  });

  test("SOCK-04 is cut after ten seconds; who proved itself stays", async () => {
    const [idle, proven] = [kept(rawSocket(server.url, alice)), await connect(alice)];
    await idle.opened();
    const startedAt = Date.now();
    await idle.closed();
    expect(Date.now() - startedAt).toBeGreaterThan(8000);
    expect(Date.now() - startedAt).toBeLessThan(12_000);
    expect(proven.socket.connected).toBe(true);
  });
});

describe("W3 SOCK-06 rooms one has not entered", () => {
  test.each(inRoom)("%s: the same as for a room that is not there", async (name) => {
    const outsider = await connect(bob);
    await outsider.get("room:leave", { roomId: general });
    const payload = requests[name]();
    const real = await outsider.ask(name, payload);
    const none = await outsider.ask(name, { ...(payload as object), roomId: newRoomId() });
    expect(real).toEqual({ ok: false, error: { code: "NOT_FOUND" } });
    expect(none).toEqual(real);
  });

  test("a device that is on the roster may read again without entering", async () => {
    const first = await connect(alice);
    await first.get("room:enter", { roomId: general });
    const second = await connect(alice);
    expect(await second.code("events:fetch", requests["events:fetch"]())).toBe("ok");
  });
});

describe("SOCK-05 what is no request", () => {
  // Socket.IO's own server emits them to itself, and its client refuses to send them.
  test.each(["disconnect", "disconnecting", "connect", "newListener"])(
    "SOCK-14 the name %s ends the connection, and no other",
    async (name) => {
      const [socket, other] = [await connect(alice), await connect(bob)];
      socket.socket.io.engine.write(Buffer.from(encodeMsgpack({ type: 2, nsp: "/", data: [name, "x"] })));
      await socket.closed();
      expect(await other.code("room:enter", { roomId: general })).toBe("ok");
    },
  );

  test("is refused, and the connection stays usable", async () => {
    const socket = await connect(alice);
    await socket.get("room:enter", { roomId: general });
    const bad: [string, ...unknown[]][] = [
      ["unknown:event", {}],
      ["constructor", {}],
      ["__proto__", {}],
      ["events:fetch"],
      ["events:fetch", null],
      ["events:fetch", requests["events:fetch"](), 1],
      ["events:fetch", { roomId: general, after: -1, limit: 10 }],
      ["events:fetch", { roomId: general, after: 0, limit: 1e9 }],
      ["events:fetch", { roomId: general, after: 0, limit: 10, sql: "1=1" }],
      ["events:fetch", { roomId: { $ne: "" }, after: 0, limit: 10 }],
      ["event:submit", { roomId: general, id: newEventId(), payload: "text" }],
      ["event:submit", { roomId: general, id: newEventId(), payload: new Uint8Array() }],
      ["room:create", { id: newRoomId(), kind: "open", name: "\u202Eevil" }],
      ["room:create", { id: newRoomId(), kind: "open" }],
      ["room:create", { id: newRoomId(), kind: "private", name: "Told after all" }],
      ["room:create", { id: newRoomId(), kind: "ended" }],
      ["room:enter", { roomId: general, ticket: randomBytes(15) }],
      ["room:enter", { roomId: general, ticket: randomBytes(17) }],
      ["room:tickets", { roomId: general, tickets: [{ hash: randomBytes(31) }] }],
      ["room:tickets", { roomId: general, tickets: Array.from({ length: 33 }, () => ({ hash: randomBytes(32) })) }],
      ["accounts:certificates", { accountIds: [] }],
      ["accounts:certificates", { accountIds: Array.from({ length: 201 }, () => "00".repeat(32)) }],
      ["accounts:certificates", { accountIds: ["alice"] }],
      ["inbox:fetch", { after: 0, limit: 101 }],
      ["inbox:fetch", { after: -1, limit: 1 }],
      ["inbox:take", { id: "1" }],
    ];
    for (const [name, ...args] of bad) expect([name, await socket.code(name, ...args)]).toEqual([name, "MALFORMED"]);
    socket.socket.io.engine.write(Buffer.from(encodeMsgpack({ type: 2, nsp: "/", data: ["error", "x"] })));
    // Without a request for an answer there is none, and nothing is done.
    socket.socket.emit("room:leave", { roomId: general });
    expect(await socket.code("events:fetch", requests["events:fetch"]())).toBe("ok");
  });

  test("SOCK-09 W8 a frame above the limit closes the connection; the largest allowed does not", async () => {
    const socket = await connect(alice);
    await socket.get("room:enter", { roomId: general });
    expect(await socket.code("event:submit", { filler: new Uint8Array(frameMaxBytes - 200) })).toBe("MALFORMED");
    socket.socket.emit("event:submit", { filler: new Uint8Array(frameMaxBytes + 1) });
    await socket.closed();
    expect(await (await connect(alice)).code("room:enter", { roomId: general })).toBe("ok");
  });

  test("SOCK-09 SOCK-10 frames that are no packets close the connection and leave the server well", async () => {
    const huge = Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff);
    const frames = [
      huge,
      Uint8Array.of(0xc9, 0xff, 0xff, 0xff, 0xff, 0),
      randomBytes(50),
      encodeMsgpack({ type: 9, nsp: "/" }),
      encodeMsgpack([1]),
    ];
    for (const frame of frames) {
      const socket = await connect(alice);
      const engine = socket.socket.io.engine;
      engine.write(Buffer.from(frame));
      await socket.closed();
    }
    expect(await (await connect(alice)).code("room:enter", { roomId: general })).toBe("ok");
  });
});

describe("W4 T8 SOCK-08 the end of a session or device", () => {
  async function closesWithinASecond(socket: RawSocket, act: () => Promise<unknown>): Promise<void> {
    const closed = socket.closed();
    await act();
    const outcome = await Promise.race([closed.then(() => "closed"), pause(1000).then(() => "open")]);
    expect(outcome).toBe("closed");
  }

  test("signing out closes its sockets, and no other session's", async () => {
    const cookie = cookieOf(await logIn(server.url, "alice"));
    const [ending, other] = [await connect({ ...alice, cookie }), await connect(alice)];
    await closesWithinASecond(ending, () => call(server.url, "/users/alice/logout", { method: "POST", cookie }));
    expect(other.socket.connected).toBe(true);
    expect(await kept(rawSocket(server.url, { ...alice, cookie })).opened()).toBe("NOT_SIGNED_IN");
  });

  test("DEV-05 revoking a device closes its sockets, and no other device's", async () => {
    const identity = await anotherDevice(bob);
    await call(server.url, "/users/bob/devices", { json: await deviceBody(identity, 1), cookie: bob.cookie });
    const [ending, other] = [await connect({ ...bob, identity }), await connect(bob)];
    const told = new Promise((resolve) => ending.socket.once("device:revoked", resolve));
    const revocation = await revocationOf(bob, identity.deviceId);
    await closesWithinASecond(ending, () =>
      server.services.devices.revoke(identity.accountId, identity.deviceId, revocation),
    );
    expect(await told).toMatchObject({ revocation });
    expect(other.socket.connected).toBe(true);
  });

  test("an expired session's sockets are closed when it is swept", async () => {
    const cookie = cookieOf(await logIn(server.url, "alice"));
    const ending = await connect({ ...alice, cookie });
    const { database, sessions } = server.services;
    const newest = await database.reader.session.findFirstOrThrow({ orderBy: { createdAt: "desc" } });
    const where = { tokenHash: newest.tokenHash };
    await closesWithinASecond(ending, async () => {
      await database.write((transaction) =>
        transaction.session.updateMany({ where, data: { expiresAt: new Date(0) } }),
      );
      await sessions.sweep();
    });
  });
});

test("SOCK-09 requests beyond the limit are told to wait, and the connection stays", async () => {
  const strict = await startTestServer({ RATE_LIMIT_FACTOR: "1" });
  const eve = await makeTestAccount(strict.url, "eve");
  const socket = kept(await provenSocket(strict.url, eve));
  await socket.get("room:enter", { roomId: roomIdSchema.parse((await strict.services.delivery.rooms.list())[0]?.id) });
  const room = (await strict.services.delivery.rooms.list())[0]?.id ?? "";
  const codes: string[] = [];
  for (let count = 0; count < 610; count++) {
    codes.push(await socket.code("event:submit", { roomId: room, id: newEventId(), payload: privateMessage(room) }));
  }
  expect(codes.filter((code) => code === "ok")).toHaveLength(600);
  const refused = await socket.ask("event:submit", { roomId: room, id: newEventId(), payload: privateMessage(room) });
  expect(refused).toMatchObject({
    ok: false,
    error: { code: "TOO_MANY_REQUESTS", retryAfterMs: expect.any(Number) as number },
  });
  expect(await socket.code("room:enter", { roomId: room })).toBe("ok");
  await strict.close();
});

test("DIR-08 account certificates come by id, all at once; who is not there is left out", async () => {
  const socket = await connect(alice);
  const ids = [alice, bob].map(({ identity }) => identity.accountId);
  const { certificates } = await socket.get<Answer<"accounts:certificates">>("accounts:certificates", {
    accountIds: [...ids, "00".repeat(32)],
  });
  const byId = new Map(certificates.map(({ accountId, certificate }) => [accountId, new Uint8Array(certificate)]));
  expect(byId).toEqual(new Map([alice, bob].map(({ identity }) => [identity.accountId, identity.accountCertificate])));
});

test("DIR-08 every id counts against the account's limit, on all of its sockets", async () => {
  const strict = await startTestServer({ RATE_LIMIT_FACTOR: "1" });
  const eve = await makeTestAccount(strict.url, "eve");
  const sockets = [kept(await provenSocket(strict.url, eve)), kept(await provenSocket(strict.url, eve))];
  const accountIds = Array.from({ length: certificatesMax }, (_, index) => index.toString(16).padStart(64, "0"));
  const codes: string[] = [];
  for (let count = 0; count < 51; count++) {
    codes.push((await sockets[count % 2]?.code("accounts:certificates", { accountIds })) ?? "");
  }
  expect(codes).toEqual([...Array.from({ length: 50 }, () => "ok"), "TOO_MANY_REQUESTS"]);
  expect(await sockets[0]?.code("inbox:fetch", { after: 0, limit: 1 })).toBe("ok");
  await strict.close();
});
