/**
 * The server is killed before each statement of every change of the key directory (SPEC LOG-04): at the next start directory
 * and log say the same, the log is one that an auditor finds sound, and it begins with every head that was ever there.
 */

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { sha256 } from "@noble/hashes/sha2.js";

import { peekDeviceCertificate } from "@/lib/crypto/account/certificates";
import { openCheckpoint } from "@/lib/crypto/account/log-signature";
import { toBase64, toHex, utf8 } from "@/lib/protocol/bytes";
import { decodeLogEntry, type LogEntry } from "@/lib/protocol/log/entries";
import { appendLeaf, emptyFrontier, foldHashes, leafHash } from "@/lib/protocol/log/merkle";
import { parseTilePath } from "@/lib/protocol/log/tiles";
import { Database } from "@/lib/server/db/database";
import { logWhatIsMissing } from "@/lib/server/log/reconcile";
import { TransparencyLog } from "@/lib/server/log/transparency-log";
import { auditLog } from "@/lib/server/ops/audit-log";

import { prepareDeletion, prepareRenewal, prepareReset, renewDevice } from "../support/account-changes";
import {
  anotherDevice,
  call,
  cookieOf,
  deviceBody,
  prepareRegistration,
  revocationOf,
  type Sent,
  type TestAccount,
} from "../support/accounts";
import { killedDuring, type Killed } from "../support/kill-points";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(240_000);

let server: TestServer;
let folder: string;
let alice: TestAccount;
/** Roots by size, of every head that any start has found. */
const heads = new Map<number, string>();
let newest: readonly Uint8Array[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "sealroom-killed-"));
  server = await startTestServer();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function ask(route: string, sent: Sent): Promise<string> {
  const answered = await call(server.url, route, sent);
  expect([route, answered.code]).toEqual([route, undefined]);
  return cookieOf(answered);
}

const hash = (bytes: Uint8Array) => toHex(sha256(bytes)).slice(0, 16);

/** What the directory holds, as the entries that must stand for it. */
async function factsOfDirectory({ reader }: Database): Promise<string[]> {
  const [accounts, devices, retired] = [
    await reader.account.findMany(),
    await reader.device.findMany(),
    await reader.retiredName.findMany(),
  ];
  return [
    ...accounts.map(({ id, certificate }) => `account ${id} ${hash(certificate)}`),
    ...accounts.flatMap(({ id, successorId }) => (successorId === null ? [] : [`replaced ${id} ${successorId}`])),
    ...devices.map(({ id, certificate }) => `device ${id} ${hash(certificate)}`),
    ...devices.flatMap(({ revocation }) => (revocation === null ? [] : [`revocation ${hash(revocation)}`])),
    ...retired.map(({ accountId }) => `deletion ${String(accountId)}`),
  ].sort();
}

/** What the log says, of each device its newest certificate. */
function factsOfLog(entries: readonly Uint8Array[]): string[] {
  const newestOfDevice = new Map<string, string>();
  const facts = entries.flatMap((bytes) => {
    const entry = decodeLogEntry(bytes);
    if (entry?.kind !== "device") return entry === undefined ? ["no entry"] : [factOf(entry)];
    const deviceId = peekDeviceCertificate(entry.certificate)?.deviceId ?? "nobody";
    newestOfDevice.set(deviceId, `device ${deviceId} ${hash(entry.certificate)}`);
    return [];
  });
  return [...facts, ...newestOfDevice.values()].sort();
}

function factOf(entry: Exclude<LogEntry, { kind: "device" }>): string {
  switch (entry.kind) {
    case "account":
      return `account ${entry.accountId} ${hash(entry.certificate)}`;
    case "replaced":
      return `replaced ${entry.accountId} ${entry.successorId}`;
    case "revocation":
      return `revocation ${hash(entry.revocation)}`;
    case "deletion":
      return `deletion ${entry.accountId}`;
  }
}

/** Starts over what a killed server has left, and looks. */
async function start({ file, before }: Killed): Promise<number> {
  const database = await Database.open(file, path.resolve("prisma/migrations"));
  try {
    const log = await TransparencyLog.open(database);
    expect(await logWhatIsMissing(database, log)).toBe(0);
    const head = await openCheckpoint(utf8((await log.head()).note), log.verifier);
    if (head === undefined) throw new Error("not a checkpoint of the log's key");
    const entries = await log.entries(0, 1000);
    expect(entries).toHaveLength(head.size);
    const root = toHex(head.root);
    expect(heads.get(head.size) ?? root).toBe(root);
    heads.set(head.size, root);
    expect(entries.slice(0, newest.length).map(toBase64)).toEqual(newest.map(toBase64));
    newest = entries;
    expect([before, factsOfLog(entries)]).toEqual([before, await factsOfDirectory(database)]);
    const { findings } = await auditLog(async (wanted) => {
      if (wanted === "checkpoint") return utf8((await log.head()).note);
      const tile = parseTilePath(wanted.replace(/^tile\//, ""));
      return tile && (await log.tile(tile));
    }, log.verifier);
    expect(findings).toEqual([]);
    return head.size;
  } finally {
    await database.close();
  }
}

let changes = 0;

/** Does the change once, and starts from each state it could have been killed in. `added`: entries of the change. */
async function killEverywhere(change: () => Promise<unknown>, added: number): Promise<void> {
  const { size } = await server.services.transparencyLog.head();
  const place = path.join(folder, String(++changes));
  const { killed, statements } = await killedDuring(server.services.env.databaseFile, place, change);
  // Reading, writing and opening a transaction are looked into, not the end only.
  expect(statements).toBeGreaterThan(8);
  const sizes: number[] = [];
  for (const left of killed) sizes.push(await start(left));
  // All of the change or nothing, nothing before it was written, all of it once it was answered.
  expect(new Set(sizes)).toEqual(new Set([size, size + added]));
  expect([sizes[0], sizes.at(-1)]).toEqual([size, size + added]);
  const shown = await server.services.transparencyLog.head();
  expect(shown.size).toBe(sizes.at(-1));
}

test("LOG-04 killed before any statement of a registration, directory and log are one", async () => {
  const { account, identity, body } = await prepareRegistration(server.url, "alice");
  let cookie = "";
  await killEverywhere(async () => (cookie = await ask("/register/finish", { json: body })), 2);
  alice = { username: "alice", account, identity, cookie };
});

test("LOG-04 killed before any statement of a device's coming, renewal and revocation", async () => {
  const { cookie } = alice;
  const second = await anotherDevice(alice);
  const json = await deviceBody(second);
  await killEverywhere(() => ask("/users/alice/devices", { json, cookie }), 1);
  const renewed = await prepareRenewal(alice);
  await killEverywhere(() => renewDevice(server.url, alice, renewed), 1);
  const revocation = toBase64(await revocationOf(alice, second.deviceId));
  const revoke = () => ask(`/users/alice/devices/${second.deviceId}/revoke`, { json: { revocation }, cookie });
  await killEverywhere(revoke, 1);
});

test("LOG-04 killed before any statement of another key's taking the name, and of a deletion", async () => {
  const { account, identity, body } = await prepareReset(server, "alice");
  let cookie = "";
  await killEverywhere(async () => (cookie = await ask("/reset/finish", { json: body })), 3);
  const json = await prepareDeletion({ username: "alice", account, identity, cookie });
  await killEverywhere(() => ask("/users/alice", { method: "DELETE", json, cookie }), 2);
});

test("two histories that part would be seen", () => {
  const rootOf = (entries: readonly Uint8Array[]) =>
    toHex(foldHashes(entries.reduce((so, entry) => appendLeaf(so, leafHash(entry)).frontier, emptyFrontier).hashes));
  expect(heads.get(newest.length)).toBe(rootOf(newest));
  expect(rootOf([...newest.slice(0, -1), utf8("another")])).not.toBe(rootOf(newest));
  expect(factsOfLog(newest.slice(0, -1))).not.toEqual(factsOfLog(newest));
});
