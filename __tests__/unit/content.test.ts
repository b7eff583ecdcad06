import fc from "fast-check";

import { utf8 } from "@/lib/protocol/bytes";
import { decodeContent, encodeContent, isSendable, type Content } from "@/lib/protocol/content";
import { messageIdSchema } from "@/lib/protocol/ids";
import { latestDateMs, textMaxBytes } from "@/lib/protocol/limits";
import { longestPositions, toPosition } from "@/lib/protocol/transcript";

const id = messageIdSchema.parse("00112233445566778899aabbccddeeff");
const content = (text: string): Content => ({
  v: 2,
  id,
  n: 1,
  t: 1_700_000_000_000,
  seen: [],
  body: { kind: "text", text },
});

function pad(value: unknown): Uint8Array {
  const json = utf8(JSON.stringify(value));
  let size = 256;
  while (size < json.length + 4) size *= 2;
  const padded = new Uint8Array(size);
  new DataView(padded.buffer).setUint32(0, json.length);
  padded.set(json, 4);
  return padded;
}

test("MSG-02 any text comes back as it was", () => {
  const texts = fc.string({ minLength: 1, maxLength: 500, unit: "grapheme" }).filter((text) => text.trim() !== "");
  fc.assert(
    fc.property(texts, (text) => {
      expect(decodeContent(encodeContent(content(text)))).toEqual(content(text));
    }),
  );
});

test("MSG-02 N5 texts of 1 to 2000 bytes give at most six lengths", () => {
  const lengths = new Set<number>();
  for (let length = 1; length <= 2000; length++) lengths.add(encodeContent(content("x".repeat(length))).length);
  expect(lengths.size).toBeLessThanOrEqual(6);
  expect([...lengths].every((length) => Number.isInteger(Math.log2(length / 256)))).toBe(true);
});

test("MSG-02 N5 TRN-03 nor do they give more with any position that a sender can be at", () => {
  const lengths = new Set<number>();
  const first = [toPosition(0, 0, new Uint8Array(32))];
  for (const seen of [[], first, longestPositions.slice(0, 1), longestPositions]) {
    for (let length = 1; length <= 2000; length++)
      lengths.add(encodeContent({ ...content("x".repeat(length)), seen }).length);
  }
  expect(lengths.size).toBeLessThanOrEqual(6);
  expect(
    encodeContent({
      ...content("x".repeat(60)),
      n: 1_000_000_000_000,
      seen: [toPosition(12, 345, new Uint8Array(32))],
    }),
  ).toHaveLength(256);
});

test("MSG-02 a text that would not fit once it is written as JSON is known before it is sealed", () => {
  const text = (letter: string) => ({ kind: "text", text: `x${letter.repeat(textMaxBytes - 1)}` }) as const;
  expect(isSendable(text("y"))).toBe(true);
  expect(isSendable(text("\u0001"))).toBe(false);
  expect(isSendable({ kind: "text", text: " " })).toBe(false);
});

test("MSG-05 content of version 1, which says no position, is read as one that cannot say", () => {
  const { seen: _seen, ...rest } = content("from before");
  expect(decodeContent(pad({ ...rest, v: 1 }))).toEqual(content("from before"));
  expect(decodeContent(pad({ ...rest, v: 2 }))).toBeUndefined();
  expect(decodeContent(pad({ ...content("x"), v: 1 }))).toBeUndefined();
  expect(decodeContent(pad({ ...content("x"), seen: Array(5).fill(longestPositions[0]) }))).toBeUndefined();
});

test("MSG-05 a time that no date can hold is refused, as the message's own and in a report", () => {
  const report = (at: number) => {
    const said = { id, accountId: "a".repeat(64), username: "bob", at, text: "x" };
    return { ...content("x"), body: { kind: "report", roomId: "00".repeat(16), reason: "", messages: [said] } };
  };
  const { seen: _seen, ...former } = content("x");
  for (const value of [
    { ...content("x"), t: latestDateMs },
    { ...former, v: 1, t: latestDateMs },
    report(latestDateMs),
  ])
    expect(decodeContent(pad(value))).toBeDefined();
  for (const late of [latestDateMs + 1, Number.MAX_SAFE_INTEGER])
    for (const value of [{ ...content("x"), t: late }, { ...former, v: 1, t: late }, report(late)])
      expect(decodeContent(pad(value))).toBeUndefined();
});

test("MSG-02 padding that is not zero, too long or too short is refused", () => {
  const good = encodeContent(content("hello"));
  const dirty = good.slice();
  dirty[255] = 1;
  const longer = new Uint8Array(512);
  longer.set(good);
  expect(decodeContent(good)).toBeDefined();
  for (const bad of [dirty, longer, good.slice(0, 255), new Uint8Array(), new Uint8Array(256)]) {
    expect(decodeContent(bad)).toBeUndefined();
  }
});

test("MSG-01 MSG-05 an author field, unknown fields, kinds and versions are refused", () => {
  const base = content("hello");
  expect(decodeContent(pad(base))).toEqual(base);
  for (const bad of [
    { ...base, author: "alice" },
    { ...base, v: 3 },
    { ...base, body: { kind: "file", text: "x" } },
    { ...base, body: { kind: "text", text: "x", from: "alice" } },
    { ...base, n: 0 },
    { ...base, id: id.toUpperCase() },
    { ...base, body: { kind: "text", text: "   " } },
    { ...base, body: { kind: "text", text: "x".repeat(textMaxBytes + 1) } },
  ]) {
    expect(decodeContent(pad(bad))).toBeUndefined();
  }
});

test("MSG-02 no bytes at all make the decoder throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 700 }), (bytes) => {
      decodeContent(bytes);
    }),
  );
});
