/** This device's identity as it is stored: made at registration or sign-in, read at every start. */

import { z } from "zod";

import { isOlderSecret, type AccountSecret } from "../../crypto/account/account-secret";
import type { DeviceIdentity } from "../../crypto/mls/door";
import { fromHex, toHex } from "../../protocol/bytes";
import { accountIdSchema, deviceIdSchema } from "../../protocol/ids";
import { secretWithoutMax } from "../../protocol/limits";
import { usernameSchema } from "../../protocol/names";
import type { Store } from "./ports";
import { decodeRecord, encodeRecord } from "./records";
import { unlessDamaged } from "./replaceable";

const key = "identity";

const hexBytes = z.string().transform((text, context) => {
  const bytes = fromHex(text);
  if (bytes === undefined) context.addIssue({ code: "custom", message: "not hex" });
  return bytes ?? new Uint8Array();
});

const identitySchema = z.strictObject({
  username: usernameSchema,
  accountId: accountIdSchema,
  deviceId: deviceIdSchema,
  deviceCertificate: hexBytes,
  accountCertificate: hexBytes,
  publicKey: hexBytes,
  secretKey: hexBytes,
  /** OPAQUE server key at registration or first sign-in: a change stops the next sign-in (S25). */
  serverPublicKey: z.string(),
  /** Newest vault version seen: an older vault is a rollback (S24). */
  vaultVersion: z.int().min(0),
  /** From the vault; absent in identities stored before vaults had one, until the next sign-in. */
  accountSecret: hexBytes.optional(),
  secretNumber: z.int().min(0).default(0),
  secretWithout: z.array(deviceIdSchema).max(secretWithoutMax).default([]),
});

export interface StoredIdentity extends DeviceIdentity {
  readonly serverPublicKey: string;
  readonly vaultVersion: number;
  readonly accountSecret?: AccountSecret | undefined;
}

export async function loadIdentity(store: Store): Promise<StoredIdentity | undefined> {
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  const {
    accountSecret: secret,
    secretNumber: number,
    secretWithout: without,
    ...rest
  } = decodeRecord(identitySchema, key, bytes);
  return { ...rest, accountSecret: secret && { bytes: secret, number, without } };
}

/** An account secret that is stored stays when the one given was renewed less often: whoever saves may have read it earlier (REN-03). */
export async function saveIdentity(store: Store, identity: StoredIdentity): Promise<void> {
  const held = await unlessDamaged(() => loadIdentity(store));
  const isKept = held?.accountId === identity.accountId && isOlderSecret(identity.accountSecret, held.accountSecret);
  const accountSecret = isKept ? held.accountSecret : identity.accountSecret;
  const value = encodeRecord({
    username: identity.username,
    accountId: identity.accountId,
    deviceId: identity.deviceId,
    deviceCertificate: toHex(identity.deviceCertificate),
    accountCertificate: toHex(identity.accountCertificate),
    publicKey: toHex(identity.publicKey),
    secretKey: toHex(identity.secretKey),
    serverPublicKey: identity.serverPublicKey,
    vaultVersion: identity.vaultVersion,
    ...(accountSecret === undefined ? {} : secretFields(accountSecret)),
  });
  await store.write([{ key, value }]);
}

function secretFields({ bytes, number, without }: AccountSecret) {
  return { accountSecret: toHex(bytes), secretNumber: number, secretWithout: without };
}
