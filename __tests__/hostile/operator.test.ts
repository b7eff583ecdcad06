/** What an operator and a member try that no other file is about: a ghost on the roster, weaker cryptography, a flood of proposals. */

import { createProposal } from "ts-mls/createMessage.js";

import { checkKeyPackage } from "@/lib/crypto/mls/key-package";
import { processEvent } from "@/lib/crypto/mls/process";
import { suite } from "@/lib/crypto/mls/provider";
import { encodeWire } from "@/lib/crypto/mls/wire";
import { utf8 } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { peekKeyPackage } from "@/lib/protocol/mls/peek-key-package";

import { Cellar, groupOf, isMember, nameOf, pause, reopen, talk, viewOf } from "../support/cellar";
import { rawState } from "../support/mls-insider";
import { unwrap, until, type Person } from "../support/person";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

const namesIn = (who: Person, roomId: RoomId) =>
  viewOf(who, roomId)
    ?.members.map(({ username }) => username)
    .sort();

test("S1 a device that the server puts on the roster is in no list of members, and what it is given opens nothing", async () => {
  const [alice, bob, ghost] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("ghost")];
  const roomId = await cellar.room(alice, bob);
  const { deviceId } = ghost.identity;
  await cellar.server.services.database.write((transaction) =>
    transaction.rosterEntry.create({ data: { roomId, deviceId } }),
  );
  // The attack works as far as a server can carry it: the ghost is let in, and gets every event.
  const { roomId: attic } = unwrap<{ roomId: RoomId }>(await ghost.running.createRoom(`Attic of ${nameOf(ghost)}`));
  await until(() => isMember(ghost, attic), "the ghost has keys of its own");
  const transport = ghost.transport();
  const given: Uint8Array[] = [];
  transport.listen({
    event: (_room, event) => given.push(event.payload),
    knock: () => undefined,
    welcome: () => undefined,
    revoked: () => undefined,
    account: () => undefined,
    state: (state) => {
      if (state === "online") void transport.request("room:enter", { roomId });
    },
  });
  await talk(roomId, [alice, bob]);
  await until(async () => {
    if (given.length === 0) await talk(roomId, [alice]);
    return given.length > 0;
  }, "the ghost is delivered to");
  expect([alice, bob].map((who) => namesIn(who, roomId))).toEqual([
    [nameOf(alice), nameOf(bob)],
    [nameOf(alice), nameOf(bob)],
  ]);
  const group = groupOf(ghost, attic);
  for (const payload of given) expect((await processEvent(group, payload)).kind).toBe("ignored");
  // A member's keys do open it.
  expect((await processEvent(groupOf(bob, roomId), given.at(-1) ?? new Uint8Array())).kind).not.toBe("malformed");
  transport.close();
});

test("S23 another suite or version is refused, and nothing is sent to it", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice);
  const weakened = [
    // Two bytes of version, then two of the suite (RFC 9420 section 10), behind the message's own four.
    (bytes: Uint8Array) => bytes.with(5, 2),
    (bytes: Uint8Array) => bytes.with(7, 2),
    (bytes: Uint8Array) => bytes.with(7, 7),
  ];
  const before = (await cellar.events(roomId)).length;
  for (const weaken of weakened) {
    await reopen(alice, {
      claim: (honest) => ({
        ...honest,
        keyPackages: honest.keyPackages.map((one) => ({ ...one, keyPackage: weaken(one.keyPackage) })),
      }),
    });
    await until(() => viewOf(alice, roomId)?.confirmed === true, "alice is back");
    expect((await alice.running.govern.invite(roomId, nameOf(bob))).ok).toBe(false);
  }
  expect((await cellar.events(roomId)).length).toBe(before);
  await reopen(alice);
  const { keyPackages } = await cellar.server.services.devices.claim(nameOf(bob));
  const honest = keyPackages[0]?.keyPackage ?? new Uint8Array();
  const { anchors, now } = { anchors: () => Promise.resolve(bob.identity.accountCertificate), now: new Date() };
  expect((await checkKeyPackage(honest, { anchors, now })).ok).toBe(true);
  for (const weaken of weakened) {
    expect((await checkKeyPackage(weaken(honest), { anchors, now })).ok).toBe(false);
    expect(peekKeyPackage(weaken(honest))).toBeUndefined();
  }
});

test("S23 words in the clear, put into the order, are shown to nobody", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const before = await alice.texts(roomId);
  await cellar.forceOrder(roomId, utf8("hello in the clear"));
  await talk(roomId, [alice, bob]);
  const shown = (await alice.texts(roomId)).filter((line) => !before.includes(line));
  expect(shown.join("\n")).not.toContain("in the clear");
});

test("M7 a member's flood of proposals stops nobody and fills nothing", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  await talk(roomId, [alice, bob]);
  const held = async () =>
    (await alice.store.list(`room/${roomId}/group`)).reduce((sum, { value }) => sum + value.length, 0);
  const before = await held();
  const insider = rawState({ identity: bob.identity, group: groupOf(bob, roomId) });
  const remove = { proposalType: "remove", remove: { removed: 0 } } as const;
  const flood: Uint8Array[] = [];
  for (let count = 0; count < 200; count++) {
    const { message } = await createProposal(insider, count % 2 === 0, remove, await suite());
    flood.push(encodeWire(message));
  }
  // An honest server takes none; one that plays along gives them all to everybody.
  await expect(cellar.order(roomId, flood[0] ?? new Uint8Array())).rejects.toThrow("BAD_EVENT");
  await cellar.forceOrder(roomId, ...flood);
  await talk(roomId, [alice, bob]);
  await pause(200);
  expect(namesIn(alice, roomId)).toEqual([nameOf(alice), nameOf(bob)]);
  // Some keys of the epoch were used by what was ignored; the proposals themselves are not kept.
  expect((await held()) - before).toBeLessThan(20_000);
});
