/** The chain and its comparison by themselves: who is consistent, who saw more, who saw something else, and what mends a gap. */

import fc from "fast-check";

import { MemoryStore } from "@/lib/client/store/memory-store";
import { isDamage } from "@/lib/client/engine/load";
import type { Draft } from "@/lib/client/engine/draft";
import { owesWord } from "@/lib/client/engine/duties";
import type { Application } from "@/lib/client/engine/receive";
import { newMeta, roomKeys, type Pending } from "@/lib/client/engine/records";
import {
  beginTranscript,
  currentChain,
  extend,
  headOf,
  lengthOf,
  nextEpoch,
  positions,
  replaceChain,
  rewind,
  type Chain,
  type Transcript,
} from "@/lib/client/engine/transcript";
import { compare, mend } from "@/lib/client/engine/transcript-compare";
import { compareSeen } from "@/lib/client/engine/transcript-notes";
import { readTranscript, transcriptWrites } from "@/lib/client/engine/transcript-records";
import { toHex, utf8 } from "@/lib/protocol/bytes";
import { roomIdSchema } from "@/lib/protocol/ids";
import {
  transcriptBlockPlaces,
  transcriptPlaces,
  transcriptToldMax,
  transcriptToldPerAccount,
} from "@/lib/protocol/limits";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";
import { eventDigest, positionSchema, toPosition, transcriptNext, transcriptStart } from "@/lib/protocol/transcript";

const roomId = roomIdSchema.parse("00112233445566778899aabbccddeeff");
const authenticator = new Uint8Array(32).fill(7);
const start = { epoch: 4, hash: transcriptStart(roomId, 4, authenticator), at: 1000 };
const digest = (name: string) => eventDigest(utf8(name));
const bob = { device: "b0", username: "bob", at: 5000, now: 6000 };

function chainOf(names: readonly string[], from: Chain = chain(beginTranscript(start))): Chain {
  return names.reduce((line, name) => extend(line, digest(name)), from);
}

function chain(transcript: Transcript): Chain {
  const current = currentChain(transcript);
  if (current === undefined) throw new Error("no chain");
  return current;
}

const seen = (names: readonly string[]) => {
  const line = chainOf(names);
  return toPosition(line.epoch, lengthOf(line), headOf(line));
};

test("TRN-01 the chain is a function of room, epoch, authenticator and the events' bytes in their order, frozen", () => {
  expect(toHex(start.hash)).toMatchInlineSnapshot(`"abf59b5dc74923de8b7228e10ced8cbab10de86c776d0d06d8326ce6e8919a0b"`);
  expect(toHex(headOf(chainOf(["a", "b"])))).toMatchInlineSnapshot(
    `"58da40be50d73b305bae1790d1941943338b88c8d8e8ab7b0d6743aafad6b09a"`,
  );
  const other = [
    transcriptStart(roomIdSchema.parse("ff".repeat(16)), 4, authenticator),
    transcriptStart(roomId, 5, authenticator),
    transcriptStart(
      roomId,
      4,
      authenticator.map((byte) => byte ^ 1),
    ),
    transcriptNext(start.hash, digest("b")),
  ].map(toHex);
  expect(new Set([...other, toHex(start.hash), toHex(transcriptNext(start.hash, digest("a")))]).size).toBe(6);
  expect(headOf(chainOf(["a", "b"]))).not.toEqual(headOf(chainOf(["b", "a"])));
});

test("TRN-02 any prefix of what we were given is consistent; anything else in its place is not", () => {
  const names = fc.array(fc.string(), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(names, fc.nat(), fc.string(), (given, place, other) => {
      const own = chainOf(given);
      const index = place % (given.length + 1);
      expect(compare(own, given.length, seen(given.slice(0, index)), bob).kind).toBe("same");
      if (index === 0 || given[index - 1] === other) return;
      const changed = [...given.slice(0, index - 1), other];
      expect(compare(own, given.length, seen(changed), bob).kind).toBe("forked");
    }),
  );
});

test("TRN-02 a fork names how far the device had agreed and when, and is told once for each device, of so many", () => {
  const own = chainOf(["a", "b", "c", "d"]);
  const agreed = compare(own, 4, seen(["a", "b"]), bob).chain;
  const other = { ...bob, at: 9000, now: 9000 };
  const forked = compare(agreed, 4, seen(["a", "b", "x"]), other);
  expect(forked).toMatchObject({ kind: "forked", from: 2, to: 3, since: 5000 });
  expect(compare(forked.chain, 4, seen(["a", "b", "x", "y"]), other).kind).toBe("unknown");
  expect(compare(forked.chain, 4, seen(["x"]), { ...other, device: "c0" })).toMatchObject({ from: 0, since: 1000 });
  let line = own;
  const kinds = Array.from({ length: transcriptToldMax + 3 }, (_, device) => {
    const compared = compare(line, 4, seen(["x"]), { ...bob, device: String(device) });
    line = compared.chain;
    return compared.kind;
  });
  expect(kinds.filter((kind) => kind === "forked")).toHaveLength(transcriptToldMax);
  expect(line.told).toHaveLength(transcriptToldMax);
});

test("TRN-02 a fork is not told to have begun later than now, whatever the clock of that device said", () => {
  const own = chainOf(["a", "b", "c"]);
  const agreed = compare(own, 3, seen(["a"]), { ...bob, at: 8_640_000_000_000_000 }).chain;
  expect(compare(agreed, 3, seen(["a", "x"]), bob)).toMatchObject({ kind: "forked", since: bob.now });
});

test("TRN-02 who goes on in an epoch that has ended for us was not given the event that ended it", () => {
  const ended = { ...chainOf(["a", "commit"]), ended: true };
  expect(compare(ended, 2, seen(["a"]), bob).kind).toBe("same");
  expect(compare(ended, 2, seen(["a", "commit"]), bob).kind).toBe("same");
  expect(compare(ended, 2, seen(["a", "more"]), bob).kind).toBe("forked");
  expect(compare(ended, 2, seen(["a", "commit", "more"]), bob).kind).toBe("forked");
});

test("TRN-04 who saw more than we were given shows a gap; who is on the same line agrees from then on", () => {
  // Given: a, then "z", whose sender had seen a, m1, m2.
  const truth = ["a", "m1", "m2", "z", "y"];
  const gap = compare(chainOf(["a", "z"]), 1, seen(truth.slice(0, 3)), bob);
  expect(gap).toMatchObject({ kind: "missing", gap: { at: 1, count: 2, who: "bob" } });
  const on = chainOf(["y"], gap.chain);
  expect(compare(on, 2, seen(truth.slice(0, 4)), bob).kind).toBe("same");
  expect(compare(on, 3, seen(truth), bob).kind).toBe("same");
  // In the gap nothing can be compared; a line that is neither ours nor that one is a fork.
  expect(compare(on, 3, seen(truth.slice(0, 2)), bob).kind).toBe("unknown");
  expect(compare(on, 3, seen(["a", "m1", "m2", "x"]), bob).kind).toBe("forked");
  // Somebody whose line is the one that we were given refutes nothing and is no fork.
  expect(compare(on, 3, seen(["a", "z"]), { ...bob, device: "c0" }).kind).toBe("same");
});

test("TRN-02 TRN-04 who claims to be further ahead than anybody can be hides nothing from others: it is a fork, told once", () => {
  const own = chainOf(["a", "b", "z"]);
  const liar = { ...bob, device: "m.0" };
  const lie = compare(own, 2, toPosition(4, 0xffffffff, digest("lie")), liar);
  expect(lie.kind).toBe("forked");
  expect(lie.chain.gap).toBeUndefined();
  expect(compare(lie.chain, 2, toPosition(4, 2 + transcriptPlaces + 1, digest("lie")), liar).kind).toBe("unknown");
  expect(compare(lie.chain, 2, seen(["a", "x"]), bob).kind).toBe("forked");
  expect(compare(lie.chain, 2, seen(["a", "b", "m"]), bob).kind).toBe("missing");
});

test("TRN-04 a gap excuses whoever named it, and of each other device one place, as it may lag behind", () => {
  const liar = { ...bob, device: "m.0" };
  const gap = compare(chainOf(["a", "z"]), 1, toPosition(4, 1 + transcriptPlaces, digest("lie")), liar);
  expect(gap.kind).toBe("missing");
  const on = chainOf(["y", "w"], gap.chain);
  const once = compare(on, 3, seen(["a", "x"]), bob);
  expect(once.kind).toBe("unknown");
  // Said again before it has read on.
  expect(compare(once.chain, 4, seen(["a", "x"]), bob).kind).toBe("unknown");
  expect(compare(once.chain, 4, seen(["a", "x", "y"]), bob)).toMatchObject({ kind: "forked", to: 3 });
  expect(compare(once.chain, 4, toPosition(4, 9, digest("lie")), liar).kind).toBe("unknown");
  expect(compare(once.chain, 4, toPosition(4, 11, digest("lie")), liar).kind).toBe("unknown");
});

test("TRN-02 the devices of one account do not use up what can be told of others", () => {
  let line = chainOf(["a", "b"]);
  const tell = (device: string) => {
    const compared = compare(line, 2, seen(["x"]), { ...bob, device });
    line = compared.chain;
    return compared.kind;
  };
  const puppets = Array.from({ length: transcriptToldMax }, (_, index) => tell(`m.${String(index)}`));
  expect(puppets.filter((kind) => kind === "forked")).toHaveLength(transcriptToldPerAccount);
  expect(tell("c.0")).toBe("forked");
});

test("TRN-04 a gap that turns out wider is in the mouth of who widened it, and each device raises the alarm once", () => {
  const first = compare(chainOf(["a", "z"]), 1, seen(["a", "m"]), { ...bob, device: "b.0" });
  expect(first).toMatchObject({ gap: { who: "bob", count: 1 }, isFirst: true });
  const mallory = { ...bob, device: "m.0", username: "mallory" };
  const wider = compare(chainOf(["y"], first.chain), 2, toPosition(4, 50, digest("lie")), mallory);
  expect(wider).toMatchObject({ gap: { who: "mallory", count: 48 }, isFirst: true });
  const again = compare(chainOf(["x"], wider.chain), 3, toPosition(4, 90, digest("lie")), mallory);
  expect(again).toMatchObject({ kind: "missing", gap: { who: "mallory" }, isFirst: false });
});

test("TRN-07 the word owed after a fork waits for one of ours that was begun afterwards, whatever others say meanwhile", () => {
  const meta = newMeta(roomId, "Cellar");
  meta.outOrder = 3;
  const transcript = replaceChain(beginTranscript(start), chainOf(["a", "b", "z"]));
  const line = () => "1.0";
  const draft = { transcript, meta, nowMs: 6000, line, putLine: line } as unknown as Draft;
  const sender = { accountId: "b", deviceId: "0", username: "bob" } as Application["sender"];
  const event = { seq: 3 } as RoomEvent;
  compareSeen(draft, event, { sender, epoch: 4n } as Application, [seen(["a", "x"])], 5000);
  expect(meta.alarm?.cause).toBe("forked");
  // Any readable message shows that newcomers need no answer of ours.
  meta.newcomers = [];
  const confirm = (order: number) => ({ order, body: { kind: "confirm" } }) as Pending;
  expect(owesWord({ meta, pending: [] })).toBe(true);
  expect(owesWord({ meta, pending: [confirm(3)] })).toBe(true);
  expect(owesWord({ meta, pending: [confirm(4)] })).toBe(false);
});

test("TRN-04 events of a gap are recognised wherever they belong, and the chain is everybody's again", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.nat(4), (before, count, after) => {
      const given = ["e0", "e1", "e2", "e3", "e4"];
      const late = Array.from({ length: count }, (_, index) => `late${String(index)}`);
      const truth = [...given.slice(0, before), ...late, ...given.slice(before)];
      const gap = compare(chainOf([...given, "z"]), 5, seen(truth), bob);
      expect(gap.kind).toBe("missing");
      const since = Array.from({ length: after }, (_, index) => `since${String(index)}`);
      let line = chainOf(since, gap.chain);
      const mended = late.map((name) => {
        line = chainOf([name], line);
        return mend(line);
      });
      expect(mended.slice(0, -1).every((one) => one === undefined)).toBe(true);
      const whole = mended.at(-1);
      expect(whole && headOf(whole)).toEqual(headOf(chainOf([...truth, "z", ...since])));
      expect(whole?.gap).toBeUndefined();
    }),
  );
});

test("TRN-04 other events do not fill a gap", () => {
  const gap = compare(chainOf(["a", "z"]), 1, seen(["a", "m"]), bob).chain;
  expect(mend(chainOf(["n"], gap))).toBeUndefined();
  expect(mend(chainOf(["n", "m"], gap))).toBeDefined();
});

test("TRN-03 a message says where its epoch stands, and each epoch's end until one of ours was ordered after it", () => {
  let transcript = beginTranscript(start);
  const add = (name: string) => {
    transcript = replaceChain(transcript, chainOf([name], chain(transcript)));
  };
  add("a");
  add("commit");
  for (const epoch of [5, 6]) {
    transcript = nextEpoch(transcript, { epoch, hash: digest(String(epoch)), at: 0, made: digest("commit") });
  }
  expect(positions(transcript).map(([epoch, index]) => [epoch, index])).toEqual([
    [6, 0],
    [4, 2],
    [5, 0],
  ]);
  expect(positions({ ...transcript, said: 5 }).map(([epoch]) => epoch)).toEqual([6, 5]);
  expect(positions({ ...transcript, said: 6 }).map(([epoch]) => epoch)).toEqual([6]);
  for (const epoch of [7, 8, 9, 10]) transcript = nextEpoch(transcript, { ...start, epoch });
  expect(transcript.chains.map(({ epoch }) => epoch)).toEqual([7, 8, 9, 10]);
  expect(positions(undefined)).toEqual([]);
});

test("TRN-06 a server that goes back within the epoch takes the chain back; beyond its beginning there is none", () => {
  const gone = replaceChain(beginTranscript(start), chainOf(["a", "b", "c"]));
  expect(headOf(chain(rewind(gone, 2, true)))).toEqual(headOf(chainOf(["a"])));
  expect(currentChain(rewind(gone, 2, false))).toBeUndefined();
  expect(currentChain(rewind(gone, 4, true))).toBeUndefined();
  expect(positions(rewind(gone, 2, false))).toEqual([]);
});

test("TRN-05 state is bounded, and what is too old to compare accuses nobody", () => {
  const many = Array.from({ length: 700 }, (_, index) => String(index));
  const line = chainOf(many);
  expect(line.places.length).toBeGreaterThanOrEqual(transcriptPlaces);
  expect(line.places.length).toBeLessThan(transcriptPlaces + transcriptBlockPlaces);
  expect(compare(line, 700, seen(["x"]), bob).kind).toBe("unknown");
  expect(compare(line, 700, seen(many.slice(0, 600)), bob).kind).toBe("same");
  expect(compare(line, 700, seen([...many.slice(0, 599), "x"]), bob).kind).toBe("forked");
});

test("TRN-05 what is stored comes back, a message rewrites one block, and a row that is lost is damage", async () => {
  const store = new MemoryStore();
  const keys = roomKeys(roomId);
  let held: Transcript | undefined;
  const keep = async (next: Transcript | undefined) => {
    const rows = [...transcriptWrites(keys, held, next)].map(([key, value]) => ({ key, value }));
    await store.write(rows);
    held = next;
    return rows.filter(({ key }) => key.startsWith(keys.placesPrefix));
  };
  const many = Array.from({ length: 400 }, (_, index) => String(index));
  const gap = compare(chainOf([...many, "z"]), 400, seen([...many, "m"]), bob).chain;
  const first = replaceChain(beginTranscript({ ...start, made: digest("made") }), { ...gap, told: ["c0"] });
  await keep(first);
  expect(await readTranscript(store, keys)).toEqual(first);
  expect(await keep(replaceChain(first, chainOf(["next"], gap)))).toHaveLength(1);
  const next = nextEpoch(held, { ...start, epoch: 5 });
  await keep(next);
  expect(await readTranscript(store, keys)).toEqual(next);
  const [block] = await store.keys(keys.placesPrefix);
  await store.write([{ key: block ?? "", value: undefined }]);
  const error: unknown = await readTranscript(store, keys).catch((reason: unknown) => reason);
  expect(isDamage(error)).toBe(true);
  await keep(undefined);
  expect(await store.keys(keys.base)).toEqual([]);
});

test("TRN-03 a position has one spelling", () => {
  const good = toPosition(1, 2, start.hash);
  expect(positionSchema.parse(good)).toEqual(good);
  const [, , hash] = good;
  for (const bad of [
    [1, 2],
    [-1, 2, hash],
    [1, 2.5, hash],
    [1, 2, `${hash}=`],
    [1, 2, hash.slice(1)],
    [1, 2, `${hash.slice(0, 42)}B`],
    [1, 2, hash, 0],
  ]) {
    expect(positionSchema.safeParse(bad).success).toBe(false);
  }
});
