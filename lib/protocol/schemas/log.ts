/** The transparency log over HTTP (SPEC LOG-06). */

import { z } from "zod";

import { fromBase64 } from "../bytes";
import { accountLogMaxEntries } from "../limits";
import { decodeVerifier, verifierMaxLength } from "../log/checkpoint";
import { logEntryMaxBytes } from "../log/entries";
import { hashBytes, proofMaxHashes } from "../log/merkle";

/** Digits only: a query is text. */
const countText = z
  .string()
  .regex(/^(0|[1-9]\d{0,14})$/)
  .transform(Number);

// GET /api/v1/log/key: text, one line.
export const logKeyAnswer = z
  .string()
  .max(verifierMaxLength + 1)
  .refine((line) => line.endsWith("\n") && decodeVerifier(line.slice(0, -1)) !== undefined);

// GET /api/v1/log/consistency
export const logConsistencyQuery = z.strictObject({ from: countText, to: countText });

function base64Bytes(maxBytes: number) {
  return z
    .string()
    .max(Math.ceil(maxBytes / 3) * 4)
    .transform((text, context) => {
      const bytes = fromBase64(text);
      if (bytes !== undefined && bytes.length <= maxBytes) return bytes;
      context.addIssue({ code: "custom" });
      return z.NEVER;
    });
}

const proofSchema = z.array(base64Bytes(hashBytes)).max(proofMaxHashes);
export const logConsistencyAnswer = z.strictObject({ proof: proofSchema });

// GET /api/v1/users/{name}/log
export const accountLogAnswer = z.strictObject({
  /** The signed checkpoint that the proofs lead to. */
  checkpoint: z.string().max(4096),
  /** Oldest first; of more than the limit the newest, counted for the account and for those it has its name from. */
  entries: z
    .array(
      z.strictObject({
        index: z.int().nonnegative(),
        entry: base64Bytes(logEntryMaxBytes),
        proof: proofSchema,
      }),
    )
    .max(2 * accountLogMaxEntries),
});
