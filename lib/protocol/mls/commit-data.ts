/**
 * What a commit carries beside MLS, in its authenticated data (MLS-14): the account certificates that new leaves need,
 * so that applying a commit asks nobody; the proofs that removed leaves wanted to go (MLS-13) or were revoked
 * (MLS-20); and, where a joiner comes by an invite link, the proof that it holds the link (MLS-21).
 * The server can read it; it holds nothing that the server does not know.
 */
import { concatBytes } from "../bytes";
import { certificateMaxBytes, commitMaxProposals, commitMaxRevocations } from "../limits";
import { revocationBytes } from "../revocation";
import { publicKeyBytes, signatureBytes } from "./profile";
import { readWhole, tlsOpaque, tlsUint, tlsVector } from "./tls";

const version = 2;

/** Ed25519 by an invite link's key; see link-proof.ts. */
export interface LinkProof {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

export interface CommitData {
  /** DER of account certificates, for accounts that come in with this commit. */
  readonly anchors: readonly Uint8Array[];
  readonly leaves: readonly { readonly leafIndex: number; readonly signature: Uint8Array }[];
  /** Signed by the accounts of removed leaves. */
  readonly revocations: readonly Uint8Array[];
  readonly link: LinkProof | undefined;
}

export function encodeCommitData(data: CommitData): Uint8Array {
  const leaves = data.leaves.map((leave) => concatBytes(tlsUint(leave.leafIndex, 4), tlsOpaque(leave.signature)));
  const links = data.link === undefined ? [] : [concatBytes(tlsOpaque(data.link.key), tlsOpaque(data.link.signature))];
  return concatBytes(
    tlsUint(version, 1),
    tlsVector(data.anchors.map(tlsOpaque)),
    tlsVector(leaves),
    tlsVector(data.revocations.map(tlsOpaque)),
    tlsVector(links),
  );
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
    const revocations = reader.vector(commitMaxRevocations, (inner) => inner.opaque(revocationBytes, revocationBytes));
    const [link] = reader.vector(1, (inner) => ({
      key: inner.opaque(publicKeyBytes, publicKeyBytes),
      signature: inner.opaque(signatureBytes, signatureBytes),
    }));
    return { anchors, leaves, revocations, link };
  });
}
