/**
 * A big room and a join storm: General with 500 leaves, some of them live engines, and 100 devices that join in the same
 * instant, against the real server. Two cores do the work of 110 machines: the time is that of the whole crowd, and what one
 * device works stands beside it.
 */

import path from "node:path";

import { Child } from "../child";
import { Town } from "../client/rooms";
import { beside, writeResults, type Row } from "../rows";
import type { Opening, Stand } from "./flat";
import { House } from "./house";

const leaves = 500;
const live = 10;
const storm = 100;
/** External commits alone take a round for each. */
const smallStorm = 5;
const devicesOfOne = 10;
/** Engines that share a process. */
const perFlat = 10;
const pollMs = 20;
/** Below the part's own limit, so that the server and all processes are ended. */
const patienceMs = 150_000;

class Flat {
  readonly #child = new Child(path.join(import.meta.dirname, "flat.ts"));

  ask<T>(name: string, argument?: unknown): Promise<T> {
    return this.#child.ask<T>(name, argument, patienceMs);
  }

  end(): Promise<void> {
    return this.#child.end();
  }
}

const flats = new Set<Flat>();

async function measure(town: Town, house: House): Promise<Row[]> {
  const group = `General, ${String(leaves)} members, ${String(live)} of them online`;
  const devices = [...town.devices];
  const take = (count: number) => devices.splice(0, count);
  const open = async (count: number, isUnheard = false): Promise<Flat[]> => {
    const opened: Promise<Flat>[] = [];
    for (let left = count; left > 0; left -= perFlat) {
      const guests = take(Math.min(left, perFlat)).map((device) => house.guest(device));
      const { origin, roomId } = house;
      opened.push(settle({ origin, roomId, guests, isUnheard }));
    }
    return await Promise.all(opened);
  };

  const asleep = take(leaves - live);
  const [founder] = await open(1);
  if (founder === undefined) throw new Error("nobody founds the room");
  await founder.ask("join");
  await founder.ask("letIn", asleep);
  const members = [founder];
  let size = 1 + asleep.length;
  // One after the other: storms are what is measured.
  for (let count = 1; count < live; count++) {
    const newcomers = await open(1);
    size += 1;
    await together(members, newcomers, size);
    members.push(...newcomers);
  }

  const one = await open(1);
  const alone = await together(members, one, (size += 1));
  await leave(one);
  const crowd = await open(storm);
  const all = await together(members, crowd, (size += storm));
  await leave(crowd);
  const few = await open(smallStorm);
  const knocking = await together(members, few, (size += smallStorm));
  await leave(few);
  const unheard = await open(smallStorm, true);
  const racing = await together(members, unheard, (size += smallStorm));

  const inTurn = { name: "one after the other", value: alone.ms * storm };
  const commitsInTurn = { name: "one after the other", value: storm };
  const byCommit = "external commits only";
  const same = "until all have the same epoch";
  return [
    { group, name: `one joins: ${same}`, unit: "ms", value: alone.ms },
    beside({ group, name: `${String(storm)} join at once: ${same}`, unit: "ms", value: all.ms }, inTurn),
    beside({ group, name: "commits of that storm", unit: "commits", value: all.commits }, commitsInTurn),
    {
      group,
      name: "processor time of each who joined",
      unit: "ms",
      value: all.cpuMs / storm,
    },
    beside(
      { group, name: `${String(smallStorm)} join at once: ${same}`, unit: "ms", value: knocking.ms },
      { name: byCommit, value: racing.ms },
    ),
    beside(
      { group, name: `commits of that storm of ${String(smallStorm)}`, unit: "commits", value: knocking.commits },
      { name: byCommit, value: racing.commits },
    ),
  ];
}

async function settle(opening: Opening): Promise<Flat> {
  const flat = new Flat();
  flats.add(flat);
  await flat.ask("open", opening);
  return flat;
}

async function leave(gone: readonly Flat[]): Promise<void> {
  for (const flat of gone) flats.delete(flat);
  await Promise.all(gone.map((flat) => flat.end()));
}

interface Together {
  /** From the moment the newcomers join until everybody is confirmed in one epoch of all leaves. */
  readonly ms: number;
  readonly commits: number;
  /** Of the newcomers. */
  readonly cpuMs: number;
}

async function together(members: readonly Flat[], newcomers: readonly Flat[], size: number): Promise<Together> {
  const everybody = [...members, ...newcomers];
  const stands = async () => (await Promise.all(everybody.map((flat) => flat.ask<Stand[]>("stands")))).flat();
  const cpu = async () => {
    const each = await Promise.all(newcomers.map((flat) => flat.ask<number>("cpuMs")));
    return each.reduce((sum, ms) => sum + ms, 0);
  };
  const [{ epoch: before } = { epoch: 0 }] = await stands();
  const cpuBefore = await cpu();
  const startedAt = performance.now();
  await Promise.all(newcomers.map((flat) => flat.ask("join")));
  for (;;) {
    const all = await stands();
    const [first] = all;
    const isDone = all.every(({ mark, leaves: seen }) => mark !== undefined && mark === first?.mark && seen === size);
    const ms = performance.now() - startedAt;
    if (isDone) return { ms, commits: (first?.epoch ?? 0) - before, cpuMs: (await cpu()) - cpuBefore };
    if (ms > patienceMs) throw new Error(`${String(size)} leaves are not in one epoch`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

const most = leaves + 1 + storm + 2 * smallStorm;
const town = await Town.of(most, Math.ceil(most / devicesOfOne));
const house = await House.of(town.devices);
try {
  writeResults("room", await measure(town, house));
} finally {
  await Promise.all([...flats].map((flat) => flat.end()));
  await house.close();
}
