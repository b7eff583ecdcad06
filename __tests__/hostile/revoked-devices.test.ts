/**
 * A device that its account has given up, in the hands of a thief, and a server that helps the thief: members of other accounts
 * cut it off by themselves, and believe nobody but the account (ENG-32, MLS-20).
 */

import { revokeDevice } from "@/lib/client/worker/devices";
import { makeAccount } from "@/lib/crypto/account/account-key";
import { makeRevocation } from "@/lib/crypto/account/revocation";
import { joinExternal } from "@/lib/crypto/mls/join-external";
import { inspectGroupInfo } from "@/lib/crypto/mls/group-info";
import { makeKnock } from "@/lib/crypto/mls/knock";
import { members } from "@/lib/crypto/mls/roster";
import { processEvent } from "@/lib/crypto/mls/process";
import { fromHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { peekMessage } from "@/lib/protocol/mls/peek";
import { revocationBytes } from "@/lib/protocol/revocation";

import {
  causes,
  Cellar,
  groupOf,
  hasLeaf,
  hears,
  isMember,
  nameOf,
  newRoomId,
  pause,
  policyAt,
  reopen,
  stateOf,
  stolenFrom,
  systemLines,
  talk,
  voiceOf,
} from "../support/cellar";
import { password, unwrap, until, type Person } from "../support/person";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

/** From another browser of the account: no tab of it is open that could clean up. */
async function giveUp(lost: Person): Promise<void> {
  const { ports } = await cellar.secondBrowser(lost);
  unwrap(await revokeDevice(ports, nameOf(lost), lost.identity.deviceId, password));
}

async function isOut(who: Person, roomId: RoomId, lost: Person): Promise<void> {
  await until(() => !hasLeaf(who, roomId, lost.identity), `${nameOf(lost)} is out for ${nameOf(who)}`, 30_000);
}

/** Open, with its founder in it alone. */
async function openRoom(founder: Person): Promise<RoomId> {
  const { roomId } = unwrap<{ roomId: RoomId }>(await founder.running.createRoom(`Open to ${nameOf(founder)}`));
  await until(() => isMember(founder, roomId), "the open room is founded");
  return roomId;
}

async function commitsIn(roomId: RoomId, after: number): Promise<number> {
  const peeks = (await cellar.events(roomId, after)).map(({ payload }) => peekMessage(payload));
  return peeks.filter((peek) => peek.ok && peek.kind === "commit").length;
}

test("ENG-32 T8 members of other accounts take a revoked device out at once, by one commit for all of them", async () => {
  const [alice, bob, carol, dave] = [
    await cellar.person("alice"),
    await cellar.person("bob"),
    await cellar.person("carol"),
    await cellar.person("dave"),
  ];
  const roomId = await cellar.room(alice, bob, carol, dave);
  await alice.say(roomId, "before");
  await hears(bob, roomId, `${nameOf(alice)}: before`);
  // All have asked about bob's device before: what they learn now they are told.
  await pause(1500);
  const before = (await cellar.events(roomId)).length;
  await giveUp(bob);
  for (const member of [alice, carol, dave]) await isOut(member, roomId, bob);
  const lines = await systemLines(carol, roomId);
  expect(lines.filter(({ event, who }) => event === "device-revoked" && who === nameOf(bob))).toHaveLength(1);
  expect((await systemLines(alice, roomId)).map(({ event }) => event)).toContain("device-revoked");
  expect((await systemLines(alice, roomId)).map(({ event }) => event)).not.toContain("removed");
  // The next commit renews the secret that the thief knows.
  await until(() => policyAt(dave, roomId).kind === "private" && !isStale(dave, roomId), "a new secret");
  // One that removes and one that renews; six if all went at once.
  expect(await commitsIn(roomId, before)).toBeLessThanOrEqual(4);
  await talk(roomId, [alice, carol, dave]);
  expect(await bob.texts(roomId)).toEqual([`${nameOf(alice)}: before`]);
});

test("ENG-32 who was away learns of it at the next connection, and one who comes back later of what was said", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  await bob.say(roomId, "while it was mine");
  await alice.close();
  await bob.say(roomId, "my last words");
  await until(async () => (await bob.messages(roomId)).every(({ state }) => state === "sent"), "sent");
  await giveUp(bob);
  await alice.open();
  await isOut(alice, roomId, bob);
  // What the order held before it was known may have been said by its owner.
  await hears(alice, roomId, `${nameOf(bob)}: my last words`);
  await talk(roomId, [alice]);
});

test("ENG-32 what a revoked device says is refused, before and after it is out; what others say waits until it is out", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const stolen = await stolenFrom(bob, roomId);
  const thief = voiceOf(stolen);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await reopen(alice, { hold: (name) => (name === "event:submit" ? held : Promise.resolve()) });
  await until(() => isMember(alice, roomId), "alice is back");
  await giveUp(bob);
  await until(() => (alice.room(roomId)?.meta.revoked.length ?? 0) > 0, "alice knows");
  // The operator orders what the thief sealed.
  await cellar.order(roomId, await thief("give me your keys"));
  await until(async () => (await causes(alice, roomId)).length === 1, "refused");
  await alice.say(roomId, "not for the thief");
  await pause(1000);
  expect(alice.room(roomId)?.pending.map(({ state }) => state)).toEqual(["queued"]);
  release();
  await isOut(alice, roomId, bob);
  await cellar.order(roomId, await thief("sent late"));
  await until(async () => (await causes(alice, roomId)).length === 2, "refused again");
  expect(await causes(alice, roomId)).toEqual(["revoked-device", "revoked-device"]);
  await hears(alice, roomId, `${nameOf(alice)}: not for the thief`);
  expect(await alice.texts(roomId)).toEqual([`${nameOf(alice)}: not for the thief`]);
  let group = stolen;
  for (const { payload } of await cellar.events(roomId)) {
    const read = await processEvent(group, payload);
    expect(read.kind === "application" ? Buffer.from(read.plaintext).toString() : "").not.toContain(
      "not for the thief",
    );
    if (read.kind === "commit") group = read.group;
  }
});

test("ENG-32 T8 a head that the server names and never delivers does not keep a revoked device audible", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  const thief = voiceOf(await stolenFrom(bob, roomId));
  const far = 2 ** 50;
  let lies = false;
  await reopen(alice, {
    deliver: (to, event) => [[to, event], ...(lies ? ([[to, { ...event, seq: far }]] as const) : [])],
    change: (name, answer) => (name === "events:fetch" && lies ? { head: far, events: [] } : answer),
  });
  await until(() => isMember(alice, roomId), "alice is back");
  await talk(roomId, [carol, alice]);
  const before = await alice.texts(roomId);
  lies = true;
  await carol.say(roomId, "good morning");
  await hears(alice, roomId, `${nameOf(carol)}: good morning`);
  expect(alice.room(roomId)?.meta.cursor).toBeLessThan(far);
  await carol.close();
  await giveUp(bob);
  await pause(1500);
  await cellar.order(roomId, await thief("give me your keys"));
  await until(async () => (await causes(alice, roomId)).length > 0, "refused");
  expect(await causes(alice, roomId)).toEqual(["revoked-device"]);
  expect(await alice.texts(roomId)).toEqual([...before, `${nameOf(carol)}: good morning`]);
  lies = false;
  await reopen(alice);
  await isOut(alice, roomId, bob);
  await carol.open();
  await talk(roomId, [alice, carol]);
});

test("ENG-32 REV-01 REV-02 a revocation counts by the account's signature over this device: the server's word and others' keys take nobody out", async () => {
  const [alice, bob, mallory] = [
    await cellar.person("alice"),
    await cellar.person("bob"),
    await cellar.person("mallory"),
  ];
  const roomId = await cellar.room(alice, bob);
  const { deviceId, accountId } = bob.identity;
  const now = new Date();
  const thief = await makeAccount(nameOf(bob), now);
  const own = await makeRevocation(thief, { deviceId, now });
  const underBobsName = own.slice();
  underBobsName.set(fromHex(accountId) ?? [], 1);
  const { ports } = await cellar.secondBrowser(bob);
  const { ports: mallorys } = await cellar.secondBrowser(mallory);
  unwrap(await revokeDevice(mallorys, nameOf(mallory), mallory.identity.deviceId, password));
  const genuine = await revocationOf(mallory);
  const renamed = genuine.slice();
  renamed.set(fromHex(deviceId) ?? [], 33);
  const forged = [own, underBobsName, genuine, renamed, new Uint8Array(revocationBytes).fill(7), new Uint8Array(3)];
  let asked = 0;
  await reopen(alice, {
    revocations: () => {
      asked += 1;
      return forged;
    },
  });
  await until(() => asked > 0, "alice has asked");
  await pause(1500);
  expect(alice.room(roomId)?.meta.revoked).toEqual([]);
  expect(await alice.store.keys("revoked/")).toEqual([]);
  expect(hasLeaf(alice, roomId, bob.identity)).toBe(true);
  await talk(roomId, [alice, bob]);
  // The same server with the truth.
  unwrap(await revokeDevice(ports, nameOf(bob), deviceId, password));
  forged.push(await revocationOf(bob));
  await reopen(alice, { revocations: () => forged });
  await isOut(alice, roomId, bob);
  await talk(roomId, [alice]);
});

test("ENG-32 MLS-20 a server must hold a revocation back from everybody: who was not told believes the commit of who was", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  const elsewhere = await cellar.room(alice, bob);
  const thief = voiceOf(await stolenFrom(bob, roomId));
  await reopen(alice, { revocations: () => [] });
  await until(() => isMember(alice, roomId), "alice is back");
  await giveUp(bob);
  await isOut(alice, roomId, bob);
  await cellar.order(roomId, await thief("sent late"));
  await until(async () => (await causes(alice, roomId)).length === 1, "refused");
  expect(await causes(alice, roomId)).toEqual(["revoked-device"]);
  await talk(roomId, [alice, carol]);
  // The proof in the commit counts in her other rooms as well, where nobody else could have told her.
  await isOut(alice, elsewhere, bob);
});

test("ENG-32 a KeyPackage of a revoked device is not added, whatever the server hands out", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const phone = await cellar.secondDevice(bob);
  const claimed = await bob.transport().claimKeyPackages(nameOf(bob));
  const stale = unwrap(claimed).keyPackages;
  expect(stale.map(({ deviceId }) => deviceId)).toContain(phone.identity.deviceId);
  await reopen(alice, { claim: ({ accountId }) => ({ accountId, keyPackages: stale }) });
  unwrap(await revokeDevice(bob.browser.ports, nameOf(bob), phone.identity.deviceId, password));
  const roomId = await cellar.room(alice, bob);
  expect(hasLeaf(alice, roomId, phone.identity)).toBe(false);
  expect(hasLeaf(alice, roomId, bob.identity)).toBe(true);
  await talk(roomId, [alice, bob]);
  // With the only device revoked there is nobody to invite.
  const { roomId: other } = unwrap(
    await alice.running.govern.createPrivateRoom({ name: "Other", topic: "" }, newRoomId()),
  );
  await giveUp(bob);
  expect(await alice.running.govern.invite(other, nameOf(bob))).toMatchObject({ error: { code: "NOT_REACHABLE" } });
  expect(stateOf(alice, other)?.membership).toBe("joined");
});

test("ENG-32 a revoked device that comes into an open room is not believed, and out again", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const open = await openRoom(alice);
  // Alice knows it from another room; in this one no policy names it.
  const roomId = await cellar.room(alice, bob);
  await giveUp(bob);
  await isOut(alice, roomId, bob);
  const { candidates } = await cellar.server.services.delivery.groupInfo({ roomId: open });
  const groupId = fromHex(open) ?? new Uint8Array();
  const anchors = (id: string) =>
    Promise.resolve([alice, bob].find(({ identity }) => identity.accountId === id)?.identity.accountCertificate);
  let group: ReturnType<typeof groupOf> | undefined;
  for (const { groupInfo } of candidates) {
    const inspected = await inspectGroupInfo(groupInfo, { groupId, anchors });
    if (!inspected.ok || inspected.info.epoch !== groupOf(alice, open).epoch) continue;
    const made = await joinExternal({ groupInfo, groupId, identity: bob.identity, anchors });
    if (!made.ok) throw new Error(made.reason);
    await cellar.order(open, made.commit);
    group = made.next;
  }
  if (group === undefined) throw new Error("no way in");
  await cellar.order(open, await voiceOf(group)("it is me"));
  await until(async () => (await causes(alice, open)).includes("revoked-device"), "refused");
  await isOut(alice, open, bob);
  expect(members(groupOf(alice, open))).toHaveLength(1);
  expect(policyAt(alice, open).revoked).toHaveLength(1);
  await talk(open, [alice]);
});

test("ENG-32 ENG-25 a revoked device that asks to be let in is not; whoever asks beside it is", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const open = await openRoom(alice);
  await giveUp(bob);
  const knock = async ({ identity }: Person) => {
    const { epoch, groupId } = groupOf(alice, open);
    return (await makeKnock(groupId, epoch, identity, new Date())).message;
  };
  // The operator passes on what the honest server would not.
  for (const message of [await knock(bob), await knock(carol)]) alice.running.unsafeRoom(open)?.knocked(message, 0);
  await until(() => hasLeaf(alice, open, carol.identity), "carol is let in");
  await pause(1000);
  // Not even for a moment.
  const lines = await systemLines(alice, open);
  expect(lines.filter(({ who }) => who === nameOf(bob))).toEqual([]);
  expect(policyAt(alice, open).revoked).toEqual([]);
  await talk(open, [alice]);
});

test("ENG-07 ENG-32 whom only a revoked device could confirm goes on without it, and takes it out", async () => {
  const bob = await cellar.person("bob");
  const { roomId } = unwrap(await bob.running.govern.createPrivateRoom({ name: "Alone", topic: "" }, newRoomId()));
  await until(() => isMember(bob, roomId), "founded");
  await bob.close();
  const anew = await cellar.secondDevice(bob);
  await until(() => stateOf(anew, roomId)?.membership === "joined", "the new device came along", 30_000);
  unwrap(await revokeDevice(anew.browser.ports, nameOf(bob), bob.identity.deviceId, password));
  await isOut(anew, roomId, bob);
  expect(isMember(anew, roomId)).toBe(true);
  await talk(roomId, [anew]);
});

function isStale(who: Person, roomId: RoomId): boolean {
  const policy = policyAt(who, roomId);
  return policy.kind !== "open" && policy.stale;
}

async function revocationOf({ identity }: Person): Promise<Uint8Array> {
  const [bytes] = await cellar.server.services.directory.revocations([identity.deviceId]);
  if (bytes === undefined) throw new Error("not revoked");
  return bytes;
}
