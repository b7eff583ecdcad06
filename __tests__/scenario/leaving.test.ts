/** Going and coming, in unlucky moments: through the whole client and a real server whose answers take their time (ENG-10, ENG-27, POL-06). */

import { makeCommit } from "@/lib/client/engine/make-commit";
import { Cellar, groupOf, hasLeaf, isMember, nameOf, reopen, stateOf, talk } from "../support/cellar";
import { Gate } from "../support/gate";
import { unwrap, until } from "../support/person";

jest.setTimeout(120_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

test("ENG-27 who is invited again while the declined room is being forgotten is invited", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const [leave, fetch] = [new Gate("room:leave"), new Gate("events:fetch")];
  const roomId = await cellar.room(alice);
  await reopen(bob, {
    hold: async (name) => {
      await leave.pass(name);
      await fetch.pass(name);
    },
  });
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await until(() => stateOf(bob, roomId)?.membership === "invited", "bob is invited");
  leave.close();
  unwrap(await bob.running.govern.declineInvite(roomId));
  await until(() => leave.waiting > 0 && !hasLeaf(alice, roomId, bob.identity), "bob is out");
  fetch.close();
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await until(() => fetch.waiting > 0, "bob looks at the invitation");
  leave.open();
  await until(() => bob.room(roomId) === undefined, "the declined room is forgotten");
  fetch.open();
  await until(() => stateOf(bob, roomId)?.membership === "invited", "bob is invited again");
  unwrap(await bob.running.govern.acceptInvite(roomId));
  await until(() => isMember(bob, roomId), "bob is in");
  await talk(roomId, [alice, bob]);
});

test("ENG-10 who commits while its goodbye is on the way is let go", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const submit = new Gate("event:submit");
  const roomId = await cellar.room(alice, bob);
  await reopen(bob, { hold: (name) => submit.pass(name) });
  await until(() => isMember(bob, roomId), "bob is in");
  const epoch = bob.room(roomId)?.group?.epoch ?? 0n;
  submit.close();
  unwrap(await bob.running.leave(roomId));
  await until(() => submit.waiting > 0, "bob says goodbye");
  // Those who come in with the new epoch cannot read it: it is said once more. Bob's own commit makes his leaf another.
  unwrap(await alice.running.govern.changeRoom(roomId, { topic: "water" }));
  await until(() => bob.room(roomId)?.group?.epoch === epoch + 1n, "bob is in the new epoch");
  const room = bob.running.unsafeRoom(roomId);
  await room?.turn((draft) => makeCommit(room, draft, {}));
  submit.open();
  await until(() => stateOf(bob, roomId)?.membership === "none", "bob is out");
  await until(() => !hasLeaf(alice, roomId, bob.identity), "alice has let him go", 30_000);
  expect((await alice.timeline(roomId)).filter((item) => item.kind === "unreadable")).toEqual([]);
});

test("ENG-10 ENG-29 a device that was coming in when its account left is out in the end", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const phone = await cellar.secondDevice(bob);
  await phone.close();
  // Its join reaches the order, and it never hears so.
  await reopen(phone, { lose: (name) => name === "event:submit" });
  await until(() => hasLeaf(alice, roomId, phone.identity), "the phone is in the tree");
  expect(phone.room(roomId)?.meta.membership).toBe("joining");
  await phone.close();
  unwrap(await bob.running.leave(roomId));
  await until(() => !hasLeaf(alice, roomId, bob.identity), "bob is out");
  const submit = new Gate("event:submit");
  submit.close();
  await reopen(phone, { hold: (name) => submit.pass(name) });
  await until(() => stateOf(phone, roomId)?.membership !== "joining", "the phone hears that the account has left");
  const closed = phone.close();
  submit.open();
  await closed;
  await reopen(phone);
  await until(() => !hasLeaf(alice, roomId, phone.identity), "the phone is out", 30_000);
  await until(() => stateOf(phone, roomId)?.membership !== "joined", "and knows it");
  await talk(roomId, [alice]);
});

test("POL-06 a link that is opened twice at once leads in once", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const groupInfo = new Gate("room:group-info");
  const roomId = await cellar.room(alice);
  const { fragment } = unwrap(await alice.running.govern.createLink(roomId, { uses: null, expiresInMs: null }));
  await reopen(bob, { hold: (name) => groupInfo.pass(name) });
  groupInfo.close();
  const slow = bob.running.govern.joinByLink(fragment);
  await until(() => groupInfo.waiting > 0, "the first click is under way");
  groupInfo.letOthersPass();
  unwrap(await bob.running.govern.joinByLink(fragment));
  await until(() => isMember(bob, roomId), "bob is in");
  const { epoch } = groupOf(bob, roomId);
  groupInfo.open();
  unwrap(await slow);
  await bob.running.settled();
  expect(stateOf(bob, roomId)?.membership).toBe("joined");
  expect(groupOf(bob, roomId).epoch).toBe(epoch);
  await talk(roomId, [alice, bob]);
});

test("ENG-29 who thought better of a link comes along when another device of the account takes it", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const phone = await cellar.secondDevice(bob);
  const groupInfo = new Gate("room:group-info");
  const roomId = await cellar.room(alice);
  const { fragment } = unwrap(await alice.running.govern.createLink(roomId, { uses: 1, expiresInMs: null }));
  await reopen(phone, { hold: (name) => groupInfo.pass(name) });
  groupInfo.close();
  const clicked = phone.running.govern.joinByLink(fragment);
  await until(() => groupInfo.waiting > 0, "the link is looked at");
  groupInfo.open();
  groupInfo.close();
  unwrap(await clicked);
  unwrap(await phone.running.leave(roomId));
  groupInfo.open();
  unwrap(await bob.running.govern.joinByLink(fragment));
  await until(() => isMember(phone, roomId), "the phone comes along");
  await talk(roomId, [alice, bob, phone]);
});
