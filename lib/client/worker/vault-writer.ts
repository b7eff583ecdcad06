/** Seals the next vault of an opened account and signs that it is the next one (SPEC ACC-19). */

import { signAsAccount } from "../../crypto/account/account-key";
import { recoveryAuth, recoveryHash } from "../../crypto/account/recovery";
import { sealVault } from "../../crypto/account/vault";
import { firstAccountSecret, type AccountSecret } from "../../crypto/account/account-secret";
import { vaultStatement } from "../../protocol/account-statement";
import type { StoredIdentity } from "../engine/identity";
import type { SignedVault } from "../transport/http";

export interface VaultInput {
  readonly identity: Pick<StoredIdentity, "username" | "accountId">;
  readonly privateKeyPkcs8: Uint8Array;
  /** `undefined` out of a first-version vault: one is made. */
  readonly accountSecret: AccountSecret | undefined;
  readonly recoveryKey: Uint8Array | undefined;
  /** OPAQUE's export key of the password that is to open it. */
  readonly exportKey: Uint8Array;
  /** Of the vault it follows. */
  readonly vaultVersion: number;
  /** Of a new password. */
  readonly registrationRecord?: string;
}

export async function nextVault(
  input: VaultInput,
): Promise<{ readonly signed: SignedVault; readonly accountSecret: AccountSecret }> {
  const { identity, privateKeyPkcs8, recoveryKey, exportKey, registrationRecord } = input;
  const { username, accountId } = identity;
  const vaultVersion = input.vaultVersion + 1;
  const accountSecret = input.accountSecret ?? firstAccountSecret();
  const vault = await sealVault({
    accountId,
    version: vaultVersion,
    contents: { privateKeyPkcs8, accountSecret, recoveryKey },
    wraps: [
      { kind: "password", exportKey },
      ...(recoveryKey === undefined ? [] : [{ kind: "recovery", recoveryKey } as const]),
    ],
  });
  const hash = recoveryKey === undefined ? undefined : recoveryHash(await recoveryAuth(recoveryKey, username));
  const statement = vaultStatement({ accountId, vaultVersion, vault, recoveryHash: hash, registrationRecord });
  const signature = await signAsAccount(privateKeyPkcs8, statement);
  return { signed: { vaultVersion, vault, recoveryHash: hash, signature }, accountSecret };
}
