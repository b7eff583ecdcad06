/**
 * A seed is worth something only if it tells its story again: the busiest scenario twice, with other keys and with
 * threads that finish in another order, must go the same way step by step (decision 009).
 */

import { Cast, type Shape } from "../support/world/cast";
import { Dice } from "../support/world/dice";
import * as scenarios from "../support/world/scenarios";
import type { Scenario } from "../support/world/script";
import { lateBy, stillness, unwatchCrypto, watchCrypto } from "../support/world/stillness";
import type * as WatchedDoor from "../support/world/watched-door";
import type { World } from "../support/world/world";

jest.mock("@/lib/crypto/mls/encrypt", () => door().watchedEncrypt(jest.requireActual("@/lib/crypto/mls/encrypt")));
jest.mock("@/lib/crypto/mls/commit", () => door().watchedCommit(jest.requireActual("@/lib/crypto/mls/commit")));
jest.mock("@/lib/crypto/mls/create", () => door().watchedCreate(jest.requireActual("@/lib/crypto/mls/create")));
jest.mock("@/lib/crypto/mls/join-external", () =>
  door().watchedJoinExternal(jest.requireActual("@/lib/crypto/mls/join-external")),
);
jest.mock("@/lib/crypto/mls/process", () => door().watchedProcess(jest.requireActual("@/lib/crypto/mls/process")));
jest.mock("@/lib/crypto/mls/adopt", () => door().watchedAdopt(jest.requireActual("@/lib/crypto/mls/adopt")));

function door() {
  return jest.requireActual<typeof WatchedDoor>("../support/world/watched-door");
}

const seed = 1;
const shape: Shape = { devices: 8, accounts: 4, rooms: 3 };

function scenarioOf(name: string): Scenario {
  const found = scenarios.all.find(({ scenario }) => scenario.name === name);
  if (found === undefined) throw new Error(`the scenario is gone: ${name}`);
  return found.scenario;
}

const busiest: readonly Scenario[] = [
  { ...scenarioOf("everything at once"), actions: 30, storm: true, damage: 3 },
  { ...scenarioOf("roles and removals with everything at once"), governed: { revoke: 3, direct: 25 } },
];

/** With a cast of its own: nothing but the seed is the same. */
async function told(scenario: Scenario, lateTurns = 1): Promise<World> {
  const cast = await Cast.of(shape.accounts, shape.devices);
  const uneven = new Dice(seed + 1);
  lateBy(() => uneven.below(lateTurns));
  try {
    const options = { hasOneOrder: true, mayMiss: true };
    const { world, violations } = await cast.run(seed, shape, scenario, options);
    expect(violations).toEqual([]);
    return world;
  } finally {
    await cast.close();
  }
}

test.each(busiest.map((scenario) => [scenario.name, scenario] as const))(
  "ENG-22 one seed tells one story, step by step: %s",
  async (_name, scenario) => {
    const first = await told(scenario);
    const second = await told(scenario, 3);
    expect(first.steps).toBeGreaterThan(300);
    // The first difference says more than two hashes that are not equal.
    const at = first.log.findIndex((line, index) => line !== second.log[index]);
    const around = (world: World) => (at < 0 ? [] : world.log.slice(Math.max(0, at - 3), at + 3));
    expect(around(second)).toEqual(around(first));
    expect(second.steps).toBe(first.steps);
    expect(second.fingerprint).toBe(first.fingerprint);
  },
  120_000,
);

test("what is computed in threads comes back in the order of the calls, and one goes on before the next", async () => {
  watchCrypto();
  try {
    const turns = [5, 0, 3, 0];
    lateBy(() => turns.shift() ?? 0);
    const told: string[] = [];
    const compute = async (name: string) => {
      await crypto.subtle.digest("SHA-256", new Uint8Array(8));
      told.push(name);
      // Microtasks only: as many as an engine may need to reach its store.
      for (let step = 0; step < 50; step++) await Promise.resolve();
      told.push(`${name} stored`);
    };
    const all = ["a", "b", "c", "d"].map(compute);
    await stillness();
    expect(told).toEqual(["a", "a stored", "b", "b stored", "c", "c stored", "d", "d stored"]);
    await Promise.all(all);
  } finally {
    unwatchCrypto();
  }
});
