/**
 * Short stories, told again and again: two people meet in an open room, talk, one leaves and comes back; one invites another
 * into a private room and removes it. Each time a device dies at the next storage or network boundary, before or after
 * it, and starts again from its store. `SLOW=1` for all of them, every third one by default.
 */

import { Cast, type Shape } from "../support/world/cast";
import type { Scenario } from "../support/world/script";
import { expulsion } from "../support/world/story";
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
const shape: Shape = { devices: 2, accounts: 2, rooms: 1 };
const seed = 7;
const stories: readonly Scenario[] = [
  { name: "an open room", actions: 14, leave: 15 },
  { name: "a private room, an invitation and a removal", actions: 0, governed: {}, story: expulsion },
];

let cast: Cast;
beforeAll(async () => {
  cast = await Cast.of(2, 2);
}, 120_000);
afterAll(() => cast.close());

test.each(stories.map((story) => [story.name, story] as const))(
  "ENG-22 a device may die at every single boundary of a story: %s",
  async (_name, story) => {
    const options = { hasOneOrder: true, mayMiss: false };
    const whole = await cast.run(seed, shape, story, options);
    expect(whole.violations).toEqual([]);
    const { boundaries } = whole.world;
    expect(boundaries).toBeGreaterThan(100);
    const stride = slow ? 1 : 3;
    for (let at = boundaries % stride; at < boundaries; at += stride) {
      const { violations } = await cast.run(seed, shape, story, options, (world) => {
        world.crashAt = at;
      });
      expect({ at, violations }).toEqual({ at, violations: [] });
    }
  },
  slow ? 900_000 : 300_000,
);
