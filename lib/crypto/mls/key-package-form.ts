/**
 * The one shape of a KeyPackage (MLS-08; RFC 9420 section 10), without signatures, credentials and time. The decoder of ts-mls
 * takes version mls10 and leaves of source key_package only.
 */
import type { KeyPackage } from "ts-mls/keyPackage.js";
import { equalBytes } from "@/lib/protocol/bytes";
import { lastResortExtensionType, signatureBytes } from "@/lib/protocol/mls/profile";
import { hasLeafForm } from "./leaf";
import { suiteName } from "./provider";
import { isSoundX25519Key } from "./x25519";

export function isKeyPackageForm(keyPackage: KeyPackage): boolean {
  const { leafNode, initKey, extensions } = keyPackage;
  const [mark] = extensions;
  return (
    keyPackage.cipherSuite === suiteName &&
    hasLeafForm(leafNode) &&
    leafNode.extensions.length === 0 &&
    isSoundX25519Key(initKey) &&
    !equalBytes(initKey, leafNode.hpkePublicKey) &&
    keyPackage.signature.length === signatureBytes &&
    extensions.length <= 1 &&
    (mark === undefined || (mark.extensionType === lastResortExtensionType && mark.extensionData.length === 0))
  );
}
