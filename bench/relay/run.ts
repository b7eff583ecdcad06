/**
 * The relay beside its peers: all servers run at once and one is driven at a time, in turns of a few seconds, so that
 * whatever else the machine does hits them alike. Throughput is the median over the rounds, latency that of all messages.
 */

import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

import { Child } from "../child";
import { beside, resultsDir, writeResults, type Row } from "../rows";
import type { Usage } from "./peers/serve";
import { peerNames, roomOf, scenarios, type PeerName, type Scenario } from "./plan";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 3);
const saturatedMs = 1200;
const pacedMs = 2500;

const programs: Readonly<Record<PeerName, { readonly file: string; readonly args?: readonly string[] }>> = {
  sealroom: { file: "sealroom.ts" },
  "socket.io": { file: "socket-io.ts" },
  "socket.io + msgpack-parser": { file: "socket-io.ts", args: ["msgpack"] },
  ws: { file: "ws.ts" },
};

interface Figures {
  readonly perSecond: number[];
  /** Of the server's processor time, in microseconds, for each delivered message. */
  readonly cpuMicros: number[];
  /** Of every delivery at fixed load, in ms. */
  readonly latencies: number[];
}

interface Running {
  readonly name: PeerName;
  readonly server: Child;
  readonly load: Child;
  readonly figures: Map<string, Figures>;
}

/** Servers have Node's own flags for a profile of one of them: BENCH_PROFILE=sealroom. */
function flagsFor(name: PeerName): string[] {
  return process.env["BENCH_PROFILE"] === name ? ["--cpu-prof", `--cpu-prof-dir=${resultsDir}`] : [];
}

const flushBytes = 4096;
const flushesPerRound = 100;

/** What one commit must wait for: the disk alone, written to as the write-ahead log is, in the same minutes. */
class Disk {
  readonly #file = path.join(resultsDir, `.data-flush-${process.pid}`);
  readonly #descriptor = openSync(this.#file, "w");
  readonly #took: number[] = [];

  async round(): Promise<void> {
    const page = Buffer.alloc(flushBytes, 1);
    for (let count = 0; count < flushesPerRound; count++) {
      const startedAt = performance.now();
      writeSync(this.#descriptor, page);
      fdatasyncSync(this.#descriptor);
      this.#took.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  rows(): Row[] {
    const sorted = Float64Array.from(this.#took).sort();
    const of = (name: string, share: number): Row => {
      return { group: "Relay: the disk alone", name, unit: "ms", value: at(sorted, share) };
    };
    return [
      of("write and flush 4 KiB, p50", 0.5),
      of("write and flush 4 KiB, p95", 0.95),
      of("write and flush 4 KiB, p99", 0.99),
    ];
  }

  close(): void {
    closeSync(this.#descriptor);
    rmSync(this.#file);
  }
}

async function start(name: PeerName): Promise<Running> {
  const { file, args = [] } = programs[name];
  const server = new Child(path.join(import.meta.dirname, "peers", file), { args, flags: flagsFor(name) });
  const load = new Child(path.join(import.meta.dirname, "load.ts"), { args: [name] });
  const port = await server.ask<number>("listen");
  const seats = scenarios.map((scenario) => ({
    group: scenario.name,
    rooms: Array.from({ length: scenario.rooms * scenario.members }, (_, index) => roomOf(scenario, index)),
  }));
  await server.ask(
    "prepare",
    seats.flatMap(({ rooms }) => rooms),
  );
  let first = 0;
  for (const { group, rooms } of seats) {
    await load.ask("join", { port, group, rooms, first });
    first += rooms.length;
  }
  const none = (): Figures => ({ perSecond: [], cpuMicros: [], latencies: [] });
  return { name, server, load, figures: new Map(scenarios.map((scenario) => [scenario.name, none()])) };
}

async function measure({ server, load, figures }: Running, scenario: Scenario): Promise<void> {
  const into = figures.get(scenario.name);
  if (into === undefined) return;
  const group = scenario.name;
  const before = await server.ask<Usage>("usage");
  const run = await load.ask<Saturated>("saturate", { group, ms: saturatedMs });
  const after = await server.ask<Usage>("usage");
  into.perSecond.push((run.delivered * 1000) / run.ms);
  into.cpuMicros.push(((after.cpuMs - before.cpuMs) * 1000) / run.deliveredInAll);
  const { messagesPerSecond } = scenario;
  for (const ms of await load.ask<Float64Array>("pace", { group, ms: pacedMs, messagesPerSecond }))
    into.latencies.push(ms);
}

export interface Saturated {
  /** While the clock ran. */
  readonly delivered: number;
  readonly ms: number;
  /** From the first submission to the last delivery. */
  readonly deliveredInAll: number;
}

function at(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Each of our figures beside the better Socket.IO's, and beside what `ws` alone does. */
function rowsOf(all: readonly Running[]): Row[] {
  return scenarios.flatMap((scenario) => {
    const of = (key: keyof Figures, share: number) =>
      all.map(({ name, figures }) => {
        const sorted = Float64Array.from(figures.get(scenario.name)?.[key] ?? []).sort();
        return { name, value: at(sorted, share) };
      });
    const compare = (
      key: keyof Figures,
      share: number,
      title: string,
      unit: string,
      isBetter: (a: number, b: number) => boolean,
      aim?: Parameters<typeof beside>[2],
    ) => {
      const [ours, ...peers] = of(key, share);
      if (ours === undefined) return [];
      const best = peers.slice(0, 2).reduce((a, b) => (isBetter(a.value, b.value) ? a : b));
      const row = { group: `Relay: ${scenario.name}`, name: title, unit, value: ours.value };
      return peers.map((peer) => beside(row, peer, peer === best ? aim : undefined));
    };
    const less = (a: number, b: number) => a < b;
    const latencyOf = (percentile: string) => `latency ${percentile} at ${scenario.messagesPerSecond} messages/s`;
    return [
      ...compare("perSecond", 0.5, "delivered at saturation", "messages/s", (a, b) => a > b, { atLeast: 0.8 }),
      ...compare("cpuMicros", 0.5, "server processor time per delivery", "µs", less),
      ...compare("latencies", 0.5, latencyOf("p50"), "ms", less),
      ...compare("latencies", 0.95, latencyOf("p95"), "ms", less),
      ...compare("latencies", 0.99, latencyOf("p99"), "ms", less, { atMost: 1.25 }),
    ];
  });
}

const running: Running[] = [];
const disk = new Disk();
try {
  for (const name of peerNames) running.push(await start(name));
  for (let round = 0; round < rounds; round++) {
    // Everyone goes first at some time.
    const order = running.map((_, index) => running[(index + round) % running.length]);
    for (const scenario of scenarios) {
      for (const peer of order) if (peer !== undefined) await measure(peer, scenario);
    }
    await disk.round();
  }
  writeResults("relay", [...rowsOf(running), ...disk.rows()]);
} finally {
  disk.close();
  await Promise.all(running.flatMap(({ server, load }) => [server.end(), load.end()]));
}
