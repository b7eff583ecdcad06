/**
 * MessagePack (msgpack.org specification) for socket frames: the subset that carries JSON values and bytes. SPEC SOCK-10.
 *
 * Strict on reading, because anyone can send a frame before anything else is checked: no length is believed that the
 * frame cannot hold, depth and number of values are bounded, map keys are unique strings, nothing may follow the
 * value. Bytes are `bin` and come out as Uint8Array; a view sends its own bytes only, never its whole buffer.
 */

import { fromUtf8, isBytes, utf8 } from "./bytes";

export type MsgpackValue =
  null | boolean | number | string | Uint8Array | readonly MsgpackValue[] | { readonly [key: string]: MsgpackValue };

/** Deepest value of the protocol: packet, data, payload, page, event. */
const maxDepth = 8;
/** A backlog page has 200 events of 10 values each. */
const maxValues = 8192;

/** Functions are never sent; `undefined` leaves a map entry out and is null elsewhere (as in JSON). */
export function encodeMsgpack(value: unknown): Uint8Array {
  const writer = new Writer();
  write(writer, value);
  return writer.finish();
}

/** `undefined` when the bytes are not exactly one value of the subset. */
export function decodeMsgpack(bytes: Uint8Array): MsgpackValue | undefined {
  const reader = new Reader(bytes);
  try {
    const value = reader.value(0);
    return reader.atEnd ? value : undefined;
  } catch (error) {
    // DataView throws RangeError past the end: the frame is cut.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Writer {
  #bytes = new Uint8Array(512);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  head(prefix: number, size: 0 | 1 | 2 | 4, value = 0): void {
    const offset = this.#reserve(1 + size);
    this.#view.setUint8(offset, prefix);
    if (size === 1) this.#view.setUint8(offset + 1, value);
    else if (size === 2) this.#view.setUint16(offset + 1, value);
    else if (size === 4) this.#view.setUint32(offset + 1, value);
  }

  double(value: number): void {
    const offset = this.#reserve(9);
    this.#view.setUint8(offset, 0xcb);
    this.#view.setFloat64(offset + 1, value);
  }

  raw(bytes: Uint8Array): void {
    // Reserving may move the buffer: first the place, then the buffer.
    const offset = this.#reserve(bytes.length);
    this.#bytes.set(bytes, offset);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(size: number): number {
    const offset = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, offset));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return offset;
  }
}

function write(writer: Writer, value: unknown): void {
  if (value === null || value === undefined) writer.head(0xc0, 0);
  else if (typeof value === "boolean") writer.head(value ? 0xc3 : 0xc2, 0);
  else if (typeof value === "number") writeNumber(writer, value);
  else if (typeof value === "string") writeSized(writer, utf8(value), [0xd9, 0xda, 0xdb], 0xa0);
  else if (isBytes(value)) writeSized(writer, value, [0xc4, 0xc5, 0xc6]);
  else if (Array.isArray(value)) writeArray(writer, value);
  else if (typeof value === "object") writeMap(writer, value);
  else throw new TypeError(`a ${typeof value} cannot travel`);
}

/** Integers up to 32 bits compactly; all others as doubles, exact up to 2^53. */
function writeNumber(writer: Writer, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) writer.double(value);
  else if (value < 0x80) writer.head(value, 0);
  else if (value < 0x100) writer.head(0xcc, 1, value);
  else if (value < 0x10000) writer.head(0xcd, 2, value);
  else writer.head(0xce, 4, value);
}

function writeSized(
  writer: Writer,
  bytes: Uint8Array,
  prefixes: readonly [number, number, number],
  short?: number,
): void {
  const { length } = bytes;
  if (short !== undefined && length < 32) writer.head(short | length, 0);
  else if (length < 0x100) writer.head(prefixes[0], 1, length);
  else if (length < 0x10000) writer.head(prefixes[1], 2, length);
  else writer.head(prefixes[2], 4, length);
  writer.raw(bytes);
}

function writeArray(writer: Writer, items: readonly unknown[]): void {
  if (items.length < 16) writer.head(0x90 | items.length, 0);
  else writer.head(0xdd, 4, items.length);
  for (const item of items) write(writer, item);
}

function writeMap(writer: Writer, map: object): void {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined);
  if (entries.length < 16) writer.head(0x80 | entries.length, 0);
  else writer.head(0xdf, 4, entries.length);
  for (const [key, value] of entries) {
    write(writer, key);
    write(writer, value);
  }
}

class Reader {
  #offset = 0;
  #values = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  value(depth: number): MsgpackValue {
    this.#values += 1;
    if (depth > maxDepth || this.#values > maxValues) throw new RangeError("too deep or too many values");
    const prefix = this.#uint(1);
    if (prefix < 0x80) return prefix;
    if (prefix < 0x90) return this.#map(prefix & 0x0f, depth);
    if (prefix < 0xa0) return this.#array(prefix & 0x0f, depth);
    if (prefix < 0xc0) return this.#text(prefix & 0x1f);
    if (prefix >= 0xe0) return prefix - 0x100;
    return this.#prefixed(prefix, depth);
  }

  #prefixed(prefix: number, depth: number): MsgpackValue {
    switch (prefix) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#uint(sizeAfter(prefix, 0xc4)));
      case 0xca:
        return this.#view.getFloat32(this.#skip(4));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(sizeAfter(prefix, 0xcc));
      case 0xcf:
        return safeInteger(this.#view.getBigUint64(this.#skip(8)));
      case 0xd0:
        return this.#view.getInt8(this.#skip(1));
      case 0xd1:
        return this.#view.getInt16(this.#skip(2));
      case 0xd2:
        return this.#view.getInt32(this.#skip(4));
      case 0xd3:
        return safeInteger(this.#view.getBigInt64(this.#skip(8)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(sizeAfter(prefix, 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(prefix === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(prefix === 0xde ? 2 : 4), depth);
      default:
        throw new RangeError("not in the subset");
    }
  }

  #array(length: number, depth: number): MsgpackValue[] {
    // Grown by what is really there: `new Array(length)` would let five bytes reserve gigabytes.
    const items: MsgpackValue[] = [];
    for (let index = 0; index < length; index++) items.push(this.value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): Record<string, MsgpackValue> {
    const entries = new Map<string, MsgpackValue>();
    for (let index = 0; index < length; index++) {
      const key = this.value(depth + 1);
      if (typeof key !== "string" || entries.has(key)) throw new RangeError("not a new string as key");
      entries.set(key, this.value(depth + 1));
    }
    // Defines own properties, `__proto__` included, where assignment would change the prototype.
    return Object.fromEntries(entries);
  }

  #text(length: number): string {
    const text = fromUtf8(this.#take(length));
    if (text === undefined) throw new RangeError("not UTF-8");
    return text;
  }

  /** A copy: the frame's memory can go, and nobody reaches beyond the value. */
  #take(length: number): Uint8Array {
    const start = this.#skip(length);
    // Buffer overrides `slice` with a view; this makes a plain Uint8Array of its own memory.
    return Uint8Array.prototype.slice.call(this.#bytes, start, start + length);
  }

  #uint(size: 1 | 2 | 4): number {
    const offset = this.#skip(size);
    if (size === 1) return this.#view.getUint8(offset);
    return size === 2 ? this.#view.getUint16(offset) : this.#view.getUint32(offset);
  }

  #skip(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) throw new RangeError("ends too early");
    this.#offset = start + length;
    return start;
  }
}

function sizeAfter(prefix: number, first: number): 1 | 2 | 4 {
  const step = prefix - first;
  if (step === 0) return 1;
  return step === 1 ? 2 : 4;
}

function safeInteger(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError("beyond 2^53");
  return number;
}
