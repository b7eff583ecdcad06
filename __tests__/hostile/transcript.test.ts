/**
 * What a server that orders a room's events can do with the order: leave one out, give it later, exchange two, put one in
 * twice, show two halves of a room different things. Places have no holes, so only the transcript can tell (SPEC TRN).
 */

import type { TranscriptAlarm } from "@/lib/client/engine/views";
import type { RoomId } from "@/lib/protocol/ids";
import { peekMessage } from "@/lib/protocol/mls/peek";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

import {
  Cellar,
  causes,
  hasLeaf,
  hears,
  nameOf,
  newRoomId,
  reopen,
  systemLines,
  talk,
  viewOf,
} from "../support/cellar";
import { OtherHistory, honestly, type Shape } from "../support/other-history";
import { unwrap, until, type Person } from "../support/person";

jest.setTimeout(120_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

const transcriptEvents = ["withheld", "came-late", "forked"];

/** What somebody was told of the order: which cause, whose device, how many. */
async function notes(who: Person, roomId: RoomId): Promise<string[]> {
  const lines = (await systemLines(who, roomId)).filter(({ event }) => transcriptEvents.includes(event));
  return lines.map(({ event, who: whose, missed }) =>
    [event, whose, missed].filter((part) => part !== undefined).join(" "),
  );
}

const alarmOf = (who: Person, roomId: RoomId): TranscriptAlarm | undefined => viewOf(who, roomId)?.alarm;

async function saysAndAllHear(from: Person, roomId: RoomId, text: string, to: readonly Person[]): Promise<void> {
  await from.say(roomId, text);
  for (const reader of [from, ...to]) await hears(reader, roomId, `${nameOf(from)}: ${text}`);
}

async function noted(who: Person, roomId: RoomId, note: string): Promise<void> {
  await until(async () => (await notes(who, roomId)).includes(note), `${nameOf(who)} is told: ${note}`, 30_000);
}

/** From now on the server shows this person what `history.shape` says. */
async function misled(who: Person, roomId: RoomId): Promise<OtherHistory> {
  const history = new OtherHistory(roomId, await cellar.events(roomId));
  await reopen(who, history.tampering);
  await until(() => who.running.connection === "online", `${nameOf(who)} online`);
  return history;
}

/** Everybody has read everybody, and nothing is owed any more. */
async function still(roomId: RoomId, all: readonly Person[]): Promise<void> {
  await talk(roomId, all);
  for (let before = -1, now = 0; before !== now; before = now, now = (await cellar.events(roomId)).length)
    await new Promise((resolve) => setTimeout(resolve, 1200));
}

async function three(): Promise<{ roomId: RoomId; alice: Person; bob: Person; carol: Person; history: OtherHistory }> {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  await still(roomId, [alice, bob, carol]);
  return { roomId, alice, bob, carol, history: await misled(bob, roomId) };
}

/** The next event is kept back, all others are told. */
function keepingNext(history: OtherHistory, kept: RoomEvent[]): Shape {
  return (event) => {
    kept.push(event);
    history.shape = honestly;
    return [];
  };
}

test("TRN-04 S13 a message that is withheld shows at the next one, once, and stays an alarm until a person has seen it", async () => {
  const { roomId, alice, bob, carol, history } = await three();
  history.shape = keepingNext(history, []);
  await saysAndAllHear(alice, roomId, "withheld from bob", [carol]);
  expect(await notes(bob, roomId)).toEqual([]);
  await saysAndAllHear(carol, roomId, "what do you think of it?", [alice, bob]);
  await noted(bob, roomId, `withheld ${nameOf(carol)} 1`);
  const lines = await bob.timeline(roomId);
  const note = lines.findIndex((item) => item.kind === "system" && item.event === "withheld");
  expect(lines[note + 1]).toMatchObject({ kind: "message", text: "what do you think of it?" });
  const { deviceId, accountId } = carol.identity;
  expect(alarmOf(bob, roomId)).toMatchObject({ cause: "missing", deviceId, accountId, username: nameOf(carol) });
  // Bob's word tells the others that he was given something else.
  await noted(alice, roomId, `forked ${nameOf(bob)}`);
  expect(alarmOf(alice, roomId)).toMatchObject({ cause: "forked", username: nameOf(bob) });
  // The same gap is not told again, after a restart neither; the alarm is still there.
  await saysAndAllHear(alice, roomId, "never mind", [carol, bob]);
  await reopen(bob, history.tampering);
  await saysAndAllHear(carol, roomId, "as you like", [alice, bob]);
  expect(await notes(bob, roomId)).toEqual([`withheld ${nameOf(carol)} 1`]);
  expect((await bob.running.health()).transcript).toEqual({ missing: 1, late: 0, forked: 0 });
  expect(alarmOf(bob, roomId)?.cause).toBe("missing");
  unwrap(await bob.running.settleAlarm(roomId));
  expect(alarmOf(bob, roomId)).toBeUndefined();
  expect(await notes(bob, roomId)).toHaveLength(1);
});

test("TRN-04 S13 what was withheld is shown once when it comes late, and known for what was missing", async () => {
  const { roomId, alice, bob, carol, history } = await three();
  const kept: RoomEvent[] = [];
  history.shape = keepingNext(history, kept);
  await saysAndAllHear(alice, roomId, "late for bob", [carol]);
  await saysAndAllHear(carol, roomId, "did you read it?", [alice, bob]);
  await noted(bob, roomId, `withheld ${nameOf(carol)} 1`);
  history.shape = (event) => {
    history.shape = honestly;
    return [...kept, event];
  };
  await saysAndAllHear(carol, roomId, "and now?", [alice, bob]);
  await noted(bob, roomId, `came-late ${nameOf(carol)} 1`);
  expect((await bob.texts(roomId)).filter((line) => line === `${nameOf(alice)}: late for bob`)).toHaveLength(1);
  expect(alarmOf(bob, roomId)?.cause).toBe("late");
  // From here on his history is everybody's again.
  await saysAndAllHear(alice, roomId, "good", [carol, bob]);
  await saysAndAllHear(carol, roomId, "fine", [alice, bob]);
  expect(await notes(bob, roomId)).toEqual([`came-late ${nameOf(carol)} 1`]);
  expect((await bob.running.health()).transcript).toEqual({ missing: 1, late: 1, forked: 0 });
});

test("TRN-04 S13 S14 what comes late from who has spoken since is unreadable, and is not called a repetition", async () => {
  const { roomId, alice, bob, carol, history } = await three();
  const kept: RoomEvent[] = [];
  history.shape = keepingNext(history, kept);
  await saysAndAllHear(alice, roomId, "too late for bob", [carol]);
  await saysAndAllHear(alice, roomId, "the next", [carol, bob]);
  await noted(bob, roomId, `withheld ${nameOf(alice)} 1`);
  history.shape = (event) => {
    history.shape = honestly;
    return [...kept, event];
  };
  await saysAndAllHear(carol, roomId, "hm", [alice, bob]);
  await noted(bob, roomId, `came-late ${nameOf(alice)} 1`);
  expect(await causes(bob, roomId)).toEqual(["keys-deleted"]);
  expect(await bob.texts(roomId)).not.toContain(`${nameOf(alice)}: too late for bob`);
});

test("TRN-04 S15 two messages in another order: each is shown once, the order is said to be another, and that stays", async () => {
  const { roomId, alice, bob, carol, history } = await three();
  const kept: RoomEvent[] = [];
  history.shape = (event) => {
    kept.push(event);
    history.shape = (second) => {
      history.shape = honestly;
      return [second, ...kept];
    };
    return [];
  };
  await saysAndAllHear(alice, roomId, "first", [carol]);
  await saysAndAllHear(carol, roomId, "second", [alice]);
  await hears(bob, roomId, `${nameOf(alice)}: first`);
  await saysAndAllHear(alice, roomId, "third", [carol, bob]);
  expect(await notes(bob, roomId)).toEqual([`came-late ${nameOf(carol)} 1`]);
  expect((await bob.texts(roomId)).slice(-3).map((line) => line.split(": ")[1])).toEqual(["second", "first", "third"]);
  expect(alarmOf(bob, roomId)?.cause).toBe("late");
});

test("TRN-02 S16 S18 an event that is put in, again or from another room, shows nothing twice and is named", async () => {
  const { roomId, alice, bob, carol, history } = await three();
  const elsewhere = newRoomId();
  unwrap(await alice.running.govern.createPrivateRoom({ name: "Elsewhere", topic: "" }, elsewhere));
  await until(() => viewOf(alice, elsewhere)?.membership === "joined", "alice is elsewhere");
  await alice.say(elsewhere, "not for the cellar");
  await until(async () => (await cellar.events(elsewhere)).length === 2, "it was said");
  const [, foreign] = await cellar.events(elsewhere);
  if (foreign === undefined) throw new Error("nothing was said elsewhere");
  history.shape = (event) => {
    history.shape = honestly;
    return [event, { ...event }, foreign];
  };
  await saysAndAllHear(alice, roomId, "once", [carol, bob]);
  await saysAndAllHear(carol, roomId, "twice?", [alice, bob]);
  await saysAndAllHear(carol, roomId, "no", [alice, bob]);
  await noted(bob, roomId, `forked ${nameOf(carol)}`);
  expect(await causes(bob, roomId)).toEqual(["replayed", "tampered"]);
  const texts = await bob.texts(roomId);
  expect(texts.filter((line) => line.endsWith(": once"))).toHaveLength(1);
  expect(texts.join("\n")).not.toContain("not for the cellar");
});

test("TRN-02 TRN-04 S12 two halves of a room that are shown different things both alarm when one message crosses", async () => {
  const [alice, bob, carol, dave] = [
    await cellar.person("alice"),
    await cellar.person("bob"),
    await cellar.person("carol"),
    await cellar.person("dave"),
  ];
  const roomId = await cellar.room(alice, bob, carol, dave);
  await still(roomId, [alice, bob, carol, dave]);
  const halves = { upper: [alice, bob], lower: [carol, dave] };
  let speaking: keyof typeof halves = "upper";
  let isSplit = true;
  for (const [half, people] of Object.entries(halves)) {
    for (const person of people) {
      const history = await misled(person, roomId);
      history.shape = (event) => (isSplit && speaking !== half ? [] : [event]);
    }
  }
  await saysAndAllHear(alice, roomId, "we meet at the harbour", [bob]);
  speaking = "lower";
  await saysAndAllHear(carol, roomId, "we meet at the station", [dave]);
  for (const person of [alice, bob, carol, dave]) expect(await notes(person, roomId)).toEqual([]);
  // One message crosses; everything after it is for everybody.
  isSplit = false;
  await saysAndAllHear(dave, roomId, "see you there", [alice, bob, carol]);
  for (const person of [alice, bob, carol, dave]) {
    await until(() => alarmOf(person, roomId) !== undefined, `${nameOf(person)} alarms`, 30_000);
    expect((await notes(person, roomId)).length).toBeGreaterThan(0);
  }
  expect(alarmOf(alice, roomId)).toMatchObject({ cause: "forked", username: nameOf(dave) });
  // Talking on in one history, or another epoch, takes nothing back.
  unwrap(await alice.running.govern.changeRoom(roomId, { topic: "another epoch" }));
  await until(() => viewOf(dave, roomId)?.topic === "another epoch", "one epoch on");
  await talk(roomId, [alice, bob, carol, dave]);
  for (const person of [alice, bob, carol, dave]) expect(alarmOf(person, roomId)).toBeDefined();
});

test("TRN-03 S13 what was withheld at the end of an epoch is named in the next one", async () => {
  const { roomId, alice, bob, carol, history } = await three();
  history.shape = keepingNext(history, []);
  await saysAndAllHear(carol, roomId, "the last word", [alice]);
  unwrap(await alice.running.govern.changeRoom(roomId, { topic: "next" }));
  await until(() => viewOf(bob, roomId)?.topic === "next", "bob follows");
  expect(await notes(bob, roomId)).toEqual([]);
  await saysAndAllHear(carol, roomId, "the first word", [alice, bob]);
  await noted(bob, roomId, `forked ${nameOf(carol)}`);
});

test("TRN-02 S37 a removal that is kept from a member: the others see that its history goes on without it, and write to nobody old", async () => {
  const { roomId, alice, bob, carol, history } = await three();
  const before = (await cellar.events(roomId)).length;
  history.shape = (event) => (isCommit(event) ? [] : [event]);
  unwrap(await alice.running.govern.removeMember(roomId, carol.identity.accountId, { ban: false }));
  await until(() => !hasLeaf(alice, roomId, carol.identity), "carol is out", 30_000);
  expect(hasLeaf(bob, roomId, carol.identity)).toBe(true);
  // What bob says is still for the old members; his device has seen his own word where the removal was.
  await bob.say(roomId, "is everybody here?");
  await hears(alice, roomId, `${nameOf(bob)}: is everybody here?`);
  await until(async () => (await bob.messages(roomId)).at(-1)?.state === "sent", "bob has seen it in the order");
  await bob.say(roomId, "nobody?");
  await noted(alice, roomId, `forked ${nameOf(bob)}`);
  expect(alarmOf(alice, roomId)).toMatchObject({ cause: "forked", deviceId: bob.identity.deviceId });
  // Who knows of the removal writes in the new epoch only: carol, whose device still gets everything, opens none of it.
  await saysAndAllHear(alice, roomId, "carol is gone", []);
  const events = (await cellar.events(roomId)).slice(before);
  const removal = events.findIndex(isCommit);
  const old = events.slice(removal + 1).filter(({ payload }) => epochOf(payload) === epochOf(events[removal]?.payload));
  const bobs = (await alice.texts(roomId)).filter((line) => /everybody here|nobody\?/.test(line));
  expect(old.length).toBe(bobs.length);
  expect(await carol.texts(roomId)).not.toContain(`${nameOf(alice)}: carol is gone`);
  expect(await bob.texts(roomId)).not.toContain(`${nameOf(alice)}: carol is gone`);
  await until(async () => (await causes(bob, roomId)).length > 0, "bob is told that he cannot read something");
});

function isCommit({ payload }: RoomEvent): boolean {
  const peek = peekMessage(payload);
  return peek.ok && (peek.kind === "commit" || peek.kind === "external-commit");
}

function epochOf(payload: Uint8Array | undefined): bigint | undefined {
  const peek = payload && peekMessage(payload);
  return peek?.ok === true ? peek.epoch : undefined;
}
