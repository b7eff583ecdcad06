/**
 * What a server that keeps everybody's Welcomes and KeyPackages can try with them: nobody comes in whom a member did not add, nobody
 * is led into a room that is not the one it seems, and the room goes on (ENG-27, S36, S2, S3).
 */

import { makeCommit } from "@/lib/client/engine/make-commit";
import type { ClaimedKeyPackages } from "@/lib/client/engine/ports";
import { revokeDevice } from "@/lib/client/worker/devices";
import { makeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { commit } from "@/lib/crypto/mls/commit";
import { createGroup } from "@/lib/crypto/mls/create";
import type { DeviceIdentity, Group } from "@/lib/crypto/mls/door";
import { openGroup } from "@/lib/crypto/mls/inside";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { members, ownMember } from "@/lib/crypto/mls/roster";
import { randomBytes } from "@/lib/crypto/random";
import { fromHex, toHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { clockSkewMs, keyPackageLifetimeMs, keyPackageTarget } from "@/lib/protocol/limits";
import type { PrivatePolicy } from "@/lib/protocol/policy";
import type { Answer } from "@/lib/protocol/schemas/socket";

import {
  Cellar,
  causes,
  groupOf,
  hasLeaf,
  isMember,
  nameOf,
  newRoomId,
  pause,
  policyAt,
  reopen,
  stateOf,
  systemLines,
  talk,
  viewOf,
} from "../support/cellar";
import { password, unwrap, until, type Person } from "../support/person";
import { newEventId } from "../support/events";
import { Gate } from "../support/gate";
import type { Tampering } from "../support/tampered-transport";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

type Letters = Answer<"inbox:fetch">["welcomes"];

/** What waits for somebody, as the operator sees it. */
async function lettersOf({ identity }: Person): Promise<Letters> {
  return (await cellar.server.services.delivery.inbox.page(identity.deviceId, { after: 0, limit: 100 })).welcomes;
}

/** An inbox in which the operator puts what they like; nothing that is taken from it is lost. */
function inbox(letters: () => Letters): Tampering {
  return {
    answer: (name) => (name === "inbox:take" ? { ok: true, value: {} } : undefined),
    change: (name, answer, payload) => {
      if (name !== "inbox:fetch") return answer;
      const { after } = payload as { after: number };
      return {
        welcomes: letters()
          .map((letter, index) => ({ ...letter, id: index + 1 }))
          .filter(({ id }) => id > after),
        more: false,
      };
    },
  };
}

/** Everything in the inbox has been looked at. */
async function hasRead(who: Person): Promise<void> {
  await pause(500);
  await who.running.settled();
}

async function privateRoom(founder: Person, name = "Cellar"): Promise<RoomId> {
  const { roomId } = unwrap(await founder.running.govern.createPrivateRoom({ name, topic: "" }, newRoomId()));
  await until(() => isMember(founder, roomId), "founded");
  return roomId;
}

/** Two rooms of alice, and bob who was invited into both while he was away. */
async function invitedAway(): Promise<{ alice: Person; bob: Person; rooms: RoomId[] }> {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const rooms = [await privateRoom(alice, "First"), await privateRoom(alice, "Second")];
  await bob.close();
  for (const roomId of rooms) unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await until(async () => (await lettersOf(bob)).length === 2, "two letters");
  return { alice, bob, rooms };
}

async function accept(who: Person, roomId: RoomId): Promise<void> {
  await until(() => stateOf(who, roomId)?.membership === "invited", "invited");
  unwrap(await who.running.govern.acceptInvite(roomId));
}

/** Into a group that the forger made under the room's id, with a KeyPackage that bob published. */
async function forgedInvitation(forger: DeviceIdentity, bob: Person, roomId: RoomId, model: PrivatePolicy) {
  const { keyPackages } = unwrap(await bob.browser.http.claimKeyPackages(nameOf(bob)));
  const policy = {
    ...model,
    roomId,
    admins: [forger.accountId],
    links: [],
    secret: toHex(randomBytes(32)),
    stale: false,
  };
  const groupId = fromHex(roomId) ?? new Uint8Array();
  const { group } = await createGroup({ groupId, identity: forger, policy });
  const anchors = (id: string) =>
    Promise.resolve([forger, bob.identity].find(({ accountId }) => accountId === id)?.accountCertificate);
  const ofBob = keyPackages.filter(({ deviceId }) => deviceId === bob.identity.deviceId);
  const add = ofBob.map(({ keyPackage }) => keyPackage);
  const made = await commit(group, forger, { add, anchors, now: new Date() });
  return { welcome: made.welcome ?? new Uint8Array(), commit: made.commit };
}

/** A room that the server keeps for one person alone. */
function madeUpRoom(roomId: RoomId, forged: { readonly welcome: Uint8Array; readonly commit: Uint8Array }): Tampering {
  const event = { seq: 2, id: newEventId(), payload: forged.commit, at: Date.now() };
  const room = { id: roomId, kind: "private", createdAt: new Date().toISOString() };
  return {
    ...inbox(() => [{ id: 1, roomId, seq: 2, welcome: forged.welcome }]),
    answer: (name, payload) => {
      if ((payload as { roomId?: string }).roomId !== roomId) return undefined;
      return { ok: true, value: name === "events:fetch" ? { head: 2, events: [event] } : { head: 2, room } };
    },
  };
}

function privateAt(who: Person, roomId: RoomId): PrivatePolicy {
  const policy = policyAt(who, roomId);
  if (policy.kind !== "private") throw new Error("not a private room");
  return policy;
}

test("S36 a Welcome that is damaged, of another room or under another seq becomes nothing; the genuine one does", async () => {
  const { alice, bob, rooms } = await invitedAway();
  const [first, second] = rooms as [RoomId, RoomId];
  const genuine = await lettersOf(bob);
  unwrap(await alice.running.govern.changeRoom(first, { topic: "a later commit" }));
  const last = (await cellar.events(first)).at(-1)?.seq ?? 0;
  const [one, other] = genuine as [Letters[number], Letters[number]];
  const flipped = one.welcome.slice();
  flipped[flipped.length - 9] = (flipped.at(-9) ?? 0) ^ 1;
  let letters: Letters = [
    { ...one, welcome: randomBytes(900) },
    { ...one, welcome: flipped },
    { ...one, roomId: second },
    { ...one, roomId: newRoomId() },
    { ...one, seq: one.seq - 1 },
    { ...one, seq: last },
    { ...one, seq: 4_000 },
    { ...one, welcome: other.welcome },
  ];
  await reopen(
    bob,
    inbox(() => letters),
  );
  await hasRead(bob);
  expect(bob.running.rooms()).toEqual([]);
  letters = genuine;
  await reopen(
    bob,
    inbox(() => letters),
  );
  await accept(bob, first);
  await until(() => isMember(bob, first), "bob is in");
  expect(systemNames(await systemLines(bob, first), "you-joined")).toBe(1);
  await talk(first, [alice, bob]);
});

test("S36 Welcomes exchanged between two who were invited open nothing, and nobody sees the other's", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const [forBob, forCarol] = [await privateRoom(alice, "For bob"), await privateRoom(alice, "For carol")];
  await Promise.all([bob.close(), carol.close()]);
  unwrap(await alice.running.govern.invite(forBob, nameOf(bob)));
  unwrap(await alice.running.govern.invite(forCarol, nameOf(carol)));
  const [bobs, carols] = [await lettersOf(bob), await lettersOf(carol)];
  let isSwapped = true;
  await reopen(
    bob,
    inbox(() => (isSwapped ? carols : bobs)),
  );
  await reopen(
    carol,
    inbox(() => (isSwapped ? bobs : carols)),
  );
  for (const guest of [bob, carol]) {
    await hasRead(guest);
    expect(guest.running.rooms()).toEqual([]);
  }
  isSwapped = false;
  await Promise.all([reopen(bob), reopen(carol)]);
  await accept(bob, forBob);
  await accept(carol, forCarol);
  await talk(forBob, [alice, bob]);
  await talk(forCarol, [alice, carol]);
});

test("ENG-27 S16 Welcomes that come again, in another order or late: each room appears once, and a declined one never again", async () => {
  const { alice, bob, rooms } = await invitedAway();
  const [first, second] = rooms as [RoomId, RoomId];
  const [one, other] = (await lettersOf(bob)) as [Letters[number], Letters[number]];
  let letters: Letters = [other, other];
  await reopen(
    bob,
    inbox(() => letters),
  );
  await until(() => stateOf(bob, second)?.membership === "invited", "the second is there");
  expect(stateOf(bob, first)).toBeUndefined();
  // What was held back comes as late as the operator likes.
  letters = [other, one, one, other];
  await reopen(
    bob,
    inbox(() => letters),
  );
  await accept(bob, first);
  await until(() => isMember(bob, first), "bob is in");
  await talk(first, [alice, bob]);
  unwrap(await bob.running.govern.declineInvite(second));
  await until(() => stateOf(bob, second) === undefined, "declined");
  const group = groupOf(bob, first);
  await reopen(
    bob,
    inbox(() => letters),
  );
  await hasRead(bob);
  expect(stateOf(bob, second)).toBeUndefined();
  expect(await bob.store.keys(`room/${second}`)).toEqual([]);
  expect(groupOf(bob, first).epoch).toBeGreaterThanOrEqual(group.epoch);
  expect(systemNames(await systemLines(bob, first), "you-joined")).toBe(1);
  await talk(first, [alice, bob]);
  // After a removal it brings nobody back either.
  unwrap(await alice.running.govern.removeMember(first, bob.identity.accountId, { ban: false }));
  await until(() => stateOf(bob, first)?.membership === "none", "bob is out");
  await reopen(
    bob,
    inbox(() => letters),
  );
  await hasRead(bob);
  expect(stateOf(bob, first)?.membership).toBe("none");
  expect(hasLeaf(alice, first, bob.identity)).toBe(false);
  await talk(first, [alice]);
});

test("ENG-27 an invitation whose commit came second becomes nothing, and the next one does", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, carol);
  const submit = new Gate("event:submit");
  await reopen(alice, { hold: (name) => submit.pass(name) });
  await until(() => isMember(alice, roomId), "alice is in");
  submit.close();
  void alice.running.govern.invite(roomId, nameOf(bob));
  await until(() => submit.waiting > 0, "alice's commit is on the way");
  const room = carol.running.unsafeRoom(roomId);
  await room?.turn((draft) => makeCommit(room, draft, {}));
  room?.kick();
  const { epoch } = groupOf(carol, roomId);
  await until(() => groupOf(alice, roomId).epoch > epoch, "carol's was first");
  // This one only: what alice has to say to it she says later.
  submit.open();
  submit.close();
  await until(async () => (await lettersOf(bob)).length > 0, "the letter that is worth nothing");
  const closed = alice.close();
  submit.open();
  await closed;
  await hasRead(bob);
  expect(bob.running.rooms()).toEqual([]);
  // Alice's wish is kept.
  await reopen(alice);
  await accept(bob, roomId);
  await talk(roomId, [alice, bob, carol]);
  expect(await causes(bob, roomId)).toEqual([]);
});

test("ENG-27 S16 a Welcome that is held back until its device has come in by itself does not lead it back", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const phone = await cellar.secondDevice(bob);
  await phone.close();
  const roomId = await cellar.room(alice, bob);
  const letters = await lettersOf(phone);
  expect(letters).toHaveLength(1);
  await Promise.all([alice.close(), bob.close()]);
  let shown: Letters = [];
  await reopen(
    phone,
    inbox(() => shown),
  );
  await until(() => stateOf(phone, roomId)?.membership === "joined", "the phone has come in by itself");
  const { epoch } = groupOf(phone, roomId);
  expect(viewOf(phone, roomId)?.confirmed).toBe(false);
  shown = letters;
  await reopen(
    phone,
    inbox(() => shown),
  );
  await hasRead(phone);
  expect(groupOf(phone, roomId).epoch).toBe(epoch);
  await Promise.all([reopen(alice), reopen(bob)]);
  await talk(roomId, [alice, bob, phone]);
});

test("ENG-27 who was removed and invited again while away finds both", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  await bob.close();
  unwrap(await alice.running.govern.removeMember(roomId, bob.identity.accountId, { ban: false }));
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  // The letter is read before the room has caught up.
  let isHeld = true;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await reopen(bob, { hold: (name) => (name === "room:enter" && isHeld ? held : Promise.resolve()) });
  await pause(1500);
  isHeld = false;
  release();
  await accept(bob, roomId);
  await until(() => isMember(bob, roomId), "bob is in again");
  await talk(roomId, [alice, bob]);
});

test("S36 an accomplice's group under the same id does not take the place of a room that was accepted", async () => {
  const [alice, bob, mallory] = [
    await cellar.person("alice"),
    await cellar.person("bob"),
    await cellar.person("mallory"),
  ];
  const roomId = await privateRoom(alice);
  const { welcome } = await forgedInvitation(mallory.identity, bob, roomId, privateAt(alice, roomId));
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await alice.close();
  await accept(bob, roomId);
  expect(isMember(bob, roomId)).toBe(false);
  // Nobody is there to confirm bob. The commit that invited him has the epoch that the forged Welcome needs.
  await reopen(
    bob,
    inbox(() => [{ id: 1, roomId, seq: 2, welcome }]),
  );
  await hasRead(bob);
  expect(hasLeaf(bob, roomId, alice.identity)).toBe(true);
  expect(hasLeaf(bob, roomId, mallory.identity)).toBe(false);
  await alice.open();
  await until(() => isMember(bob, roomId), "alice confirms bob");
  await talk(roomId, [alice, bob]);
});

test("S4 S5 ENG-13 an invitation under a known name from another key says so", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const known = await cellar.room(alice, bob);
  // The operator makes an account key of their own for alice's name, and a room that only bob is told of.
  const now = new Date();
  const impostor = await makeDevice({ account: await makeAccount(nameOf(alice), now), now });
  const roomId = newRoomId();
  const forged = await forgedInvitation(impostor, bob, roomId, privateAt(alice, known));
  await reopen(bob, {
    ...madeUpRoom(roomId, forged),
    certificates: (honest) => new Map([...honest, [impostor.accountId, impostor.accountCertificate]]),
  });
  await until(() => stateOf(bob, roomId)?.membership === "invited", "invited by the impostor");
  expect(stateOf(bob, roomId)).toMatchObject({ invitedBy: { username: nameOf(alice) }, trust: "new-key" });
  expect(viewOf(bob, roomId)).toMatchObject({ trust: "new-key" });
  expect(stateOf(bob, known)?.trust).toBeUndefined();
  await talk(known, [alice, bob]);
});

test("ENG-27 T8 a device of the account says yes for the others, and a revoked one does not", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const known = await cellar.room(alice, bob);
  const phone = await cellar.secondDevice(bob);
  await phone.close();
  const rooms = [newRoomId(), newRoomId()] as const;
  const forged = await Promise.all(
    rooms.map((roomId) => forgedInvitation(phone.identity, bob, roomId, privateAt(alice, known))),
  );
  const [first, second] = forged as [(typeof forged)[number], (typeof forged)[number]];
  await reopen(bob, madeUpRoom(rooms[0], first));
  await until(() => stateOf(bob, rooms[0])?.membership === "joined", "bob's phone has said yes");
  unwrap(await revokeDevice(bob.browser.ports, nameOf(bob), phone.identity.deviceId, password));
  await reopen(bob, madeUpRoom(rooms[1], second));
  await until(() => stateOf(bob, rooms[1])?.membership === "invited", "bob is asked");
  await talk(known, [alice, bob]);
});

test("S2 S3 MLS-12 ghosts that the server hands out for an invitation are not added, and whom the person meant is", async () => {
  const [alice, bob, mallory] = [
    await cellar.person("alice"),
    await cellar.person("bob"),
    await cellar.person("mallory"),
  ];
  const now = new Date();
  const namesake = await makeDevice({ account: await makeAccount(nameOf(bob), now), now });
  const { deviceCertificate } = bob.identity;
  const spoiled = await packageOf(bob.identity);
  spoiled[spoiled.length - 1] = (spoiled.at(-1) ?? 0) ^ 1;
  const old = new Date(now.getTime() - keyPackageLifetimeMs - 2 * clockSkewMs);
  const ghosts = [
    randomBytes(1100),
    // A device of another account, one under another key of the same name, another's key under bob's certificate.
    await packageOf(mallory.identity),
    await packageOf(namesake),
    await packageOf({ ...mallory.identity, deviceCertificate }),
    spoiled,
    // Expired, and not valid yet.
    await packageOf(bob.identity, old),
    await packageOf(bob.identity, new Date(now.getTime() + 3 * clockSkewMs)),
  ];
  const offered = ghosts.map((keyPackage) => ({ deviceId: mallory.identity.deviceId, keyPackage }));
  let isGhostly = false;
  await reopen(alice, {
    claim: ({ accountId, keyPackages }) => ({
      accountId,
      keyPackages: isGhostly ? offered : [...offered, ...keyPackages],
    }),
  });
  const roomId = await cellar.room(alice, bob);
  const present = members(groupOf(alice, roomId)).map(({ deviceId }) => deviceId);
  expect(present.sort()).toEqual([alice.identity.deviceId, bob.identity.deviceId].sort());
  await talk(roomId, [alice, bob]);
  // Nothing but ghosts: the person is told.
  isGhostly = true;
  const other = await privateRoom(alice, "Other");
  expect(await alice.running.govern.invite(other, nameOf(bob))).toMatchObject({ error: { code: "NOT_REACHABLE" } });
  expect(members(groupOf(alice, other))).toHaveLength(1);
  await talk(roomId, [alice, bob]);
});

test("S16 ENG-34 a KeyPackage that the server hands out a second time is not used a second time", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  let first: ClaimedKeyPackages | undefined;
  await reopen(alice, { claim: (honest) => (first ??= honest) });
  const roomId = await cellar.room(alice, bob);
  const other = await privateRoom(alice, "Other");
  expect(await alice.running.govern.invite(other, nameOf(bob))).toMatchObject({ error: { code: "NOT_REACHABLE" } });
  await reopen(alice);
  await until(() => isMember(alice, other), "alice is back");
  unwrap(await alice.running.govern.invite(other, nameOf(bob)));
  await accept(bob, other);
  await talk(other, [alice, bob]);
  await talk(roomId, [alice, bob]);
});

async function packageOf(identity: DeviceIdentity, now = new Date()): Promise<Uint8Array> {
  return (await makeKeyPackage(identity, now, false)).publicPackage;
}

function systemNames(lines: Awaited<ReturnType<typeof systemLines>>, event: string): number {
  return lines.filter((line) => line.event === event).length;
}

test("S16 ENG-21 a Welcome of last resort that comes again begins no epoch anew: no message key is used twice", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await privateRoom(alice);
  await bob.close();
  for (let taken = 0; taken < keyPackageTarget; taken++) unwrap(await alice.browser.http.claimKeyPackages(nameOf(bob)));
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  const letters = await lettersOf(bob);
  // Nobody confirms bob: he is at home nowhere yet.
  await alice.close();
  await reopen(
    bob,
    inbox(() => letters),
  );
  await accept(bob, roomId);
  await bob.say(roomId, "said once");
  await until(async () => (await bob.messages(roomId)).every(({ state }) => state === "sent"), "sent", 20_000);
  const generation = generationOf(groupOf(bob, roomId));
  expect(generation).toBeGreaterThan(0);
  // Nor does the server tell bob of what he has said himself.
  const last = letters[0]?.seq ?? 0;
  const letterbox = inbox(() => letters);
  await reopen(bob, {
    ...letterbox,
    change: (name, answer, payload) => {
      if (name !== "events:fetch") return letterbox.change?.(name, answer, payload);
      const { events } = answer as Answer<"events:fetch">;
      return { head: last, events: events.filter(({ seq }) => seq <= last) };
    },
  });
  await hasRead(bob);
  expect(viewOf(bob, roomId)?.confirmed).toBe(false);
  expect(generationOf(groupOf(bob, roomId))).toBeGreaterThanOrEqual(generation);
  await Promise.all([reopen(bob), reopen(alice)]);
  await talk(roomId, [alice, bob]);
});

/** Which of its message keys the device uses next. */
function generationOf(group: Group): number {
  const { secretTree } = openGroup(group).state;
  return secretTree[ownMember(group).leafIndex * 2]?.application.generation ?? 0;
}
