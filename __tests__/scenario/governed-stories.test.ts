/**
 * Short stories of private rooms that once went wrong, told in the world of the simulation with several orders of frames each and
 * judged like it: see simulation.test.ts.
 */

import { members } from "@/lib/crypto/mls/roster";

import { Cast } from "../support/world/cast";
import type { SimulatedDevice } from "../support/world/device";
import { Plot, type Step } from "../support/world/story";
import type { World } from "../support/world/world";
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

const seeds = 4;

/** Devices 0 and 2 are of one person, device 1 is of another. */
let cast: Cast;
beforeAll(async () => {
  cast = await Cast.of(2, 3);
}, 120_000);
afterAll(() => cast.close());

async function told(story: (world: World) => readonly Step[]): Promise<void> {
  for (let seed = 1; seed <= seeds; seed++) {
    const scenario = { name: "story", actions: 0, governed: {}, story };
    const shape = { devices: 3, accounts: 2, rooms: 1 };
    const { violations } = await cast.run(seed, shape, scenario, { hasOneOrder: true, mayMiss: false });
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
}

function peopleOf({ devices: [first, other, second] }: World) {
  if (first === undefined || other === undefined || second === undefined) throw new Error("a story of three");
  return { first, other, second };
}

test("ENG-27 MSG-04 who has declined and comes in later is heard", async () => {
  await told((world) => {
    const { other: guest, first: host } = peopleOf(world);
    const plot = new Plot(world);
    return [
      plot.founds(host),
      plot.invites(host, guest),
      plot.declines(guest, host),
      plot.makesLink(host),
      { ...plot.comesByLink(guest), isDone: () => plot.isIn(guest) },
      plot.says(guest, "here I am", [host, guest]),
    ];
  });
});

test("ENG-21 ENG-27 who has run out of KeyPackages is invited by that of last resort, again and again", async () => {
  await told((world) => {
    const { other: guest, first: host } = peopleOf(world);
    const plot = new Plot(world);
    const declined = () => [plot.invites(host, guest), plot.declines(guest, host)];
    return [
      plot.founds(host),
      ...declined(),
      ...declined(),
      ...declined(),
      ...declined(),
      plot.invites(host, guest),
      plot.accepts(guest),
    ];
  });
});

test("ENG-27 an invitation that was taken back while its device was away leaves no row", async () => {
  await told((world) => {
    const { other: host, first, second } = peopleOf(world);
    const plot = new Plot(world);
    return [
      plot.founds(host),
      plot.invites(host, first),
      plot.removes(host, first, [first, second]),
      {
        ...wakesUp(first),
        isDone: () => plot.metaOf(first) === undefined && plot.metaOf(second) === undefined,
      },
    ];
  });
});

test("ENG-27 who was removed and invited again while it was away is invited", async () => {
  await told((world) => {
    const { other: guest, first: host } = peopleOf(world);
    const plot = new Plot(world);
    return [
      plot.founds(host),
      plot.invites(host, guest),
      plot.accepts(guest),
      plot.says(guest, "good night", [host]),
      plot.removes(host, guest, [guest]),
      { ...plot.invites(host, guest, [guest]), isDone: () => plot.countOf(host) === 2 },
      plot.accepts(guest),
      plot.says(guest, "good morning", [host, guest]),
    ];
  });
});

test("ENG-27 what was declined a moment ago is not accepted any more", async () => {
  await told((world) => {
    const { other: guest, first: host } = peopleOf(world);
    const plot = new Plot(world);
    let answer = "";
    return [
      plot.founds(host),
      plot.invites(host, guest),
      {
        ...plot.declines(guest, host),
        what: "declines and accepts",
        async act({ govern }) {
          const declined = govern.declineInvite(plot.roomId);
          const accepted = await govern.acceptInvite(plot.roomId);
          answer = accepted.ok ? "ok" : accepted.error.code;
          return await declined;
        },
        isDone: () => answer === "NOT_FOUND" && plot.metaOf(guest) === undefined && plot.countOf(host) <= 2,
      },
    ];
  });
});

test("ENG-07 ENG-29 nobody waits to be heard by an own device that is revoked", async () => {
  await told((world) => {
    const { first, second, other } = peopleOf(world);
    const plot = new Plot(world);
    return [
      plot.founds(first, [second]),
      { ...plot.says(first, "for the other device", [first]), asleep: [second] },
      {
        what: "comes along",
        who: second,
        asleep: [first],
        async act({ keyring }) {
          if (!first.isRevoked) await world.revoke(first);
          await keyring.sync();
          return { ok: true, value: null };
        },
        isDone: () => plot.isIn(second) && plot.countOf(second) === 1,
      },
      plot.invites(second, other),
      plot.accepts(other),
    ];
  });
});

test("ENG-10 MLS-20 who leaves takes along an own device that is revoked", async () => {
  await told((world) => {
    const { first, second, other: host } = peopleOf(world);
    const plot = new Plot(world);
    return [
      plot.founds(host),
      plot.invites(host, first),
      plot.accepts(first),
      { ...plot.says(host, "all here", [first, second]), isDone: () => plot.isIn(first) && plot.isIn(second) },
      {
        what: "leaves",
        who: first,
        asleep: [second],
        async act(engine) {
          if (!second.isRevoked) await world.revoke(second);
          return await engine.leave(plot.roomId);
        },
        isDone: () => plot.countOf(host) === 1,
      },
    ];
  });
});

test("MLS-20 a revoked device that the server goes on telling is taken out, and wishes nothing", async () => {
  await told((world) => {
    const { first, second, other: host } = peopleOf(world);
    const plot = new Plot(world);
    const isThere = () =>
      members(host.engine?.inspect(plot.roomId)?.group ?? fail()).some(
        ({ deviceId }) => deviceId === second.identity.deviceId,
      );
    return [
      plot.founds(host),
      plot.invites(host, first),
      plot.accepts(first),
      { ...plot.says(host, "all here", [first, second]), isDone: () => plot.isIn(first) && plot.isIn(second) },
      {
        what: "revokes",
        who: first,
        async act() {
          if (!second.isRevoked) await world.revoke(second, false);
          return { ok: true, value: null };
        },
        isDone: () => !isThere(),
      },
      plot.says(host, "without it", [host, first]),
    ];
  });
});

test("ENG-29 who leaves while it comes in is out in the end", async () => {
  await told((world) => {
    const { first, second, other: host } = peopleOf(world);
    const plot = new Plot(world);
    return [
      plot.founds(host),
      { ...plot.invites(host, first, [second]), isDone: () => plot.metaOf(first)?.membership === "joined" },
      { ...plot.accepts(first), asleep: [second] },
      {
        what: "comes and goes",
        who: second,
        async act(engine) {
          await engine.keyring.sync();
          for (let step = 0; step < world.dice.below(20); step++) await Promise.resolve();
          return (await first.engine?.leave(plot.roomId)) ?? { ok: true, value: null };
        },
        isDone: () => plot.countOf(host) === 1,
      },
    ];
  });
});

test("ENG-29 who leaves before anybody has answered has left with all devices", async () => {
  await told((world) => {
    const { first, second, other: host } = peopleOf(world);
    const plot = new Plot(world);
    return [
      plot.founds(host),
      plot.makesLink(host),
      { ...plot.comesByLink(first), asleep: [second, host] },
      {
        what: "leaves",
        who: first,
        asleep: [second, host],
        act: (engine) => engine.leave(plot.roomId),
        isDone: () => plot.metaOf(first)?.membership === "none",
      },
      {
        ...wakesUp(host),
        asleep: [second],
        isDone: () => plot.countOf(host) === 1 && plot.metaOf(host)?.secret !== plot.metaOf(first)?.secret,
      },
      wakesUp(second),
    ];
  });
});

test("ENG-29 what one device declines is declined, though another one had accepted it and could tell nobody", async () => {
  await told((world) => {
    const { first, second, other: host } = peopleOf(world);
    const plot = new Plot(world);
    return [
      plot.founds(host),
      {
        ...plot.invites(host, first),
        isDone: () => [first, second].every((device) => plot.metaOf(device) !== undefined),
      },
      {
        ...plot.accepts(first),
        act({ govern }) {
          first.disconnect();
          return govern.acceptInvite(plot.roomId);
        },
        isDone: () => plot.metaOf(first)?.accepted === true && !first.isOnline,
      },
      { ...plot.declines(second, host), asleep: [first], isDone: () => plot.metaOf(second) === undefined },
      { ...wakesUp(first), isDone: () => plot.countOf(host) === 1 },
      {
        ...wakesUp(second),
        isDone: () => plot.metaOf(first)?.membership !== "joined" && plot.metaOf(second)?.membership !== "joining",
      },
    ];
  });
});

function wakesUp(who: SimulatedDevice): Step {
  return { what: "wakes up", who, act: () => Promise.resolve({ ok: true, value: null }), isDone: () => true };
}
