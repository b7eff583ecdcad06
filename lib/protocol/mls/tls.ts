/**
 * The TLS presentation language as MLS uses it (RFC 9420 section 2.1): big-endian integers and vectors with a
 * variable-length size. Strict (PEEK-01): sizes are minimal and a structure fills its bytes exactly, so every
 * value has one encoding.
 */
import { concatBytes } from "../bytes";

/** Thrown inside `readWhole` only; nobody else sees it. */
class TlsFormatError extends Error {
  override readonly name = "TlsFormatError";
}

export class TlsReader {
  #offset = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  uint8(): number {
    return Number(this.#integer(1));
  }

  uint16(): number {
    return Number(this.#integer(2));
  }

  uint32(): number {
    return Number(this.#integer(4));
  }

  uint64(): bigint {
    return this.#integer(8);
  }

  /** Fixed number of bytes; a copy, so that the input may be reused. */
  bytes(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new TlsFormatError("ends too early");
    const part = this.#bytes.slice(this.#offset, end);
    this.#offset = end;
    return part;
  }

  /** `opaque value<V>` of `min` to `max` bytes. */
  opaque(min: number, max: number): Uint8Array {
    const length = this.#vectorLength();
    this.require(length >= min && length <= max);
    return this.bytes(length);
  }

  /** A vector of items; `maxItems` bounds the work. */
  vector<T>(maxItems: number, readItem: (reader: TlsReader) => T): T[] {
    const inner = new TlsReader(this.bytes(this.#vectorLength()));
    const items: T[] = [];
    while (!inner.atEnd) {
      this.require(items.length < maxItems);
      items.push(readItem(inner));
    }
    return items;
  }

  /** The bytes from an earlier `offset` up to here. */
  since(offset: number): Uint8Array {
    return this.#bytes.slice(offset, this.#offset);
  }

  require(condition: boolean): void {
    if (!condition) this.refuse();
  }

  refuse(): never {
    throw new TlsFormatError("not in the profile");
  }

  #integer(size: number): bigint {
    let value = 0n;
    for (const byte of this.bytes(size)) value = (value << 8n) | BigInt(byte);
    return value;
  }

  /** RFC 9420 section 2.1.2: the two top bits give the size of the length; the shortest form only. */
  #vectorLength(): number {
    const first = this.uint8();
    const value = first & 0x3f;
    switch (first >> 6) {
      case 0:
        return value;
      case 1: {
        const length = value * 0x100 + this.uint8();
        this.require(length >= 0x40);
        return length;
      }
      case 2: {
        const length = value * 0x1000000 + Number(this.#integer(3));
        this.require(length >= 0x4000);
        return length;
      }
      default:
        throw new TlsFormatError("invalid length prefix");
    }
  }
}

/** `undefined` when the bytes are not exactly one value as `read` wants it. */
export function readWhole<T>(bytes: Uint8Array, read: (reader: TlsReader) => T): T | undefined {
  const reader = new TlsReader(bytes);
  try {
    const value = read(reader);
    return reader.atEnd ? value : undefined;
  } catch (error) {
    if (error instanceof TlsFormatError) return undefined;
    throw error;
  }
}

export function tlsUint(value: number | bigint, size: 1 | 2 | 4 | 8): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let index = size - 1; index >= 0; index--) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** `opaque value<V>`. */
export function tlsOpaque(value: Uint8Array): Uint8Array {
  return concatBytes(tlsLength(value.length), value);
}

/** A vector of items that are encoded already. */
export function tlsVector(items: readonly Uint8Array[]): Uint8Array {
  return tlsOpaque(concatBytes(...items));
}

function tlsLength(length: number): Uint8Array {
  if (length < 0x40) return tlsUint(length, 1);
  if (length < 0x4000) return tlsUint(length + 0x4000, 2);
  if (length < 0x40000000) return tlsUint(length + 0x80000000, 4);
  throw new RangeError("longer than a vector can be");
}
