/** Identifiers that travel. All are lower-case hex, so that each has exactly one spelling (ID-01). */

import { z } from "zod";

const hexId = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${String(bytes * 2)}}$`));

/** Room: 16 random bytes made by its creator; also the MLS group id (ID-02). */
export const roomIdSchema = hexId(16).brand("RoomId");
export type RoomId = z.infer<typeof roomIdSchema>;

/** Event: 16 random bytes made by the submitting client; a retry carries the same (DS-03). */
export const eventIdSchema = hexId(16).brand("EventId");
export type EventId = z.infer<typeof eventIdSchema>;

/** Message: 16 random bytes inside the encrypted content; survives re-encryption (MSG-03). */
export const messageIdSchema = hexId(16).brand("MessageId");
export type MessageId = z.infer<typeof messageIdSchema>;

/** Account: SHA-256 of the account key's SPKI. */
export const accountIdSchema = hexId(32);
export type AccountId = z.infer<typeof accountIdSchema>;

/** Device: 16 random bytes, part of the device certificate's subject. */
export const deviceIdSchema = hexId(16);
export type DeviceId = z.infer<typeof deviceIdSchema>;

/** Link: half a hash of the code that the new device shows. */
export const linkIdSchema = hexId(16);

/** Position in a room's total order, from 1. */
export const seqSchema = z.int().min(0);
