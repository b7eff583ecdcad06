/**
 * The auditor against a server that is honest, and against copies of its database that somebody has been at: it names
 * the entry. Each way of tampering is one that passes all checks but the one it is for.
 */

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { signCheckpoint } from "@/lib/crypto/account/log-signature";
import { concatBytes, fromHex, toBase64 } from "@/lib/protocol/bytes";
import { decodeVerifier, encodeVerifier, logVerifier, type Verifier } from "@/lib/protocol/log/checkpoint";
import { decodeLogEntry, encodeLogEntry, type LogEntry } from "@/lib/protocol/log/entries";
import { appendLeaf, emptyFrontier, foldHashes, leafHash, type PlacedHash } from "@/lib/protocol/log/merkle";
import { parseTilePath } from "@/lib/protocol/log/tiles";
import { Database } from "@/lib/server/db/database";
import { TransparencyLog } from "@/lib/server/log/transparency-log";
import { audit, judge } from "@/lib/server/ops/audit-command";
import { auditLog, type Fetch } from "@/lib/server/ops/audit-log";

import { anotherDevice, call, deviceBody, makeTestAccount, revocationOf, type TestAccount } from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
let folder: string;
let alice: TestAccount;
let bob: TestAccount;
let verifier: Verifier;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "sealroom-audit-"));
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
  bob = await makeTestAccount(server.url, "bob");
  const second = await anotherDevice(alice);
  await call(server.url, "/users/alice/devices", { json: await deviceBody(second), cookie: alice.cookie });
  const revocation = toBase64(await revocationOf(alice, second.deviceId));
  const json = { revocation };
  await call(server.url, `/users/alice/devices/${second.deviceId}/revoke`, { json, cookie: alice.cookie });
  verifier = decodeVerifier(server.services.transparencyLog.verifierLine) ?? fail();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function fail(): never {
  throw new Error("not there");
}

let copies = 0;

interface Copy {
  readonly entries: Uint8Array[];
  /** Writes the entries with all hashes of their tree, and signs the head: what an operator can do, who has the key. */
  rewrite(entries: readonly Uint8Array[]): Promise<void>;
  sql(text: string): Promise<void>;
  audit(): Promise<readonly string[]>;
}

/** A copy of the honest server's database, and its operator's means. */
async function copied(): Promise<Copy> {
  copies += 1;
  const file = path.join(folder, `copy-${String(copies)}.db`);
  await server.restart(() => {
    cpSync(server.services.env.databaseFile, file);
    return Promise.resolve();
  });
  const connect = () => new PrismaBetterSqlite3({ url: `file:${file}` }).connect();
  const rows = async (sql: string) => {
    const connection = await connect();
    const found = await connection.queryRaw({ sql, args: [], argTypes: [] });
    await connection.dispose();
    return found.rows;
  };
  const sql = async (text: string) => {
    const connection = await connect();
    await connection.executeScript(text);
    await connection.dispose();
  };
  const stored = await rows(`SELECT "bytes" FROM "LogEntry" ORDER BY "index"`);
  const [[secret] = []] = await rows(`SELECT "value" FROM "ServerSecret" WHERE "name" = 'transparency-log'`);
  const hex = (bytes: Uint8Array) => `x'${Buffer.from(bytes).toString("hex")}'`;
  return {
    entries: stored.map(([bytes]) => new Uint8Array(bytes as Uint8Array)),
    sql,
    async rewrite(entries) {
      let frontier = emptyFrontier;
      const nodes: PlacedHash[] = [];
      for (const entry of entries) {
        const appended = appendLeaf(frontier, leafHash(entry));
        frontier = appended.frontier;
        nodes.push(...appended.made);
      }
      const checkpoint = { origin: verifier.name, size: frontier.size, root: foldHashes(frontier.hashes) };
      const note = await signCheckpoint(fromHex(String(secret)) ?? fail(), verifier, checkpoint);
      await sql(
        [
          `DELETE FROM "LogEntry"; DELETE FROM "LogNode"; DELETE FROM "LogHead"`,
          ...entries.map(
            (entry, index) => `INSERT INTO "LogEntry" VALUES (${String(index)}, '', x'00', ${hex(entry)})`,
          ),
          ...nodes.map(
            ({ level, index, hash }) =>
              `INSERT INTO "LogNode" VALUES (${String(level)}, ${String(index)}, ${hex(hash)})`,
          ),
          `INSERT INTO "LogHead" VALUES (1, ${String(frontier.size)}, ${hex(concatBytes(...frontier.hashes))}, '${note}')`,
        ].join(";\n"),
      );
    },
    async audit() {
      const database = await Database.open(file, path.resolve("prisma/migrations"));
      try {
        const log = await TransparencyLog.open(database);
        const { findings } = await auditLog(servedBy(log), verifier);
        return findings.map((finding) =>
          "index" in finding ? `${finding.kind} ${String(finding.index)}` : finding.kind,
        );
      } finally {
        await database.close();
      }
    },
  };
}

function servedBy(log: TransparencyLog): Fetch {
  return async (wanted) => {
    if (wanted === "checkpoint") return new TextEncoder().encode((await log.head()).note);
    const tile = parseTilePath(wanted.replace(/^tile\//, ""));
    return tile && (await log.tile(tile).catch(() => undefined));
  };
}

const changed = (bytes: Uint8Array, at: number) => {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
const parsed = (bytes: Uint8Array | undefined): LogEntry => decodeLogEntry(bytes ?? fail()) ?? fail();

test("LOG-02 LOG-08 nothing is found on an honest server, twice, and the second time it is known to have only grown", async () => {
  const stateFile = path.join(folder, "state");
  const origin = new URL(server.url);
  const first = await audit({ origin, stateFile });
  expect([first.isClean, first.lines[0]]).toEqual([
    true,
    "The log of 6 entries is sound: 2 accounts, 3 devices; no earlier audit is known.",
  ]);
  await makeTestAccount(server.url, "carol");
  const second = await audit({ origin, stateFile });
  expect([second.isClean, second.lines[0]]).toEqual([
    true,
    "The log of 8 entries is sound: 3 accounts, 4 devices; it continues the log of 6 entries.",
  ]);
  expect(await (await copied()).audit()).toEqual([]);
});

test("LOG-08 who audits with the server's own word for its key is told so, and who brings the key is not", async () => {
  const origin = new URL(server.url);
  const told = "The key was taken from this server: compare it with what its operator published elsewhere.";
  const stateFile = path.join(folder, "first-key");
  expect((await audit({ origin, stateFile })).lines.at(-1)).toBe(told);
  const line = encodeVerifier(verifier);
  for (const known of [{ key: line }, { stateFile }])
    expect((await audit({ origin, ...known })).lines.at(-1)).toBe(`Key  ${line}`);
  const evidence = path.join(folder, "evidence");
  const checkpoints = [(await server.services.transparencyLog.head()).note];
  const about = { v: 1, what: "Sealroom log evidence", verifier: line, alarm: "stale", at: "2026-11-29T00:00:00.000Z" };
  writeFileSync(evidence, JSON.stringify({ ...about, checkpoints }));
  expect((await judge(origin, evidence)).lines.at(-1)).toBe(told);
  expect((await judge(origin, evidence, line)).lines.at(-1)).toBe(`Key  ${line}`);
});

test("LOG-08 a key that is known by another way must be the one that signs", async () => {
  const origin = new URL(server.url);
  const key = encodeVerifier(logVerifier(new Uint8Array(32).fill(5)));
  expect(await audit({ origin, key })).toEqual({
    isClean: false,
    lines: ["The checkpoint is not signed by the key of this log."],
  });
  await expect(audit({ origin, key: key.slice(1) })).rejects.toThrow("That is no verifier key");
});

test("LOG-08 S24 an entry that was changed where it is stored is named", async () => {
  const copy = await copied();
  const hex = Buffer.from(changed(copy.entries[3] ?? fail(), 60)).toString("hex");
  await copy.sql(`UPDATE "LogEntry" SET "bytes" = x'${hex}' WHERE "index" = 3`);
  expect(await copy.audit()).toEqual(["NOT_IN_TREE 3", "BAD_CERTIFICATE 3", "WRONG_ROOT"]);
});

test("LOG-08 S4 a key that the operator put under another's name is named, though its tree and signature are right", async () => {
  const copy = await copied();
  const mallory = await makeTestAccount(server.url, "mallory");
  const entry: LogEntry = {
    kind: "account",
    accountId: bob.identity.accountId,
    at: 1,
    certificate: mallory.account.certificate,
  };
  await copy.rewrite([...copy.entries, encodeLogEntry(entry)]);
  expect(await copy.audit()).toEqual([`BAD_CERTIFICATE ${String(copy.entries.length)}`]);
});

test.each<[string, string, (entries: readonly Uint8Array[]) => (Uint8Array | LogEntry)[]]>([
  [
    "S3 a device that the account did not sign",
    "BAD_CERTIFICATE 6",
    (all) => [{ ...parsed(all[1]), accountId: bob.identity.accountId }],
  ],
  ["the same certificate again", "NOT_NEWER 6", (all) => [parsed(all[3])]],
  ["a device that was revoked", "DEVICE_REVOKED 6", (all) => [parsed(all[4])]],
  ["an account twice", "ACCOUNT_EXISTS 6", (all) => [parsed(all[0])]],
  [
    "a revocation of no device",
    "BAD_REVOCATION 6",
    (all) => [{ ...parsed(all[5]), accountId: bob.identity.accountId }],
  ],
  [
    "an end that its owner did not sign",
    "BAD_DELETION 6",
    () => [
      { kind: "deletion", at: 1, accountId: bob.identity.accountId, vaultVersion: 1, signature: new Uint8Array(384) },
    ],
  ],
  [
    "a change of an account that has ended",
    "ACCOUNT_ENDED 7",
    (all) => [
      { kind: "replaced", at: 1, accountId: bob.identity.accountId, successorId: "00".repeat(32) },
      parsed(all[3]),
    ],
  ],
  [
    "an account that nobody has registered",
    "UNKNOWN_ACCOUNT 6",
    () => [{ kind: "replaced", at: 1, accountId: "11".repeat(32), successorId: "00".repeat(32) }],
  ],
  ["bytes that are no entry", "NOT_AN_ENTRY 6", () => [Uint8Array.of(2, 1, 0)]],
])("LOG-08 named: %s", async (_name, finding, added) => {
  const copy = await copied();
  const entries = copy.entries.slice(0, 6);
  const more = added(entries).map((entry) => (entry instanceof Uint8Array ? entry : encodeLogEntry(entry)));
  await copy.rewrite([...entries, ...more]);
  expect(await copy.audit()).toEqual([finding]);
});

test("LOG-08 a log that lost its newest entries, or changed an old one, does not continue the one audited before", async () => {
  const copy = await copied();
  const earlier = { origin: verifier.name, size: 5, root: rootOf(copy.entries.slice(0, 5)) };
  const found = async () => {
    const database = await Database.open(
      path.join(folder, `copy-${String(copies)}.db`),
      path.resolve("prisma/migrations"),
    );
    const { findings } = await auditLog(servedBy(await TransparencyLog.open(database)), verifier, earlier);
    await database.close();
    return findings;
  };
  expect(await found()).toEqual([]);
  await copy.rewrite(copy.entries.slice(0, 4));
  expect(await found()).toEqual([{ kind: "NOT_A_CONTINUATION", size: 5 }]);
  const second = parsed(copy.entries[1]);
  await copy.rewrite([
    copy.entries[0] ?? fail(),
    encodeLogEntry({ ...second, at: second.at + 1 }),
    ...copy.entries.slice(2),
  ]);
  expect(await found()).toEqual([{ kind: "NOT_A_CONTINUATION", size: 5 }]);
});

test("LOG-08 a tile that is not what the entries make is named", async () => {
  const copy = await copied();
  await copy.sql(`UPDATE "LogNode" SET "hash" = x'${"00".repeat(32)}' WHERE "level" = 0 AND "index" = 2`);
  expect(await copy.audit()).toEqual(["NOT_IN_TREE 2"]);
});

function rootOf(entries: readonly Uint8Array[]): Uint8Array {
  const frontier = entries.reduce((so, entry) => appendLeaf(so, leafHash(entry)).frontier, emptyFrontier);
  return foldHashes(frontier.hashes);
}
