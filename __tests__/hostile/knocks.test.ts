/** A server, or a stranger, that wants somebody in the room who does not ask now (ENG-25, MLS-19). */

import { joinWelcome } from "@/lib/crypto/mls/join-welcome";
import { makeKnock, type Knock } from "@/lib/crypto/mls/knock";
import { epochAuthenticator, members } from "@/lib/crypto/mls/roster";
import { fromHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import type { WelcomeNotice } from "@/lib/protocol/schemas/socket";

import { generalId, registered, unwrap, until, type Person } from "../support/person";
import { startTestServer } from "../support/server";
import { deaf } from "../support/tampered-transport";

let server: Awaited<ReturnType<typeof startTestServer>>;
let general: RoomId;
let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  server = await startTestServer();
  general = await generalId(server.url);
  alice = await registered(server.url, "alice");
  bob = await registered(server.url, "bob");
  carol = await registered(server.url, "carol");
  await alice.join(general);
  await carol.join(general);
  await until(() => namesIn(alice).includes("carol"), "carol is in");
  await bob.close();
}, 120_000);
afterAll(async () => {
  for (const person of [alice, carol]) await person.close();
  await server.close();
});

function namesIn(person: Person): string[] {
  const group = person.room(general)?.group;
  return group === undefined ? [] : members(group).map(({ username }) => username);
}

function knockNow(): Promise<Knock> {
  const epoch = alice.room(general)?.group?.epoch ?? 0n;
  return makeKnock(fromHex(general) ?? new Uint8Array(), epoch, bob.identity, new Date());
}

/** Sends it as bob's connection would, and waits as long as members take. */
async function send({ message }: Knock, waitMs: number): Promise<WelcomeNotice | undefined> {
  const transport = bob.transport();
  let welcome: WelcomeNotice | undefined;
  let online = false;
  transport.listen({
    ...deaf,
    state: (state) => (online = state === "online"),
    welcome: (letter) => (welcome = letter),
  });
  await until(() => online, "bob online");
  unwrap(await transport.request("room:enter", { roomId: general }));
  expect(unwrap(await transport.request("room:knock", { roomId: general, knock: message })).doors).toBeGreaterThan(0);
  const end = Date.now() + waitMs;
  while (welcome === undefined && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  transport.close();
  return welcome;
}

test("ENG-25 DS-11 a knock from before somebody left lets nobody in, a new one does", async () => {
  const old = await knockNow();
  unwrap(await carol.running.leave(general));
  await until(() => !namesIn(alice).includes("carol"), "carol is out", 30_000);
  expect(await send(old, 3000)).toBeUndefined();
  expect(namesIn(alice)).not.toContain("bob");

  // Another connection of the same device, which has not knocked, hears nothing of the Welcome (DS-11).
  const idle = bob.transport();
  let letters = 0;
  let online = false;
  idle.listen({ ...deaf, state: (state) => (online = state === "online"), welcome: () => (letters += 1) });
  await until(() => online, "bob's other connection online");
  unwrap(await idle.request("room:enter", { roomId: general }));
  const knock = await knockNow();
  const letter = await send(knock, 20_000);
  if (letter === undefined) throw new Error("nobody let bob in");
  const { identity } = bob;
  const groupId = fromHex(general) ?? new Uint8Array();
  const anchors = () => Promise.resolve(alice.identity.accountCertificate);
  const joined = await joinWelcome({
    welcome: letter.welcome,
    keyPackage: knock.keyPackage,
    identity,
    anchors,
    groupId,
  });
  if (!joined.ok) throw new Error(joined.reason);
  await until(() => namesIn(alice).includes("bob"), "bob is in");
  const group = alice.room(general)?.group;
  expect(group && epochAuthenticator(group)).toEqual(epochAuthenticator(joined.group));
  expect(letters).toBe(0);
  idle.close();
}, 90_000);
