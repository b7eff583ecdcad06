/** Two people compare safety numbers, on all their devices; and what a changed key does to what they write (SPEC section VER). */

import { Cellar, hears, isMember, nameOf, stateOf, systemLines, talk, viewOf } from "../support/cellar";
import { unwrap, until, type Person } from "../support/person";
import { decide, directRoom, replaced, trustIn, verificationOf } from "../support/verifying";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

const waiting = (who: Person, roomId: string) => viewOf(who, roomId)?.waiting;
/** An open room: whoever has an account comes in. */
const openRoom = async (founder: Person, guest: Person) => {
  const { roomId } = unwrap(await founder.running.createRoom(`Hall of ${nameOf(founder)}`));
  await until(() => isMember(founder, roomId), "founded");
  await guest.join(roomId);
  await until(() => isMember(guest, roomId), `${nameOf(guest)} is in`);
  return roomId;
};

test("VER-01 VER-10 both see one number, each hears what the other found, and believes only themselves", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  expect((await verificationOf(alice, bob)).peer).toBe("no-room");
  const roomId = await directRoom(alice, bob);
  const [hers, his] = [await verificationOf(alice, bob), await verificationOf(bob, alice)];
  expect(hers.number).toMatch(/^\d{5}( \d{5}){11}$/);
  expect(his.number).toBe(hers.number);
  expect([hers, his]).toMatchObject([
    { trust: "unverified", peer: "silent", roomId },
    { trust: "unverified", peer: "silent", roomId },
  ]);
  const before = (await bob.timeline(roomId)).length;
  await decide(alice, bob, "verified");
  expect(await verificationOf(alice, bob)).toMatchObject({ trust: "verified", markedAt: expect.any(Number) as number });
  await until(() => viewOf(bob, roomId)?.peerFound === "match", "bob hears it");
  expect(await verificationOf(bob, alice)).toMatchObject({ trust: "unverified", peer: "match" });
  // It is no message: no line, nothing unread.
  expect((await bob.timeline(roomId)).length).toBe(before);
  expect(stateOf(bob, roomId)?.unread).toBe(0);
  await decide(bob, alice, "mismatch");
  await until(() => viewOf(alice, roomId)?.peerFound === "mismatch", "alice hears it");
  expect(await verificationOf(alice, bob)).toMatchObject({ trust: "verified", peer: "mismatch" });
  await decide(bob, alice, "verified");
  await until(() => viewOf(alice, roomId)?.peerFound === "match", "cleared up");
  expect([stateOf(alice, roomId)?.trust, viewOf(bob, roomId)?.trust]).toEqual(["verified", "verified"]);
  await talk(roomId, [alice, bob]);
});

test("VER-04 a scanned code verifies; of oneself, of others and of anything else it says so and changes nothing", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  await cellar.room(alice, bob, carol);
  const scan = (text: string) => alice.running.verification.scan(nameOf(bob), bob.identity.accountId, text);
  const [hers, his] = [await verificationOf(alice, bob), await verificationOf(bob, alice)];
  const carols = await verificationOf(carol, alice);
  expect(await scan("https://example.org")).toMatchObject({ error: { code: "NOT_A_SAFETY_CODE" } });
  expect(await scan(hers.code)).toMatchObject({ error: { code: "SAFETY_CODE_OWN" } });
  expect(await scan(carols.code)).toMatchObject({ error: { code: "SAFETY_CODE_OF_ANOTHER" } });
  expect((await verificationOf(alice, bob)).trust).toBe("unverified");
  expect(await scan(his.code)).toEqual({ ok: true, value: "match" });
  expect((await verificationOf(alice, bob)).trust).toBe("verified");
});

test("VER-05 KEY-06 a mark made on one device is the account's on all of them, also on one that comes later", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const phone = await cellar.secondDevice(alice);
  await until(() => isMember(phone, roomId), "the phone is in", 30_000);
  await decide(alice, bob, "verified");
  expect(trustIn(alice, roomId, bob)).toBe("verified");
  await until(() => trustIn(phone, roomId, bob) === "verified", "the phone knows");
  await decide(phone, bob, "mismatch");
  await until(() => trustIn(alice, roomId, bob) === "mismatch", "the first device knows");
  await decide(phone, bob, "verified");
  await phone.close();
  const later = await cellar.secondDevice(alice);
  await until(() => isMember(later, roomId), "the later one is in", 30_000);
  await until(() => trustIn(later, roomId, bob) === "verified", "the later one knows");
});

test("VER-09 S5 a verified person's changed key stops what is written until somebody decides; accepted it is not verified", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const phone = await cellar.secondDevice(alice);
  const hall = await openRoom(alice, bob);
  await decide(alice, bob, "verified");
  const impostor = await replaced(cellar, bob);
  await impostor.join(hall);
  await until(() => trustIn(alice, hall, impostor) === "replaced", "the change is seen");
  expect(viewOf(alice, hall)?.holds).toEqual([
    { username: nameOf(bob), accountId: impostor.identity.accountId, why: "replaced" },
  ]);
  expect((await systemLines(alice, hall)).map(({ event }) => event)).toContain("key-changed");
  await alice.say(hall, "the harbour code is 4417");
  await impostor.say(hall, "hello, bob here");
  await hears(alice, hall, `${nameOf(bob)}: hello, bob here`);
  // All that rooms need goes on, and nothing that a person wrote.
  await until(() => isMember(impostor, hall), "it is confirmed");
  expect(waiting(alice, hall)).toBe(1);
  expect(await impostor.texts(hall)).not.toContain(`${nameOf(alice)}: the harbour code is 4417`);
  const cellarRoom = await cellar.room(alice);
  expect(await alice.running.govern.invite(cellarRoom, nameOf(bob))).toMatchObject({
    error: { code: "PERSON_REPLACED" },
  });

  await decide(alice, impostor, "accepted");
  await hears(impostor, hall, `${nameOf(alice)}: the harbour code is 4417`);
  expect(trustIn(alice, hall, impostor)).toBe("unverified");
  expect(viewOf(alice, hall)?.holds).toEqual([]);
  await until(
    () => phone.running.keyring.get(`verified/${impostor.identity.accountId}`) !== undefined,
    "the phone knows",
  );
  expect((await verificationOf(phone, impostor)).trust).toBe("unverified");
  unwrap(await alice.running.govern.invite(cellarRoom, nameOf(bob)));
  await decide(alice, impostor, "verified");
  expect(trustIn(alice, hall, impostor)).toBe("verified");
});

test("VER-08 an unverified person's changed key is a line in the conversation, and holds nothing up", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const hall = await openRoom(alice, bob);
  const other = await replaced(cellar, bob);
  await other.join(hall);
  await until(() => trustIn(alice, hall, other) === "new-key", "the change is seen");
  expect((await systemLines(alice, hall)).filter(({ event }) => event === "key-changed")).toMatchObject([
    { who: nameOf(bob) },
  ]);
  expect(viewOf(alice, hall)?.holds).toEqual([]);
  await alice.say(hall, "anybody there?");
  await hears(other, hall, `${nameOf(alice)}: anybody there?`);
});

test("VER-09 numbers that differ stop what is written to this person, and only to them, until they match", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const withBob = await directRoom(alice, bob);
  const withCarol = await directRoom(alice, carol);
  await decide(alice, bob, "mismatch");
  expect(viewOf(alice, withBob)?.holds).toMatchObject([{ why: "mismatch" }]);
  await alice.say(withBob, "can you read this?");
  await alice.say(withCarol, "you can");
  await hears(carol, withCarol, `${nameOf(alice)}: you can`);
  expect(waiting(alice, withBob)).toBe(1);
  const room = await cellar.room(alice, carol);
  expect(await alice.running.govern.invite(room, nameOf(bob))).toMatchObject({ error: { code: "PERSON_DISTRUSTED" } });
  const shared = await cellar.room(carol, alice, bob);
  unwrap(await carol.running.govern.setRole(shared, alice.identity.accountId, "admin"));
  await until(() => viewOf(alice, shared)?.role === "admin", "alice may rename it");
  expect(await alice.running.govern.changeRoom(shared, { topic: "what bob did" })).toMatchObject({
    error: { code: "PERSON_DISTRUSTED" },
  });
  // It waits over a restart, and on the account's other devices nothing goes out either.
  await alice.close();
  await alice.open();
  await until(() => alice.running.connection === "online" && isMember(alice, withBob), "alice is back");
  expect([waiting(alice, withBob), viewOf(alice, withBob)?.holds.length]).toEqual([1, 1]);
  await decide(alice, bob, "verified");
  await hears(bob, withBob, `${nameOf(alice)}: can you read this?`);
});
