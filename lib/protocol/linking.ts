/**
 * Linking a new device from one that is there, without the password on the new one (SPEC section LINK). The new device
 * leaves an offer in a mailbox and shows a code, which is a hash of the offer; the other answers with a hello; then the new
 * one reveals what it had committed to, and both show a number made of all three. The grant goes sealed to the offer's key.
 * One value has one spelling; nothing here is secret but the code, the nonce before it is revealed, and the grant.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { z } from "zod";
import { concatBytes, equalBytes, fromHex, fromUtf8, toHex, utf8 } from "./bytes";
import { deviceIdBytes } from "./certificates";
import { linkNonceBytes, linkOfferBytes } from "./linking-sizes";
import { deviceIdSchema } from "./ids";
import { certificateMaxBytes, secretWithoutMax } from "./limits";
import { readWhole, tlsOpaque, tlsUint } from "./mls/tls";
import { isUsername } from "./names";
import { bytesSchema } from "./schemas/http";

export interface LinkOffer {
  /** One-time X25519 key of the new device, 32 bytes. */
  readonly linkKey: Uint8Array;
  readonly deviceId: string;
  /** Ed25519 key that the account is to certify, 32 bytes. */
  readonly deviceKey: Uint8Array;
  /** `linkCommitment` of a nonce that is revealed only after the hello. */
  readonly commitment: Uint8Array;
}

export interface LinkHello {
  /** One-time X25519 key of the device that is there, 32 bytes. */
  readonly linkKey: Uint8Array;
  readonly accountId: string;
  readonly username: string;
}

const formatVersion = 1;
const keyBytes = 32;
const hashBytes = 32;

/** No I, L, O, U: nothing that is read for something else (Crockford). */
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 100 bits: to find another offer with the same code takes 2^100 tries. */
const codeLength = 20;
const groupLength = 4;
const numberDigits = 6;

export function encodeOffer({ linkKey, deviceId, deviceKey, commitment }: LinkOffer): Uint8Array {
  const id = fromHex(deviceId) ?? new Uint8Array();
  const bytes = concatBytes(Uint8Array.of(formatVersion), linkKey, id, deviceKey, commitment);
  if (bytes.length !== linkOfferBytes) throw new RangeError("not the parts of an offer");
  return bytes;
}

export function decodeOffer(bytes: Uint8Array): LinkOffer | undefined {
  return readWhole(bytes, (reader) => {
    reader.require(reader.uint8() === formatVersion);
    const linkKey = reader.bytes(keyBytes);
    const deviceId = toHex(reader.bytes(deviceIdBytes));
    return { linkKey, deviceId, deviceKey: reader.bytes(keyBytes), commitment: reader.bytes(hashBytes) };
  });
}

export function encodeHello({ linkKey, accountId, username }: LinkHello): Uint8Array {
  const account = fromHex(accountId);
  if (linkKey.length !== keyBytes || account?.length !== hashBytes || !isUsername(username)) {
    throw new RangeError("not the parts of a hello");
  }
  return concatBytes(Uint8Array.of(formatVersion), linkKey, account, tlsOpaque(utf8(username)));
}

export function decodeHello(bytes: Uint8Array): LinkHello | undefined {
  return readWhole(bytes, (reader) => {
    reader.require(reader.uint8() === formatVersion);
    const linkKey = reader.bytes(keyBytes);
    const accountId = toHex(reader.bytes(hashBytes));
    const username = fromUtf8(reader.opaque(1, 32)) ?? "";
    reader.require(isUsername(username));
    return { linkKey, accountId, username };
  });
}

/** What the new device shows, in groups of four: whoever has it knows the offer when it sees it (LINK-01). */
export function linkCode(offer: Uint8Array): string {
  const digest = sha256(labelled("LinkCode", offer));
  let code = "";
  for (let index = 0; index < codeLength; index++) code += codeAlphabet.charAt(fiveBits(digest, index * 5));
  return code.replace(new RegExp(`.{${String(groupLength)}}(?=.)`, "g"), "$&-");
}

/** What a person typed or scanned, in any case, with look-alikes; `undefined`: no code. */
export function readLinkCode(typed: string): string | undefined {
  const plain = typed.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  if (plain.length !== codeLength || !/^[0-9A-HJKMNP-TV-Z]*$/.test(plain)) return undefined;
  return plain.replace(new RegExp(`.{${String(groupLength)}}(?=.)`, "g"), "$&-");
}

/** The mailbox that belongs to a code, 32 hex digits: the server never needs the code. */
export function linkIdOf(code: string): string {
  return toHex(sha256(labelled("LinkMailbox", utf8(code))).subarray(0, 16));
}

export function linkCommitment(nonce: Uint8Array): Uint8Array {
  return sha256(labelled("LinkCommitment", nonce));
}

export function isRevealed({ commitment }: LinkOffer, nonce: Uint8Array): boolean {
  return nonce.length === linkNonceBytes && equalBytes(linkCommitment(nonce), commitment);
}

/** Hash of everything both sides have said: what the number and the grant's key are bound to. */
export function linkTranscript(offer: Uint8Array, hello: Uint8Array, nonce: Uint8Array): Uint8Array {
  return sha256(labelled("LinkTranscript", concatBytes(tlsOpaque(offer), tlsOpaque(hello), tlsOpaque(nonce))));
}

/**
 * Six digits that both screens show. Whoever exchanged the hello had to do so before it saw the nonce, so it has one try
 * in a million (Vaudenay, "Secure communications over insecure channels based on short authenticated strings").
 */
export function linkNumber(transcript: Uint8Array): string {
  const digest = sha256(labelled("LinkNumber", transcript));
  const value = new DataView(digest.buffer, digest.byteOffset).getBigUint64(0) % 10n ** BigInt(numberDigits);
  return String(value).padStart(numberDigits, "0").replace(/^.{3}/, "$& ");
}

/** What the new device is given; never the password, never the account key (LINK-05). */
export const linkGrantSchema = z.strictObject({
  accountCertificate: bytesSchema(certificateMaxBytes),
  deviceCertificate: bytesSchema(certificateMaxBytes),
  /** Absent while the vault is of the first version. */
  accountSecret: z
    .strictObject({
      bytes: bytesSchema(keyBytes),
      number: z.int().min(0),
      without: z.array(deviceIdSchema).max(secretWithoutMax).readonly(),
    })
    .optional(),
  /** OPAQUE server key as the granting device pinned it (S25). */
  serverPublicKey: z.string().max(256),
  vaultVersion: z.int().min(0),
});
export type LinkGrant = z.infer<typeof linkGrantSchema>;

function labelled(label: string, bytes: Uint8Array): Uint8Array {
  return concatBytes(tlsOpaque(utf8(`Sealroom 1.0 ${label}`)), tlsUint(bytes.length, 4), bytes);
}

function fiveBits(bytes: Uint8Array, bit: number): number {
  const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
  return (pair >> (11 - (bit & 7))) & 31;
}
