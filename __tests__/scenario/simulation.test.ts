/**
 * Many small worlds, each from a seed: real engines, real MLS, the real server over SQLite, and everything that can go
 * wrong in between. `SLOW=1` for large ones, `SEEDS=n` for more, `SEED=n SCENARIO=name` to repeat one; a failure prints
 * that command.
 */

import * as scenarios from "../support/world/scenarios";
import { Cast } from "../support/world/cast";
import type * as WatchedDoor from "../support/world/watched-door";

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

const slow = process.env["SLOW"] === "1";
const onlySeed = process.env["SEED"];
const onlyScenario = process.env["SCENARIO"];
const chosen = scenarios.all.filter(({ scenario }) => onlyScenario === undefined || scenario.name === onlyScenario);

/** How often members were asked to let somebody in, and did, over all worlds of storms. */
const stormy = { knocks: 0, welcomes: 0 };

let cast: Cast;
beforeAll(async () => {
  cast = await Cast.of(slow ? 12 : 4, slow ? 30 : 6);
}, 120_000);
afterAll(() => cast.close());

test.each(chosen.map((entry) => [entry.scenario.name, entry] as const))(
  "ENG-22 %s",
  async (name, { scenario, judgeOptions, shape, large, seeds, hasFaults }) => {
    const first = onlySeed === undefined ? 1 : Number(onlySeed);
    const many = Number(process.env["SEEDS"] ?? (slow ? scenarios.slowSeeds : seeds));
    const count = onlySeed === undefined ? many : 1;
    const report = { worlds: 0, steps: 0, received: 0, failed: 0, causes: {} as Record<string, number> };
    for (let seed = first; seed < first + count; seed++) {
      const verdict = slow
        ? await cast.run(seed, large, { ...scenario, actions: scenario.actions * 10 }, judgeOptions)
        : await cast.run(seed, shape, scenario, judgeOptions);
      if (scenario.storm === true) {
        stormy.knocks += verdict.world.log.filter((line) => line.endsWith("room:knock ok")).length;
        stormy.welcomes += verdict.world.log.filter((line) => line.endsWith("gets welcome")).length;
      }
      report.worlds += 1;
      report.steps += verdict.world.steps;
      report.received += verdict.received;
      report.failed += verdict.failed;
      for (const [cause, times] of Object.entries(verdict.causes))
        report.causes[cause] = (report.causes[cause] ?? 0) + times;
      const violations = [...verdict.violations];
      if (!hasFaults && verdict.rate !== 0)
        violations.push(`unreadable without a fault: ${JSON.stringify(verdict.causes)}`);
      if (process.env["LOG"] === "1") process.stdout.write(`${verdict.world.log.join("\n")}\n`);
      if (violations.length > 0) {
        const replay = `${slow ? "SLOW=1 " : ""}SEED=${String(seed)} SCENARIO="${name}" npx jest __tests__/scenario/simulation`;
        const tail = process.env["SEED"] === undefined ? [] : verdict.world.log;
        throw new Error([...violations, `replay: ${replay}`, ...tail].join("\n"));
      }
    }
    process.stdout.write(`${name}: ${JSON.stringify(report)}\n`);
  },
  slow ? 30 * 60_000 : 300_000,
);

const hasStorms = chosen.some(({ scenario }) => scenario.storm === true) && onlySeed === undefined;
(hasStorms ? test : test.skip)("ENG-25 DS-11 in storms, members let in those who lost a race", () => {
  expect(stormy.knocks).toBeGreaterThan(5);
  expect(stormy.welcomes).toBeGreaterThan(2);
});
