/** Events in the form the server sees: well-formed MLS messages whose insides nobody could read. */

import { createGroup } from "@/lib/crypto/mls/create";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { randomBytes } from "@/lib/crypto/random";
import { concatBytes, fromHex, toHex } from "@/lib/protocol/bytes";
import { eventIdSchema, roomIdSchema, type EventId, type RoomId } from "@/lib/protocol/ids";
import { encodeSealedHead } from "@/lib/protocol/mls/sealed-group-info";
import { ciphersuiteName, type RoomPolicy } from "@/lib/protocol/policy";
import { tlsOpaque, tlsUint } from "@/lib/protocol/mls/tls";

export const newEventId = (): EventId => eventIdSchema.parse(toHex(randomBytes(16)));
export const newRoomId = (): RoomId => roomIdSchema.parse(toHex(randomBytes(16)));

const contentTypes = { application: 1, proposal: 2, commit: 3 };

/** struct PrivateMessage (RFC 9420 section 6.3) with random ciphertext. */
export function privateMessage(
  roomId: string,
  kind: keyof typeof contentTypes = "application",
  epoch: number | bigint = 0,
  ciphertextBytes = 64,
): Uint8Array {
  return concatBytes(
    tlsUint(1, 2),
    tlsUint(2, 2),
    tlsOpaque(fromHex(roomId) ?? new Uint8Array()),
    tlsUint(epoch, 8),
    tlsUint(contentTypes[kind], 1),
    tlsOpaque(new Uint8Array()),
    tlsOpaque(randomBytes(28)),
    tlsOpaque(randomBytes(ciphertextBytes)),
  );
}

/** Where the epoch stands in an MLSMessage that is a GroupInfo of a group with a 16-byte id. */
const epochOffset = 2 + 2 + 2 + 2 + 1 + 16;

/** A real genesis, then re-labelled: the server reads no more of it than group and epoch. */
export async function groupInfoOf(identity: DeviceIdentity, roomId: RoomId, epoch = 0): Promise<Uint8Array> {
  const policy: RoomPolicy = { kind: "open", roomId, name: "Test", suite: ciphersuiteName, revoked: [] };
  const { groupInfo } = await createGroup({ groupId: fromHex(roomId) ?? new Uint8Array(), identity, policy });
  const relabelled = groupInfo.slice();
  relabelled.set(tlsUint(epoch, 8), epochOffset);
  return relabelled;
}

/** A private room's GroupInfo as the server sees it; what is sealed in it is noise here, unless given. */
export function sealedGroupInfo(roomId: RoomId, epoch = 0, sealed = randomBytes(300)): Uint8Array {
  const groupId = fromHex(roomId) ?? new Uint8Array();
  return concatBytes(encodeSealedHead({ groupId, epoch: BigInt(epoch) }), sealed);
}

/** struct Welcome (RFC 9420 section 12.4.3.1) in an MLSMessage, with noise for what is sealed. */
export function welcomeMessage(sealedBytes = 200): Uint8Array {
  const [version, wireFormat, cipherSuite] = [tlsUint(1, 2), tlsUint(3, 2), tlsUint(1, 2)];
  const [secrets, groupInfo] = [tlsOpaque(randomBytes(100)), tlsOpaque(randomBytes(sealedBytes))];
  return concatBytes(version, wireFormat, cipherSuite, secrets, groupInfo);
}
