/** What a page may know of printed keys: whether two texts are the same key. The vault is the worker's. */

import { equalBytes } from "../../protocol/bytes";
import { parsePrintedKey } from "../../protocol/recovery-key";
import type { CallError } from "../worker/api";

export type TypedBack =
  { readonly kind: "same" } | { readonly kind: "other" } | { readonly kind: "mistyped"; error: CallError };

const codes = {
  character: "RECOVERY_KEY_CHARACTER",
  length: "RECOVERY_KEY_LENGTH",
  checksum: "RECOVERY_KEY_CHECKSUM",
} as const;

/** Compares keys, not texts: spaces, dashes and case do not count. */
export function compareTyped(shown: string, typed: string): TypedBack {
  const [expected, parsed] = [parsePrintedKey("recovery", shown), parsePrintedKey("recovery", typed)];
  if (!parsed.ok) return { kind: "mistyped", error: { code: codes[parsed.reason] } };
  return expected.ok && equalBytes(expected.key, parsed.key) ? { kind: "same" } : { kind: "other" };
}
