/** MLS-19: asking to be let in, and what a hostile server or a stranger could make of it. */

import { commit } from "@/lib/crypto/mls/commit";
import { joinWelcome } from "@/lib/crypto/mls/join-welcome";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { makeKnock, readKnock } from "@/lib/crypto/mls/knock";
import { epochAuthenticator, members } from "@/lib/crypto/mls/roster";
import { keyPackageLifetimeMs, retainedEpochs } from "@/lib/protocol/limits";
import { groupId, now, Room, World } from "../support/mls";

const world = new World();
const { anchors } = world;
const options = { anchors, now };

async function scene() {
  const room = await Room.of(world, ["alice"]);
  const [alice] = room.seats;
  if (alice === undefined) throw new Error("nobody is here");
  return { room, alice };
}

test("MLS-19 several who ask come in by one commit, and all share its epoch", async () => {
  const { alice } = await scene();
  const guests = await Promise.all(["bobby", "carol", "daisy"].map((name) => world.device(name)));
  const knocks = await Promise.all(guests.map((guest) => makeKnock(groupId, alice.group.epoch, guest, now)));
  const add: Uint8Array[] = [];
  for (const { message } of knocks) {
    const read = await readKnock(alice.group, message, options);
    if (!read.ok) throw new Error(read.reason);
    add.push(read.keyPackage);
  }
  const made = await commit(alice.group, alice.identity, { add, anchors, now });
  expect(made.next.epoch).toBe(alice.group.epoch + 1n);
  expect(members(made.next)).toHaveLength(4);
  for (const [index, { keyPackage }] of knocks.entries()) {
    const identity = guests[index];
    if (identity === undefined || made.welcome === undefined) throw new Error("nobody to welcome");
    const joined = await joinWelcome({ welcome: made.welcome, keyPackage, identity, anchors, groupId });
    if (!joined.ok) throw new Error(joined.reason);
    expect(epochAuthenticator(joined.group)).toEqual(epochAuthenticator(made.next));
  }
});

test("MLS-19 a KeyPackage from the directory is no wish to come in", async () => {
  const { alice } = await scene();
  const { publicPackage } = await makeKeyPackage(await world.device("bobby"), now, false);
  expect(await readKnock(alice.group, publicPackage, options)).toEqual({ ok: false, reason: "malformed" });
});

test("MLS-19 a knock counts for its group, around its epoch, and unchanged", async () => {
  const { alice } = await scene();
  const bobby = await world.device("bobby");
  const { epoch } = alice.group;
  const reasonOf = async (message: Uint8Array) => {
    const read = await readKnock(alice.group, message, options);
    return read.ok ? "taken" : read.reason;
  };
  const knock = async (id: Uint8Array, at: bigint) => (await makeKnock(id, at, bobby, now)).message;
  expect(await reasonOf(await knock(groupId, epoch))).toBe("taken");
  expect(await reasonOf(await knock(groupId.toReversed(), epoch))).toBe("wrong-group");
  expect(await reasonOf(await knock(groupId, epoch + 1n))).toBe("future-epoch");

  // The signature binds it: moved to another group or epoch by hand it is worthless.
  const elsewhere = await knock(groupId.toReversed(), epoch);
  const moved = elsewhere.slice();
  moved.set(groupId, 5);
  expect(await reasonOf(moved)).toBe("bad-signature");
  const damaged = await knock(groupId, epoch);
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  expect(await reasonOf(damaged)).toBe("bad-signature");
  expect(await reasonOf(damaged.slice(0, -1))).toBe("malformed");
});

test("MLS-19 an old knock, an expired one, and one of a member are refused", async () => {
  const { room, alice } = await scene();
  const bobby = await world.device("bobby");
  const { message } = await makeKnock(groupId, alice.group.epoch, bobby, now);
  const late = { anchors, now: new Date(now.getTime() + keyPackageLifetimeMs + 1000) };
  expect(await readKnock(alice.group, message, late)).toEqual({ ok: false, reason: "not-allowed" });

  let group = alice.group;
  for (let passed = 0; passed < retainedEpochs; passed++) group = (await commit(group, alice.identity)).next;
  expect((await readKnock(group, message, options)).ok).toBe(true);
  group = (await commit(group, alice.identity)).next;
  expect(await readKnock(group, message, options)).toEqual({ ok: false, reason: "late-epoch" });

  const seat = await room.join(bobby);
  const again = await makeKnock(groupId, seat.group.epoch, bobby, now);
  expect(await readKnock(seat.group, again.message, options)).toEqual({ ok: false, reason: "not-allowed" });
});
