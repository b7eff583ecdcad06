/** The search for secrets finds them in every form it claims, wherever they stand. */

import { randomBytes } from "node:crypto";

import { findTraces, formsOf, tracesIn } from "../support/canary";

const secret = "canary-5f1e77d0c2";

const encodings: readonly (readonly [string, (text: Buffer) => Buffer])[] = [
  ["utf-8", (text) => text],
  ["hex", (text) => Buffer.from(text.toString("hex"))],
  ["HEX", (text) => Buffer.from(text.toString("hex").toUpperCase())],
  ["base64", (text) => Buffer.from(text.toString("base64"))],
  ["base64url", (text) => Buffer.from(text.toString("base64url"))],
  ["utf-16le", (text) => Buffer.from(text.toString("latin1"), "utf16le")],
  ["utf-16be", (text) => Buffer.from(text.toString("latin1"), "utf16le").swap16()],
];

test.each(encodings)("finds the secret in %s at every offset", (name, encode) => {
  for (let offset = 0; offset < 7; offset += 1) {
    for (let rest = 0; rest < 4; rest += 1) {
      const text = Buffer.from(`${"x".repeat(offset)}${secret}${"y".repeat(rest)}`);
      const found = findTraces(Buffer.concat([randomBytes(50), encode(text), randomBytes(50)]), secret);
      expect(found.some((form) => form.startsWith(name))).toBe(true);
    }
  }
});

test("finds nothing where nothing is, and names the file where something is", () => {
  expect(findTraces(randomBytes(1 << 20), secret)).toEqual([]);
  expect(findTraces(Buffer.from("canary-5f1e77d0c3"), secret)).toEqual([]);
  const pieces = [
    { name: "a", bytes: Buffer.from("nothing") },
    { name: "b", bytes: Buffer.from(`before ${secret}`) },
  ];
  expect(tracesIn(pieces, secret)).toEqual(["b: utf-8"]);
});

test("refuses secrets that chance would find", () => {
  expect(() => formsOf("short")).toThrow(RangeError);
});
