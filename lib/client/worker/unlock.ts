/**
 * The account's secrets for one task: a person who is signed in here proves the password again (OPAQUE), and the vault
 * that the server hands out is opened. Makes no device and no session. Whoever calls it wipes the private key when the
 * task is done (SPEC ACC-18).
 */

import { isOlderSecret, type AccountSecret } from "../../crypto/account/account-secret";
import { finishLogin, startLogin } from "../../crypto/account/opaque-client";
import { openVault } from "../../crypto/account/vault";
import { foldUsername } from "../../protocol/names";
import { saveIdentity, type StoredIdentity } from "../engine/identity";
import type { LocalErrorCode, Result } from "./api";
import type { AccountEntry } from "./databases";
import { heldDevice } from "./held-device";
import type { AccountPorts } from "./register";

export interface UnlockedAccount {
  readonly identity: StoredIdentity;
  /** Where this browser keeps it. */
  readonly entry: AccountEntry;
  readonly privateKeyPkcs8: Uint8Array;
  /** `undefined` while the vault is of the first version. */
  readonly accountSecret: AccountSecret | undefined;
  readonly recoveryKey: Uint8Array | undefined;
  /** OPAQUE's export key: wraps the vault again. */
  readonly exportKey: Uint8Array;
  readonly vaultVersion: number;
}

export async function unlockAccount(
  ports: Pick<AccountPorts, "http" | "databases">,
  name: string,
  password: string,
): Promise<Result<UnlockedAccount>> {
  const { http, databases } = ports;
  const username = foldUsername(name);
  const device = await heldDevice(databases, username);
  if (device.state !== "held") return failed(device.state === "set-aside" ? "DEVICE_SET_ASIDE" : "NO_DEVICE");
  const { store, identity } = device;

  const started = await startLogin(password);
  const response = await http.loginStart(username, started.startLoginRequest);
  if (!response.ok) return response;
  const opaque = await finishLogin({
    username,
    password,
    clientLoginState: started.clientLoginState,
    loginResponse: response.value.loginResponse,
    pinnedServerPublicKey: identity.serverPublicKey,
  });
  if (!opaque.ok) return failed(opaque.reason === "wrong-password" ? "WRONG_PASSWORD" : "SERVER_KEY_CHANGED");
  const answer = await http.unlock(username, response.value.loginId, opaque.finishLoginRequest);
  if (!answer.ok) return answer.error.code === "WRONG_CREDENTIALS" ? failed("WRONG_PASSWORD") : answer;

  const opened = await openVault({
    accountId: identity.accountId,
    sealed: answer.value.vault,
    unlock: { kind: "password", exportKey: opaque.exportKey },
    minVersion: identity.vaultVersion,
  });
  if (!opened.ok) return failed(opened.reason === "rolled-back" ? "VAULT_ROLLED_BACK" : "VAULT_TAMPERED");
  const { privateKeyPkcs8, accountSecret, recoveryKey } = opened.contents;
  // The device learned a newer secret from the keyring than this vault knows.
  if (isOlderSecret(accountSecret, identity.accountSecret)) {
    privateKeyPkcs8.fill(0);
    return failed("VAULT_ROLLED_BACK");
  }
  const known = { ...identity, vaultVersion: opened.version, accountSecret: accountSecret ?? identity.accountSecret };
  if (opened.version !== identity.vaultVersion || identity.accountSecret === undefined)
    await saveIdentity(store, known);
  return {
    ok: true,
    value: {
      identity: known,
      entry: device.entry,
      privateKeyPkcs8,
      accountSecret,
      recoveryKey,
      exportKey: opaque.exportKey,
      vaultVersion: opened.version,
    },
  };
}

function failed(code: LocalErrorCode): { readonly ok: false; readonly error: { readonly code: LocalErrorCode } } {
  return { ok: false, error: { code } };
}
