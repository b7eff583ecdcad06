/** Who comes into a crowded room asks first, and into a small one comes at once (ENG-25, decision 011). */

import { makeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { makeKnock } from "@/lib/crypto/mls/knock";
import { members } from "@/lib/crypto/mls/roster";
import type { TransportListener } from "@/lib/client/engine/ports";
import { fromHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { commitMaxProposals } from "@/lib/protocol/limits";
import type { RequestName, WelcomeNotice } from "@/lib/protocol/schemas/socket";
import { column } from "@/lib/server/db/database";

import { generalId, registered, until, type Person } from "../support/person";
import { startTestServer } from "../support/server";
import { tampered, type Tampering } from "../support/tampered-transport";

let server: Awaited<ReturnType<typeof startTestServer>>;
let general: RoomId;
let alice: Person;
const newcomers: Person[] = [];
let hears: TransportListener | undefined;

beforeAll(async () => {
  server = await startTestServer();
  general = await generalId(server.url);
  alice = await registered(server.url, "alice");
  await alice.close();
  await alice.open((transport) => ({
    ...tampered({})(transport),
    listen: (listener) => transport.listen((hears = listener)),
  }));
  await alice.join(general);
}, 60_000);
afterAll(async () => {
  for (const person of [alice, ...newcomers]) await person.close();
  await server.close();
});

const leaves = () => {
  const group = alice.room(general)?.group;
  return group === undefined ? 0 : members(group).length;
};

/** What a newcomer says of its own until it is in, and what its server does meanwhile. */
async function comesIn(username: string, tampering: Pick<Tampering, "welcome" | "lose"> = {}): Promise<RequestName[]> {
  const person = await registered(server.url, username);
  newcomers.push(person);
  await person.close();
  const said: RequestName[] = [];
  const hold = (name: RequestName) => {
    if (name === "room:knock" || name === "event:submit") said.push(name);
    return Promise.resolve();
  };
  await person.open(tampered({ hold, ...tampering }));
  const before = leaves();
  await person.join(general);
  // What it says once it is in is a greeting or an attestation, no way in.
  const wayIn = [...said];
  await until(() => leaves() > before, `${username} is seen`);
  return wayIn;
}

test("ENG-25 into a small room a newcomer comes by itself, without asking", async () => {
  expect(await comesIn("bob")).toEqual(["event:submit"]);
});

test("ENG-25 into a crowded room it asks first, and a member's commit brings it in", async () => {
  const account = await makeAccount("crowd", new Date());
  const certificate = column(account.certificate);
  const { accountId } = account;
  const devices = await Promise.all(
    Array.from({ length: commitMaxProposals }, () => makeDevice({ account, now: new Date() })),
  );
  await server.services.database.write(async (transaction) => {
    const data = { id: accountId, username: "crowd", certificate, opaqueRecord: "", vault: certificate };
    await transaction.account.create({ data });
    await server.services.transparencyLog.append(transaction, [
      { kind: "account", accountId, certificate: account.certificate },
      ...devices.map(
        ({ deviceCertificate }) => ({ kind: "device", accountId, certificate: deviceCertificate }) as const,
      ),
    ]);
  });
  const epoch = alice.room(general)?.group?.epoch ?? 0n;
  const knocks = await Promise.all(
    devices.map((device) => makeKnock(fromHex(general) ?? new Uint8Array(), epoch, device, new Date())),
  );
  for (const { message } of knocks) hears?.knock({ roomId: general, knock: message, turn: 0 });
  await until(() => leaves() > commitMaxProposals, "the crowd is in", 30_000);
  expect(await comesIn("carol")).toEqual(["room:knock"]);
}, 90_000);

test("ENG-25 when nobody answers it comes in by itself after all, having asked once", async () => {
  expect(await comesIn("dave", { welcome: () => [] })).toEqual(["room:knock", "event:submit"]);
}, 60_000);

test("ENG-25 a server that does not answer for a moment does not cost the Welcome", async () => {
  let isKnown = false;
  let lost = 0;
  const welcome = (notice: WelcomeNotice) => {
    isKnown = true;
    return [notice];
  };
  const lose = (name: RequestName) => isKnown && name === "events:fetch" && lost++ < 2;
  expect(await comesIn("erin", { welcome, lose })).toEqual(["room:knock"]);
  expect(lost).toBeGreaterThan(2);
}, 60_000);
