/** The bytes that a joiner signs with an invite link's key (MLS-21). */
import { concatBytes, utf8 } from "../bytes";
import { tlsOpaque, tlsUint } from "./tls";

/** Unlike every label of MLS, which begin with "MLS 1.0 " (RFC 9420 section 5.1.2). */
const label = utf8("Sealroom 1.0 LinkProof");

/** Good for one joiner in one epoch: replayed in another, or for another leaf, it proves nothing. */
export function linkProofContent(groupId: Uint8Array, epoch: bigint, signatureKey: Uint8Array): Uint8Array {
  const body = concatBytes(tlsOpaque(groupId), tlsUint(epoch, 8), tlsOpaque(signatureKey));
  return concatBytes(tlsOpaque(label), tlsOpaque(body));
}
