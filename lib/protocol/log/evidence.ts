/**
 * Two checkpoints of one log that do not fit, as a file (SPEC LOG-14): whoever gets it needs nothing of us to check it. Both are signed by
 * the key of the log; two of one size with different roots prove that it shows two histories. Of different sizes the log itself is asked
 * to prove that the larger continues the smaller, which it then cannot.
 */

import { z } from "zod";

import { fromJson, utf8 } from "../bytes";
import { noteMaxBytes } from "./checkpoint";

export const evidenceSchema = z.strictObject({
  v: z.literal(1),
  what: z.literal("Sealroom log evidence"),
  /** The log's verifier key. */
  verifier: z.string().max(512),
  /** Why the client raised the alarm. */
  alarm: z.string().max(32),
  /** ISO 8601, by the client's clock. */
  at: z.string().max(32),
  /** The one that the client had, and the one that it met. */
  checkpoints: z.array(z.string().max(noteMaxBytes)).min(1).max(2),
});
export type Evidence = z.infer<typeof evidenceSchema>;

export const evidenceMaxBytes = 16 * 1024;

export function encodeEvidence(evidence: Evidence): Uint8Array {
  return utf8(`${JSON.stringify(evidenceSchema.parse(evidence), undefined, 2)}\n`);
}

/** `undefined`: no evidence of this form. */
export function decodeEvidence(bytes: Uint8Array): Evidence | undefined {
  const parsed = bytes.length > evidenceMaxBytes ? undefined : evidenceSchema.safeParse(fromJson(bytes));
  return parsed?.success === true ? parsed.data : undefined;
}
