/** The archive's chunks and files: one encoding each, and spans that behave like sets of places. */

import fc from "fast-check";

import {
  archiveLineSchema,
  decodeArchiveChunk,
  encodeArchiveChunk,
  lineDigest,
  type ArchiveChunk,
  type ArchiveLine,
} from "@/lib/protocol/archive";
import { utf8 } from "@/lib/protocol/bytes";
import { decodeHistoryFile, encodeHistoryFile } from "@/lib/protocol/history-file";
import { archivePaddingBytes } from "@/lib/protocol/limits";
import { roomIdSchema, messageIdSchema } from "@/lib/protocol/ids";

const numRuns = process.env["SLOW"] === "1" ? 5000 : 200;
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString("hex"));
const people = [
  { username: "alice", accountId: "a1".repeat(32) },
  { username: "bob.b", accountId: "b0".repeat(32) },
];
const at = fc.double({ min: 0, max: 1e13, noNaN: true });
const by = fc.nat({ max: people.length - 1 });
const messageId = hex(16).map((id) => messageIdSchema.parse(id));
type Unplaced = ArchiveLine extends infer Line ? (Line extends { key: string } ? Omit<Line, "key"> : never) : never;
const line: fc.Arbitrary<Unplaced> = fc.oneof(
  fc.record({ kind: fc.constant("message" as const), at, id: messageId, by, text: fc.string({ unit: "binary" }) }),
  fc.record(
    {
      kind: fc.constant("system" as const),
      at,
      event: fc.constantFrom("joined", "something new"),
      who: fc.constantFrom("bob.b"),
      timerMs: fc.option(fc.nat()),
    },
    { requiredKeys: ["kind", "at", "event"] },
  ) as fc.Arbitrary<Unplaced>,
  fc.record({
    kind: fc.constant("report" as const),
    at,
    by,
    reason: fc.string(),
    messages: fc.array(fc.record({ id: messageId, by, at, text: fc.string(), proven: fc.boolean() }), { maxLength: 3 }),
  }),
);
const section = fc.record({
  roomId: hex(16).map((id) => roomIdSchema.parse(id)),
  name: fc.string(),
  kind: fc.constantFrom("open" as const, "private" as const, "direct" as const),
  people: fc.constant(people),
  lines: fc.array(line, { maxLength: 8 }).map((lines) =>
    lines.map((one, index): ArchiveLine => {
      const key = `${String(index * 3).padStart(12, "0")}.0`;
      return archiveLineSchema.parse({ ...one, key });
    }),
  ),
});
const chunk: fc.Arbitrary<ArchiveChunk> = fc.record({
  v: fc.constant(1 as const),
  previous: fc.oneof(fc.constant(""), hex(32)),
  sections: fc.array(section, { maxLength: 4 }),
});

test("ARC-02 a chunk has one encoding, in steps of one size, and decodes to itself", () => {
  fc.assert(
    fc.property(chunk, (one) => {
      const bytes = encodeArchiveChunk(one);
      if (bytes === undefined) throw new Error("too large");
      expect(bytes.length % archivePaddingBytes).toBe(0);
      const decoded = decodeArchiveChunk(bytes);
      expect(decoded).toEqual(one);
      expect(decoded && encodeArchiveChunk(decoded)).toEqual(bytes);
    }),
    { numRuns },
  );
});

test("ARC-02 any other spelling is refused, without a throw", () => {
  const one = { v: 1, previous: "", sections: [] };
  const spelled = (text: string) => utf8(text.padEnd(archivePaddingBytes, " "));
  expect(decodeArchiveChunk(spelled(JSON.stringify(one)))).toEqual(one);
  for (const text of [
    JSON.stringify({ sections: [], previous: "", v: 1 }),
    JSON.stringify({ ...one, v: 2 }),
    JSON.stringify({ ...one, more: 1 }),
    ` ${JSON.stringify(one)}`,
    JSON.stringify({ ...one, previous: "AA" }),
    "",
    "null",
  ]) {
    expect(decodeArchiveChunk(spelled(text))).toBeUndefined();
  }
  expect(decodeArchiveChunk(utf8(JSON.stringify(one)))).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(decodeArchiveChunk(bytes)).toBeUndefined();
    }),
    { numRuns },
  );
});

test("ARC-02 lines out of order and people that are not there are refused", () => {
  const line = (key: string, by = 0) => ({ kind: "message", key, at: 1, id: "00".repeat(16), by, text: "a" });
  const base = {
    roomId: "0a".repeat(16),
    name: "",
    kind: "open",
    people,
    lines: [line("000000000001.0")],
  };
  const isTaken = (change: object) => {
    const text = JSON.stringify({ v: 1, previous: "", sections: [{ ...base, ...change }] });
    return decodeArchiveChunk(utf8(text.padEnd(archivePaddingBytes, " "))) !== undefined;
  };
  expect(isTaken({})).toBe(true);
  expect(isTaken({ lines: [line("000000000002.0"), line("000000000001.0")] })).toBe(false);
  expect(isTaken({ lines: [line("000000000001.0"), line("000000000001.0")] })).toBe(false);
  expect(isTaken({ lines: [line("1.0")] })).toBe(false);
  expect(isTaken({ lines: [line("000000000001.0", 2)] })).toBe(false);
  expect(isTaken({ people: [{ username: "Not A Name", accountId: people[0]?.accountId }] })).toBe(false);
});

test("ARC-05 a line is the same whatever number its event had, and another one when anything else differs", () => {
  const roomId = "0a".repeat(16);
  const of = (change: object, everybody = people, room = roomId) => {
    const line = { kind: "message", key: "000000000001.0", at: 1, id: "00".repeat(16), by: 0, text: "a", ...change };
    return lineDigest(room, archiveLineSchema.parse(line), everybody);
  };
  expect(of({ key: "000000000077.3" })).toBe(of({}));
  expect(of({ by: 1 }, [...people].reverse())).toBe(of({}));
  // A copy of the id by another author is another message.
  const system = { id: undefined, by: undefined, text: undefined, kind: "system", event: "joined", who: "bob.b" };
  const clean = (change: object) => JSON.parse(JSON.stringify(change)) as object;
  const lineOf = (change: object) =>
    lineDigest(roomId, archiveLineSchema.parse(clean({ key: "000000000001.0", at: 1, ...system, ...change })), people);
  const all = [
    of({}),
    of({ by: 1 }),
    of({ id: "01".repeat(16) }),
    of({}, people, "0b".repeat(16)),
    lineOf({}),
    lineOf({ at: 2 }),
    lineOf({ who: "alice" }),
    lineOf({ event: "left" }),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(lineOf({ key: "000000000005.0" })).toBe(lineOf({}));
});

test("ARC-09 a history file's frame reads back, and cut, extended or changed in its lengths it is damaged", () => {
  const file = fc.record({
    accountId: hex(32),
    fileId: hex(16),
    chunks: fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(file, fc.nat(), (one, cut) => {
      const bytes = encodeHistoryFile(one);
      expect(decodeHistoryFile(bytes)).toEqual(one);
      const shorter = bytes.subarray(0, cut % bytes.length);
      expect([undefined, "damaged"]).toContain(decodeHistoryFile(shorter));
      expect(decodeHistoryFile(Buffer.concat([bytes, Buffer.alloc(1)]))).toBe("damaged");
    }),
    { numRuns },
  );
});
