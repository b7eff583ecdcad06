/** The bytes that a leaving device signs with its leaf's signature key (MLS-13). */
import { concatBytes, utf8 } from "../bytes";
import { tlsOpaque, tlsUint } from "./tls";

/** Unlike every label of MLS, which begin with "MLS 1.0 " (RFC 9420 section 5.1.2). */
const label = utf8("Sealroom 1.0 LeaveProof");

/** `encryptionKey`: the leaf's HPKE key of now; it changes with each commit of that leaf, and the proof dies with it. */
export function leaveProofContent(groupId: Uint8Array, leafIndex: number, encryptionKey: Uint8Array): Uint8Array {
  const body = concatBytes(tlsOpaque(groupId), tlsUint(leafIndex, 4), tlsOpaque(encryptionKey));
  return concatBytes(tlsOpaque(label), tlsOpaque(body));
}
