/** The keyring's map: entries by schema, one encoding, and a merge that knows no order. */

import fc from "fast-check";

import {
  decodeKeyring,
  encodeKeyring,
  fitKeyring,
  isKeyringKey,
  keyringEntrySchema,
  mergeKeyrings,
  type KeyringEntry,
  type KeyringMap,
} from "@/lib/protocol/keyring";
import { utf8 } from "@/lib/protocol/bytes";
import { keyringMaxBytes, keyringMaxEntries, keyringPaddingBytes } from "@/lib/protocol/limits";

const numRuns = process.env["SLOW"] === "1" ? 5000 : 200;
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString("hex"));
/** Few ids and times, so that entries meet. */
const few = (bytes: number) => fc.integer({ min: 0, max: 3 }).map((n) => `0${String(n)}`.repeat(bytes));
const roomValue = fc.record(
  {
    kind: fc.constantFrom("open", "private", "direct"),
    epoch: fc.nat(),
    secret: hex(32),
    left: fc.boolean(),
  },
  { requiredKeys: ["kind", "epoch"] },
);
const base64 = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes).toString("base64"));
const mark = fc.record({
  v: fc.constant(1),
  username: fc.constantFrom("bob", "carol"),
  verdict: fc.constantFrom("verified", "mismatch", "accepted"),
  at: fc.nat(),
  device: few(16),
  signature: base64(64, 64),
});
const raw = fc.oneof(
  fc.record({ key: few(16).map((id) => `room/${id}`), value: roomValue }),
  fc.record({ key: few(16).map((id) => `mute/${id}`), value: fc.boolean() }),
  fc.record({ key: few(16).map((id) => `favourite/${id}`), value: fc.boolean() }),
  fc.record({ key: few(32).map((id) => `block/${id}`), value: fc.boolean() }),
  fc.record({ key: few(32).map((id) => `verified/${id}`), value: mark }),
  fc.record({ key: few(16).map((id) => `signer/${id}`), value: base64(1, 64) }),
  fc.record({ key: fc.constant("archive"), value: fc.boolean() }),
  fc.record({ key: fc.constant("generation"), value: fc.integer({ min: 1, max: 3 }) }),
);
const entry = fc
  .tuple(raw, fc.nat({ max: 4 }))
  .map(([{ key, value }, at]) => keyringEntrySchema.parse({ key, at, value }));
const keyring = fc
  .array(entry, { maxLength: 12 })
  .map((entries) => entries.reduce<KeyringMap>((map, one) => mergeKeyrings(map, mapOf(one)), new Map()));

function mapOf(...entries: KeyringEntry[]): KeyringMap {
  return new Map(entries.map((one) => [one.key, one]));
}
/** Maps by their encoding: order of insertion does not count. */
const spelled = (map: KeyringMap) => Buffer.from(encodeKeyring(map)).toString();

test("KEY-03 merging knows no order, no grouping and no repetition", () => {
  fc.assert(
    fc.property(keyring, keyring, keyring, (a, b, c) => {
      expect(spelled(mergeKeyrings(a, b))).toBe(spelled(mergeKeyrings(b, a)));
      expect(spelled(mergeKeyrings(mergeKeyrings(a, b), c))).toBe(spelled(mergeKeyrings(a, mergeKeyrings(b, c))));
      expect(spelled(mergeKeyrings(a, a))).toBe(spelled(a));
      expect(spelled(mergeKeyrings(mergeKeyrings(a, b), a))).toBe(spelled(mergeKeyrings(a, b)));
    }),
    { numRuns },
  );
});

test("KEY-03 the later entry wins, and at one moment the greater text", () => {
  const key = `mute/${"00".repeat(16)}`;
  const at = (ms: number, value: boolean) => mapOf(keyringEntrySchema.parse({ key, at: ms, value }));
  const won = (a: KeyringMap, b: KeyringMap) => mergeKeyrings(a, b).get(key)?.value;
  expect(won(at(2, false), at(1, true))).toBe(false);
  expect(won(at(1, false), at(2, true))).toBe(true);
  expect(won(at(1, false), at(1, true))).toBe(true);
});

test("KEY-03 of two generations of the archive the greater counts, whenever it was said", () => {
  const at = (ms: number, value: number) => mapOf(keyringEntrySchema.parse({ key: "generation", at: ms, value }));
  expect(mergeKeyrings(at(9, 1), at(1, 2)).get("generation")?.value).toBe(2);
  expect(mergeKeyrings(at(1, 2), at(9, 1)).get("generation")?.value).toBe(2);
});

test("KEY-02 what was encoded decodes to itself, in steps of one size", () => {
  fc.assert(
    fc.property(keyring, (map) => {
      const bytes = encodeKeyring(map);
      expect(bytes.length % keyringPaddingBytes).toBe(0);
      const decoded = decodeKeyring(bytes);
      expect(decoded && spelled(decoded)).toBe(spelled(map));
    }),
    { numRuns },
  );
});

test("KEY-02 another spelling, an unknown key, value, field or version is refused", () => {
  const pad = (text: string) => utf8(text.padEnd(keyringPaddingBytes, " "));
  const mute = `mute/${"00".repeat(16)}`;
  const block = `block/${"00".repeat(32)}`;
  expect(decodeKeyring(pad(`{"v":1,"entries":[{"key":"${mute}","at":1,"value":true}]}`))?.size).toBe(1);
  for (const text of [
    `{"v":2,"entries":[]}`,
    `{"v":1,"entries":[],"more":1}`,
    `{"entries":[],"v":1}`,
    `{"v":1, "entries":[]}`,
    `{"v":1,"entries":[{"key":"${mute}","at":1,"value":1}]}`,
    `{"v":1,"entries":[{"at":1,"key":"${mute}","value":true}]}`,
    `{"v":1,"entries":[{"key":"${mute}","at":-1,"value":true}]}`,
    `{"v":1,"entries":[{"key":"mute/00","at":1,"value":true}]}`,
    `{"v":1,"entries":[{"key":"other/${"00".repeat(16)}","at":1,"value":true}]}`,
    `{"v":1,"entries":[{"key":"archive/","at":1,"value":true}]}`,
    `{"v":1,"entries":[{"key":"room/${"00".repeat(16)}","at":1,"value":{"kind":"secret","epoch":1}}]}`,
    `{"v":1,"entries":[{"key":"${mute}","at":1,"value":true},{"key":"${mute}","at":1,"value":true}]}`,
    `{"v":1,"entries":[{"key":"${mute}","at":1,"value":true},{"key":"${block}","at":1,"value":true}]}`,
    "null",
    "",
  ]) {
    expect([text, decodeKeyring(pad(text))]).toEqual([text, undefined]);
  }
  expect(decodeKeyring(utf8(`{"v":1,"entries":[]}`))).toBeUndefined();
  expect(decodeKeyring(new Uint8Array(keyringMaxBytes + 1).fill(0x20))).toBeUndefined();
  expect(decodeKeyring(Uint8Array.of(0xff))).toBeUndefined();
  for (const key of ["archive", mute, block]) expect(isKeyringKey(key)).toBe(true);
  for (const key of ["", "mute", "mute/", "archive/", "toString", `${mute}/x`, "__proto__/a"]) {
    expect(isKeyringKey(key)).toBe(false);
  }
});

test("KEY-05 what is switched off goes first, the oldest before the newer; what counts is never dropped", () => {
  const id = (n: number) => n.toString(16).padStart(64, "0");
  const blocks = (count: number, value: boolean, from = 0) =>
    Array.from({ length: count }, (_, n) =>
      keyringEntrySchema.parse({ key: `block/${id(from + n)}`, at: from + n, value }),
    );
  const counting = blocks(1000, true);
  const off = blocks(keyringMaxEntries, false, 1000);
  const fitted = fitKeyring(mapOf(...counting, ...off));
  expect(fitted?.size).toBeLessThanOrEqual(keyringMaxEntries);
  expect(fitted && encodeKeyring(fitted).length).toBeLessThanOrEqual(keyringMaxBytes);
  for (const { key } of counting) expect(fitted?.has(key)).toBe(true);
  expect([fitted?.has(off[0]?.key ?? ""), fitted?.has(off.at(-1)?.key ?? "")]).toEqual([false, true]);
  expect(fitKeyring(mapOf(...blocks(keyringMaxEntries + 1, true)))).toBeUndefined();
});
