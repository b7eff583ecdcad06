/** What a hostile member, or a server that holds messages back, tries on people in a room. */

import type { Transport } from "@/lib/client/engine/ports";
import { encodeRecord, pinKey } from "@/lib/client/engine/records";
import { encrypt } from "@/lib/crypto/mls/encrypt";
import { randomBytes } from "@/lib/crypto/random";
import { toHex } from "@/lib/protocol/bytes";
import { encodeContent, type Content } from "@/lib/protocol/content";
import { eventIdSchema, messageIdSchema, type RoomId } from "@/lib/protocol/ids";
import { retainedEpochs } from "@/lib/protocol/limits";

import { generalId, registered, unwrap, until, type Person } from "../support/person";
import { startTestServer } from "../support/server";
import { deaf, tampered } from "../support/tampered-transport";

jest.setTimeout(120_000);

let server: Awaited<ReturnType<typeof startTestServer>>;
let general: RoomId;
let alice: Person;
let bob: Person;
let mallory: Person;
const raw: Transport[] = [];

beforeAll(async () => {
  server = await startTestServer();
  general = await generalId(server.url);
  [alice, bob, mallory] = await Promise.all([
    registered(server.url, "alice"),
    registered(server.url, "bob"),
    registered(server.url, "mallory"),
  ]);
  // Bob once met another mallory: the name is pinned to that account.
  await bob.close();
  await bob.store.write([{ key: pinKey("mallory"), value: encodeRecord("00".repeat(32)) }]);
  await bob.open();
  for (const person of [alice, bob, mallory]) {
    await person.join(general);
    await until(() => person.room(general)?.meta.confirmed === true, `${person.identity.username} confirmed`);
  }
});

afterAll(async () => {
  for (const transport of raw) transport.close();
  await Promise.all([alice, bob, mallory].map((person) => person.close()));
  await server.close();
});

const sees = (person: Person, line: string) =>
  until(async () => (await person.texts(general)).includes(line), `${person.identity.username} sees ${line}`, 30_000);
const newId = () => toHex(randomBytes(16));
const epochOf = (person: Person) => Number(person.room(general)?.group?.epoch ?? 0n);

test("ENG-13 a name that was pinned to another account is marked, for those who know", async () => {
  await mallory.say(general, "hello, mallory here");
  await sees(bob, "mallory: hello, mallory here");
  await sees(alice, "mallory: hello, mallory here");
  const seenBy = async (person: Person) => (await person.messages(general)).at(-1)?.author.keyChanged;
  expect(await seenBy(bob)).toBe(true);
  expect(await seenBy(alice)).toBe(false);
  const listed = bob.running.room(general)?.members.find((member) => member.username === "mallory");
  expect(listed?.keyChanged).toBe(true);
});

/** From now on mallory is a socket that says what it likes. */
async function rawMallory() {
  let group = mallory.room(general)?.group;
  await mallory.close();
  const transport = mallory.transport();
  raw.push(transport);
  await until(() => isOnline(transport), "mallory's raw socket");
  unwrap(await transport.request("room:enter", { roomId: general }));
  return async (content: Content) => {
    if (group === undefined) throw new Error("mallory is not in");
    const sealed = await encrypt(group, encodeContent(content));
    group = sealed.group;
    const submission = { roomId: general, id: eventIdSchema.parse(newId()), payload: sealed.message };
    unwrap(await transport.request("event:submit", submission));
  };
}

test("MSG-03 MSG-04 S16 a member that repeats a number or an id shows nothing twice, and one that copies another's id makes nothing disappear", async () => {
  await alice.say(general, "alice was first");
  await sees(bob, "alice: alice was first");
  const copied = (await alice.messages(general)).find(({ text }) => text === "alice was first");
  const says = await rawMallory();
  const id = messageIdSchema.parse(newId());
  const content = (text: string, changes: Partial<Content> = {}): Content => ({
    v: 2,
    id,
    n: 500,
    t: Date.now(),
    seen: [],
    body: { kind: "text", text },
    ...changes,
  });
  await says(content("counted once"));
  await says(content("counted once"));
  await says(content("same number, other id", { id: messageIdSchema.parse(newId()) }));
  await says(content("same id, other number", { n: 501 }));
  await says(content("another's id", { n: 502, id: messageIdSchema.parse(copied?.messageId) }));

  // The server, which has a member of its own in the room, holds back what bob says until mallory has used its id.
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await bob.close();
  await bob.open(tampered({ hold: (name) => (name === "event:submit" ? held : Promise.resolve()) }));
  await bob.say(general, "the bridge is closed");
  await until(() => bob.room(general)?.pending[0]?.state === "sealed", "bob's words are on the way");
  const [waiting] = bob.room(general)?.pending ?? [];
  const stolen = messageIdSchema.parse(waiting?.messageId);
  await says(content("", { n: 503, id: stolen, body: { kind: "confirm" } }));
  release();
  for (const person of [alice, bob]) await sees(person, "bob: the bridge is closed");

  await says(content("last", { n: 504, id: messageIdSchema.parse(newId()) }));
  for (const person of [alice, bob]) {
    await sees(person, "mallory: last");
    const lines = (await person.texts(general)).filter((line) => /^mallory: (?!hello)/.test(line));
    expect(lines).toEqual(["mallory: counted once", "mallory: another's id", "mallory: last"]);
    expect((await person.texts(general)).filter((line) => line === "bob: the bridge is closed")).toHaveLength(1);
  }
});

test("ENG-09 a message held back for more epochs than members retain is sent again, and shown once", async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let isHolding = true;
  await bob.close();
  await bob.open(tampered({ hold: (name) => (name === "event:submit" && isHolding ? held : Promise.resolve()) }));
  await until(() => bob.running.connection === "online", "bob online");
  await bob.say(general, "from long ago");
  await until(() => bob.room(general)?.pending[0]?.state === "sealed", "sealed");
  const sealedIn = epochOf(bob);

  const carol = await registered(server.url, "carol");
  while (epochOf(alice) <= sealedIn + retainedEpochs) {
    const before = epochOf(alice);
    await carol.join(general);
    await until(() => carol.room(general)?.meta.confirmed === true, "carol confirmed", 30_000);
    unwrap(await carol.running.leave(general));
    await until(() => epochOf(alice) >= before + 2, "carol came and went", 30_000);
  }
  isHolding = false;
  release();
  await sees(alice, "bob: from long ago");
  await sees(bob, "bob: from long ago");
  for (const person of [alice, bob]) {
    expect((await person.texts(general)).filter((line) => line === "bob: from long ago")).toHaveLength(1);
  }
  await carol.close();
});

function isOnline(transport: Transport): boolean {
  let online = false;
  transport.listen({ ...deaf, state: (state) => (online = state === "online") })();
  return online;
}
