/** What an operator tries when two people meet for the first time: another key under the name, or another person's answer (S4, S5). */

import type { RoomId } from "@/lib/protocol/ids";
import { decodeLinkFragment, encodeLinkFragment } from "@/lib/protocol/link-fragment";

import { Cellar, hears, isMember, nameOf, newRoomId, pause, reopen, stateOf, talk, viewOf } from "../support/cellar";
import { registered, unwrap, until, type Person } from "../support/person";
import type { Tampering } from "../support/tampered-transport";
import { directRoom, trustIn, verificationOf } from "../support/verifying";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

const services = () => cellar.server.services;
const alarms = (who: Person) => who.running.keyLog.alarms.map(({ kind }) => kind);

/** The operator takes the name from its owner, whose device stays connected, and gives it to an accomplice's new account. */
async function impostorOf(owner: Person, { isLogged }: { readonly isLogged: boolean }): Promise<Person> {
  const { username, accountId: id } = owner.identity;
  await services().database.write((transaction) =>
    transaction.account.update({ where: { id }, data: { username: `${username}.hidden` } }),
  );
  const append = jest.spyOn(services().transparencyLog, "append");
  if (!isLogged) append.mockResolvedValue();
  const mallory = cellar.withTab(await registered(cellar.server.url, username));
  append.mockRestore();
  await until(() => mallory.running.connection === "online", "the accomplice is online");
  return mallory;
}

test("S4 S5 LOG-11 words for a name do not reach a key that the server put under it and left out of the log", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const mallory = await impostorOf(bob, { isLogged: false });
  const roomId = newRoomId();
  expect(await alice.running.govern.openDirect(nameOf(bob), roomId)).toMatchObject({ ok: false });
  await until(() => alarms(alice).includes("not-in-log"), "alice is told");
  expect(alice.running.troubles).toContain("key-log");
  await until(() => isMember(alice, roomId), "she is alone in the room");
  await alice.say(roomId, "only for bob");
  await pause(500);
  expect(viewOf(alice, roomId)?.members.map(({ accountId }) => accountId)).toEqual([alice.identity.accountId]);
  expect(mallory.running.rooms()).toEqual([]);
  expect(await mallory.texts(roomId)).toEqual([]);
});

test("S4 S5 LOG-12 a key that the server put under a name is unverified, and the log shows it to whom the name belongs", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  await until(() => bob.running.keyLog.note !== undefined, "bob reads the log");
  const mallory = await impostorOf(bob, { isLogged: true });
  const roomId = await directRoom(alice, mallory);
  await alice.say(roomId, "who is there?");
  await hears(mallory, roomId, `${nameOf(alice)}: who is there?`);
  expect(trustIn(alice, roomId, mallory)).toBe("unverified");
  expect(stateOf(alice, roomId)?.trust).toBe("unverified");
  await bob.running.keyLog.look();
  // By the account's entry and by its device's.
  expect(alarms(bob)).toEqual(["name-taken", "name-taken"]);
  expect(bob.running.troubles).toContain("key-log");
  // When they meet, the numbers differ; from then on nothing is said to it.
  const { code } = await verificationOf(bob, alice);
  const { accountId } = mallory.identity;
  expect(await alice.running.verification.scan(nameOf(bob), accountId, code)).toMatchObject({ value: "mismatch" });
  unwrap(await alice.running.verification.decide(nameOf(bob), accountId, "mismatch"));
  await alice.say(roomId, "not for you");
  await pause(500);
  expect(await mallory.texts(roomId)).toEqual([`${nameOf(alice)}: who is there?`]);
});

test("S4 a look-up that is answered with somebody else's genuine account is refused, and the honest answer works", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const genuine = ({ identity: { accountId, accountCertificate: certificate } }: Person) => ({
    accountId,
    certificate,
  });
  const lies = [
    genuine(carol),
    // Of the name, but not of the key that is said.
    { ...genuine(bob), accountId: carol.identity.accountId },
    { ...genuine(carol), accountId: bob.identity.accountId },
  ];
  let lie: (typeof lies)[number] | undefined;
  const tampering: Tampering = { lookUp: (honest) => lie ?? honest };
  await reopen(alice, tampering);
  const room = await cellar.room(alice);
  const before = alice.running.rooms().map(({ roomId }) => roomId);
  for (lie of lies) {
    const refused = { ok: false, error: { code: "NO_SUCH_ACCOUNT" } };
    expect(await alice.running.govern.openDirect(nameOf(bob), newRoomId())).toEqual(refused);
    expect(await alice.running.govern.invite(room, nameOf(bob))).toEqual(refused);
    expect(await alice.running.verification.view(nameOf(bob), undefined)).toEqual(refused);
  }
  expect(alice.running.rooms().map(({ roomId }) => roomId)).toEqual(before);
  expect(carol.running.rooms()).toEqual([]);
  lie = undefined;
  const roomId: RoomId = await directRoom(alice, bob);
  await talk(roomId, [alice, bob]);
  expect(
    viewOf(alice, roomId)
      ?.members.map(({ accountId }) => accountId)
      .toSorted(),
  ).toEqual([alice, bob].map(({ identity }) => identity.accountId).toSorted());
});

test("S4 POL-06 a link that names another inviter than the room does is refused, and the link as it was made works", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice);
  const { fragment } = unwrap(
    await alice.running.govern.createLink(roomId, { expiresInMs: null, uses: null }, newRoomId()),
  );
  const made = decodeLinkFragment(fragment);
  if (made === undefined) throw new Error("not a link");
  for (const inviter of [bob.identity.accountId, "d4".repeat(32)]) {
    const forged = encodeLinkFragment({ ...made, inviter });
    expect(await bob.running.govern.joinByLink(forged)).toEqual({ ok: false, error: { code: "LINK_INVALID" } });
  }
  await pause(300);
  expect(bob.running.rooms().map((room) => room.roomId)).not.toContain(roomId);
  expect(viewOf(alice, roomId)?.members).toHaveLength(1);
  unwrap(await bob.running.govern.joinByLink(fragment));
  await until(() => isMember(bob, roomId), "bob is in");
  await talk(roomId, [alice, bob]);
});
