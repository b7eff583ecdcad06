/** The socket codec: whole values, bytes as bytes, and no belief in lengths (SOCK-10). */

import { answerFrameMaxBytes } from "@/lib/protocol/limits";
import { decodeMsgpack, encodeMsgpack } from "@/lib/protocol/msgpack";
import { socketParser } from "@/lib/protocol/socket-parser";

const values: unknown[] = [
  null,
  true,
  false,
  0,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  0xffffffff,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  -1,
  -129,
  1.5,
  "",
  "a".repeat(31),
  "ä".repeat(200),
  "x".repeat(70_000),
  [],
  [1, [2, ["three"]]],
  Array.from({ length: 20 }, (_, index) => index),
  {},
  { a: { b: [null] } },
  Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key${String(index)}`, index])),
  new Uint8Array(),
  new Uint8Array(255).fill(1),
  new Uint8Array(256).fill(2),
  new Uint8Array(70_000).fill(3),
];

test.each(values.map((value) => [value]))("what is written is read back: %p", (value) => {
  expect(decodeMsgpack(encodeMsgpack(value))).toEqual(value);
});

/** Bytes written out by hand from the MessagePack specification, so that other implementations can speak with us. */
const known: [string, unknown, number[]][] = [
  ["positive fixint", 7, [0x07]],
  ["uint 8", 200, [0xcc, 200]],
  ["uint 16", 0x1234, [0xcd, 0x12, 0x34]],
  ["uint 32", 0x12345678, [0xce, 0x12, 0x34, 0x56, 0x78]],
  ["float 64", 1.5, [0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]],
  ["fixstr", "ab", [0xa2, 0x61, 0x62]],
  ["str 8", "a".repeat(32), [0xd9, 32, ...Array.from({ length: 32 }, () => 0x61)]],
  ["bin 8", Uint8Array.of(9, 8), [0xc4, 2, 9, 8]],
  ["fixarray", [null, true], [0x92, 0xc0, 0xc3]],
  ["fixmap", { a: false }, [0x81, 0xa1, 0x61, 0xc2]],
];
test.each(known)("%s is written as the specification has it", (_, value, bytes) => {
  expect(encodeMsgpack(value)).toEqual(Uint8Array.from(bytes));
});

/** Forms that we do not write and others may. */
const readOnly: [string, unknown, number[]][] = [
  ["negative fixint", -1, [0xff]],
  ["int 8", -128, [0xd0, 0x80]],
  ["int 16", -2, [0xd1, 0xff, 0xfe]],
  ["int 32", -2, [0xd2, 0xff, 0xff, 0xff, 0xfe]],
  ["int 64", -2, [0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]],
  ["uint 64", 2 ** 32, [0xcf, 0, 0, 0, 1, 0, 0, 0, 0]],
  ["float 32", 1.5, [0xca, 0x3f, 0xc0, 0, 0]],
  ["array 16", [1], [0xdc, 0, 1, 1]],
  ["map 16", { a: 1 }, [0xde, 0, 1, 0xa1, 0x61, 1]],
];
test.each(readOnly)("%s is read", (_, value, bytes) => {
  expect(decodeMsgpack(Uint8Array.from(bytes))).toEqual(value);
});

test("a view sends its own bytes and nothing of the buffer around it", () => {
  const secret = new Uint8Array(64).fill(0x53);
  secret.set([1, 2, 3], 20);
  const encoded = encodeMsgpack({ bytes: secret.subarray(20, 23) });
  expect(decodeMsgpack(encoded)).toEqual({ bytes: Uint8Array.of(1, 2, 3) });
  expect(encoded.filter((byte) => byte === 0x53)).toHaveLength(0);
});

test("bytes that are read have memory of their own", () => {
  const frame = Buffer.from(encodeMsgpack(Uint8Array.of(1, 2, 3)));
  const read = decodeMsgpack(frame);
  frame.fill(9);
  expect(read).toEqual(Uint8Array.of(1, 2, 3));
  expect((read as Uint8Array).buffer.byteLength).toBe(3);
});

test("undefined leaves an entry out", () => {
  expect(decodeMsgpack(encodeMsgpack({ a: undefined, b: 1 }))).toEqual({ b: 1 });
});

const hostile: Record<string, number[]> = {
  nothing: [],
  "trailing bytes": [0x01, 0x01],
  "an array of four thousand million": [0xdd, 0xff, 0xff, 0xff, 0xff],
  "a map of four thousand million": [0xdf, 0xff, 0xff, 0xff, 0xff],
  "bytes that are not there": [0xc6, 0xff, 0xff, 0xff, 0xff, 1],
  "text that is not there": [0xdb, 0x00, 0x00, 0x00, 0x02, 0x61],
  "an extension": [0xc7, 0x01, 0x00, 0x01],
  "a date": [0xd7, 0x00, 0, 0, 0, 0, 0, 0, 0, 0],
  "the reserved prefix": [0xc1],
  "text that is not UTF-8": [0xa1, 0xff],
  "a number as key": [0x81, 0x01, 0x01],
  "a key twice": [0x82, 0xa1, 0x61, 0x01, 0xa1, 0x61, 0x02],
  "an integer beyond 2^53": [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  "a cut integer": [0xcd, 0x01],
};
test.each(Object.keys(hostile))("%s is not read, and costs nothing", (name) => {
  const startedAt = performance.now();
  const heap = process.memoryUsage().arrayBuffers;
  expect(decodeMsgpack(Uint8Array.from(hostile[name] ?? []))).toBeUndefined();
  expect(performance.now() - startedAt).toBeLessThan(100);
  expect(process.memoryUsage().arrayBuffers - heap).toBeLessThan(1_000_000);
});

test("depth and number of values are bounded", () => {
  const nested = (depth: number) => Uint8Array.of(...Array.from({ length: depth }, () => 0x91), 0x01);
  expect(decodeMsgpack(nested(8))).toBeDefined();
  expect(decodeMsgpack(nested(9))).toBeUndefined();
  expect(decodeMsgpack(nested(100_000))).toBeUndefined();
  const many = (count: number) => encodeMsgpack(Array.from({ length: count }, () => 1));
  expect(decodeMsgpack(many(8000))).toBeDefined();
  expect(decodeMsgpack(many(9000))).toBeUndefined();
});

test("__proto__ is a key like any other and changes no prototype", () => {
  const read = decodeMsgpack(encodeMsgpack(JSON.parse('{"__proto__":{"admin":true}}')));
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect((read as { admin?: boolean }).admin).toBeUndefined();
});

describe("packets", () => {
  const read = (packet: unknown) => {
    const seen: unknown[] = [];
    const decoder = new socketParser.Decoder();
    decoder.on("decoded", (one) => seen.push(one));
    decoder.add(Buffer.from(encodeMsgpack(packet)));
    return seen;
  };
  test("of all five types pass", () => {
    const packets = [
      { type: 0, nsp: "/", data: { username: "alice" } },
      { type: 0, nsp: "/" },
      { type: 1, nsp: "/" },
      { type: 2, nsp: "/", data: ["prove", { signature: Uint8Array.of(1) }], id: 0 },
      { type: 3, nsp: "/", data: [{ ok: true }], id: 7 },
      { type: 4, nsp: "/", data: { message: "NOT_SIGNED_IN" } },
    ];
    for (const packet of packets) expect(read(packet)).toEqual([packet]);
  });
  test.each([
    [{ type: 5, nsp: "/" }],
    [{ type: 2, nsp: "/" }],
    [{ type: 2, nsp: "/", data: [] }],
    [{ type: 2, nsp: 1, data: ["x"] }],
    [{ type: 2, nsp: "/", data: ["x"], id: -1 }],
    [{ type: 2, nsp: "/", data: ["x"], extra: 1 }],
    [{ type: 2, nsp: "/", data: [7] }],
    [{ type: 2, nsp: "/", data: [{ toString: 1 }] }],
    [{ type: 2, nsp: "/", data: ["disconnect"] }],
    [{ type: 2, nsp: "/", data: ["connect_error", { message: "x" }] }],
    [{ type: 2, nsp: "/", data: ["newListener"] }],
    [{ type: 4, nsp: "/", data: "x" }],
    [{ type: 4, nsp: "/", data: {} }],
    [{ type: 4, nsp: "/", data: { message: { toString: 1 } } }],
    [null],
    [[]],
  ])("%j is not one", (packet) => {
    expect(() => read(packet)).toThrow("not a packet");
  });
  test("SOCK-14 a packet above the limit is not one", () => {
    const filled = (length: number) => ({ type: 2, nsp: "/", data: ["x", new Uint8Array(length)] });
    expect(read(filled(answerFrameMaxBytes - 64))).toHaveLength(1);
    expect(() => read(filled(answerFrameMaxBytes))).toThrow("not a packet");
  });
  test("text frames are not packets", () => {
    expect(() => {
      new socketParser.Decoder().add("2[]");
    }).toThrow("not a packet");
  });
});
