/** Ed25519 over raw keys, by Node's own crypto. */

import { webcrypto } from "node:crypto";

export async function isEd25519Signature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  try {
    const key = await webcrypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await webcrypto.subtle.verify("Ed25519", key, signature, message);
  } catch {
    return false;
  }
}
