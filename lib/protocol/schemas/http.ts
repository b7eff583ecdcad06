/**
 * Every HTTP body and answer of `/api/v1`. Both sides parse with these. Objects are strict: an unknown field is
 * an error (HTTP-03). Bytes travel as padded, canonical base64 and arrive as Uint8Array.
 */

import { z } from "zod";

import { fromBase64 } from "../bytes";
import { errorStatus, type ErrorCode } from "../errors";
import { accountIdSchema, deviceIdSchema, linkIdSchema, roomIdSchema } from "../ids";
import {
  certificateMaxBytes,
  deviceNameMaxLength,
  keyPackageMaxBytes,
  keyPackageUploadMax,
  keyringSealedMaxBytes,
  linkGrantMaxBytes,
  maxDevicesPerAccount,
  opaqueMessageMaxChars,
  roomNameMaxLength,
  vaultMaxBytes,
} from "../limits";
import { linkHelloMaxBytes, linkNonceBytes, linkOfferBytes } from "../linking-sizes";
import { usernameSchema } from "../names";
import { revocationBytes } from "../revocation";

/** Base64 text of at most `maxBytes`, parsed to bytes. */
export function bytesSchema(maxBytes: number) {
  return z
    .string()
    .max(Math.ceil(maxBytes / 3) * 4)
    .transform((text, context) => {
      const bytes = fromBase64(text);
      if (bytes === undefined || bytes.length > maxBytes || bytes.length === 0) {
        context.addIssue({ code: "custom", message: "not canonical base64 of an allowed size" });
        return z.NEVER;
      }
      return bytes;
    });
}

export const opaqueText = z
  .string()
  .min(1)
  .max(opaqueMessageMaxChars)
  .regex(/^[A-Za-z0-9_-]+$/);
export const deviceNameSchema = z
  .string()
  .min(1)
  .max(deviceNameMaxLength)
  .refine((name) => !/\p{C}/u.test(name), "control characters");

export const newDevice = z.strictObject({
  name: deviceNameSchema,
  certificate: bytesSchema(certificateMaxBytes),
  keyPackages: z.array(bytesSchema(keyPackageMaxBytes)).min(1).max(keyPackageUploadMax),
  lastResort: bytesSchema(keyPackageMaxBytes),
});

export const errorBodySchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    retryAfterMs: z.number().int().nonnegative().optional(),
  }),
});

// POST /api/v1/register/start
export const registerStartBody = z.strictObject({ username: usernameSchema, registrationRequest: opaqueText });
export const registerStartAnswer = z.strictObject({ registrationResponse: opaqueText });

// POST /api/v1/register/finish -> 201 and the session cookie
export const registerFinishBody = z.strictObject({
  username: usernameSchema,
  registrationRecord: opaqueText,
  accountCertificate: bytesSchema(certificateMaxBytes),
  vault: bytesSchema(vaultMaxBytes),
  device: newDevice,
});
export const registerFinishAnswer = z.strictObject({
  username: usernameSchema,
  accountId: accountIdSchema,
  deviceId: deviceIdSchema,
});

// POST /api/v1/login/start
export const loginStartBody = z.strictObject({ username: usernameSchema, startLoginRequest: opaqueText });
export const loginStartAnswer = z.strictObject({
  loginId: z.string().regex(/^[0-9a-f]{32}$/),
  loginResponse: opaqueText,
});

// POST /api/v1/login/finish -> the session cookie
export const loginFinishBody = z.strictObject({
  loginId: z.string().regex(/^[0-9a-f]{32}$/),
  finishLoginRequest: opaqueText,
});
export const loginFinishAnswer = z.strictObject({
  username: usernameSchema,
  accountId: accountIdSchema,
  accountCertificate: bytesSchema(certificateMaxBytes),
  vault: bytesSchema(vaultMaxBytes),
});

// POST /api/v1/users/{name}/unlock (own session): a login that was begun proves the password again; no new session. Body as login/finish.
export const unlockAnswer = z.strictObject({ vault: bytesSchema(vaultMaxBytes) });

// GET and PUT /api/v1/users/{name}/keyring (own session): version 0 and null while there is none; a PUT brings the
// version after the stored one, or gets VERSION_CONFLICT.
export const keyringAnswer = z.strictObject({
  version: z.int().min(0),
  sealed: bytesSchema(keyringSealedMaxBytes).nullable(),
});
export const keyringBody = z.strictObject({ version: z.int().min(1), sealed: bytesSchema(keyringSealedMaxBytes) });

// POST /api/v1/users/{name}/logout: no body. 204.

// POST /api/v1/users/{name}/devices (own session) -> 201
export const addDeviceAnswer = z.strictObject({ deviceId: deviceIdSchema });

const isoDate = z.iso.datetime();

// GET /api/v1/users/{name}/devices (own session): what only the owner sees
export const ownDevicesAnswer = z.strictObject({
  devices: z.array(
    z.strictObject({
      id: deviceIdSchema,
      name: deviceNameSchema,
      certificate: bytesSchema(certificateMaxBytes),
      createdAt: isoDate,
      /** Day in UTC. */
      lastSeenOn: z.iso.date().nullable(),
      signedIn: z.boolean(),
      revokedAt: isoDate.nullable(),
      revocation: bytesSchema(revocationBytes).nullable(),
    }),
  ),
});

// PATCH /api/v1/users/{name}/devices/{id} (own session). 204.
export const renameDeviceBody = z.strictObject({ name: deviceNameSchema });

// PUT /api/v1/users/{name}/devices/{id}/certificate (own session): a newer one of the same device and key. 204.
export const renewCertificateBody = z.strictObject({ certificate: bytesSchema(certificateMaxBytes) });

// POST /api/v1/users/{name}/devices/{id}/sign-out and .../devices/sign-out-others (own session): no body. 204.

/**
 * Linking (SPEC LINK). The new device has no account yet and is known by a token; the other side is an own session.
 * - POST /api/v1/links -> 201; POST .../links/{id}/state; POST .../links/{id}/reveal -> 204, after the hello;
 *   POST .../links/{id}/device, after the grant -> 201 and the session cookie
 * - GET /api/v1/users/{name}/links/{id}; POST .../hello -> 204; POST .../grant -> 204, by the account that said hello
 */
const linkToken = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
export const openLinkBody = z.strictObject({ offer: bytesSchema(linkOfferBytes) });
export const openLinkAnswer = z.strictObject({ linkId: linkIdSchema, token: linkToken });
export const linkTokenBody = z.strictObject({ token: linkToken });
export const linkStateAnswer = z.strictObject({
  hello: bytesSchema(linkHelloMaxBytes).nullable(),
  grant: bytesSchema(linkGrantMaxBytes).nullable(),
});
export const revealLinkBody = z.strictObject({ token: linkToken, nonce: bytesSchema(linkNonceBytes) });
export const linkedDeviceBody = z.strictObject({ token: linkToken, device: newDevice });
export const offeredLinkAnswer = z.strictObject({
  offer: bytesSchema(linkOfferBytes),
  nonce: bytesSchema(linkNonceBytes).nullable(),
});
export const helloLinkBody = z.strictObject({ hello: bytesSchema(linkHelloMaxBytes) });
export const grantLinkBody = z.strictObject({ grant: bytesSchema(linkGrantMaxBytes) });

// POST /api/v1/users/{name}/key-packages (own session)
export const uploadKeyPackagesBody = z.strictObject({
  deviceId: deviceIdSchema,
  keyPackages: z.array(bytesSchema(keyPackageMaxBytes)).max(keyPackageUploadMax),
  lastResort: bytesSchema(keyPackageMaxBytes).optional(),
});
export const keyPackageStockAnswer = z.strictObject({
  devices: z
    .array(z.strictObject({ deviceId: deviceIdSchema, available: z.number().int().nonnegative() }))
    .max(maxDevicesPerAccount),
});

// POST /api/v1/users/{name}/key-packages/claim: body empty or {}; one package per device that is not revoked.
export const claimBody = z.strictObject({});
export const claimAnswer = z.strictObject({
  accountId: accountIdSchema,
  keyPackages: z
    .array(
      z.strictObject({
        deviceId: deviceIdSchema,
        keyPackage: bytesSchema(keyPackageMaxBytes),
        lastResort: z.boolean(),
      }),
    )
    .max(maxDevicesPerAccount),
});

/** Base64 is a third longer, line ends and the two marks come on top. */
const pemSchema = z.string().max(certificateMaxBytes * 2);

// GET /api/v1/users/{name} and GET /api/v1/accounts/{accountId}
export const directoryEntryAnswer = z.strictObject({
  username: usernameSchema,
  fingerprint: accountIdSchema,
  publicKeyPem: pemSchema,
  certificatePem: pemSchema,
  createdAt: isoDate,
  /** When the account was deleted or got another key: rooms may still show it for a while. Found by id only. */
  retiredAt: isoDate.nullable(),
  /** The account that has the name now. */
  replacedBy: accountIdSchema.nullable(),
  devices: z.array(
    z.strictObject({
      id: deviceIdSchema,
      name: deviceNameSchema,
      certificatePem: pemSchema,
      createdAt: isoDate,
      revokedAt: isoDate.nullable(),
      /** Base64 of the signed revocation (SPEC REV), for whoever meets the device in a room. */
      revocation: z
        .string()
        .max(revocationBytes * 2)
        .nullable(),
    }),
  ),
});
export type DirectoryEntry = z.infer<typeof directoryEntryAnswer>;

// GET /api/v1/rooms
const openRoomSchema = z.strictObject({
  id: roomIdSchema,
  name: z.string().min(1).max(roomNameMaxLength),
  kind: z.literal("open"),
  createdAt: isoDate,
});
export type OpenRoomSummary = z.infer<typeof openRoomSchema>;
/** In no list; told to devices that enter it. What it is called is known to its members alone. */
const privateRoomSchema = openRoomSchema.omit({ name: true }).extend({ kind: z.literal("private") });
export const roomSummarySchema = z.discriminatedUnion("kind", [openRoomSchema, privateRoomSchema]);
export type RoomSummary = z.infer<typeof roomSummarySchema>;
export const roomListAnswer = z.strictObject({ rooms: z.array(openRoomSchema) });

// GET /api/v1/health
export const healthAnswer = z.strictObject({ status: z.literal("ok") });
