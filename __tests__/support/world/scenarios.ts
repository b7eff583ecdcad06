/** The scenarios of the simulation, each with what must hold of it. */

import type { Shape } from "./cast";
import type { JudgeOptions } from "./judge";
import type { Scenario } from "./script";

export interface Entry {
  readonly scenario: Scenario;
  readonly judgeOptions: JudgeOptions;
  readonly shape: Shape;
  /** With SLOW=1. */
  readonly large: Shape;
  readonly seeds: number;
  /** Without faults the decryption-failure rate is exactly zero. */
  readonly hasFaults: boolean;
}

export const slowSeeds = 2;

const strict: JudgeOptions = { hasOneOrder: true, mayMiss: false };
const small: Shape = { devices: 4, accounts: 3, rooms: 1 };
const wide: Shape = { devices: 6, accounts: 4, rooms: 2 };
const people: Shape = { devices: 5, accounts: 4, rooms: 2 };
const twins: Shape = { devices: 5, accounts: 3, rooms: 2 };
const crowd: Shape = { devices: 16, accounts: 8, rooms: 3 };
const large: Shape = { devices: 30, accounts: 12, rooms: 4 };

function entry(scenario: Scenario, changes: Partial<Entry> = {}): Entry {
  return { scenario, judgeOptions: strict, shape: small, large, seeds: 10, hasFaults: true, ...changes };
}

export const all: readonly Entry[] = [
  entry({ name: "calm", actions: 25 }, { hasFaults: false }),
  entry({ name: "people come and go", actions: 30, leave: 12 }, { hasFaults: false }),
  entry({ name: "join storm", actions: 12, storm: true }, { shape: wide, hasFaults: false }),
  entry({ name: "crashes at every boundary", actions: 25, faults: { crash: 3 } }),
  entry({ name: "bad network", actions: 25, offline: 5, faults: { disconnect: 2, frames: 20 } }),
  entry({ name: "tabs open and close", actions: 30, switchTabs: 15, closeTab: 10 }, { hasFaults: false }),
  entry({ name: "the server restarts", actions: 25, restartServer: 10, faults: { disconnect: 1 } }),
  entry({ name: "no room on the device", actions: 20, faults: { quota: 5 } }),
  entry({ name: "clocks jump", actions: 20, clock: 20, leave: 4 }),
  entry(
    {
      name: "everything at once",
      actions: 30,
      leave: 5,
      switchTabs: 5,
      offline: 4,
      restartServer: 3,
      faults: { crash: 1, disconnect: 1, frames: 8, quota: 1 },
    },
    { shape: wide },
  ),
  entry({ name: "stores are damaged", actions: 30, damage: 8 }, { judgeOptions: { hasOneOrder: true, mayMiss: true } }),
  entry(
    { name: "the server goes back", actions: 30, rollBack: true },
    { judgeOptions: { hasOneOrder: false, mayMiss: true } },
  ),
  entry(
    { name: "private rooms", actions: 45, governed: { direct: 20 } },
    { shape: people, large: crowd, seeds: 8, hasFaults: false },
  ),
  entry(
    { name: "private rooms, crashes", actions: 40, switchTabs: 4, faults: { crash: 2 }, governed: { direct: 20 } },
    { shape: people, large: crowd, seeds: 8 },
  ),
  entry(
    {
      name: "links on a bad network",
      actions: 45,
      offline: 5,
      faults: { disconnect: 2, frames: 15 },
      governed: { deeds: { link: 20, unlink: 6, say: 25, invite: 5 } },
    },
    { shape: people, large: crowd, seeds: 8 },
  ),
  entry(
    {
      name: "roles and removals with everything at once",
      actions: 45,
      switchTabs: 4,
      closeTab: 3,
      offline: 3,
      restartServer: 3,
      idleMs: 90_000,
      faults: { crash: 1, disconnect: 1, frames: 6, quota: 1 },
      governed: {
        direct: 15,
        deeds: { role: 12, remove: 8, ban: 5, unban: 5, change: 8, timer: 4, invite: 20, close: 0 },
      },
    },
    { shape: people, large: crowd, seeds: 8 },
  ),
  entry(
    {
      name: "devices are revoked",
      actions: 40,
      closeTab: 3,
      offline: 3,
      faults: { crash: 1, disconnect: 1, frames: 5 },
      governed: { revoke: 8, direct: 20 },
    },
    { shape: twins, large: crowd, seeds: 8 },
  ),
];
