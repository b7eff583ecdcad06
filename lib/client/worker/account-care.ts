/**
 * What a signed-in person does to their own account: recovery key, password, deletion (SPEC section REC). Each begins by
 * proving the password, and ends with the private key wiped.
 */

import type { AccountSecret } from "../../crypto/account/account-secret";
import { signAsAccount } from "../../crypto/account/account-key";
import { makeRevocation } from "../../crypto/account/revocation";
import { finishRegistration, startRegistration } from "../../crypto/account/opaque-client";
import { openVault } from "../../crypto/account/vault";
import { decodeVault } from "../../crypto/account/vault-layout";
import { passwordStrength } from "../../crypto/password-strength";
import { randomBytes } from "../../crypto/random";
import { deletionStatement } from "../../protocol/account-statement";
import { parsePrintedKey, printedKeyBytes, printKey } from "../../protocol/recovery-key";
import { loadIdentity, saveIdentity } from "../engine/identity";
import type { Outcome } from "../engine/ports";
import type { LocalErrorCode, Result, VaultReport } from "./api";
import { heldAccount } from "./held-device";
import type { AccountPorts } from "./register";
import { unlockAccount, type UnlockedAccount } from "./unlock";
import { nextVault } from "./vault-writer";

const done: Result<null> = { ok: true, value: null };

/** Counts for nothing before it is saved. */
export function newRecoveryKey(): Result<{ recoveryKey: string }> {
  return { ok: true, value: { recoveryKey: printKey("recovery", randomBytes(printedKeyBytes)) } };
}

/** From now on this key opens the vault beside the password, and no former one does. */
export async function saveRecoveryKey(
  ports: AccountPorts,
  username: string,
  password: string,
  typed: string,
): Promise<Result<null>> {
  const parsed = parsePrintedKey("recovery", typed);
  if (!parsed.ok) return failed(keyProblems[parsed.reason]);
  const unlocked = await unlockAccount(ports, username, password);
  if (!unlocked.ok) return unlocked;
  const { signed, accountSecret } = await nextVault({ ...unlocked.value, recoveryKey: parsed.key });
  unlocked.value.privateKeyPkcs8.fill(0);
  const put = await ports.http.putVault(unlocked.value.identity.username, signed);
  return await keep(ports, unlocked.value, put, signed.vaultVersion, accountSecret);
}

/** Opens the vault with the key, and changes nothing. */
export async function testRecoveryKey(ports: AccountPorts, username: string, typed: string): Promise<Result<null>> {
  const parsed = parsePrintedKey("recovery", typed);
  if (!parsed.ok) return failed(keyProblems[parsed.reason]);
  const held = await heldAccount(ports.databases, username);
  if (held === undefined) return failed("NO_DEVICE");
  const fetched = await ports.http.fetchVault(held.identity.username);
  if (!fetched.ok) return fetched;
  const opened = await openVault({
    accountId: held.identity.accountId,
    sealed: fetched.value.vault,
    unlock: { kind: "recovery", recoveryKey: parsed.key },
    minVersion: held.identity.vaultVersion,
  });
  if (opened.ok) {
    opened.contents.privateKeyPkcs8.fill(0);
    return done;
  }
  if (opened.reason === "wrong-key") return failed("RECOVERY_KEY_OTHER");
  return failed(opened.reason === "rolled-back" ? "VAULT_ROLLED_BACK" : "VAULT_TAMPERED");
}

/** What can be seen of the vault without opening it. */
export async function vaultReport(ports: AccountPorts, username: string): Promise<Result<VaultReport>> {
  const held = await heldAccount(ports.databases, username);
  if (held === undefined) return failed("NO_DEVICE");
  const { accountId, vaultVersion } = held.identity;
  const fetched = await ports.http.fetchVault(held.identity.username);
  if (!fetched.ok) return fetched;
  const header = decodeVault(fetched.value.vault)?.header;
  const isOwn = header?.accountId === accountId;
  const state = !isOwn ? "damaged" : header.version < vaultVersion ? "older" : "sound";
  return { ok: true, value: { state, recoveryKey: header?.wraps.has("recovery") === true } };
}

/** The account key stays; every other browser has to sign in again with the new password (docs/decisions/013). */
export async function changePassword(
  ports: AccountPorts,
  username: string,
  password: string,
  next: string,
): Promise<Result<null>> {
  if (!(await passwordStrength(next, [username])).acceptable) return failed("WEAK_PASSWORD");
  const unlocked = await unlockAccount(ports, username, password);
  if (!unlocked.ok) return unlocked;
  const { identity } = unlocked.value;
  const started = await startRegistration(next);
  const response = await ports.http.passwordStart(identity.username, started.registrationRequest);
  if (!response.ok) return response;
  const opaque = await finishRegistration({
    username: identity.username,
    password: next,
    clientRegistrationState: started.clientRegistrationState,
    registrationResponse: response.value.registrationResponse,
  });
  // A password that another server answered for would lock its owner out of this one.
  if (opaque.serverPublicKey !== identity.serverPublicKey) return failed("SERVER_KEY_CHANGED");
  const { exportKey, registrationRecord } = opaque;
  const { signed, accountSecret } = await nextVault({ ...unlocked.value, exportKey, registrationRecord });
  unlocked.value.privateKeyPkcs8.fill(0);
  const finished = await ports.http.passwordFinish(identity.username, registrationRecord, signed);
  return await keep(ports, unlocked.value, finished, signed.vaultVersion, accountSecret);
}

/** Whether it is the password of this account; makes and changes nothing. */
export async function checkPassword(ports: AccountPorts, username: string, password: string): Promise<Result<null>> {
  const unlocked = await unlockAccount(ports, username, password);
  if (!unlocked.ok) return unlocked;
  unlocked.value.privateKeyPkcs8.fill(0);
  return done;
}

/**
 * Final. All rooms must have been left before; the revocations are for the leaves of browsers that could not be asked, which
 * members then take out (SPEC REC-06, ENG-32).
 */
export async function deleteAccount(ports: AccountPorts, username: string, password: string): Promise<Result<null>> {
  const unlocked = await unlockAccount(ports, username, password);
  if (!unlocked.ok) return unlocked;
  const { identity, vaultVersion, privateKeyPkcs8 } = unlocked.value;
  const listed = await ports.http.ownDevices(identity.username);
  if (!listed.ok) return listed;
  const { accountId, accountCertificate: certificate } = identity;
  const signature = await signAsAccount(privateKeyPkcs8, deletionStatement({ accountId, vaultVersion }));
  const now = new Date(ports.now());
  const revocations: Uint8Array[] = [];
  for (const { id: deviceId } of listed.value.devices.filter(({ revokedAt }) => revokedAt === null))
    revocations.push(await makeRevocation({ privateKeyPkcs8, certificate }, { deviceId, now }));
  privateKeyPkcs8.fill(0);
  const deleted = await ports.http.deleteAccount(identity.username, vaultVersion, signature, revocations);
  if (!deleted.ok) return deleted;
  await ports.databases.forget(identity.username, unlocked.value.entry);
  return done;
}

export const keyProblems = {
  character: "RECOVERY_KEY_CHARACTER",
  length: "RECOVERY_KEY_LENGTH",
  checksum: "RECOVERY_KEY_CHECKSUM",
} as const;

/** Remembers the vault that the server took: anything older is a rollback from now on. */
async function keep(
  { databases }: AccountPorts,
  { identity, entry }: UnlockedAccount,
  outcome: Outcome<unknown>,
  vaultVersion: number,
  accountSecret: AccountSecret,
): Promise<Result<null>> {
  if (!outcome.ok) return outcome;
  const store = await databases.open(identity.username, entry);
  await saveIdentity(store, { ...((await loadIdentity(store)) ?? identity), vaultVersion, accountSecret });
  return done;
}

function failed(code: LocalErrorCode): { readonly ok: false; readonly error: { readonly code: LocalErrorCode } } {
  return { ok: false, error: { code } };
}
