/**
 * A server that keeps to nothing: pushes, acknowledgements and frames of every kind that do not fit (SPEC SOCK-14). Whatever is thrown
 * where nobody catches ends the test that runs.
 */

import { makeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import type { Transport, TransportListener } from "@/lib/client/engine/ports";
import { HttpApi } from "@/lib/client/transport/http";
import { SocketTransport } from "@/lib/client/transport/socket";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { eventIdSchema, roomIdSchema } from "@/lib/protocol/ids";
import { encodeMsgpack } from "@/lib/protocol/msgpack";
import { answerFrameMaxBytes } from "@/lib/protocol/limits";
import { revocationBytes } from "@/lib/protocol/revocation";
import {
  answerSchemas,
  requestNames,
  type Answer,
  type Request,
  type RequestName,
} from "@/lib/protocol/schemas/socket";

import { BareSockets } from "../support/bare-server";
import { malformed, nested } from "../support/malformed";
import { until } from "../support/person";

jest.setTimeout(120_000);

const bytes = Uint8Array.of(1, 2, 3);
const hash = new Uint8Array(32).fill(7);
const [device, account] = ["ab".repeat(16), "cd".repeat(32)];
const roomId = roomIdSchema.parse("ef".repeat(16));
const id = eventIdSchema.parse("12".repeat(16));
const event = { seq: 3, id, payload: bytes, at: 5 };
const room = { id: roomId, name: "General", kind: "open", createdAt: "2026-01-01T00:00:00.000Z" } as const;
const welcome = { roomId, seq: 1, welcome: bytes };

/** One answer of each kind that a client takes: a new one does not compile until it is here. */
const honestAnswers: { readonly [Name in RequestName]: Answer<Name> } = {
  prove: {},
  "room:create": { room },
  "room:enter": { head: 1, room },
  "room:tickets": {},
  "room:leave": {},
  "room:group-info": {
    head: 1,
    candidates: [{ seq: 1, epoch: 1, groupInfo: bytes, attestations: 1 }],
    goodbyes: [{ leafIndex: 1, signature: bytes }],
  },
  "room:attest": { wanted: true },
  "room:knock": { doors: 1 },
  "event:submit": { seq: 1, at: 1 },
  "events:fetch": { head: 3, events: [event] },
  "accounts:certificates": { certificates: [{ accountId: account, certificate: bytes }] },
  "archive:state": { generation: 1, number: 1, revision: 1, bytes: 1, newestBytes: 1 },
  "archive:fetch": { revision: 1, sealed: bytes },
  "archive:put": {},
  "archive:clear": {},
  "devices:revocations": { revocations: [new Uint8Array(revocationBytes)] },
  "log:head": { note: "note", verifier: "key" },
  "log:consistency": { proof: hash },
  "log:entries": { entries: [bytes] },
  "log:proofs": { note: "note", proofs: [{ index: 1, at: 1, proof: hash }] },
  "inbox:fetch": { welcomes: [{ ...welcome, id: 1 }], more: false },
  "inbox:take": {},
};

const requests: { readonly [Name in RequestName]: Request<Name> } = {
  prove: { signature: bytes },
  "room:create": { id: roomId, kind: "private" },
  "room:enter": { roomId },
  "room:tickets": { roomId, tickets: [] },
  "room:leave": { roomId },
  "room:group-info": { roomId },
  "room:attest": { roomId, seq: 1, epoch: 1 },
  "room:knock": { roomId, knock: bytes },
  "event:submit": { roomId, id, payload: bytes },
  "events:fetch": { roomId, after: 0, limit: 200 },
  "accounts:certificates": { accountIds: [account] },
  "archive:state": {},
  "archive:fetch": { generation: 1, number: 1 },
  "archive:put": { generation: 1, number: 1, revision: 1, sealed: bytes },
  "archive:clear": { generation: 1 },
  "devices:revocations": { deviceIds: [device] },
  "log:head": {},
  "log:consistency": { from: 1, to: 2 },
  "log:entries": { from: 0 },
  "log:proofs": { digests: [hash] },
  "inbox:fetch": { after: 0, limit: 1 },
  "inbox:take": { id: 1 },
};

type Push = Exclude<keyof TransportListener, "state">;
/** By what the client hears them as. */
const pushes: { readonly [Kind in Push]: { readonly name: string; readonly honest: object } } = {
  event: { name: "event:new", honest: { roomId, event } },
  knock: { name: "room:knock", honest: { roomId, knock: bytes, turn: 1 } },
  welcome: { name: "room:welcome", honest: welcome },
  revoked: { name: "device:revoked", honest: { revocation: bytes } },
  account: { name: "account", honest: { what: "keyring" } },
};

const server = new BareSockets();
let identity: DeviceIdentity;
let transport: Transport;
let heard: Push[] = [];
let states: unknown[] = [];

const isOnline = () => until(() => states.at(-1) === "online", "online");
const said = async (name: RequestName) => transport.request(name, requests[name]);

beforeAll(async () => {
  await server.listen();
  identity = await makeDevice({ account: await makeAccount("alice", new Date()), now: new Date() });
});
afterAll(() => server.close());

beforeEach(() => {
  [heard, states] = [[], []];
  server.proof = [{ ok: true, answer: {} }];
  const http = new HttpApi({ origin: server.url, fetch: (url, init) => fetch(url, init) });
  transport = new SocketTransport({ origin: server.url, identity, http });
  const note = (kind: Push) => () => void heard.push(kind);
  transport.listen({
    event: note("event"),
    knock: note("knock"),
    welcome: note("welcome"),
    revoked: note("revoked"),
    account: note("account"),
    state: (state) => void states.push(state),
  });
});
afterEach(() => {
  transport.close();
});

/** An honest push arrives, and nothing has arrived before it. */
async function hearsOnlyHonest(kind: Push): Promise<void> {
  await isOnline();
  server.push(pushes[kind].name, pushes[kind].honest);
  await until(() => heard.length > 0, `${kind} is heard`);
  expect(heard).toEqual([kind]);
  heard = [];
}

describe.each(Object.keys(pushes) as Push[])("pushed: %s", (kind) => {
  const { name, honest } = pushes[kind];

  test("SOCK-14 nobody is told of what does not fit, and the next that does is heard", async () => {
    await isOnline();
    server.push(name);
    server.push(name, honest, honest, honest);
    await until(() => heard.length === 1, "further arguments are nobody's");
    heard = [];
    const bad = malformed(honest);
    expect(bad.length).toBeGreaterThan(10);
    for (const [, value] of bad) server.push(name, value);
    server.push(name, nested(honest, 4));
    await hearsOnlyHonest(kind);
    expect(states).toEqual(["connecting", "online"]);
  });
});

const wrappings: readonly (readonly unknown[])[] = [
  [],
  [undefined],
  [7],
  ["ok"],
  [[]],
  [[true]],
  [{}],
  [{ ok: true }],
  [{ ok: false }],
  [{ ok: false, error: {} }],
  [{ ok: false, error: "NOT_FOUND" }],
  [{ ok: false, error: { code: "constructor" } }],
  [{ ok: false, error: { code: "OFFLINE" } }],
  [{ ok: false, error: { code: "NOT_FOUND", extra: 1 } }],
  [{ ok: false, error: { code: "TOO_MANY_REQUESTS", retryAfterMs: -1 } }],
  [nested(1, 5)],
];

describe.each(requestNames.filter((name) => name !== "prove"))("answered: %s", (name) => {
  const unavailable = { ok: false, error: { code: "UNAVAILABLE" } };

  test("SOCK-14 an acknowledgement that does not fit is a closed code, and the next that does is taken", async () => {
    await isOnline();
    const honest: unknown = honestAnswers[name];
    expect(answerSchemas[name].safeParse(honest).success).toBe(true);
    const bad = malformed(honest);
    expect(bad.length).toBeGreaterThan(5);
    for (const [what, answer] of bad) {
      server.answers = [{ ok: true, answer }];
      expect([what, await said(name)]).toEqual([what, unavailable]);
    }
    for (const answers of [...wrappings, [{ ok: "yes", answer: honest }]]) {
      server.answers = answers;
      expect([answers, await said(name)]).toEqual([answers, unavailable]);
    }
    server.answers = [{ ok: true, answer: nested(honest, 9) }];
    expect(await said(name)).toEqual({ ok: false, error: { code: "OFFLINE" } });
    await isOnline();
    server.answers = [{ ok: true, answer: honest }];
    expect(await said(name)).toEqual({ ok: true, value: honest });
    expect(heard).toEqual([]);
  });
});

test("SOCK-14 who takes a proof with anything but an answer is not online", async () => {
  await isOnline();
  for (const proof of [[], [7], [{ ok: true }], [{ ok: true, answer: 7 }], [{ ok: true, answer: { extra: 1 } }]]) {
    server.proof = proof;
    server.socket.disconnect(true);
    await until(() => states.at(-1) === "offline", "offline");
    const before = server.socket;
    await until(() => server.socket !== before, "connected again", 20_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(states.at(-1)).toBe("offline");
    expect(await said("log:head")).toEqual({ ok: false, error: { code: "OFFLINE" } });
  }
  server.proof = [{ ok: true, answer: {} }];
  server.socket.disconnect(true);
  await isOnline();
});

const packet = (data: unknown, type = 2) => encodeMsgpack({ type, nsp: "/", data });
const honestPush = packet(["event:new", pushes.event.honest]);
const unreadable = { toString: 1, valueOf: 1 };
const frames: Readonly<Record<string, Uint8Array | string>> = {
  text: "event:new",
  "no text": "",
  "no bytes": new Uint8Array(),
  noise: new Uint8Array(5000).map((_, index) => (index * 97) % 251),
  "a cut frame": honestPush.subarray(0, -1),
  "a frame with bytes behind it": Uint8Array.of(...honestPush, 0),
  "a frame above the limit": packet(["event:new", pushes.event.honest, new Uint8Array(answerFrameMaxBytes)]),
  "deep nesting": packet(["event:new", nested(pushes.event.honest, 1000)]),
  "very many values": packet(["event:new", Array.from({ length: 100_000 }, () => 0)]),
  "no event name": packet([]),
  "an event name that is no text": packet([unreadable]),
  "a packet of no type": packet(["event:new", pushes.event.honest], 9),
  "an acknowledgement without data": packet(undefined, 3),
  "a refusal that is no text": packet({ message: unreadable }, 4),
  ...Object.fromEntries(
    ["connect", "connect_error", "disconnect"].map((name) => [`Socket.IO's own ${name} as an event`, packet([name])]),
  ),
};

test.each(Object.keys(frames))(
  "SOCK-14 a frame that is none ends the connection, and the next one works: %s",
  async (what) => {
    await isOnline();
    const before = server.socket;
    server.frame(frames[what] ?? "");
    await until(() => server.socket !== before, "connected again");
    await hearsOnlyHonest("event");
    expect(states).toEqual(["connecting", "online", "offline", "online"]);
  },
);

test.each(["constructor", "__proto__", "toString", ""])(
  "SOCK-14 a refusal with words of its own is no state: %j",
  async (message) => {
    await isOnline();
    server.frame(packet({ message }, 4));
    await until(() => states.at(-1) !== "online", "refused");
    expect(states.at(-1)).toBe("offline");
    await isOnline();
  },
);
