/** The transparency log as programs read it: every change of the directory is in it, proven, and found by standard means. */

import { readdirSync } from "node:fs";
import path from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { openCheckpoint } from "@/lib/crypto/account/log-signature";
import { toBase64, utf8 } from "@/lib/protocol/bytes";
import { decodeNote, decodeVerifier } from "@/lib/protocol/log/checkpoint";
import { decodeLogEntry, type LogEntry } from "@/lib/protocol/log/entries";
import {
  appendLeaf,
  checkConsistency,
  checkInclusion,
  emptyFrontier,
  foldHashes,
  leafHash,
} from "@/lib/protocol/log/merkle";
import { decodeBundle, decodeHashes, tilePath, tilesOf } from "@/lib/protocol/log/tiles";
import { accountLogAnswer, logConsistencyAnswer } from "@/lib/protocol/schemas/log";
import { audit } from "@/lib/server/ops/audit-command";

import { deleteAccount, prepareRenewal, renewDevice, resetByCode } from "../support/account-changes";
import { anotherDevice, call, deviceBody, makeTestAccount, revocationOf, type TestAccount } from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
});
afterAll(() => server.close());

/** A connection of before the restart may still be in the pool. */
async function restart(whileDown?: () => Promise<void>): Promise<void> {
  await server.restart(whileDown);
  await call(server.url, "/health").catch(() => undefined);
}

async function head() {
  const answered = await call(server.url, "/log/checkpoint");
  const verifier = decodeVerifier(server.services.transparencyLog.verifierLine);
  const checkpoint = verifier && (await openCheckpoint(utf8(String(answered.body)), verifier));
  if (checkpoint === undefined) throw new Error("not a signed checkpoint");
  return checkpoint;
}

async function tile(path: string): Promise<Uint8Array> {
  const response = await fetch(`${server.url}/api/v1/log/tile/${path}`);
  expect([path, response.status]).toEqual([path, 200]);
  return new Uint8Array(await response.arrayBuffer());
}

async function accountLog(name: string) {
  return accountLogAnswer.parse((await call(server.url, `/users/${name}/log`)).body);
}

const decodedLog = async (name: string) =>
  (await accountLog(name)).entries.map(({ entry }) => decodeLogEntry(entry) ?? fail());
const kindsOf = async (name: string) => (await decodedLog(name)).map(({ kind }) => kind);

function fail(): never {
  throw new Error("not there");
}

test("LOG-04 a registration is in the log with the account and its device, each proven at the head", async () => {
  const { checkpoint, entries } = await accountLog("alice");
  const note = decodeNote(utf8(checkpoint)) ?? fail();
  const decoded = entries.map(({ entry }) => decodeLogEntry(entry));
  expect(decoded.map((entry) => [entry?.kind, entry?.accountId])).toEqual([
    ["account", alice.identity.accountId],
    ["device", alice.identity.accountId],
  ]);
  const certificates = decoded.map((entry) => (entry as Extract<LogEntry, { kind: "account" }>).certificate);
  expect(certificates).toEqual([alice.account.certificate, alice.identity.deviceCertificate]);
  const { size, root } = note.checkpoint;
  for (const { index, entry, proof } of entries) {
    const claim = { leaf: leafHash(entry), index, size, root, proof };
    expect(checkInclusion(claim)).toBeUndefined();
    expect(checkInclusion({ ...claim, leaf: leafHash(Uint8Array.of(...entry, 0)) })).toBe("WRONG_ROOT");
  }
});

test("LOG-04 devices that come and go are in the log", async () => {
  const bob = await makeTestAccount(server.url, "bob");
  const path = "/users/bob/devices";
  const second = await anotherDevice(bob);
  const added = await call(server.url, path, { json: await deviceBody(second), cookie: bob.cookie });
  expect(added.code).toBeUndefined();
  expect(await kindsOf("bob")).toEqual(["account", "device", "device"]);
  const revocation = toBase64(await revocationOf(bob, second.deviceId));
  const revoke = { json: { revocation }, cookie: bob.cookie };
  const revoked = await call(server.url, `${path}/${second.deviceId}/revoke`, revoke);
  expect(revoked.code).toBeUndefined();
  await call(server.url, `${path}/${second.deviceId}/revoke`, revoke);
  // What changes nothing is no entry.
  expect(await kindsOf("bob")).toEqual(["account", "device", "device", "revocation"]);
});

test("LOG-06 tiles and bundles are as wide as they are asked for, and make the head", async () => {
  const { size, root } = await head();
  let frontier = emptyFrontier;
  const leaves: Uint8Array[] = [];
  for (const one of tilesOf("entries", size)) {
    for (const entry of decodeBundle(await tile(tilePath(one)), one.width) ?? []) {
      leaves.push(leafHash(entry));
      frontier = appendLeaf(frontier, leafHash(entry)).frontier;
    }
  }
  expect(foldHashes(frontier.hashes)).toEqual(root);
  for (const one of tilesOf(0, size)) {
    const at = one.index * 256;
    expect(decodeHashes(await tile(tilePath(one)), one.width)).toEqual(leaves.slice(at, at + one.width));
  }
  expect(decodeHashes(await tile("0/000.p/1"), 1)).toEqual(leaves.slice(0, 1));
});

test.each(["0/000", "entries/000", "0/001.p/1", "1/000.p/1", "entries/000.p/200"])(
  "LOG-06 %s is not there yet",
  async (path) => {
    expect((await call(server.url, `/log/tile/${path}`)).code).toBe("NOT_FOUND");
  },
);

test.each([
  "0/0",
  "0/000.p/0",
  "0/000.p/01",
  "0/000.p/256",
  "0/x000/000",
  "-1/000",
  "7/000",
  "0/000/",
  "0/../0",
  "data/000",
])("LOG-06 %s names no tile", async (path) => {
  expect((await call(server.url, `/log/tile/${path}`)).code).toBe("NOT_FOUND");
});

test("LOG-06 a checkpoint of before is proven to be a beginning of the present one", async () => {
  const before = await head();
  await makeTestAccount(server.url, "carol");
  const after = await head();
  expect(after.size).toBe(before.size + 2);
  const query = `from=${String(before.size)}&to=${String(after.size)}`;
  const { proof } = logConsistencyAnswer.parse((await call(server.url, `/log/consistency?${query}`)).body);
  const claim = { from: before.size, oldRoot: before.root, to: after.size, newRoot: after.root, proof };
  expect(checkConsistency(claim)).toBeUndefined();
  expect(checkConsistency({ ...claim, oldRoot: leafHash(utf8("another")) })).toBe("WRONG_OLD_ROOT");
});

test.each([
  "",
  "from=1",
  "from=0&to=1",
  "from=2&to=1",
  "from=1&to=9999",
  "from=1.5&to=2",
  "from=1&to=2&x=1",
  "from=-1&to=2",
])("LOG-06 no consistency is asked for with %s", async (query) => {
  expect((await call(server.url, `/log/consistency?${query}`)).code).toBe("MALFORMED");
});

test("LOG-03 the log keeps its key and its head over a restart", async () => {
  const line = server.services.transparencyLog.verifierLine;
  const before = await head();
  await restart();
  expect(server.services.transparencyLog.verifierLine).toBe(line);
  expect(await head()).toEqual(before);
});

test("LOG-04 a directory that is older than its log is brought into it at start, once", async () => {
  const before = await head();
  await restart(() => withoutLog(server.dataDir));
  const after = await head();
  // Nobody was renewed here, so it says the same; the times are other ones.
  expect(after.size).toBe(before.size);
  expect(await kindsOf("bob")).toEqual(["account", "device", "device", "revocation"]);
  await restart();
  expect(await head()).toEqual(after);
});

test("LOG-04 LOG-08 a renewal, another key for the name, and the end of an account are in the log, and no auditor minds", async () => {
  const first = await makeTestAccount(server.url, "dora");
  const renewed = await prepareRenewal(first);
  // The second time it changes nothing.
  for (let time = 0; time < 2; time++) await renewDevice(server.url, first, renewed);
  expect(await kindsOf("dora")).toEqual(["account", "device", "device"]);
  expect((await decodedLog("dora")).at(-1)).toMatchObject({ certificate: renewed });

  const successor = await resetByCode(server, "dora");
  const { accountId } = successor.identity;
  expect(await kindsOf("dora")).toEqual(["account", "device", "device", "replaced", "account", "device"]);
  const [, , , replaced, account] = await decodedLog("dora");
  expect(replaced).toMatchObject({ accountId: first.identity.accountId, successorId: accountId });
  expect(account).toMatchObject({ accountId, certificate: successor.account.certificate });

  const second = await anotherDevice(successor);
  const add = { json: await deviceBody(second), cookie: successor.cookie };
  expect((await call(server.url, "/users/dora/devices", add)).code).toBeUndefined();
  await deleteAccount(server.url, successor, [successor.identity.deviceId, second.deviceId]);
  expect((await kindsOf("dora")).slice(6)).toEqual(["device", "revocation", "revocation", "deletion"]);
  expect((await decodedLog("dora")).at(-1)).toMatchObject({ kind: "deletion", accountId, vaultVersion: 1 });

  await expectSound();
  // Nor when all of it was there before there was a log. What the owner signed at the end is not kept elsewhere.
  await restart(() => withoutLog(server.dataDir));
  expect(await kindsOf("dora")).toEqual([
    ...["account", "device", "replaced"],
    ...["account", "device", "revocation", "device", "revocation"],
  ]);
  await expectSound();
});

async function expectSound(): Promise<void> {
  const { isClean, lines } = await audit({ origin: new URL(server.url) });
  expect([isClean, lines[0]]).toEqual([true, expect.stringMatching(/^The log of \d+ entries is sound/)]);
}

async function withoutLog(dataDir: string): Promise<void> {
  const file = readdirSync(dataDir).find((name) => name.endsWith(".db")) ?? fail();
  const connection = await new PrismaBetterSqlite3({ url: `file:${path.join(dataDir, file)}` }).connect();
  await connection.executeScript(`DELETE FROM "LogEntry"; DELETE FROM "LogNode"; DELETE FROM "LogHead"`);
  await connection.dispose();
}
