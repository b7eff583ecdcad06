/**
 * The outside of a sealed GroupInfo: what the server sees of a private room's (SPEC SEAL-01).
 *   magic 0x5E 0x01 | group id (16) | epoch (uint64) | sealed
 * The magic is no version of MLS (RFC 9420 section 6), so that one is never taken for the other. What is inside: lib/crypto/mls/seal.
 */
import { concatBytes } from "../bytes";
import { groupInfoMaxBytes } from "../limits";
import { groupIdBytes } from "./profile";
import { readWhole, tlsUint } from "./tls";

const magic = 0x5e01;
const kibibyte = 1024;
/** A GroupInfo, a wrapped key for the room secret and each link, nonces and tags. */
export const sealedGroupInfoMaxBytes = groupInfoMaxBytes + 4 * kibibyte;
export const sealedHeaderBytes = 2 + groupIdBytes + 8;

export interface SealedHeader {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
}

export function encodeSealedHeader({ groupId, epoch }: SealedHeader): Uint8Array {
  if (groupId.length !== groupIdBytes) throw new RangeError("a group id has 16 bytes");
  return concatBytes(tlsUint(magic, 2), groupId, tlsUint(epoch, 8));
}

/** `undefined`: not a sealed GroupInfo. That it can be opened is not asked. */
export function peekSealedGroupInfo(bytes: Uint8Array): SealedHeader | undefined {
  if (bytes.length <= sealedHeaderBytes || bytes.length > sealedGroupInfoMaxBytes) return undefined;
  return readWhole(bytes.slice(0, sealedHeaderBytes), (reader) => {
    reader.require(reader.uint16() === magic);
    return { groupId: reader.bytes(groupIdBytes), epoch: reader.uint64() };
  });
}
