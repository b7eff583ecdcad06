/** People in private and direct rooms, through the whole client and a real server (ENG-26 to ENG-28). */

import { randomBytes } from "@/lib/crypto/random";
import { members, policyOf } from "@/lib/crypto/mls/roster";
import { toHex } from "@/lib/protocol/bytes";
import { revokeDevice } from "@/lib/client/worker/devices";
import { enqueue } from "@/lib/client/engine/outbox";
import { accountIdSchema, messageIdSchema, roomIdSchema } from "@/lib/protocol/ids";
import { decodeLinkFragment, encodeLinkFragment } from "@/lib/protocol/link-fragment";

import { Cellar, hears, isMember, nameOf, newRoomId, stateOf, talk, viewOf } from "../support/cellar";
import { password, type Person, unwrap, until } from "../support/person";
import { tampered } from "../support/tampered-transport";

jest.setTimeout(120_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

const newMessageId = () => messageIdSchema.parse(toHex(randomBytes(16)));

test("ENG-27 an invitation is found, accepted and talked in; the name comes from the signed policy", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const { roomId } = unwrap(
    await alice.running.govern.createPrivateRoom({ name: "Cellar", topic: "wine" }, newRoomId()),
  );
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await until(() => stateOf(bob, roomId)?.membership === "invited", "invited");
  expect(stateOf(bob, roomId)).toMatchObject({
    name: "Cellar",
    kind: "private",
    invitedBy: { username: nameOf(alice) },
  });
  expect(viewOf(alice, roomId)?.members.find(({ username }) => username === nameOf(bob))?.accepted).toBe(false);
  await alice.say(roomId, "before you said yes");
  expect(stateOf(bob, roomId)).toMatchObject({ unread: 0, lastText: undefined });
  unwrap(await bob.running.govern.acceptInvite(roomId));
  await hears(bob, roomId, `${nameOf(alice)}: before you said yes`);
  await until(() => isMember(bob, roomId), "bob is in");
  await until(
    () => viewOf(alice, roomId)?.members.every(({ accepted }) => accepted) === true,
    "alice sees that bob accepted",
  );
  await talk(roomId, [alice, bob]);
});

test("ENG-27 who is offline finds the invitation on coming back; declining leaves nothing behind", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice);
  await bob.close();
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await bob.open();
  await until(() => stateOf(bob, roomId)?.membership === "invited", "found");
  unwrap(await bob.running.govern.declineInvite(roomId));
  await until(() => stateOf(bob, roomId) === undefined, "gone");
  expect(await bob.store.keys(`room/${roomId}`)).toEqual([]);
  await until(() => viewOf(alice, roomId)?.members.length === 1, "alice sees that bob declined");
  const lines = await alice.timeline(roomId);
  expect(lines.some((line) => line.kind === "system" && line.event === "declined" && line.who === nameOf(bob))).toBe(
    true,
  );
  // Asked again, bob may still come.
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await until(() => stateOf(bob, roomId)?.membership === "invited", "asked again");
  unwrap(await bob.running.govern.acceptInvite(roomId));
  await until(() => isMember(bob, roomId), "bob is in");
  await talk(roomId, [alice, bob]);
});

test("ENG-26 roles, names, removal and ban; what is not allowed is said and changes nothing", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  const id = (who: Person) => who.identity.accountId;
  expect(await bob.running.govern.removeMember(roomId, id(carol), { ban: false })).toMatchObject({
    error: { code: "NOT_ALLOWED" },
  });
  expect(await bob.running.govern.invite(roomId, nameOf(alice))).toMatchObject({ error: { code: "NOT_ALLOWED" } });
  expect(await alice.running.leave(roomId)).toMatchObject({ error: { code: "LAST_ADMIN" } });
  unwrap(await alice.running.govern.changeRoom(roomId, { name: "Attic", topic: "dust" }));
  await until(() => viewOf(carol, roomId)?.name === "Attic", "renamed");
  unwrap(await alice.running.govern.setRole(roomId, id(bob), "admin"));
  await until(() => viewOf(bob, roomId)?.role === "admin", "promoted");
  unwrap(await bob.running.govern.removeMember(roomId, id(carol), { ban: true }));
  await until(() => stateOf(carol, roomId)?.membership === "none", "carol is out");
  await until(() => viewOf(alice, roomId)?.members.length === 2, "alice sees it");
  // The secret that carol knows is renewed by whoever commits next, without being asked.
  await until(() => {
    const group = alice.room(roomId)?.group;
    const policy = group && policyOf(group);
    return policy?.kind === "private" && !policy.stale && policy.removals === 1;
  }, "a new secret");
  expect(await alice.running.govern.invite(roomId, nameOf(carol))).toMatchObject({ error: { code: "BANNED" } });
  await talk(roomId, [alice, bob]);
  unwrap(await alice.running.leave(roomId));
  await until(() => viewOf(bob, roomId)?.members.length === 1, "alice has left");
  unwrap(await bob.running.govern.closeRoom(roomId));
  expect(await bob.running.send(roomId, "anybody?")).toMatchObject({ error: { code: "ROOM_CLOSED" } });
});

test("ENG-26 a link brings people in as often as it says, and not once it is revoked", async () => {
  const [alice, bob, carol, dave] = [
    await cellar.person("alice"),
    await cellar.person("bob"),
    await cellar.person("carol"),
    await cellar.person("dave"),
  ];
  const roomId = await cellar.room(alice);
  const { fragment } = unwrap(await alice.running.govern.createLink(roomId, { expiresInMs: null, uses: 1 }));
  unwrap(await bob.running.govern.joinByLink(fragment));
  await until(() => isMember(bob, roomId), "bob came by the link");
  expect(await carol.running.govern.joinByLink(fragment)).toMatchObject({ error: { code: "LINK_USED_UP" } });
  const other = unwrap(await alice.running.govern.createLink(roomId, { expiresInMs: 60_000, uses: null }));
  // Nobody else is there: the link lets in all the same.
  await Promise.all([alice.close(), bob.close()]);
  unwrap(await carol.running.govern.joinByLink(other.fragment));
  await until(() => stateOf(carol, roomId)?.membership === "joined", "carol came by the link");
  await Promise.all([alice.open(), bob.open()]);
  await until(() => isMember(carol, roomId), "carol is confirmed");
  await until(() => viewOf(alice, roomId)?.members.length === 3, "alice sees three");
  const link = viewOf(alice, roomId)?.links.find(
    ({ address }) => address !== undefined && address.slice(0, 60) === other.fragment.slice(0, 60),
  );
  unwrap(await alice.running.govern.revokeLink(roomId, link?.id ?? ""));
  await until(async () => {
    const tried = await dave.running.govern.joinByLink(other.fragment);
    return !tried.ok && tried.error.code === "LINK_INVALID";
  }, "the link is dead");
  expect(await dave.running.govern.joinByLink("nonsense")).toMatchObject({ error: { code: "LINK_INVALID" } });
  await talk(roomId, [alice, bob, carol]);
});

test("POL-10 a link that has ended is dropped at once, by one of those who are there", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  const all = [alice, bob, carol];
  const linksOf = (who: Person) => viewOf(who, roomId)?.links ?? [];
  const { fragment } = unwrap(await alice.running.govern.createLink(roomId, { expiresInMs: 1000, uses: null }));
  await until(() => all.every((who) => linksOf(who).length === 1), "all see it");
  const endsAt = linksOf(alice)[0]?.expiresAt ?? 0;
  const epoch = () => alice.room(roomId)?.group?.epoch ?? 0n;
  const before = epoch();
  await until(() => all.every((who) => linksOf(who).length === 0), "dropped", 10_000);
  expect(Date.now() - endsAt).toBeLessThan(2500);
  expect(epoch() - before).toBe(1n);
  await talk(roomId, all);
  expect(epoch() - before).toBe(1n);
  const dave = await cellar.person("dave");
  expect(await dave.running.govern.joinByLink(fragment)).toMatchObject({ error: { code: "LINK_EXPIRED" } });
});

test("POL-10 nobody is there to drop it: the server keeps away who comes late, and who comes late does not come", async () => {
  const [alice, dave, erin] = [await cellar.person("alice"), await cellar.person("dave"), await cellar.person("erin")];
  const roomId = await cellar.room(alice);
  const { fragment } = unwrap(await alice.running.govern.createLink(roomId, { expiresInMs: 2000, uses: null }));
  const link = decodeLinkFragment(fragment);
  const endsAt = link?.endsAt ?? null;
  if (link === undefined || endsAt === null) throw new Error("no end in the link");
  await alice.close();
  // Dave follows it in time, and loses the connection before he is in.
  let asked = 0;
  await dave.close();
  const isLate = (name: string) => name === "room:group-info" && asked++ > 0;
  await dave.open(
    tampered({ answer: (name) => (isLate(name) ? { ok: false, error: { code: "UNAVAILABLE" } } : undefined) }),
  );
  unwrap(await dave.running.govern.joinByLink(fragment));
  await dave.close();
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, endsAt - Date.now()) + 50));
  // The end taken out of the address by whoever passed it on.
  const endless = encodeLinkFragment({ ...link, endsAt: null });
  expect(await erin.running.govern.joinByLink(endless)).toMatchObject({ error: { code: "LINK_INVALID" } });
  // A server that looks at no clock.
  const { database } = cellar.server.services;
  await database.write((transaction) =>
    transaction.roomTicket.updateMany({ where: { roomId }, data: { endsAt: null } }),
  );
  expect(await erin.running.govern.joinByLink(endless)).toMatchObject({ error: { code: "LINK_EXPIRED" } });
  await dave.open();
  await until(() => stateOf(dave, roomId) === undefined, "dave gives up");
  await alice.open();
  await until(() => viewOf(alice, roomId)?.links.length === 0, "dropped on return");
  expect(viewOf(alice, roomId)?.members.length).toBe(1);
});

test("ENG-27 a direct room is one for each pair; from somebody blocked nothing appears", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const { roomId } = unwrap(await alice.running.govern.openDirect(nameOf(bob), newRoomId()));
  await until(() => stateOf(bob, roomId)?.membership === "invited", "a request");
  expect(stateOf(bob, roomId)).toMatchObject({ kind: "direct", name: nameOf(alice) });
  expect(unwrap(await bob.running.govern.openDirect(nameOf(alice), newRoomId())).roomId).toBe(roomId);
  expect(unwrap(await alice.running.govern.openDirect(nameOf(bob), newRoomId())).roomId).toBe(roomId);
  await until(() => isMember(bob, roomId) && isMember(alice, roomId), "both are in");
  await talk(roomId, [alice, bob]);
  expect(await alice.running.govern.openDirect("nobody-of-that-name", newRoomId())).toMatchObject({
    error: { code: "NO_SUCH_ACCOUNT" },
  });

  unwrap(await bob.running.govern.setBlocked(alice.identity.accountId, true));
  await until(() => stateOf(bob, roomId)?.membership === "none", "bob has left");
  await until(() => viewOf(alice, roomId)?.members.length === 1, "alice is alone");
  expect(await bob.running.govern.openDirect(nameOf(alice), newRoomId())).toMatchObject({
    error: { code: "PERSON_BLOCKED" },
  });
  const again = unwrap(await alice.running.govern.createPrivateRoom({ name: "Trap", topic: "" }, newRoomId()));
  unwrap(await alice.running.govern.invite(again.roomId, nameOf(bob)));
  await until(
    async () => (await cellar.server.services.database.reader.inboxEntry.count()) === 0,
    "the invitation is taken",
  );
  expect(stateOf(bob, again.roomId)).toBeUndefined();
});

test("ENG-27 a tab that died between blocking somebody and leaving the room with them leaves it the next time", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const { roomId } = unwrap(await alice.running.govern.openDirect(nameOf(bob), newRoomId()));
  unwrap(await bob.running.govern.openDirect(nameOf(alice), newRoomId()));
  await until(() => isMember(bob, roomId), "both are in");
  await bob.running.keyring.set(`block/${accountIdSchema.parse(alice.identity.accountId)}`, true);
  await bob.close();
  await bob.open();
  await until(() => stateOf(bob, roomId)?.membership === "none", "bob has left");
  await until(() => viewOf(alice, roomId)?.members.length === 1, "alice is alone");
});

test("MSG-06 M12 a report reaches the admins, and what its sender made up is marked", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  await carol.say(roomId, "something nasty");
  await hears(bob, roomId, `${nameOf(carol)}: something nasty`);
  await hears(alice, roomId, `${nameOf(carol)}: something nasty`);
  const found = (await bob.messages(roomId)).find(({ text }) => text === "something nasty");
  const said = messageIdSchema.parse(found?.messageId);
  unwrap(await bob.running.govern.report(roomId, [said], "this is not kind"));
  expect(await alice.running.govern.report(roomId, [newMessageId()], "x")).toMatchObject({ ok: false });
  await until(() => alice.running.rooms().some(({ kind }) => kind === "direct"), "a request from bob");
  const direct = roomIdSchema.parse(alice.running.rooms().find(({ kind }) => kind === "direct")?.roomId);
  unwrap(await alice.running.govern.acceptInvite(direct));
  const reports = async () => (await alice.timeline(direct)).filter((item) => item.kind === "report");
  await until(async () => (await reports()).length === 1, "the report is there");
  expect((await reports())[0]).toMatchObject({
    own: false,
    reason: "this is not kind",
    messages: [{ text: "something nasty", author: { username: nameOf(carol) }, proven: true }],
  });
  expect(carol.running.rooms().some(({ kind }) => kind === "direct")).toBe(false);

  // Bob's software makes words up, and a name: neither is believed.
  const forged = {
    id: newMessageId(),
    accountId: "ab".repeat(32),
    username: "nobody-known",
    at: 1,
    text: "never said",
  };
  const copied = {
    id: said,
    accountId: carol.identity.accountId,
    username: nameOf(carol),
    at: 1,
    text: "changed",
  };
  // Carol's own words, as if somebody else had said them.
  const renamed = { ...copied, username: nameOf(bob), text: "something nasty" };
  const room = bob.running.unsafeRoom(direct);
  await room?.turn((draft) => {
    enqueue(draft, { kind: "report", roomId, reason: "", messages: [forged, copied, renamed] });
  });
  room?.kick();
  await until(async () => (await reports()).length === 2, "the forged report is there");
  expect((await reports())[1]).toMatchObject({
    messages: [{ proven: false }, { proven: false }, { proven: false }],
  });
  expect(await alice.store.get("pin/nobody-known")).toBeUndefined();
});

test("ENG-29 a new device signs in and comes into the account's rooms by itself", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const phone = await cellar.secondDevice(bob);
  await until(() => isMember(phone, roomId), "the new device is in", 30_000);
  await until(() => members(alice.room(roomId)?.group ?? fail()).length === 3, "alice sees three devices");
  await talk(roomId, [alice, bob, phone]);
  // Leaving on one device is leaving with all.
  unwrap(await phone.running.leave(roomId));
  await until(() => stateOf(bob, roomId)?.membership === "none", "the other device follows");
  await until(() => viewOf(alice, roomId)?.members.length === 1, "alice is alone");
});

test("ENG-29 a device that was away when its account left does not bring the account back", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const phone = await cellar.secondDevice(bob);
  await until(() => isMember(phone, roomId), "the phone is in", 30_000);
  await phone.close();
  unwrap(await bob.running.leave(roomId));
  await until(() => stateOf(bob, roomId)?.membership === "none", "bob has left");
  await bob.running.keyring.sync();
  // The phone comes back, and something happens in the room before it has read that.
  let read: () => void = () => undefined;
  const reading = new Promise<void>((resolve) => (read = resolve));
  await phone.open(tampered({ hold: (name) => (name === "events:fetch" ? reading : Promise.resolve()) }));
  await until(() => phone.running.keyring.get(`room/${roomId}`)?.left === true, "the phone's keyring knows");
  await phone.running.unsafeRoom(roomId)?.turn(({ meta }) => {
    meta.unread += 1;
  });
  await phone.running.keyring.sync();
  expect(phone.running.keyring.get(`room/${roomId}`)?.left).toBe(true);
  read();
  await until(() => stateOf(phone, roomId)?.membership === "none", "the phone follows");
  await bob.running.keyring.sync();
  expect(stateOf(bob, roomId)?.membership).toBe("none");
  // Invited again, the account is in again, with both.
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await until(() => stateOf(bob, roomId)?.membership === "invited", "asked again");
  unwrap(await bob.running.govern.acceptInvite(roomId));
  await until(() => bob.running.keyring.get(`room/${roomId}`)?.left === undefined, "in the keyring again");
  await until(() => isMember(phone, roomId) && isMember(bob, roomId), "both are in", 30_000);
});

test("ENG-26 T8 a revoked device is taken out of every room by the account's other device, and reads nothing more", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const lost = await cellar.secondDevice(bob);
  await until(() => isMember(lost, roomId), "the second device is in", 30_000);
  const { deviceId } = lost.identity;
  unwrap(await revokeDevice(bob.browser.ports, nameOf(bob), deviceId, password));
  const isIn = (who: Person) =>
    members(who.room(roomId)?.group ?? fail()).some((member) => member.deviceId === deviceId);
  await until(() => !isIn(alice) && !isIn(bob), "the device is out", 30_000);
  expect((await alice.timeline(roomId)).some((line) => line.kind === "system" && line.event === "device-revoked")).toBe(
    true,
  );
  await talk(roomId, [alice, bob]);
  expect((await lost.texts(roomId)).filter((line) => line.includes("from "))).toEqual([]);
});

test("ENG-28 messages disappear when the room's timer says so", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  unwrap(await alice.running.govern.changeRoom(roomId, { timerMs: 60_000 }));
  await until(() => viewOf(bob, roomId)?.timerMs === 60_000, "the timer is on");
  await talk(roomId, [alice, bob]);
  const keys = await bob.store.keys(`room/${roomId}/x/`);
  expect(keys).toHaveLength(2);
  const expiresAt = bob.room(roomId)?.meta.expiresAt ?? 0;
  expect(expiresAt).toBeGreaterThan(Date.now() + 30_000);
  expect(expiresAt).toBeLessThan(Date.now() + 60_001);
});

function fail(): never {
  throw new Error("no group");
}
