/** The keyring's entries that are about verification, told from the others. */

import type { KeyringEntry } from "../../../protocol/keyring";
import type { VerificationMark } from "../../../protocol/verification-mark";

export type MarkEntry = KeyringEntry & { readonly key: `verified/${string}`; readonly value: VerificationMark };
export type SignerEntry = KeyringEntry & { readonly key: `signer/${string}`; readonly value: string };

/** The schema of a key's namespace is the one its value was parsed with. */
export function isMarkEntry(entry: KeyringEntry): entry is MarkEntry {
  return entry.key.startsWith("verified/");
}

export function isSignerEntry(entry: KeyringEntry): entry is SignerEntry {
  return entry.key.startsWith("signer/");
}
