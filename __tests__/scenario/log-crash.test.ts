/**
 * A process that adds devices is killed at some moment or other (SPEC LOG-04): directory and log say the same at each start, no two
 * heads of one size are ever shown, and every head is a beginning of the later ones. Each statement of each change is
 * gone through in log-kill-points.test.ts.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";

import { openCheckpoint } from "@/lib/crypto/account/log-signature";
import { fromPem } from "@/lib/crypto/account/certificates";
import { toBase64, toHex, utf8 } from "@/lib/protocol/bytes";
import type { Checkpoint } from "@/lib/protocol/log/checkpoint";
import { decodeLogEntry } from "@/lib/protocol/log/entries";
import { checkConsistency } from "@/lib/protocol/log/merkle";
import { maxDevicesPerAccount } from "@/lib/protocol/limits";
import { audit } from "@/lib/server/ops/audit-command";

import { anotherDevice, call, deviceBody, makeTestAccount } from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";
import { Dice } from "../support/world/dice";

jest.setTimeout(240_000);

const rounds = 6;
/** Devices that are added before the process is killed, at most: there are more to come. */
const addedMax = 3;
/** One takes about as long as this. */
const killWithinMs = 15;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const seen = new Map<number, string>();
let newest: Checkpoint | undefined;

async function look(): Promise<number> {
  const { transparencyLog: log } = server.services;
  const head = await openCheckpoint(utf8((await log.head()).note), log.verifier);
  if (head === undefined) throw new Error("not a checkpoint of the log's key");
  const root = toHex(head.root);
  expect(seen.get(head.size) ?? root).toBe(root);
  seen.set(head.size, root);
  if (newest !== undefined && newest.size > 0) {
    const proof = await log.consistency(newest.size, head.size);
    const claim = { from: newest.size, oldRoot: newest.root, to: head.size, newRoot: head.root, proof };
    expect(checkConsistency(claim)).toBeUndefined();
  }
  newest = head;
  return head.size;
}

/** Certificates of an account's devices, base64. */
async function devicesOf(name: string, accountId: string): Promise<{ directory: string[]; log: string[] }> {
  const { devices } = await server.services.directory.byName(name);
  const { entries } = await server.services.transparencyLog.historyOf(accountId, 100);
  const logged = entries.flatMap(({ bytes }) => {
    const entry = decodeLogEntry(bytes);
    return entry?.kind === "device" ? [toBase64(entry.certificate)] : [];
  });
  const known = devices.map(({ certificatePem }) => toBase64(fromPem("CERTIFICATE", certificatePem) ?? utf8("none")));
  return { directory: known.sort(), log: logged.sort() };
}

test("LOG-04 a process killed at random while it adds devices leaves directory and log as one", async () => {
  const dice = new Dice(11);
  let cutShort = 0;
  for (let round = 0; round < rounds; round++) {
    const name = `person${String(round)}`;
    const { account, identity } = await makeTestAccount(server.url, name);
    const made = Array.from({ length: maxDevicesPerAccount - 1 }, () => anotherDevice({ account }));
    const devices = await Promise.all((await Promise.all(made)).map((device) => deviceBody(device, 1)));
    await look();
    await server.restart(() => growAndDie(identity.accountId, devices, dice));
    await call(server.url, "/health").catch(() => undefined);
    await look();
    const { directory, log } = await devicesOf(name, identity.accountId);
    expect(log).toEqual(directory);
    if (directory.length > 1 && directory.length < maxDevicesPerAccount) cutShort += 1;
  }
  // Else nothing was killed while it wrote, and nothing was shown.
  expect(cutShort).toBeGreaterThan(0);
  const { isClean, lines } = await audit({ origin: new URL(server.url) });
  expect([isClean, lines[0]]).toEqual([true, expect.stringMatching(/is sound/)]);
});

/** Over the data of the server, which is down. */
async function growAndDie(accountId: string, devices: readonly unknown[], dice: Dice): Promise<void> {
  const child = spawn(process.execPath, ["--import", "tsx", "__tests__/support/log-writer.ts"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, DATA_DIR: server.dataDir, DATABASE_URL: "", LOG_LEVEL: "silent", NODE_ENV: "test" },
  });
  child.stdin.end(JSON.stringify({ accountId, devices }));
  const exit = once(child, "exit");
  const wanted = 1 + dice.below(addedMax);
  let added = 0;
  const isTime = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      added += chunk.toString().split("\n").length - 1;
      if (added >= wanted) resolve();
    });
  });
  await Promise.race([isTime, exit]);
  await new Promise((resolve) => setTimeout(resolve, dice.below(killWithinMs)));
  child.kill("SIGKILL");
  await exit;
}
