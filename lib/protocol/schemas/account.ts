/**
 * Bodies and answers of the routes by which an account keeps, changes, recovers, replaces and ends itself. Strict, like
 * all of schemas/http.
 */

import { z } from "zod";

import { accountKeyBytes } from "../certificates";
import { accountIdSchema, deviceIdSchema } from "../ids";
import { certificateMaxBytes, maxDevicesPerAccount, vaultMaxBytes } from "../limits";
import { usernameSchema } from "../names";
import { printedKeyBytes } from "../recovery-key";
import { revocationBytes } from "../revocation";
import {
  bytesSchema,
  keyringBody,
  opaqueText,
  registerFinishBody,
  registerStartAnswer,
  registerStartBody,
} from "./http";

/** Exactly `length` bytes in base64. */
function exactBytes(length: number) {
  return bytesSchema(length).refine((bytes) => bytes.length === length);
}

const vaultVersion = z
  .int()
  .min(1)
  .max(2 ** 32 - 1);

// GET /api/v1/users/{name}/vault (own session)
export const vaultAnswer = z.strictObject({
  version: vaultVersion,
  vault: bytesSchema(vaultMaxBytes),
  /** Whether a recovery key stands beside the password. */
  recoveryKey: z.boolean(),
});

// PUT /api/v1/users/{name}/vault (own session): the vault after the stored one, signed by the account key. 204.
export const vaultBody = z.strictObject({
  vaultVersion,
  vault: bytesSchema(vaultMaxBytes),
  recoveryHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  signature: exactBytes(accountKeyBytes),
});
export type VaultChange = z.output<typeof vaultBody>;

/** The vault of a renewed account secret, and the keyring that is sealed under it. */
export const renewalBody = z.strictObject({ vault: vaultBody, keyring: keyringBody });
export type RenewalBody = z.output<typeof renewalBody>;

// POST /api/v1/users/{name}/devices/{id}/revoke (own session). 204, also when it was revoked before.
export const revokeDeviceBody = z.strictObject({
  revocation: bytesSchema(revocationBytes),
  renewal: renewalBody.exactOptional(),
});

// POST /api/v1/users/{name}/password/start and .../finish (own session): 204, and all other sessions end.
export const passwordStartBody = z.strictObject({ registrationRequest: opaqueText });
export const passwordStartAnswer = registerStartAnswer;
export const passwordFinishBody = vaultBody.extend({ registrationRecord: opaqueText });

// POST /api/v1/recovery/start and /finish: `auth` shows the recovery key without telling it. 204, and all sessions end.
export const recoveryStartBody = z.strictObject({
  username: usernameSchema,
  auth: exactBytes(32),
  registrationRequest: opaqueText,
});
export const recoveryStartAnswer = z.strictObject({
  accountId: accountIdSchema,
  accountCertificate: bytesSchema(certificateMaxBytes),
  vault: bytesSchema(vaultMaxBytes),
  registrationResponse: opaqueText,
});
export const recoveryFinishBody = passwordFinishBody.extend({ username: usernameSchema, auth: exactBytes(32) });

// POST /api/v1/reset/start and /finish: another account key under the same name. 201 and the session cookie.
export const resetStartBody = registerStartBody;
export const resetStartAnswer = registerStartAnswer;
export const resetFinishBody = registerFinishBody.extend({
  authority: z.discriminatedUnion("kind", [
    /** A browser that is signed in, and its device's signature over both account ids and the new record. */
    z.strictObject({ kind: z.literal("device"), deviceId: deviceIdSchema, signature: exactBytes(64) }),
    /** What the host printed. */
    z.strictObject({ kind: z.literal("code"), code: exactBytes(printedKeyBytes) }),
  ]),
});
export const resetSignatureLabel = "sealroom/account-reset/v1";

// DELETE /api/v1/users/{name} (own session): signed by the account key, with its revocation of every device it has. 204.
export const deletionBody = z.strictObject({
  vaultVersion,
  signature: exactBytes(accountKeyBytes),
  revocations: z.array(exactBytes(revocationBytes)).max(maxDevicesPerAccount),
});
