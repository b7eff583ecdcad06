/** What a hostile operator or member tries on somebody who joins. Each client is real; only the attacker's part is not. */

import { createGroup } from "@/lib/crypto/mls/create";
import { epochAuthenticator } from "@/lib/crypto/mls/roster";
import { randomBytes } from "@/lib/crypto/random";
import { fromHex, toHex } from "@/lib/protocol/bytes";
import { eventIdSchema, type RoomId } from "@/lib/protocol/ids";
import { ciphersuiteName } from "@/lib/protocol/policy";
import type { Answer } from "@/lib/protocol/schemas/socket";

import { generalId, registered, unwrap, until, type Person } from "../support/person";
import { startTestServer } from "../support/server";
import { deaf, tampered } from "../support/tampered-transport";

jest.setTimeout(120_000);

let server: Awaited<ReturnType<typeof startTestServer>>;
let general: RoomId;
let alice: Person;
let bob: Person;
let mallory: Person;

beforeAll(async () => {
  server = await startTestServer();
  general = await generalId(server.url);
  [alice, bob, mallory] = await Promise.all([
    registered(server.url, "alice"),
    registered(server.url, "bob"),
    registered(server.url, "mallory"),
  ]);
  await alice.join(general);
});

afterAll(async () => {
  await Promise.all([alice, bob, mallory].map((person) => person.close()));
  await server.close();
});

type Candidates = Answer<"room:group-info">;
const newId = () => eventIdSchema.parse(toHex(randomBytes(16)));
const authenticator = (person: Person) => {
  const group = person.room(general)?.group;
  return group === undefined ? "none" : toHex(epochAuthenticator(group));
};
const reads = (person: Person, line: string) =>
  until(async () => (await person.texts(general)).includes(line), `${person.identity.username} reads ${line}`, 30_000);

async function foundedBy(person: Person): Promise<Uint8Array> {
  const { groupInfo } = await createGroup({
    groupId: fromHex(general) ?? new Uint8Array(),
    identity: person.identity,
    policy: { kind: "open", roomId: general, name: "General", suite: ciphersuiteName, revoked: [] },
  });
  return groupInfo;
}

test("S35 a poisoned GroupInfo does not keep a joiner out", async () => {
  const transport = mallory.transport();
  await until(() => {
    let online = false;
    transport.listen({ ...deaf, state: (state) => (online = state === "online") })();
    return online;
  }, "mallory online");
  unwrap(await transport.request("room:enter", { roomId: general }));
  const poisoned = await foundedBy(mallory);
  const last = poisoned.length - 1;
  poisoned[last] = (poisoned[last] ?? 0) ^ 1;
  const sent = await transport.request("event:submit", { roomId: general, id: newId(), payload: poisoned });
  expect(sent.ok).toBe(true);
  transport.close();

  await bob.close();
  // The server says that most attest the poisoned one: the joiner tries it first.
  let offers = 0;
  await bob.open(
    tampered({
      change: (name, answer) => {
        if (name !== "room:group-info") return answer;
        const offered = answer as Candidates;
        const isPoisoned = ({ groupInfo }: Candidates["candidates"][number]) => toHex(groupInfo) === toHex(poisoned);
        const first = offered.candidates.filter(isPoisoned).map((one) => ({ ...one, attestations: 9 }));
        offers += first.length;
        return { ...offered, candidates: [...first, ...offered.candidates.filter((one) => !isPoisoned(one))] };
      },
    }),
  );
  await bob.join(general);
  await until(() => authenticator(bob) === authenticator(alice), "one epoch");
  // At once: not because rooms that bob would found himself had pushed it out at last.
  expect(offers).toBeGreaterThan(0);
  expect(offers).toBeLessThan(4);
  await bob.say(general, "I am in");
  await reads(alice, "bob: I am in");
});

test("S20 a GroupInfo older than what this device has seen is refused", async () => {
  // Only a confirmed epoch binds: an unconfirmed one may belong to a branch nobody shares.
  await until(() => bob.room(general)?.meta.confirmed === true, "bob confirmed");
  const transport = bob.transport();
  let offered: Candidates | undefined;
  await until(async () => {
    const answer = await transport.request("room:group-info", { roomId: general });
    if (answer.ok) offered = answer.value;
    return answer.ok;
  }, "candidates");
  transport.close();
  const stale = offered;
  if (stale === undefined) throw new Error("no candidates");
  // The epoch moves on: bob leaves, which alice commits.
  unwrap(await bob.running.leave(general));
  await until(() => bob.room(general)?.group === undefined, "bob left");
  const reached = bob.room(general)?.meta.newestEpoch ?? 0;
  await bob.close();
  const older = stale.candidates.filter((candidate) => candidate.epoch < reached);
  expect(older.length).toBeGreaterThan(0);
  await bob.open(
    tampered({
      answer: (name) => (name === "room:group-info" ? { ok: true, value: { head: 1, candidates: older } } : undefined),
    }),
  );
  await until(() => bob.running.connection === "online", "bob online");
  unwrap(await bob.running.join(general));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(bob.room(general)?.group).toBeUndefined();
  expect(bob.room(general)?.meta.membership).toBe("joining");
  // Told the truth, the same device gets in.
  await bob.close();
  await bob.open();
  await until(() => authenticator(bob) === authenticator(alice), "bob back in", 30_000);
});

test("ENG-08 S20 who was led into a false group says so until he finds out, and nothing he said is lost", async () => {
  await mallory.close();
  const carol = await registered(server.url, "carol");
  await carol.close();
  const falseGenesis = await foundedBy(mallory);
  let isLying = true;
  await carol.open(
    tampered({
      change: (name, answer) => {
        if (name !== "room:group-info" || !isLying) return answer;
        const { head } = answer as Candidates;
        return { head, candidates: [{ seq: head, epoch: 0, groupInfo: falseGenesis, attestations: 9 }] };
      },
    }),
  );
  await carol.join(general);
  expect(authenticator(carol)).not.toBe(authenticator(alice));
  await carol.say(general, "is anybody here?");
  await until(
    async () => (await carol.messages(general)).some((item) => item.state === "sent"),
    "carol's message stored",
  );
  expect(carol.running.room(general)?.confirmed).toBe(false);
  expect(await alice.texts(general)).not.toContain("carol: is anybody here?");

  isLying = false;
  await alice.say(general, "over here");
  await reads(alice, "carol: is anybody here?");
  await reads(bob, "carol: is anybody here?");
  await until(() => authenticator(carol) === authenticator(alice), "carol in the true group");
  for (const person of [alice, bob, carol]) {
    const lines = (await person.texts(general)).filter((line) => line === "carol: is anybody here?");
    expect(lines).toHaveLength(1);
  }
  expect((await carol.timeline(general)).some((item) => item.kind === "system" && item.event === "repaired")).toBe(
    true,
  );
  await carol.close();
});

test("S18 S19 an event moved to another room, or with a false time, shows nothing false", async () => {
  const { roomId: other } = unwrap(await alice.running.createRoom("Other room"));
  await until(() => alice.room(other)?.meta.membership === "joined", "alice in the other room");
  await bob.join(other);
  await until(() => bob.room(other)?.meta.confirmed === true, "bob confirmed");
  await bob.close();
  await bob.open(
    tampered({
      deliver: (roomId, event) => {
        const lying = { ...event, at: 1 };
        const cursor = bob.engine?.inspect(other)?.meta.cursor ?? 0;
        return roomId === general
          ? [
              [roomId, lying],
              [other, { ...lying, seq: cursor + 1 }],
            ]
          : [[roomId, lying]];
      },
    }),
  );
  await until(() => bob.running.connection === "online", "bob online");
  await alice.say(general, "for General only");
  await reads(bob, "alice: for General only");
  const shown = (await bob.messages(general)).at(-1);
  expect(Math.abs((shown?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await bob.texts(other)).toEqual([]);
});
