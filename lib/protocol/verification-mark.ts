/**
 * A verification mark: an account's word on whether a name goes with an account key (SPEC section VER). It stands in the account's
 * keyring under `verified/{account id}`, and follows the account to all its devices. The account id is the SHA-256 of the key, so a
 * mark is about that key and no other. What is signed is here; who signs and verifies is lib/crypto/account/verification-mark.ts.
 */
import { z } from "zod";

import { fromBase64, fromHex, utf8 } from "./bytes";
import { deviceIdSchema } from "./ids";
import { latestDateMs } from "./limits";
import { usernameSchema } from "./names";
import { tlsUint } from "./mls/tls";

/**
 * `verified`: a person has compared the safety numbers, and they match. `mismatch`: they do not. `accepted`: a person goes on with
 * this key without having compared it.
 */
export const verdicts = ["verified", "mismatch", "accepted"] as const;
export type Verdict = (typeof verdicts)[number];

const signatureBytes = 64;
const formatVersion = 1;

export const verificationMarkSchema = z.strictObject({
  v: z.literal(formatVersion),
  /** The name that the account's certificate carries. */
  username: usernameSchema,
  verdict: z.enum(verdicts),
  /** Milliseconds since 1970 by the device that signed it; the same as the entry's in the keyring (VER-06). */
  at: z.int().min(0).max(latestDateMs),
  /** The device of the account that signed it. */
  device: deviceIdSchema,
  /** Ed25519 by that device's key, canonical base64. */
  signature: z
    .string()
    .max(88)
    .refine((text) => fromBase64(text)?.length === signatureBytes),
});
export type VerificationMark = z.infer<typeof verificationMarkSchema>;

/** Whose word it is, and about whom; 64 lower-case hex digits each. */
export interface MarkPlace {
  readonly verifier: string;
  readonly verified: string;
}

/** What the device signs, part by part; the signature frames each with its length (ACC-05). */
export function markContent(
  { verifier, verified }: MarkPlace,
  { username, verdict, at, device }: Omit<VerificationMark, "v" | "signature">,
): Uint8Array[] {
  return [
    Uint8Array.of(formatVersion),
    hexBytes(verifier, 32),
    hexBytes(verified, 32),
    utf8(username),
    utf8(verdict),
    tlsUint(at, 8),
    hexBytes(device, 16),
  ];
}

function hexBytes(text: string, length: number): Uint8Array {
  const bytes = fromHex(text);
  if (bytes?.length !== length) throw new RangeError("not an id");
  return bytes;
}
