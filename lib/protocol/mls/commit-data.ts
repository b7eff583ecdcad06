/**
 * What a commit carries beside MLS, in its authenticated data (MLS-14): the account certificates that new leaves need,
 * so that applying a commit asks nobody, and the proofs that removed leaves wanted to go (MLS-13).
 * The server can read it; it holds nothing that the server does not know.
 */
import { concatBytes } from "../bytes";
import { certificateMaxBytes, commitMaxProposals } from "../limits";
import { signatureBytes } from "./profile";
import { readWhole, tlsOpaque, tlsUint, tlsVector } from "./tls";

const version = 1;

export interface CommitData {
  /** DER of account certificates, for accounts that come in with this commit. */
  readonly anchors: readonly Uint8Array[];
  readonly leaves: readonly { readonly leafIndex: number; readonly signature: Uint8Array }[];
}

export function encodeCommitData(data: CommitData): Uint8Array {
  const leaves = data.leaves.map((leave) => concatBytes(tlsUint(leave.leafIndex, 4), tlsOpaque(leave.signature)));
  return concatBytes(tlsUint(version, 1), tlsVector(data.anchors.map(tlsOpaque)), tlsVector(leaves));
}

/** `undefined` when the bytes are anything but one well-formed value within the limits. */
export function decodeCommitData(bytes: Uint8Array): CommitData | undefined {
  return readWhole(bytes, (reader) => {
    reader.require(reader.uint8() === version);
    const anchors = reader.vector(commitMaxProposals, (inner) => inner.opaque(1, certificateMaxBytes));
    const leaves = reader.vector(commitMaxProposals, (inner) => ({
      leafIndex: inner.uint32(),
      signature: inner.opaque(signatureBytes, signatureBytes),
    }));
    return { anchors, leaves };
  });
}
