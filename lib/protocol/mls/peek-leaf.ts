/**
 * Reader of `struct LeafNode` (RFC 9420 section 7.2) in our profile: one X.509 certificate, one suite, and no extension
 * but the mark of an invite link (PEEK-03). Signatures and certificates are checked elsewhere.
 */
import { concatBytes, equalBytes } from "../bytes";
import { certificateMaxBytes } from "../limits";
import {
  capabilitiesEncoding,
  hashBytes,
  linkExtensionType,
  publicKeyBytes,
  signatureBytes,
  x509Credential,
} from "./profile";
import type { TlsReader } from "./tls";

export type LeafSource =
  | { readonly kind: "key-package"; readonly notBefore: bigint; readonly notAfter: bigint }
  | { readonly kind: "update" }
  | { readonly kind: "commit" };

export interface PeekedLeaf {
  readonly encryptionKey: Uint8Array;
  readonly signatureKey: Uint8Array;
  /** DER of the device certificate. */
  readonly certificate: Uint8Array;
  readonly source: LeafSource;
  /** The leaf up to its signature: `LeafNodeTBS` of a leaf from a KeyPackage. */
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
}

const capabilities = concatBytes(...capabilitiesEncoding);

export function readLeaf(reader: TlsReader): PeekedLeaf {
  const start = reader.offset;
  const encryptionKey = reader.opaque(publicKeyBytes, publicKeyBytes);
  const signatureKey = reader.opaque(publicKeyBytes, publicKeyBytes);
  reader.require(reader.uint16() === x509Credential);
  const certificates = reader.vector(1, (inner) => inner.opaque(1, certificateMaxBytes));
  reader.require(equalBytes(reader.bytes(capabilities.length), capabilities));
  const source = readSource(reader);
  const marks = reader.vector(1, (inner) => {
    inner.require(inner.uint16() === linkExtensionType);
    return inner.opaque(publicKeyBytes, publicKeyBytes);
  });
  // Who is added has been invited by name.
  reader.require(marks.length === 0 || source.kind !== "key-package");
  const tbs = reader.since(start);
  const signature = reader.opaque(signatureBytes, signatureBytes);
  const [certificate] = certificates;
  reader.require(certificate !== undefined);
  return { encryptionKey, signatureKey, certificate: certificate ?? new Uint8Array(), source, tbs, signature };
}

function readSource(reader: TlsReader): LeafSource {
  const source = reader.uint8();
  reader.require(source >= 1 && source <= 3);
  if (source === 1) return { kind: "key-package", notBefore: reader.uint64(), notAfter: reader.uint64() };
  if (source === 2) return { kind: "update" };
  // Parent hash: empty when every parent on the path is blank.
  const parentHash = reader.opaque(0, hashBytes);
  reader.require(parentHash.length === 0 || parentHash.length === hashBytes);
  return { kind: "commit" };
}
