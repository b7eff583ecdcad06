/** What an account that ends leaves behind in rooms, as their members see it (REC-05, REC-06, ENG-32). */

import { deleteAccount } from "@/lib/client/worker/account-care";
import { resetAccount } from "@/lib/client/worker/recover";
import { members } from "@/lib/crypto/mls/roster";
import { makeResetCode } from "@/lib/server/accounts/reset-codes";

import { Cellar, groupOf, hasLeaf, isMember, nameOf, pause, systemLines, talk, viewOf } from "../support/cellar";
import { Browser, password, unwrap, until } from "../support/person";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

test("REC-06 ENG-32 a deleted account's browsers that could not say goodbye are taken out by the members", async () => {
  const [olga, paul, rita] = [await cellar.person("olga"), await cellar.person("paul"), await cellar.person("rita")];
  const roomId = await cellar.room(paul, olga, rita);
  const phone = await cellar.secondDevice(olga);
  await until(() => isMember(phone, roomId), "the phone came along", 30_000);
  await phone.close();
  await rita.close();
  // Paul has asked about the phone before: what he learns now he is told.
  await pause(1500);
  unwrap(await olga.running.govern.leaveEverywhere());
  unwrap(await deleteAccount(olga.browser.ports, nameOf(olga), password));
  await until(() => !hasLeaf(paul, roomId, phone.identity), "the phone is out", 30_000);
  await until(() => viewOf(paul, roomId)?.members.length === 2, "nobody of olga is left");
  expect((await systemLines(paul, roomId)).map(({ event }) => event)).toContain("device-revoked");
  // Its own tab is signed out as at any end of a session.
  await until(() => olga.running.connection === "signed-out", "olga is signed out");
  // Who was away learns it from the order.
  await rita.open();
  await until(() => isMember(rita, roomId) && !hasLeaf(rita, roomId, phone.identity), "rita sees it");
  await talk(roomId, [paul, rita]);
});

test("REC-05 REV-01 with both lost nobody signs: the old device stays until a member removes it, and the new key is told apart", async () => {
  const [ina, jan] = [await cellar.person("ina"), await cellar.person("jan")];
  const roomId = await cellar.room(jan, ina);
  const code = (await makeResetCode(cellar.server.services.database, nameOf(ina))) ?? "";
  const fresh = new Browser(cellar.server.url);
  const input = { username: nameOf(ina), password, deviceName: "Fresh browser" };
  unwrap(await resetAccount(fresh.ports, input, code, () => undefined));
  await until(() => ina.running.connection === "signed-out", "the old browser is out");
  await pause(2000);
  expect(await cellar.server.services.directory.revocations([ina.identity.deviceId])).toEqual([]);
  expect(hasLeaf(jan, roomId, ina.identity)).toBe(true);
  expect(await jan.running.govern.invite(roomId, nameOf(ina))).toMatchObject({ error: { code: "PERSON_REPLACED" } });
  unwrap(await jan.running.govern.removeMember(roomId, ina.identity.accountId, { ban: false }));
  await until(() => members(groupOf(jan, roomId)).length === 1, "removed by hand");
  await talk(roomId, [jan]);
});
