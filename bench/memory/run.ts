/**
 * Memory: what an idle connection costs the server, beside bare Socket.IO, and what the server weighs with nobody there.
 * Resident memory after a collection, counted from a server that has already served a few, so that what is loaded
 * once is not charged to connections.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { Child } from "../child";
import type { Usage } from "../relay/peers/serve";
import type { PeerName } from "../relay/plan";
import { beside, resultsDir, writeResults, type Row } from "../rows";

const counts = [1000, 5000] as const;
const warmUp = 100;
const settleMs = 1300;
/** The collector gives pages back in steps. */
const collections = 3;
const startTimeoutMs = 60_000;
/** What starting left behind is collected once a process has been idle for some seconds. */
const idleMs = 15_000;
const idleMaxMegabytes = 150;
const root = path.join(import.meta.dirname, "../..");
const peers = path.join(import.meta.dirname, "../relay/peers");

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Weight = Pick<Usage, "rssBytes" | "heapBytes">;

/** Bytes per connection at each of `counts`. */
async function perConnection(name: PeerName, file: string, dataDir: string, args: string[] = []): Promise<Weight[]> {
  const env = { BENCH_DATA_DIR: dataDir };
  const members = Array.from({ length: warmUp + counts[1] }, () => 0);
  // Another process, whose memory goes with it.
  const preparing = new Child(path.join(peers, file), { args, env });
  try {
    await preparing.ask("prepare", members);
  } finally {
    await preparing.end();
  }
  const server = new Child(path.join(peers, file), { args, env, flags: ["--expose-gc"] });
  const load = new Child(path.join(root, "bench/relay/load.ts"), { args: [name] });
  try {
    const port = await server.ask<number>("listen");
    const join = (first: number, until: number) =>
      load.ask("join", { port, group: "idle", rooms: members.slice(first, until), first });
    const weigh = async () => {
      for (let count = 0; count < collections; count++) {
        await pause(settleMs);
        await server.ask("collect");
      }
      return await server.ask<Usage>("usage");
    };
    await join(0, warmUp);
    const base = await weigh();
    const answers: Weight[] = [];
    let joined = warmUp;
    for (const count of counts) {
      await join(joined, warmUp + count);
      joined = warmUp + count;
      const { rssBytes, heapBytes } = await weigh();
      answers.push({
        rssBytes: (rssBytes - base.rssBytes) / count,
        heapBytes: (heapBytes - base.heapBytes) / count,
      });
    }
    return answers;
  } finally {
    await Promise.all([server.end(), load.end()]);
  }
}

/** Megabytes of the built server as `npm start` runs it, some seconds after it is ready. */
async function idleServer(dataDir: string): Promise<number> {
  const child = spawn(process.execPath, ["scripts/start.mjs"], {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: "0",
      DATA_DIR: dataDir,
      LOG_LEVEL: "error",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), startTimeoutMs);
  const exit = once(child, "exit");
  try {
    await Promise.race([once(child.stdout, "data"), exit]);
    await pause(idleMs);
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, "utf8"))?.[1];
    return (Number(kilobytes) * 1024) / 1e6;
  } finally {
    child.kill("SIGTERM");
    await exit;
    clearTimeout(timer);
  }
}

mkdirSync(resultsDir, { recursive: true });
const folder = mkdtempSync(path.join(resultsDir, ".data-"));
try {
  const ours = await perConnection("sealroom", "sealroom.ts", path.join(folder, "sockets"));
  const plain = await perConnection("socket.io", "socket-io.ts", folder);
  const packed = await perConnection("socket.io + msgpack-parser", "socket-io.ts", folder, ["msgpack"]);
  const rows: Row[] = counts.flatMap((count, index) => {
    const compare = (title: string, key: keyof Weight, aim?: { atMost: number }) => {
      const kilobytes = (weights: readonly Weight[]) => (weights[index]?.[key] ?? Number.NaN) / 1000;
      const row = {
        group: "Memory",
        name: `${title} per idle connection, of ${count}`,
        unit: "kB",
        value: kilobytes(ours),
      };
      return [
        beside(row, { name: "socket.io", value: kilobytes(plain) }, aim),
        beside(row, { name: "socket.io + msgpack-parser", value: kilobytes(packed) }),
      ];
    };
    return [...compare("resident", "rssBytes", { atMost: 1.2 }), ...compare("heap", "heapBytes")];
  });
  if (existsSync("/proc/self/status") && existsSync(path.join(root, ".next/BUILD_ID"))) {
    const value = await idleServer(path.join(folder, "idle"));
    const aim = `below ${idleMaxMegabytes} MB`;
    rows.push({
      group: "Memory",
      name: "idle server, Next included",
      unit: "MB",
      value,
      aim,
      met: value < idleMaxMegabytes,
    });
  }
  writeResults("memory", rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
