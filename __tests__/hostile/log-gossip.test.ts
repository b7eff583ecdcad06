/**
 * Checkpoints travel with what people say (SPEC LOG-13): an operator who shows two people two logs is found out by the first message
 * between them, and has signed the proof (LOG-14). Each attack is played without the defence as well, where nobody notices.
 */

import type * as Compare from "@/lib/client/engine/log/compare";
import { evidenceOf, viewOfLog } from "@/lib/client/engine/log/desk";
import { decodeContent, isSendable } from "@/lib/protocol/content";
import { statedNoteMaxLength } from "@/lib/protocol/limits";
import { encodeVerifier, logVerifier, peekNote } from "@/lib/protocol/log/checkpoint";
import { decodeEvidence } from "@/lib/protocol/log/evidence";
import type { RoomId } from "@/lib/protocol/ids";
import { judgeEvidence } from "@/lib/server/ops/judge-evidence";

import { Cellar, hears, nameOf, pause, reopen, talk, viewOf } from "../support/cellar";
import { otherRoot, signed, sizeOf } from "../support/log-operator";
import { unwrap, until, type Person } from "../support/person";
import type { Tampering } from "../support/tampered-transport";

jest.mock("@/lib/client/engine/log/compare", () => {
  const real = jest.requireActual<typeof Compare>("@/lib/client/engine/log/compare");
  return {
    compare: (...args: Parameters<typeof Compare.compare>) =>
      mockDefended ? real.compare(...args) : Promise.resolve(true),
  };
});

let mockDefended = true;

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(async () => {
  mockDefended = true;
  await cellar.clear();
});
afterAll(() => cellar.tearDown());

const services = () => cellar.server.services;
const alarms = (who: Person) => who.running.keyLog.alarms.map(({ kind }) => kind);

/** Whoever is shown `note` takes it for the log's head: to them the operator answers as if it were. */
function shown(note: string): Tampering {
  return {
    answer: (name) => {
      if (name === "log:head") return { ok: true, value: { note, verifier: services().transparencyLog.verifierLine } };
      if (name === "log:entries") return { ok: true, value: { entries: [] } };
      return undefined;
    },
    change: (name, answer) => (name === "log:proofs" ? { ...(answer as { proofs: unknown[] }), note } : answer),
  };
}

describe.each([true, false])("defended: %s", (isDefended) => {
  test("LOG-13 S6 two logs of one size shown to two people are found out by a message between them, by both", async () => {
    const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
    const roomId = await cellar.room(alice, bob);
    await talk(roomId, [alice, bob]);
    // From here on bob is shown a log of his own, two entries longer; alice the honest one, which grows as much.
    const size = (await sizeOf(services())) + 2;
    const fork = await signed(services(), size);
    await bob.close();
    await forgetLog(bob);
    await reopen(bob, shown(fork));
    await until(() => bob.running.keyLog.note === fork, "bob sees the fork");
    await cellar.person("carol");
    await alice.running.keyLog.look();
    expect(peekNote(alice.running.keyLog.note ?? "")?.size).toBe(size);
    mockDefended = isDefended;
    await alice.say(roomId, "what do you see?");
    await bob.say(roomId, "and you?");
    await hears(bob, roomId, `${nameOf(alice)}: what do you see?`);
    await hears(alice, roomId, `${nameOf(bob)}: and you?`);
    if (!isDefended) {
      await pause(500);
      expect([alarms(alice), alarms(bob).includes("split-view")]).toEqual([[], false]);
      return;
    }
    await until(() => [alice, bob].every((who) => alarms(who).includes("split-view")), "both alarm");
    const alarm = alice.running.keyLog.alarms.find(({ kind }) => kind === "split-view");
    expect(alarm?.by?.username).toBe(nameOf(bob));
    // Whoever gets the file needs nobody's word for it.
    const { file } = unwrap(evidenceOf(alice.running.keyLog, alarm?.id ?? -1));
    const noServer = () => Promise.resolve(undefined);
    const line = services().transparencyLog.verifierLine;
    expect(await judgeEvidence(file, line, noServer)).toMatchObject({ verdict: "proven" });
    const forged = decodeEvidence(file);
    const doctored = JSON.stringify({
      ...forged,
      checkpoints: [forged?.checkpoints[0], fork.replace("sealroom/", "other/")],
    });
    expect(await judgeEvidence(Buffer.from(doctored), line, noServer)).toMatchObject({ verdict: "unsigned" });
  });

  test("LOG-13 S7 who is shown an older log than others is told", async () => {
    const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
    const roomId = await cellar.room(alice, bob);
    await talk(roomId, [alice, bob]);
    const frozen = bob.running.keyLog.note ?? "";
    await reopen(bob, shown(frozen));
    await cellar.person("carol");
    await alice.running.keyLog.look();
    mockDefended = isDefended;
    await alice.say(roomId, "carol is here");
    await hears(bob, roomId, `${nameOf(alice)}: carol is here`);
    if (isDefended) await until(() => alarms(bob).includes("stale"), "bob is told");
    else await pause(500);
    expect(alarms(bob).includes("stale")).toBe(isDefended);
    expect(alarms(alice)).toEqual([]);
  });
});

test("LOG-13 honest people compare, and nothing is found; a checkpoint is said once", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  await talk(roomId, [alice, bob]);
  await cellar.person("carol");
  await bob.running.keyLog.look();
  await talk(roomId, [alice, bob, alice]);
  await until(() => alice.running.keyLog.note === bob.running.keyLog.note, "they see one head");
  await talk(roomId, [alice, bob]);
  expect([alarms(alice), alarms(bob)]).toEqual([[], []]);
  expect(alice.room(roomId)?.meta.said.log).toBe(alice.running.keyLog.note);
});

test("LOG-13 N5 a note fits beside the longest text, and what is no note is no message", () => {
  const id = "00".repeat(16);
  expect(isSendable({ kind: "text", text: "a".repeat(16 * 1024) })).toBe(true);
  const content = { v: 2, id, n: 1, t: 1, seen: [], body: { kind: "text", text: "hi" } };
  const encoded = (extra: object) => {
    const json = new TextEncoder().encode(JSON.stringify({ ...content, ...extra }));
    let size = 256;
    while (size < json.length + 4) size *= 2;
    const padded = new Uint8Array(size);
    new DataView(padded.buffer).setUint32(0, json.length);
    padded.set(json, 4);
    return padded;
  };
  expect(decodeContent(encoded({ log: "x" }))?.log).toBe("x");
  expect(decodeContent(encoded({ log: "x".repeat(statedNoteMaxLength + 1) }))).toBeUndefined();
  expect(decodeContent(encoded({ log: "" }))).toBeUndefined();
  expect(decodeContent(encoded({ build: "g".repeat(64) }))).toBeUndefined();
});

test("CODE-11 members see which build each other's devices say they run", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const build = "ab".repeat(32);
  await bob.close();
  bob.build = build;
  await bob.open();
  await until(() => bob.running.connection === "online", "bob is back");
  const roomId: RoomId = await cellar.room(alice, bob);
  await talk(roomId, [alice, bob]);
  const buildsOf = (who: Person) =>
    viewOf(alice, roomId)
      ?.members.find(({ accountId }) => accountId === who.identity.accountId)
      ?.devices.map((device) => device.build);
  await until(() => buildsOf(bob)?.[0] === build, "told");
  expect(buildsOf(alice)).toEqual([undefined]);
  await reopen(alice);
  expect(buildsOf(bob)).toEqual([build]);
});

/** As on a device that meets the log for the first time; people are known to it already, so that it can speak. */
async function forgetLog({ store }: Person): Promise<void> {
  await store.write([{ key: "log/state", value: undefined }]);
}

test("LOG-13 what a member makes up is no alarm that can push out another, and nothing that stops anybody", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  await talk(roomId, [alice, bob]);
  const { keyLog } = alice.running;
  const by = { username: nameOf(bob), accountId: bob.identity.accountId };
  keyLog.heard("no note at all", by);
  for (let size = 1; size <= 40; size++) {
    const note = await signed(services(), size);
    keyLog.heard(note.replaceAll("sealroom/", "sealroom/x"), by);
  }
  await until(() => alarms(alice).length > 0, "told");
  await pause(300);
  expect(alarms(alice)).toEqual(["other-key"]);
  const view = viewOfLog(keyLog);
  expect(view.mayBeginAnew).toBe(false);
  // It is told as bob's word, and is nothing to show to others.
  expect(alice.running.troubles).toEqual(["key-log-told"]);
  expect(view.alarms).toMatchObject([{ kind: "other-key", hasEvidence: false }]);
  expect(evidenceOf(keyLog, view.alarms[0]?.id ?? -1)).toMatchObject({ ok: false });
  await talk(roomId, [alice, bob]);
});

test("LOG-13 a checkpoint that never came to the order goes along again", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  await talk(roomId, [alice, bob]);
  await cellar.person("carol");
  let isRefusing = true;
  await reopen(alice, {
    answer: (name) => (name === "event:submit" && isRefusing ? { ok: false, error: { code: "BAD_EVENT" } } : undefined),
  });
  await alice.running.keyLog.look();
  const newest = alice.running.keyLog.note;
  await alice.say(roomId, "refused");
  await until(() => alice.room(roomId)?.pending[0]?.state === "failed", "failed");
  expect(alice.room(roomId)?.meta.said.log).not.toBe(newest);
  isRefusing = false;
  await talk(roomId, [alice]);
  await until(() => alice.room(roomId)?.meta.said.log === newest, "said");
});

test("LOG-10 signatures of others beside the log's own are not passed on", async () => {
  const alice = await cellar.person("alice");
  const bob = await cellar.person("bob");
  const roomId = await cellar.room(alice, bob);
  const lines = Array.from({ length: 4 }, (_, at) => `— witness.example/${String(at)} ${"A".repeat(96)}\n`).join("");
  await reopen(alice, {
    change: (name, answer) =>
      name === "log:head" || name === "log:proofs"
        ? { ...(answer as { note: string }), note: `${(answer as { note: string }).note}${lines}` }
        : answer,
  });
  await cellar.person("carol");
  await alice.running.keyLog.look();
  expect(alice.running.keyLog.note).not.toContain("witness");
  await talk(roomId, [alice, bob]);
  expect(alarms(alice)).toEqual([]);
});

test("LOG-14 a file that is no evidence says so", async () => {
  const never = () => Promise.resolve(undefined);
  const line = services().transparencyLog.verifierLine;
  expect(await judgeEvidence(Buffer.from("{}"), line, never)).toMatchObject({ verdict: "unreadable" });
  const honest = await signed(services(), 5, otherRoot);
  const verifier = line;
  const base = { v: 1, what: "Sealroom log evidence", verifier, alarm: "split-view", at: "2026-11-25T00:00:00.000Z" };
  const of = (checkpoints: string[]) => Buffer.from(JSON.stringify({ ...base, checkpoints }));
  expect(await judgeEvidence(of([honest, honest]), line, never)).toMatchObject({ verdict: "nothing" });
  expect(await judgeEvidence(of([honest]), line, never)).toMatchObject({ verdict: "nothing" });
  // Of two sizes the log is asked; one that does not answer has not cleared itself.
  const larger = await signed(services(), 9);
  expect(await judgeEvidence(of([honest, larger]), line, never)).toMatchObject({ verdict: "unanswered" });
  // Evidence about a log of somebody else says nothing about this one.
  const other = encodeVerifier(logVerifier(new Uint8Array(32).fill(5)));
  expect(await judgeEvidence(of([honest, larger]), other, never)).toMatchObject({ verdict: "other-log" });
  const liar = () => Promise.resolve(new TextEncoder().encode(JSON.stringify({ proof: [] })));
  expect(await judgeEvidence(of([honest, larger]), line, liar)).toMatchObject({ verdict: "proven" });
});
