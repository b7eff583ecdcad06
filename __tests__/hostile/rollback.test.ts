/**
 * An operator who puts back an older copy of the whole database (ENG-18, LOG-10): what happened since is gone from the server, and not
 * from the devices.
 */

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { members } from "@/lib/crypto/mls/roster";
import { peekNote } from "@/lib/protocol/log/checkpoint";
import type { RoomId } from "@/lib/protocol/ids";

import {
  Cellar,
  groupOf,
  hasLeaf,
  hears,
  isMember,
  nameOf,
  pause,
  policyAt,
  stateOf,
  systemLines,
  talk,
} from "../support/cellar";
import { unwrap, until, type Person } from "../support/person";

jest.setTimeout(240_000);

const cellar = new Cellar();
let copy: string;
beforeEach(async () => {
  await cellar.build();
  copy = mkdtempSync(path.join(os.tmpdir(), "sealroom-copy-"));
});
afterEach(async () => {
  await cellar.clear();
  await cellar.tearDown();
  rmSync(copy, { recursive: true, force: true });
});

const alarms = (who: Person) => who.running.keyLog.alarms.map(({ kind }) => kind);
const sizeSeen = (who: Person) => peekNote(who.running.keyLog.note ?? "")?.size ?? 0;
const peopleAt = (who: Person, roomId: RoomId) => members(groupOf(who, roomId)).map(({ username }) => username);
const linesOf = async (who: Person, roomId: RoomId, text: string) =>
  (await who.texts(roomId)).filter((line) => line.endsWith(text));

async function restarted(whileDown: () => void, witnesses: readonly Person[]): Promise<void> {
  await cellar.server.restart(() => {
    whileDown();
    return Promise.resolve();
  });
  for (const who of witnesses) await until(() => who.running.connection === "online", `${nameOf(who)} is back`, 30_000);
}

const backUp = () => {
  cpSync(cellar.server.dataDir, copy, { recursive: true });
};
const restore = () => {
  rmSync(cellar.server.dataDir, { recursive: true });
  cpSync(copy, cellar.server.dataDir, { recursive: true });
};

const isToldOf = async (who: Person, roomId: RoomId) =>
  (await systemLines(who, roomId)).some(({ cause }) => cause === "server-rolled-back");

test("ENG-18 LOG-10 S7 where the whole database goes back, what was said is said again, who was removed stays out, and the log is an alarm", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const dave = await cellar.person("dave");
  const roomId = await cellar.room(alice, bob, carol, dave);
  await talk(roomId, [alice, carol]);
  // Carol is away while she is removed, and knows of nothing.
  await carol.close();
  await restarted(backUp, [alice, bob, dave]);

  unwrap(await alice.running.govern.removeMember(roomId, carol.identity.accountId, { ban: true }));
  const isOut = (who: Person) => {
    const policy = policyAt(who, roomId);
    return !hasLeaf(who, roomId, carol.identity) && policy.kind === "private" && !policy.stale;
  };
  await until(() => [alice, bob, dave].every(isOut), "carol is removed", 30_000);
  // Dave has seen that, and hears no more.
  await dave.close();
  const text = "after the removal";
  const line = `${nameOf(alice)}: ${text}`;
  await alice.say(roomId, text);
  await hears(bob, roomId, line);
  const phone = await cellar.closedDevice(bob);
  for (const who of [alice, bob]) await who.running.keyLog.look();
  const seen = [alice, bob].map(sizeSeen);
  expect([alice, bob].flatMap(alarms)).toEqual([]);
  expect(bob.running.keyLog.arrivals.map(({ deviceId }) => deviceId)).toEqual([phone.identity.deviceId]);

  await restarted(restore, [alice, bob]);
  for (const who of [alice, bob]) {
    await until(() => alarms(who).includes("shrunk"), `${nameOf(who)} is told of the log`, 30_000);
    expect(who.running.troubles).toContain("key-log");
    await until(() => isToldOf(who, roomId), `${nameOf(who)} is told of the room`);
  }
  expect([alice, bob].map(sizeSeen)).toEqual(seen);

  await Promise.all([carol.open(), dave.open()]);
  // The server has forgotten it, and dave has never heard it.
  await hears(dave, roomId, line);
  await talk(roomId, [alice, bob, dave]);
  for (const who of [alice, bob, dave]) expect(await linesOf(who, roomId, text)).toEqual([line]);
  await carol.say(roomId, "I am still here");
  await pause(2000);

  // People decide about the log, and go on.
  for (const who of [alice, bob]) await who.running.keyLog.beginAnew();
  expect(alice.running.troubles).not.toContain("key-log");
  const frank = await cellar.person("frank");
  unwrap(await alice.running.govern.invite(roomId, nameOf(frank)));
  await until(() => stateOf(frank, roomId)?.membership === "invited", "frank is invited", 30_000);
  unwrap(await frank.running.govern.acceptInvite(roomId));
  await until(() => isMember(frank, roomId), "frank is in", 30_000);
  await talk(roomId, [alice, bob, dave, frank]);
  for (const who of [alice, bob, dave, frank]) {
    expect(peopleAt(who, roomId).toSorted()).toEqual([alice, bob, dave, frank].map(nameOf).toSorted());
    expect(await linesOf(who, roomId, "I am still here")).toEqual([]);
  }
  const heardByCarol = await carol.texts(roomId);
  for (const from of [bob, dave, frank]) expect(heardByCarol.filter((one) => one.startsWith(nameOf(from)))).toEqual([]);
  expect(heardByCarol).not.toContain(line);
});
