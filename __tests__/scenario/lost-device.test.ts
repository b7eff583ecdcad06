/** Who loses the only device that was in a room comes on with the others; the lost one goes whatever the server does (ENG-36). */

import { revokeDevice } from "@/lib/client/worker/devices";

import { Cellar, hasLeaf, isMember, nameOf, stateOf, talk } from "../support/cellar";
import { password, unwrap, until, type Person } from "../support/person";
import { tampered, type Tampering } from "../support/tampered-transport";

jest.setTimeout(120_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

const forever = () => new Promise<void>(() => undefined);

/** Bob's phone is in Alice's room; his laptop can be added, and was closed before it came along. */
async function setUp(tampering: Tampering = {}) {
  const [alice, phone] = [await cellar.person("alice", tampering), await cellar.person("bob")];
  const roomId = await cellar.room(alice, phone);
  const laptop = await cellar.closedDevice(phone);
  await laptop.open(tampered({ hold: (name) => (name === "room:group-info" ? forever() : Promise.resolve()) }));
  await until(async () => (await laptop.store.keys("kp-last-resort")).length > 0, "the laptop can be added");
  await until(() => stateOf(laptop, roomId)?.membership === "joining", "the laptop is on its way");
  await laptop.close();
  expect(hasLeaf(alice, roomId, laptop.identity)).toBe(false);
  return { alice, phone, laptop, roomId };
}

/** From a browser that has no device of the account. */
async function giveUp(lost: Person): Promise<void> {
  const { ports } = await cellar.secondBrowser(lost);
  unwrap(await revokeDevice(ports, nameOf(lost), lost.identity.deviceId, password));
}

test("ENG-36 the other device of an account is added to a private room before the lost one is taken out", async () => {
  const { alice, phone, laptop, roomId } = await setUp();
  await phone.close();
  await giveUp(phone);
  await until(() => !hasLeaf(alice, roomId, phone.identity), "the phone is out", 30_000);
  expect(hasLeaf(alice, roomId, laptop.identity)).toBe(true);
  await laptop.open();
  await until(() => isMember(laptop, roomId), "the laptop is in", 30_000);
  await talk(roomId, [alice, laptop]);
});

test("ENG-36 a server that hands out no KeyPackage does not keep the lost device in", async () => {
  let isWithholding = false;
  const claim: Tampering["claim"] = (honest) => (isWithholding ? { ...honest, keyPackages: [] } : honest);
  const { alice, phone, laptop, roomId } = await setUp({ claim });
  isWithholding = true;
  await phone.close();
  await giveUp(phone);
  await until(() => !hasLeaf(alice, roomId, phone.identity), "the phone is out", 30_000);
  await laptop.open();
  expect(stateOf(laptop, roomId)?.membership).not.toBe("joined");
  await talk(roomId, [alice]);
});
