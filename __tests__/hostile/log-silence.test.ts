/**
 * Servers that answer, but never the thing that would give them away, and crowds that make noise so that it is not heard
 * (SPEC LOG-12, LOG-13).
 */

import { makeAccount } from "@/lib/crypto/account/account-key";
import type { Answer } from "@/lib/protocol/schemas/socket";

import { Cellar, nameOf, pause, talk } from "../support/cellar";
import { signed, sizeOf, writeEntry } from "../support/log-operator";
import { realClock, until, type Person } from "../support/person";
import { tampered, type Tampering } from "../support/tampered-transport";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

const services = () => cellar.server.services;
const alarms = (who: Person) => who.running.keyLog.alarms.map(({ kind }) => kind);
const refused = { ok: false, error: { code: "UNAVAILABLE" } } as const;

/** Opened anew, so many hours from now. */
async function later(who: Person, hours: number, tampering: Tampering): Promise<void> {
  await who.close();
  const now = () => Date.now() + hours * 60 * 60 * 1000;
  await who.open(tampered(tampering), { ...realClock, now });
  await until(() => who.running.connection === "online", `${nameOf(who)} is back`);
  await who.running.keyLog.look();
}

test("LOG-13 S6 whom a server keeps from comparing learns so after a day, also when the other brings a new head each day", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  await talk(await cellar.room(alice, bob), [alice, bob]);
  const size = await sizeOf(services());
  const fork = [await signed(services(), size - 1), await signed(services(), size - 2)] as const;
  const by = { username: nameOf(bob), accountId: bob.identity.accountId };
  const silent: Tampering = { answer: (name) => (name === "log:consistency" ? refused : undefined) };
  await later(alice, 0, silent);
  alice.running.keyLog.heard(fork[0], by);
  await pause(300);
  await later(alice, 20, silent);
  alice.running.keyLog.heard(fork[1], by);
  await pause(300);
  expect(alarms(alice)).toEqual([]);
  await later(alice, 25, silent);
  expect(alarms(alice)).toEqual(["unanswered"]);
  expect(alice.running.keyLog.alarms[0]?.by?.username).toBe(nameOf(bob));
});

test("LOG-12 S4 a log that is given in drops is read on, and counts as unread until its end", async () => {
  const alice = await cellar.person("alice");
  const [known, taken] = [await makeAccount("somebody", new Date()), await makeAccount(nameOf(alice), new Date())];
  const drops: Tampering = {
    change: (name, answer) => {
      if (name !== "log:entries") return answer;
      return { entries: (answer as Answer<"log:entries">).entries.slice(0, 1) };
    },
  };
  await later(alice, 0, drops);
  // Another key under alice's name stands behind more than two looks get to.
  for (let count = 0; count < 200; count++) {
    const { accountId, certificate } = known;
    await writeEntry(services(), { kind: "account", accountId, certificate });
  }
  await writeEntry(services(), { kind: "account", accountId: taken.accountId, certificate: taken.certificate });
  await later(alice, 1, drops);
  expect(alarms(alice)).toEqual([]);
  await later(alice, 26, drops);
  expect(alarms(alice)).toEqual(["unanswered"]);
  await until(() => alarms(alice).includes("name-taken"), "read to the end", 60_000);
});

test("LOG-13 S6 a crowd that brings checkpoints of nobody's log does not keep the proof of a split view out", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  await talk(await cellar.room(alice, bob), [alice, bob]);
  const { keyLog } = alice.running;
  const size = await sizeOf(services());
  const noise = (await signed(services(), size)).replaceAll("sealroom/", "sealroom/x");
  for (let crowd = 0; crowd < 12; crowd++) {
    keyLog.heard(noise, { username: `crowd${String(crowd)}`, accountId: crowd.toString(16).padStart(64, "0") });
  }
  await until(() => alarms(alice).length === 8, "noise");
  keyLog.heard(await signed(services(), size), { username: nameOf(bob), accountId: bob.identity.accountId });
  await until(() => alarms(alice).includes("split-view"), "the proof is kept");
  expect(keyLog.alarms.find(({ kind }) => kind === "split-view")?.notes).toHaveLength(2);
  expect(alarms(alice)).toHaveLength(8);
});
