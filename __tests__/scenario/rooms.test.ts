/** Real clients, the real server, real SQLite: rooms as people use them. */

import type { Transport } from "@/lib/client/engine/ports";
import { processEvent } from "@/lib/crypto/mls/process";
import { epochAuthenticator, members } from "@/lib/crypto/mls/roster";
import { randomBytes } from "@/lib/crypto/random";
import { toHex } from "@/lib/protocol/bytes";
import { eventIdSchema, type RoomId } from "@/lib/protocol/ids";
import { peekMessage } from "@/lib/protocol/mls/peek";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

import { Browser, generalId, registered, unwrap, until, type Person } from "../support/person";
import { startTestServer } from "../support/server";
import { deaf, tampered } from "../support/tampered-transport";

jest.setTimeout(120_000);

let server: Awaited<ReturnType<typeof startTestServer>>;
let alice: Person;
let bob: Person;
let carol: Person;
let general: RoomId;

beforeAll(async () => {
  server = await startTestServer();
  general = await generalId(server.url);
  [alice, bob, carol] = await Promise.all([
    registered(server.url, "alice"),
    registered(server.url, "bob"),
    registered(server.url, "carol"),
  ]);
});

afterAll(async () => {
  await Promise.all([alice, bob, carol].map((person) => person.close()));
  await server.close();
});

const everyone = () => [alice, bob, carol];

function authenticator(person: Person): string {
  const group = person.room(general)?.group;
  return group === undefined ? "none" : toHex(epochAuthenticator(group));
}

async function allSee(people: readonly Person[], text: string): Promise<void> {
  for (const person of people) {
    await until(
      async () => (await person.texts(general)).some((line) => line.endsWith(`: ${text}`)),
      `${person.identity.username} sees ${text}`,
    );
  }
}

async function backlog(person: Person): Promise<RoomEvent[]> {
  const transport = person.transport();
  await until(() => isOnline(transport), "second socket online");
  const events: RoomEvent[] = [];
  for (let after = 0; ; after = events.at(-1)?.seq ?? 0) {
    const page = await transport.request("events:fetch", { roomId: general, after, limit: 50 });
    if (!page.ok) throw new Error(page.error.code);
    events.push(...page.value.events);
    if (events.length === 0 || events.at(-1)?.seq === page.value.head) break;
  }
  transport.close();
  return events;
}

function isOnline(transport: Transport): boolean {
  let online = false;
  transport.listen({ ...deaf, state: (state) => (online = state === "online") })();
  return online;
}

test("ENG-05 ENG-06 three devices join at once and end in one group", async () => {
  await Promise.all(everyone().map((person) => person.join(general)));
  await until(() => new Set(everyone().map(authenticator)).size === 1, "one epoch for all", 30_000);
  for (const person of everyone()) {
    const group = person.room(general)?.group;
    expect(
      group &&
        members(group)
          .map((member) => member.username)
          .sort(),
    ).toEqual(["alice", "bob", "carol"]);
  }
});

test("ENG-07 newcomers are confirmed by a member that was there before", async () => {
  await until(() => everyone().every((person) => person.room(general)?.meta.confirmed === true), "all confirmed");
});

test("ENG-04 DS-01 everybody sees the same messages in the same order", async () => {
  const count = 12;
  await Promise.all(
    everyone().map(async (person) => {
      for (let index = 0; index < count; index++)
        await person.say(general, `${person.identity.username} ${String(index)}`);
    }),
  );
  for (const person of everyone()) {
    await until(
      async () => (await person.messages(general)).filter((item) => !item.key.startsWith("~")).length === count * 3,
      `${person.identity.username} has all`,
    );
  }
  const [first, ...others] = await Promise.all(everyone().map((person) => person.texts(general)));
  for (const other of others) expect(other).toEqual(first);
  const own = (await alice.messages(general)).filter((item) => item.own);
  expect(own.map((item) => item.text)).toEqual(Array.from({ length: count }, (_, index) => `alice ${String(index)}`));
  expect(own.every((item) => item.state === "sent")).toBe(true);
});

test("ENG-12 DS-06 what happens while a device is away is complete when it returns, and it goes on from its store", async () => {
  await bob.close();
  for (let index = 0; index < 25; index++) await alice.say(general, `while away ${String(index)}`);
  await allSee([carol], "while away 24");
  await bob.open();
  await allSee([bob], "while away 24");
  expect(await bob.texts(general)).toEqual(await alice.texts(general));
  await bob.say(general, "bob is back");
  await allSee(everyone(), "bob is back");
});

test("ENG-12 what is sent while the server is down goes out, in order, when it is back", async () => {
  await server.restart(async () => {
    await until(() => alice.running.connection !== "online", "alice notices");
    await alice.say(general, "written offline 1");
    await alice.say(general, "written offline 2");
    expect((await alice.messages(general)).slice(-2).map((item) => item.state)).toEqual(["queued", "queued"]);
  });
  await allSee(everyone(), "written offline 2");
  for (const person of everyone()) {
    expect((await person.texts(general)).slice(-2)).toEqual(["alice: written offline 1", "alice: written offline 2"]);
  }
});

/** Loses every other answer after the server has acted, so that the engine must ask again. */
function losingAnswers(): (inner: Transport) => Transport {
  let count = 0;
  return tampered({
    lose: (name) => name === "event:submit" && count++ % 2 === 0,
  });
}

test("DS-03 ENG-03 submissions whose answer is lost are sent again and appear once", async () => {
  await carol.close();
  await carol.open(losingAnswers());
  for (let index = 0; index < 4; index++) await carol.say(general, `lossy ${String(index)}`);
  await allSee(everyone(), "lossy 3");
  for (const person of everyone()) {
    const lossy = (await person.texts(general)).filter((line) => line.includes("lossy"));
    expect(lossy).toEqual([0, 1, 2, 3].map((index) => `carol: lossy ${String(index)}`));
  }
  await carol.close();
  await carol.open();
});

test("S16 S19 ENG-11 replayed and forged events show nothing twice and stop nothing", async () => {
  await until(() => bob.running.connection === "online", "bob online");
  const before = await alice.texts(general);
  const events = await backlog(bob);
  const transport = bob.transport();
  await until(() => isOnline(transport), "attacker online");
  const submit = (payload: Uint8Array) =>
    transport.request("event:submit", {
      roomId: general,
      id: eventIdSchema.parse(toHex(randomBytes(16))),
      payload,
    });
  const messages = events.filter((event) => {
    const peek = peekMessage(event.payload);
    return peek.ok && peek.kind === "application";
  });
  for (const { payload } of messages.slice(-5)) unwrap(await submit(payload));
  const last = messages.at(-1)?.payload ?? new Uint8Array();
  const forged = last.slice();
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  unwrap(await submit(forged));
  const garbage = await submit(randomBytes(300));
  expect(garbage.ok).toBe(false);
  transport.close();

  await alice.say(general, "still here");
  await allSee(everyone(), "still here");
  expect(await alice.texts(general)).toEqual([...before, "alice: still here"]);
  expect(await carol.texts(general)).toEqual([...before, "alice: still here"]);
  expect((await carol.timeline(general)).some((item) => item.kind === "unreadable")).toBe(true);
});

test("a second device of an account opens the vault, joins and talks as the same person", async () => {
  const browser = new Browser(server.url);
  expect(unwrap(await browser.login("alice"))).toEqual({ username: "alice", newDevice: true });
  const second = await browser.person("alice");
  await second.open();
  await second.join(general);
  await until(() => second.room(general)?.meta.confirmed === true, "second device confirmed");
  await second.say(general, "from my other device");
  await allSee(everyone(), "from my other device");
  const seen = (await bob.messages(general)).at(-1);
  expect(seen?.author).toEqual({ username: "alice", accountId: alice.identity.accountId, keyChanged: false });
  expect((await bob.timeline(general)).some((item) => item.kind === "system" && item.event === "device-joined")).toBe(
    true,
  );
  await second.close();
});

function deviceCount(person: Person): number {
  const group = person.room(general)?.group;
  return group === undefined ? 0 : members(group).length;
}

test("a wrong password and a wrong name answer alike", async () => {
  const browser = new Browser(server.url);
  const wrongPassword = await browser.login("alice", "not the right password at all");
  const wrongName = await browser.login("nobody-here", "not the right password at all");
  expect(wrongPassword).toEqual({ ok: false, error: { code: "WRONG_PASSWORD_OR_NAME" } });
  expect(wrongName).toEqual(wrongPassword);
});

test("ENG-10 M14 who leaves is removed by the others and cannot read the next epoch", async () => {
  await until(() => new Set(everyone().map(authenticator)).size === 1, "one epoch for all");
  // What an attacker who took carol's device before she left would hold.
  const stolen = carol.room(general)?.group;
  if (stolen === undefined) throw new Error("carol is not in");
  const cursor = carol.room(general)?.meta.cursor ?? 0;
  unwrap(await carol.running.leave(general));
  await until(() => deviceCount(alice) === 3 && deviceCount(bob) === 3, "carol removed");
  const removedIn = alice.room(general)?.group?.epoch ?? 0n;
  expect(removedIn).toBeGreaterThan(stolen.epoch);
  expect(carol.room(general)?.group).toBeUndefined();
  expect(await carol.store.get(`room/${general}/hot`)).toBeUndefined();

  for (let index = 0; index < 10; index++) await alice.say(general, `without carol ${String(index)}`);
  await allSee([bob], "without carol 9");
  let group = stolen;
  let read = 0;
  for (const event of (await backlog(bob)).filter(({ seq }) => seq > cursor)) {
    const processed = await processEvent(group, event.payload);
    if (processed.kind === "application" && processed.epoch >= removedIn) read += 1;
    if (processed.kind === "application" || processed.kind === "commit") group = processed.group;
  }
  expect(read).toBe(0);
  expect(await carol.texts(general)).not.toContain("alice: without carol 9");
});

test("who left can come back, and reads from then on", async () => {
  await carol.join(general);
  await until(() => carol.room(general)?.meta.confirmed === true, "carol confirmed");
  await alice.say(general, "welcome back");
  await allSee([carol], "welcome back");
  expect(await carol.texts(general)).not.toContain("alice: without carol 5");
});

test("ID-02 a new open room has its id as group id and its name in the signed policy, and is joined by others", async () => {
  const { roomId } = unwrap(await alice.running.createRoom("Reading Circle"));
  await until(() => alice.room(roomId)?.meta.membership === "joined", "alice in her room");
  expect(toHex(alice.room(roomId)?.group?.groupId ?? new Uint8Array())).toBe(roomId);
  await bob.join(roomId);
  await bob.say(roomId, "hello circle");
  await until(async () => (await alice.texts(roomId)).includes("bob: hello circle"), "alice reads");
  expect(bob.running.room(roomId)?.name).toBe("Reading Circle");
  const again = await carol.running.createRoom("reading  circle");
  expect(again).toEqual({ ok: false, error: { code: "ROOM_NAME_TAKEN" } });
});
