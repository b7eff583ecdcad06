/** Takes an honest message and gives what a hostile server may send instead: every way in which one part of it does not fit. */

import { isBytes } from "@/lib/protocol/bytes";

/** What was done to it, and what became of it. */
export type Malformed = readonly [what: string, value: unknown];

/** More than any array, string or bytes of the protocol may have. */
const [manyItems, manyLetters, manyBytes] = [300, 600_000, 3 * 1024 * 1024];

/** Values of every type, as they travel. */
const ofTypes: readonly unknown[] = [false, 7, "text", [], [1], {}, { "": 1 }];

/** An honest array has an item, an honest bytes value a byte, so that there is something to damage. */
export function malformed(honest: unknown): Malformed[] {
  return [["null for all", null], ...damaged(honest, "all")];
}

function damaged(value: unknown, where: string): Malformed[] {
  const otherTypes = ofTypes.filter((other) => typeOf(other) !== typeOf(value));
  const asOther = otherTypes.map((other): Malformed => [`${JSON.stringify(other)} for ${where}`, other]);
  return [
    ...asOther,
    ...oversized(value).map((large): Malformed => [`oversized: ${where}`, large]),
    ...within(value, where),
  ];
}

function oversized(value: unknown): unknown[] {
  if (typeof value === "string") return ["a".repeat(manyLetters)];
  if (typeof value === "number") return [-1, 0.5, 2 ** 60, Number.POSITIVE_INFINITY];
  if (isBytes(value)) return [new Uint8Array(manyBytes)];
  if (Array.isArray(value)) return [Array.from({ length: manyItems }, () => value[0] as unknown)];
  return [];
}

function within(value: unknown, where: string): Malformed[] {
  if (Array.isArray(value)) return damaged(value[0], `${where}[0]`).map(([what, item]) => [what, [item]]);
  if (!isMap(value)) return [];
  const keys = Object.keys(value);
  const without = keys.map((key): Malformed => {
    const left = Object.entries(value).filter(([other]) => other !== key);
    return [`${where} without ${key}`, Object.fromEntries(left)];
  });
  const deeper = keys.flatMap((key) =>
    damaged(value[key], `${where}.${key}`).map(([what, part]): Malformed => [what, { ...value, [key]: part }]),
  );
  return [[`${where} with another field`, { ...value, extra: 1 }], ...without, ...deeper];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !isBytes(value);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return isBytes(value) ? "bytes" : typeof value;
}

/** `value` in so many arrays. */
export function nested(value: unknown, depth: number): unknown {
  let outer = value;
  for (let level = 0; level < depth; level++) outer = [outer];
  return outer;
}
