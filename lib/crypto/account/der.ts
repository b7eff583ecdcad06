/**
 * DER values (ITU-T X.690) by node-forge's ASN.1. The parser is lenient (BER lengths, indefinite forms), which is
 * harmless only because certificate-profile.ts re-encodes what it read and compares (CERT-01). Use it in no other way.
 */
import asn1, { type Asn1 } from "node-forge/lib/asn1.js";
import { fromUtf8, utf8 } from "@/lib/protocol/bytes";

export type DerNode = Asn1;

/** Deeper than any value of the profile (8), far from the stack's end. */
const maxDepth = 12;
/** UTCTime carries two digits of the year, up to 2049; later dates are GeneralizedTime (RFC 5280 section 4.1.2.5). */
const firstGeneralizedYear = 2050;

const { Class, Type } = asn1;

export function encodeDer(node: DerNode): Uint8Array {
  return fromBinary(asn1.toDer(node).getBytes());
}

/** `undefined` when the bytes are not even BER. */
export function parseBer(bytes: Uint8Array): DerNode | undefined {
  try {
    return asn1.fromDer(toBinary(bytes), { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth });
  } catch {
    return undefined;
  }
}

/** Follows child positions down from a node. */
export function childAt(node: DerNode | undefined, ...path: readonly number[]): DerNode | undefined {
  let current = node;
  for (const index of path) {
    if (current === undefined || typeof current.value === "string") return undefined;
    current = current.value[index];
  }
  return current;
}

/** The contents of a primitive value, whatever its tag: re-encoding fixes the tag. */
export function contentsOf(node: DerNode | undefined): Uint8Array | undefined {
  return node !== undefined && typeof node.value === "string" ? fromBinary(node.value) : undefined;
}

export function textOf(node: DerNode | undefined): string | undefined {
  const contents = contentsOf(node);
  return contents === undefined ? undefined : fromUtf8(contents);
}

/** Years 2000 to 9999; a date that does not exist comes back as another one, which re-encoding tells apart. */
export function timeOf(node: DerNode | undefined): Date | undefined {
  const digits = textOf(node);
  if (digits === undefined) return undefined;
  const parts = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(digits);
  if (parts === null) return undefined;
  const [year = "", month = "", day = "", hour = "", minute = "", second = ""] = parts.slice(1);
  const date = new Date(`${year.padStart(4, "20")}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function sequence(...children: DerNode[]): DerNode {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, children);
}

export function set(...children: DerNode[]): DerNode {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, children);
}

/** `[tag]` EXPLICIT, or an IMPLICIT constructed value. */
export function tagged(tag: number, ...children: DerNode[]): DerNode {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, true, children);
}

/** `[tag]` IMPLICIT over a primitive value. */
export function taggedPrimitive(tag: number, contents: Uint8Array): DerNode {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, false, toBinary(contents));
}

export function oid(dotted: string): DerNode {
  return primitive(Type.OID, asn1.oidToDer(dotted).getBytes());
}

/** Non-negative, from big-endian bytes without superfluous zeros. */
export function integer(magnitude: Uint8Array): DerNode {
  const sign = (magnitude[0] ?? 0) >= 0x80 ? "\0" : "";
  return primitive(Type.INTEGER, sign + toBinary(magnitude));
}

export function boolean(value: boolean): DerNode {
  return primitive(Type.BOOLEAN, value ? "\xff" : "\0");
}

export function nothing(): DerNode {
  return primitive(Type.NULL, "");
}

export function octetString(contents: Uint8Array): DerNode {
  return primitive(Type.OCTETSTRING, toBinary(contents));
}

export function bitString(contents: Uint8Array, unusedBits = 0): DerNode {
  return primitive(Type.BITSTRING, String.fromCharCode(unusedBits) + toBinary(contents));
}

export function utf8String(text: string): DerNode {
  return primitive(Type.UTF8, toBinary(utf8(text)));
}

/** For hex digits and the like only: the caller keeps to the PrintableString alphabet. */
export function printableString(text: string): DerNode {
  return primitive(Type.PRINTABLESTRING, text);
}

/** Whole seconds, years 2000 to 9999. */
export function time(date: Date): DerNode {
  const digits = date
    .toISOString()
    .replace(/\.\d{3}Z$/, "Z")
    .replace(/[-:T]/g, "");
  return date.getUTCFullYear() < firstGeneralizedYear
    ? primitive(Type.UTCTIME, digits.slice(2))
    : primitive(Type.GENERALIZEDTIME, digits);
}

function primitive(type: number, value: string): DerNode {
  return asn1.create(Class.UNIVERSAL, type, false, value);
}

/** node-forge keeps bytes in strings, one per character. */
function toBinary(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function fromBinary(text: string): Uint8Array {
  // A sixth of what a join into a room of 500 cost went into `Uint8Array.from` here.
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}
