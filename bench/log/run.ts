/** What the transparency log costs: a registration with and without it, and a look-up with and without proofs at a million entries. */

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { Bench } from "tinybench";

import { deviceBody } from "../../__tests__/support/accounts";
import { makeAccount, type MadeAccount } from "../../lib/crypto/account/account-key";
import { makeDevice } from "../../lib/crypto/account/device-key";
import { finishRegistration, startRegistration } from "../../lib/crypto/account/opaque-client";
import { toBase64 } from "../../lib/protocol/bytes";
import { accountLogMaxEntries } from "../../lib/protocol/limits";
import { registerFinishBody } from "../../lib/protocol/schemas/http";
import { parseEnv } from "../../lib/server/env";
import { createServices, type Services } from "../../lib/server/services";
import { beside, writeResults, type Row } from "../rows";
import { fillLog } from "./full-log";

const registrations = 30;
const logEntries = 1_000_000;
const password = "correct horse battery 9";
const folder = mkdtempSync(path.join(os.tmpdir(), "sealroom-bench-log-"));

async function services(name: string): Promise<Services> {
  return await createServices(parseEnv({ DATA_DIR: path.join(folder, name), LOG_LEVEL: "silent" }));
}

/** The last step of a registration: what is checked and stored, ms. */
async function register(host: Services, account: MadeAccount, username: string): Promise<number> {
  const identity = await makeDevice({ account, now: new Date() });
  const { clientRegistrationState, registrationRequest } = await startRegistration(password);
  const { registrationResponse } = await host.accounts.registerStart(username, registrationRequest);
  const input = { username, password, clientRegistrationState, registrationResponse };
  const { registrationRecord } = await finishRegistration(input);
  const body = registerFinishBody.parse({
    username,
    registrationRecord,
    accountCertificate: toBase64(account.certificate),
    vault: toBase64(new Uint8Array(3000).fill(7)),
    device: await deviceBody(identity, 20),
  });
  const startedAt = performance.now();
  await host.accounts.registerFinish(body);
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function measureRegistration(): Promise<Row> {
  const [logged, plain] = [await services("logged"), await services("plain")];
  // The same code without its last step.
  plain.transparencyLog.append = () => Promise.resolve();
  const [withLog, without]: [number[], number[]] = [[], []];
  for (let count = 0; count < registrations; count++) {
    const username = `person${String(count)}`;
    const account = await makeAccount(username, new Date());
    const first = count % 2 === 0;
    // Each is first as often as the other.
    if (first) withLog.push(await register(logged, account, username));
    without.push(await register(plain, account, username));
    if (!first) withLog.push(await register(logged, account, username));
  }
  await Promise.all([logged.close(), plain.close()]);
  const row = { group: "Transparency log", name: "store a registration", unit: "ms", value: median(withLog) };
  return beside(row, { name: "the same without the log", value: median(without) }, { atMost: 1.2 });
}

async function measureLookUp(): Promise<Row[]> {
  const host = await services("full");
  await fillLog(host, logEntries / 2);
  await register(host, await makeAccount("alice", new Date()), "alice");
  await fillLog(host, logEntries);
  const { directory, transparencyLog } = host;
  const plain = async () => JSON.stringify(await directory.byName("alice"));
  const proven = async () => {
    const { accountId } = await directory.holderOf("alice");
    const { head, entries } = await transparencyLog.historyOf(accountId, accountLogMaxEntries);
    return JSON.stringify({
      checkpoint: head.note,
      entries: entries.map(({ index, bytes, proof }) => ({
        index,
        entry: toBase64(bytes),
        proof: proof.map(toBase64),
      })),
    });
  };
  const bench = new Bench({ time: 3000, warmupTime: 1000 }).add("plain", plain).add("proven", proven);
  await bench.run();
  await host.close();
  const msOf = (name: string) => {
    const { result } = bench.getTask(name) ?? {};
    if (result?.state !== "completed") throw new Error(`${name} was not measured`);
    return result.latency.p50;
  };
  const group = "Transparency log";
  const value = msOf("proven");
  return [
    beside(
      { group, name: "look up an account with its proofs, at 1,000,000 entries", unit: "ms", value },
      { name: "the directory's entry without", value: msOf("plain") },
      { atMost: 2 },
    ),
  ];
}

try {
  writeResults("log", [await measureRegistration(), ...(await measureLookUp())]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
