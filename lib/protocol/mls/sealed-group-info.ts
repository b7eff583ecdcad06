/**
 * The GroupInfo of a private room as it travels and is kept (SPEC SEAL-01): what it says of the room is sealed under keys that
 * only members, invitations and links carry. The server reads this frame and no more: magic | group id, 16 bytes | epoch,
 * uint64 | the sealed rest. The magic cannot be taken for an MLSMessage, which begins with its version, 0x00 0x01.
 */

import { concatBytes } from "../bytes";
import { sealedGroupInfoMaxBytes } from "../limits";
import { groupIdBytes } from "./profile";
import { readWhole, tlsUint } from "./tls";

const sealedGroupInfoMagic: readonly [number, number] = [0x5e, 0x01];
/** Bytes before the sealed rest: magic, group id, epoch. */
export const sealedGroupInfoHeadBytes = sealedGroupInfoMagic.length + groupIdBytes + 8;

export interface PeekedSealedGroupInfo {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
}

export function encodeSealedHead({ groupId, epoch }: PeekedSealedGroupInfo): Uint8Array {
  if (groupId.length !== groupIdBytes) throw new RangeError("a group id has 16 bytes");
  return concatBytes(Uint8Array.of(...sealedGroupInfoMagic), groupId, tlsUint(epoch, 8));
}

/** Never throws. `undefined`: not in this form. */
export function peekSealedGroupInfo(bytes: Uint8Array): PeekedSealedGroupInfo | undefined {
  if (bytes[0] !== sealedGroupInfoMagic[0] || bytes[1] !== sealedGroupInfoMagic[1]) return undefined;
  if (bytes.length <= sealedGroupInfoHeadBytes || bytes.length > sealedGroupInfoMaxBytes) return undefined;
  return readWhole(bytes.subarray(sealedGroupInfoMagic.length, sealedGroupInfoHeadBytes), (reader) => {
    return { groupId: reader.bytes(groupIdBytes), epoch: reader.uint64() };
  });
}
