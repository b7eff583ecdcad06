/**
 * The room transcript: a hash chain over the events of one epoch in the order in which the server gave them. SPEC section
 * TRN. It begins with what only members of that very epoch of that very history know, so two branches of a room never
 * share a chain, and covers every event as its bytes came, whether it can be read or not (TRN-01).
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { z } from "zod";

import { concatBytes, fromBase64Url, fromHex, toBase64Url, utf8 } from "./bytes";
import type { RoomId } from "./ids";
import { retainedEpochs } from "./limits";

export const transcriptHashBytes = 32;
const startLabel = utf8("sealroom transcript start v1\0");
const eventLabel = utf8("sealroom transcript event v1\0");

/** h_0 of an epoch: SHA-256(label, room id (16), epoch (8, big-endian), epoch authenticator (RFC 9420 section 8.7)). 32 bytes. */
export function transcriptStart(roomId: RoomId, epoch: number, authenticator: Uint8Array): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(epoch));
  return sha256(concatBytes(startLabel, fromHex(roomId) ?? new Uint8Array(), number, authenticator));
}

/** SHA-256 of an event's exact bytes: an MLSMessage, whose kind is part of them. */
export function eventDigest(payload: Uint8Array): Uint8Array {
  return sha256(payload);
}

/** h_(i+1) = SHA-256(label, h_i, digest of the event). The bytes of an event are hashed once, whatever becomes of the chain. */
export function transcriptNext(hash: Uint8Array, digest: Uint8Array): Uint8Array {
  return sha256(concatBytes(eventLabel, hash, digest));
}

/** Canonical base64url of 32 bytes: the last letter holds four bits. */
const hashText = z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/);

/**
 * What a sender had seen when it sealed a message: epoch, how many events of that epoch, and h of that many. The first
 * is of the message's own epoch; others are the ends of epochs before it that this device has not told yet (TRN-03).
 */
export const positionSchema = z.tuple([z.int().min(0), z.int().min(0).max(0xffffffff), hashText]);
export type Position = z.infer<typeof positionSchema>;
export const positionsSchema = z.array(positionSchema).max(retainedEpochs + 1);

/** For who asks whether a content will fit before it is sealed. */
export const longestPositions: Position[] = Array.from({ length: retainedEpochs + 1 }, () =>
  toPosition(Number.MAX_SAFE_INTEGER, 0xffffffff, new Uint8Array(transcriptHashBytes)),
);

export function toPosition(epoch: number, index: number, hash: Uint8Array): Position {
  return [epoch, index, toBase64Url(hash)];
}

/** The hash that a position names, 32 bytes. */
export function hashOf([, , text]: Position): Uint8Array {
  const hash = fromBase64Url(text);
  if (hash?.length !== transcriptHashBytes) throw new Error("not a position");
  return hash;
}
