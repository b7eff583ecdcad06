/**
 * The room policy: the one GroupContext extension of every group (type 0xF0A1), signed with the group state. Clients
 * trust it, never the server's room list. Codec: one version byte, then JSON with fixed key order; decoding
 * re-encodes and compares, so one policy has one byte string (MLS-15).
 */

import { z } from "zod";

import { concatBytes, equalBytes, fromUtf8, utf8 } from "./bytes";
import { roomIdSchema } from "./ids";
import { settledRoomNameSchema } from "./names";

export const ciphersuiteName = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

const policySchema = z.strictObject({
  kind: z.literal("open"),
  roomId: roomIdSchema,
  name: settledRoomNameSchema,
  suite: z.literal(ciphersuiteName),
});
export type RoomPolicy = z.infer<typeof policySchema>;

const version = Uint8Array.of(1);

export function encodePolicy(policy: RoomPolicy): Uint8Array {
  const { kind, roomId, name, suite } = policySchema.parse(policy);
  return concatBytes(version, utf8(JSON.stringify({ kind, roomId, name, suite })));
}

export function decodePolicy(bytes: Uint8Array): RoomPolicy | undefined {
  if (bytes[0] !== version[0]) return undefined;
  const text = fromUtf8(bytes.subarray(1));
  if (text === undefined) return undefined;
  try {
    const parsed = policySchema.safeParse(JSON.parse(text));
    return parsed.success && equalBytes(encodePolicy(parsed.data), bytes) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
