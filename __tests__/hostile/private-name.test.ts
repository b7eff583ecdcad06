/**
 * T1, DS-12: what a thief takes from the server does not tell what a private room is called, nor its logs which room anybody
 * opens; also when a client makes the mistake of saying it.
 */

import { createHash } from "node:crypto";

import { createGroup } from "@/lib/crypto/mls/create";
import { randomBytes } from "@/lib/crypto/random";
import { concatBytes, fromHex, toHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { ciphersuiteName, type RoomPolicy } from "@/lib/protocol/policy";
import { makeLog } from "@/lib/server/ops/log";

import { call, makeTestAccount, type TestAccount } from "../support/accounts";
import { findTraces, readTree, tracesIn } from "../support/canary";
import { newEventId, newRoomId, privateMessage, sealedGroupInfo, welcomeMessage } from "../support/events";
import { Connections, invitation } from "../support/private-rooms";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

const lines: string[] = [];
let server: TestServer;
let alice: TestAccount;
let bob: TestAccount;
const connections = new Connections(() => server);

beforeAll(async () => {
  // The most talkative log is the one that could say too much.
  const log = makeLog({ logLevel: "debug" }, { write: (line) => lines.push(line) });
  server = await startTestServer({}, log);
  alice = await makeTestAccount(server.url, "alice");
  bob = await makeTestAccount(server.url, "bob");
});
afterAll(() => {
  connections.closeAll();
  return server.close();
});

const marker = () => `marker ${toHex(randomBytes(12))}`;

/** A real one of a group whose policy carries `name`. */
async function groupInfoNaming(roomId: RoomId, name: string): Promise<Uint8Array> {
  const policy: RoomPolicy = { kind: "open", roomId, name, suite: ciphersuiteName, revoked: [] };
  const groupId = fromHex(roomId) ?? new Uint8Array();
  return (await createGroup({ groupId, identity: alice.identity, policy })).groupInfo;
}

async function seal(plain: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = new Uint8Array(randomBytes(12));
  return concatBytes(
    iv,
    new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new Uint8Array(plain))),
  );
}

test("T1 DS-12 HTTP-11 no trace of a private room's name on the disk, nor of the room in the logs", async () => {
  const [secret, known] = [marker(), marker()];
  const [a, b] = [await connections.connect(alice), await connections.connect(bob)];
  const roomId = newRoomId();
  const inTheClear = await groupInfoNaming(roomId, secret);
  const genesis = sealedGroupInfo(roomId, 0, await seal(inTheClear));
  const ticket = randomBytes(16);

  await a.get("room:create", { id: roomId, kind: "private" });
  await a.get("room:enter", { roomId });
  // The mistakes: each is refused, and leaves nothing behind.
  expect(await a.code("room:create", { id: newRoomId(), kind: "private", name: secret })).toBe("MALFORMED");
  expect(await a.code("event:submit", { roomId, id: newEventId(), payload: inTheClear })).toBe("BAD_EVENT");
  const commit = privateMessage(roomId, "commit", 0);
  expect(await a.code("event:submit", { roomId, id: newEventId(), payload: commit, groupInfo: inTheClear })).toBe(
    "BAD_EVENT",
  );
  expect(await a.code("room:attest", { roomId, seq: 1, epoch: 0, groupInfo: inTheClear })).toBe("BAD_EVENT");
  // And what is meant to be.
  await a.get("event:submit", { roomId, id: newEventId(), payload: genesis });
  await a.get("event:submit", invitation(roomId, [bob.identity.deviceId], { welcome: welcomeMessage() }));
  await a.get("room:tickets", {
    roomId,
    tickets: [{ hash: new Uint8Array(createHash("sha256").update(ticket).digest()) }],
  });
  await b.get("room:enter", { roomId, ticket });
  await call(server.url, "/rooms");
  for (const cookie of [alice.cookie, bob.cookie])
    for (const path of [`/u/alice/rooms/${roomId}`, `/u/alice/rooms/${roomId}/info?x=1`, `/api/v1/rooms/${roomId}`])
      await fetch(server.url + path, { headers: { cookie } });
  await a.get("room:create", { id: newRoomId(), kind: "open", name: known });

  const live = await readTree(server.dataDir);
  let atRest: typeof live = [];
  await server.restart(async () => {
    atRest = await readTree(server.dataDir);
  });
  const log = { name: "log", bytes: Buffer.from(lines.join("")) };

  expect(tracesIn([...live, ...atRest, log], secret)).toEqual([]);
  expect(tracesIn([log], roomId)).toEqual([]);
  expect(tracesIn([...live, ...atRest], toHex(ticket))).toEqual([]);
  expect([...live, ...atRest].some(({ bytes }) => Buffer.from(bytes).includes(Buffer.from(ticket)))).toBe(false);
  // The same search finds what is there: an open room's name, the private room's id, what was sealed, the requests.
  expect(live.some(({ name }) => name.endsWith("-wal"))).toBe(true);
  for (const pieces of [live, atRest]) {
    expect(tracesIn(pieces, known)).not.toEqual([]);
    expect(tracesIn(pieces, roomId)).not.toEqual([]);
    expect(pieces.some(({ bytes }) => Buffer.from(bytes).includes(Buffer.from(genesis)))).toBe(true);
  }
  expect(findTraces(inTheClear, secret)).toEqual(["utf-8"]);
  expect(tracesIn([log], "/u/alice/rooms/-")).not.toEqual([]);
});
