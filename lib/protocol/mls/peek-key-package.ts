/**
 * KeyPackages as the directory reads them (SPEC section PEEK): enough to check both Ed25519 signatures, the
 * certificate and the lifetime without MLS code (RFC 9420 section 10).
 */
import { keyPackageMaxBytes } from "../limits";
import { equalBytes } from "../bytes";
import { readLeaf } from "./peek-leaf";
import { cipherSuite, lastResortExtensionType, mlsVersion, publicKeyBytes, signatureBytes } from "./profile";
import { readWhole, type TlsReader } from "./tls";
import { wireFormats } from "./wire-format";

export interface PeekedKeyPackage {
  readonly initKey: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly signatureKey: Uint8Array;
  /** DER of the one certificate of the credential. */
  readonly certificate: Uint8Array;
  /** Lifetime in seconds since 1970. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  readonly lastResort: boolean;
  /** Sign `signWithLabelContent("KeyPackageTBS", tbs)` gives `signature`. */
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  /** Sign `signWithLabelContent("LeafNodeTBS", leafTbs)` gives `leafSignature`. */
  readonly leafTbs: Uint8Array;
  readonly leafSignature: Uint8Array;
}

/** A whole MLSMessage of wire format mls_key_package, or `undefined` when it is not one in our profile (PEEK-04). */
export function peekKeyPackage(bytes: Uint8Array): PeekedKeyPackage | undefined {
  if (bytes.length > keyPackageMaxBytes) return undefined;
  return readWhole(bytes, (reader) => {
    reader.require(reader.uint16() === mlsVersion);
    reader.require(reader.uint16() === wireFormats.keyPackage);
    return readKeyPackage(reader);
  });
}

export function readKeyPackage(reader: TlsReader): PeekedKeyPackage {
  const start = reader.offset;
  reader.require(reader.uint16() === mlsVersion);
  reader.require(reader.uint16() === cipherSuite);
  const initKey = reader.opaque(publicKeyBytes, publicKeyBytes);
  const leaf = readLeaf(reader);
  const extensions = reader.vector(1, (inner) => ({ type: inner.uint16(), data: inner.opaque(0, 0) }));
  reader.require(extensions.every(({ type }) => type === lastResortExtensionType));
  const tbs = reader.since(start);
  const signature = reader.opaque(signatureBytes, signatureBytes);
  const lifetime = leaf.source.kind === "key-package" ? leaf.source : undefined;
  reader.require(lifetime !== undefined && !equalBytes(initKey, leaf.encryptionKey));
  return {
    initKey,
    encryptionKey: leaf.encryptionKey,
    signatureKey: leaf.signatureKey,
    certificate: leaf.certificate,
    notBefore: lifetime?.notBefore ?? 0n,
    notAfter: lifetime?.notAfter ?? 0n,
    lastResort: extensions.length === 1,
    tbs,
    signature,
    leafTbs: leaf.tbs,
    leafSignature: leaf.signature,
  };
}
