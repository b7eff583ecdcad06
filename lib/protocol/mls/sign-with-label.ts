/** What an MLS signature signs (RFC 9420 section 5.1.2, `SignContent`). */
import { concatBytes, utf8 } from "../bytes";
import { tlsOpaque } from "./tls";

/**
 * Bytes under an Ed25519 signature made with `SignWithLabel`. `label` without its prefix, for example
 * "KeyPackageTBS" or "LeafNodeTBS".
 */
export function signWithLabelContent(label: string, content: Uint8Array): Uint8Array {
  return concatBytes(tlsOpaque(utf8(`MLS 1.0 ${label}`)), tlsOpaque(content));
}
