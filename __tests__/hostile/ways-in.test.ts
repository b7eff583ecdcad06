/**
 * A server that opens every door of a private room and hands out whatever it ever stored: links that are over, GroupInfos from
 * before a removal, tickets of who was banned. Members decide who comes in, and the room goes on (POL-04, POL-06, S20, S33, M15).
 */

import { createHash } from "node:crypto";

import { makeDevice } from "@/lib/crypto/account/device-key";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { inviteLink, roomTicket } from "@/lib/crypto/mls/invite-link";
import { joinExternal } from "@/lib/crypto/mls/join-external";
import { members } from "@/lib/crypto/mls/roster";
import { policyExtension } from "@/lib/crypto/mls/policy";
import { openGroupInfo, sealGroupInfo, type GroupInfoKey } from "@/lib/crypto/mls/seal";
import { unlockAccount } from "@/lib/client/worker/unlock";
import { fromHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { decodeLinkFragment } from "@/lib/protocol/link-fragment";
import { peekMessage } from "@/lib/protocol/mls/peek";
import type { PrivatePolicy } from "@/lib/protocol/policy";
import type { Answer } from "@/lib/protocol/schemas/socket";

import {
  causes,
  Cellar,
  groupOf,
  hasLeaf,
  hears,
  isMember,
  nameOf,
  pause,
  policyAt,
  reopen,
  stateOf,
  stolenFrom,
  talk,
  viewOf,
  voiceOf,
} from "../support/cellar";
import { forgedGroupInfo } from "../support/mls-insider";
import { password, unwrap, until, type Person } from "../support/person";
import type { Tampering } from "../support/tampered-transport";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

type Candidates = Answer<"room:group-info">["candidates"];

const groupIdOf = (roomId: RoomId) => fromHex(roomId) ?? new Uint8Array();

function privateAt(who: Person, roomId: RoomId): PrivatePolicy {
  const policy = policyAt(who, roomId);
  if (policy.kind !== "private") throw new Error("not a private room");
  return policy;
}

const secretAt = (who: Person, roomId: RoomId) => fromHex(privateAt(who, roomId).secret) ?? new Uint8Array();

/** What the operator holds for joiners now. */
async function storedFor(roomId: RoomId): Promise<Candidates> {
  return (await cellar.server.services.delivery.groupInfo({ roomId })).candidates;
}

/** A joiner is shown these, whatever there is now. */
function offering(candidates: () => Candidates): Tampering {
  return {
    change: (name, answer) =>
      name === "room:group-info" ? { ...(answer as object), candidates: candidates() } : answer,
  };
}

/** Whoever asks is delivered to. */
async function openDoors(roomId: RoomId, ...who: readonly Person[]): Promise<void> {
  await cellar.server.services.database.write(async (transaction) => {
    for (const { identity } of who) {
      const key = { roomId, deviceId: identity.deviceId };
      await transaction.rosterEntry.upsert({ where: { roomId_deviceId: key }, create: key, update: {} });
    }
  });
}

/** An external commit as software makes it that asks nobody whether the GroupInfo is of today. */
async function forcedIn(identity: DeviceIdentity, roomId: RoomId, candidates: Candidates, unlock: GroupInfoKey) {
  const anchors = async (id: string) => (await cellar.server.services.directory.certificates([id]))[0]?.certificate;
  for (const { groupInfo } of candidates) {
    const made = await joinExternal({ groupInfo, groupId: groupIdOf(roomId), identity, anchors, unlock });
    if (made.ok) await cellar.order(roomId, made.commit);
    if (made.ok) return true;
  }
  return false;
}

async function secretOfLink(fragment: string, roomId: RoomId): Promise<GroupInfoKey> {
  const decoded = decodeLinkFragment(fragment.replace(/^.*#/, ""));
  if (decoded === undefined) throw new Error("not a link");
  return { kind: "link", link: await inviteLink(decoded.secret, groupIdOf(roomId)) };
}

/** Alice removes somebody, and the secret that they know has been renewed. */
async function expelled(alice: Person, who: Person, roomId: RoomId, ban: boolean, witnesses: readonly Person[]) {
  unwrap(await alice.running.govern.removeMember(roomId, who.identity.accountId, { ban }));
  const isOver = (witness: Person) => !hasLeaf(witness, roomId, who.identity) && !privateAt(witness, roomId).stale;
  await until(() => [alice, ...witnesses].every(isOver), "removed, with a new secret", 30_000);
}

const peopleAt = (who: Person, roomId: RoomId) => members(groupOf(who, roomId)).map(({ username }) => username);

test("S33 POL-06 a link that is used up, revoked or over brings nobody in, though the server opens every door", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice);
  const { govern } = alice.running;
  const link = async (uses: number | null, expiresInMs: number | null) =>
    unwrap(await govern.createLink(roomId, { uses, expiresInMs })).fragment;
  const usedUp = await link(1, null);
  const revoked = await link(null, null);
  const over = await link(null, 4000);
  await until(async () => (await storedFor(roomId))[0]?.epoch === Number(groupOf(alice, roomId).epoch), "stored");
  const stale = await storedFor(roomId);
  // What the others are refused is what lets this one in.
  unwrap(await bob.running.govern.joinByLink(usedUp));
  await until(() => isMember(bob, roomId), "bob came by the link");
  const id = viewOf(alice, roomId)?.links.find(({ uses, expiresAt }) => uses === null && expiresAt === null)?.id;
  unwrap(await govern.revokeLink(roomId, id ?? ""));
  await pause(4000);
  await alice.say(roomId, "who is there?");
  await until(() => privateAt(bob, roomId).links.length === 1, "the link that is over is taken out", 30_000);

  await openDoors(roomId, carol);
  await reopen(
    carol,
    offering(() => stale),
  );
  for (const fragment of [usedUp, revoked, over]) {
    expect(await forcedIn(carol.identity, roomId, stale, await secretOfLink(fragment, roomId))).toBe(true);
    const tried = await carol.running.govern.joinByLink(fragment);
    // Its own clock tells this client.
    if (fragment === over) expect(tried.ok).toBe(false);
    await pause(1000);
    expect(isMember(carol, roomId)).toBe(false);
    expect(peopleAt(alice, roomId)).toEqual([nameOf(alice), nameOf(bob)]);
    await talk(roomId, [alice, bob]);
    // Told the truth, the same client says so and forgets the room.
    await reopen(carol);
    await until(() => stateOf(carol, roomId)?.membership !== "joining", "carol gives up", 30_000);
    expect(await carol.running.govern.joinByLink(fragment)).toMatchObject({ ok: false });
    await reopen(
      carol,
      offering(() => stale),
    );
  }
});

test("S20 a GroupInfo from before a removal does not lead a new device into a room with who was removed", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  const stale = await storedFor(roomId);
  const at = (await cellar.events(roomId)).length;
  await expelled(alice, carol, roomId, false, [bob]);
  await pause(1500);
  const phone = await (await cellar.secondBrowser(bob)).person(nameOf(bob));
  // The room as it was, to the last event.
  await reopen(phone, {
    deliver: () => [],
    change: (name, answer) => {
      if (name === "room:group-info") return { ...(answer as object), head: at, candidates: stale };
      if (name !== "events:fetch") return answer;
      const { events } = answer as Answer<"events:fetch">;
      return { head: at, events: events.filter(({ seq }) => seq <= at) };
    },
  });
  await until(() => stateOf(phone, roomId)?.membership === "joining", "the phone tries", 30_000);
  await pause(3000);
  expect(phone.room(roomId)?.group).toBeUndefined();
  expect(hasLeaf(alice, roomId, phone.identity)).toBe(false);
  await reopen(phone);
  await until(() => isMember(phone, roomId), "the phone is in", 30_000);
  const shown = phone.events.flatMap((event) => (event.type === "room" ? event.room.members : []));
  expect(shown.map(({ username }) => username)).not.toContain(nameOf(carol));
  await talk(roomId, [alice, bob, phone]);
  await phone.close();
});

test("M15 M14 ENG-35 who was banned comes back by no ticket, no link and no other device, and is not heard", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  const { fragment } = unwrap(await alice.running.govern.createLink(roomId, { uses: null, expiresInMs: null }));
  await until(() => privateAt(carol, roomId).links.length === 1, "carol knows the link");
  const secret = secretAt(carol, roomId);
  const voice = voiceOf(await stolenFrom(carol, roomId));
  await cellar.order(roomId, await voice("while I am in"));
  await hears(alice, roomId, `${nameOf(carol)}: while I am in`);
  const stale = await storedFor(roomId);
  await expelled(alice, carol, roomId, true, [bob]);
  await carol.open();
  // The operator takes her old ticket, and delivers to her whatever comes.
  const hash = createHash("sha256")
    .update(roomTicket(secret, groupIdOf(roomId)))
    .digest();
  await cellar.server.services.delivery.roster.setTickets(roomId, [{ hash: new Uint8Array(hash) }]);
  await openDoors(roomId, carol);
  const { privateKeyPkcs8 } = unwrap(await unlockAccount(carol.browser.ports, nameOf(carol), password));
  const account = { privateKeyPkcs8, certificate: carol.identity.accountCertificate };
  const another = await makeDevice({ account, now: new Date() });
  const keys: GroupInfoKey[] = [{ kind: "secret", secret }, await secretOfLink(fragment, roomId)];
  const today = (await storedFor(roomId)).filter(({ epoch }) => epoch === Number(groupOf(alice, roomId).epoch));
  expect(today).not.toEqual([]);
  for (const unlock of keys) {
    for (const identity of [carol.identity, another]) {
      expect([unlock.kind, await forcedIn(identity, roomId, stale, unlock)]).toEqual([unlock.kind, true]);
      expect(await forcedIn(identity, roomId, today, unlock)).toBe(false);
    }
    expect(await openGroupInfo(today[0]?.groupInfo ?? new Uint8Array(), groupIdOf(roomId), unlock)).toBeUndefined();
  }
  expect(await carol.running.govern.joinByLink(fragment)).toMatchObject({ ok: false });
  const phone = await cellar.secondDevice(carol);
  await until(() => phone.running.connection === "online", "carol's other browser");
  // What she says with the keys she has is nobody's to read.
  await cellar.order(roomId, await voice("I am still here"));
  await until(async () => (await causes(alice, roomId)).length > 0, "refused");
  await talk(roomId, [alice, bob]);
  for (const member of [alice, bob]) {
    expect(peopleAt(member, roomId)).toEqual([nameOf(alice), nameOf(bob)]);
    expect(await causes(member, roomId)).toEqual(["not-a-member"]);
    expect(await member.texts(roomId)).not.toContain(`${nameOf(carol)}: I am still here`);
  }
  expect(phone.running.rooms().some((room) => room.roomId === roomId && room.membership === "joined")).toBe(false);
  await until(() => viewOf(alice, roomId)?.bans.length === 1, "still banned");
});

test("SEAL-02 MLS-07 a GroupInfo whose policy was stripped or changed, signed by an accomplice, brings a new device into no room of theirs", async () => {
  const [alice, bob, mallory] = [
    await cellar.person("alice"),
    await cellar.person("bob"),
    await cellar.person("mallory"),
  ];
  const roomId = await cellar.room(alice, bob, mallory);
  await until(async () => (await storedFor(roomId))[0]?.epoch === Number(groupOf(alice, roomId).epoch), "stored");
  const [best] = await storedFor(roomId);
  const policy = privateAt(mallory, roomId);
  const open =
    best &&
    (await openGroupInfo(best.groupInfo, groupIdOf(roomId), { kind: "secret", secret: secretAt(mallory, roomId) }));
  if (best === undefined || open === undefined) throw new Error("nothing stored");
  const seat = { identity: mallory.identity, group: groupOf(mallory, roomId) };
  const usurped = { ...policy, admins: [mallory.identity.accountId] };
  const forge = async (extensions: ReturnType<typeof policyExtension>[]) => {
    const forged = await forgedGroupInfo(seat, open, ({ groupContext }) => ({
      groupContext: { ...groupContext, extensions },
    }));
    return await sealGroupInfo(policy, { groupId: groupIdOf(roomId), epoch: BigInt(best.epoch) }, forged);
  };
  const served = [await forge([]), await forge([policyExtension(usurped)])];
  const phone = await (await cellar.secondBrowser(bob)).person(nameOf(bob));
  let at = 0;
  for (; at < served.length; at++) {
    await reopen(
      phone,
      offering(() => [{ ...best, groupInfo: served[at] ?? new Uint8Array(), attestations: 9 }]),
    );
    await pause(4000);
    expect([at, isMember(phone, roomId)]).toEqual([at, false]);
    expect(viewOf(alice, roomId)?.role).toBe("admin");
    expect(hasLeaf(alice, roomId, phone.identity)).toBe(false);
  }
  await talk(roomId, [alice, bob, mallory]);
  // What stands alone says that it does, and finds the others at their next commit.
  await reopen(phone);
  expect(viewOf(phone, roomId)?.confirmed).toBe(false);
  unwrap(await alice.running.govern.changeRoom(roomId, { topic: "a commit" }));
  await until(() => isMember(phone, roomId), "the phone is in", 30_000);
  expect(privateAt(phone, roomId).admins).toEqual([alice.identity.accountId]);
  await talk(roomId, [alice, bob, phone]);
  await phone.close();
});

test("S37 S15 a server that keeps a removal from a member: nothing after it is read as if it had not been, and it is said", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  await talk(roomId, [alice, bob, carol]);
  await pause(1000);
  const at = (await cellar.events(roomId)).length + 1;
  let isHiding = true;
  type Events = Answer<"events:fetch">["events"];
  const moved = (events: Events): Events =>
    events.filter(({ seq }) => seq !== at).map((event) => (event.seq > at ? { ...event, seq: event.seq - 1 } : event));
  await reopen(bob, {
    deliver: (room, event) => (isHiding ? moved([event]) : [event]).map((one) => [room, one] as const),
    change: (name, answer, payload) => {
      if (name !== "events:fetch" || !isHiding) return answer;
      const { head, events } = answer as Answer<"events:fetch">;
      const { after } = payload as { after: number };
      return { head: Math.max(head - 1, 0), events: moved(events).filter(({ seq }) => seq > after) };
    },
  });
  await until(() => isMember(bob, roomId), "bob is back");
  await expelled(alice, carol, roomId, false, []);
  expect(peekMessage((await cellar.events(roomId, at - 1))[0]?.payload ?? new Uint8Array())).toMatchObject({
    kind: "commit",
  });
  await alice.say(roomId, "carol is gone");
  const isTold = async () =>
    (await bob.timeline(roomId)).some(
      (item) => item.kind === "unreadable" || (item.kind === "system" && item.event === "repaired"),
    );
  await until(isTold, "bob is told that something is wrong", 30_000);
  expect(await bob.texts(roomId)).not.toContain(`${nameOf(alice)}: carol is gone`);
  isHiding = false;
  await reopen(bob);
  await until(
    () => bob.room(roomId)?.group !== undefined && !hasLeaf(bob, roomId, carol.identity),
    "bob knows",
    60_000,
  );
  await until(() => isMember(bob, roomId), "bob is confirmed", 30_000);
  await talk(roomId, [alice, bob]);
});
