/** What a scanned code says about two accounts (SPEC VER-04). */

import type { VerificationCode } from "../../../protocol/verification-code";

/** `own`: this account shows it. `other`: somebody shows it who was met under another name. */
export type Comparison = "match" | "mismatch" | "own" | "other";

export interface Compared {
  readonly self: string;
  readonly other: string;
}

/**
 * A code that names both accounts as this device sees them matches. One that names another key, for either of the two, is what a server in
 * between brings about, so it is a mismatch and no mere mistake; only a code of somebody who is known is told apart from that.
 */
export function compareCode(
  { shownBy, shownFor }: VerificationCode,
  { self, other }: Compared,
  isSomebodyElse: (accountId: string) => boolean,
): Comparison {
  if (shownBy === self) return "own";
  if (shownBy === other) return shownFor === self ? "match" : "mismatch";
  return isSomebodyElse(shownBy) ? "other" : "mismatch";
}
