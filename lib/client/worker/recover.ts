/**
 * Ways back without the password (SPEC REC-03, REC-05): with the recovery key the account stays what it is and gets a new
 * password; without it the name gets another account key, by the word of a browser that is signed in or of the host.
 */

import { isOlderSecret } from "../../crypto/account/account-secret";
import { verifyAccountCertificate } from "../../crypto/account/certificates";
import { signAsDevice } from "../../crypto/account/device-signature";
import { finishRegistration, startRegistration } from "../../crypto/account/opaque-client";
import { recoveryAuth } from "../../crypto/account/recovery";
import { openVault } from "../../crypto/account/vault";
import { passwordStrength } from "../../crypto/password-strength";
import { fromHex, utf8 } from "../../protocol/bytes";
import { foldUsername, isUsername } from "../../protocol/names";
import { parsePrintedKey } from "../../protocol/recovery-key";
import { resetSignatureLabel } from "../../protocol/schemas/account";
import { keyProblems } from "./account-care";
import type { LocalErrorCode, Progress, Result, SignInInput } from "./api";
import { heldAccount } from "./held-device";
import { login } from "./login";
import { makeNewAccount, type AccountPorts } from "./register";
import { nextVault } from "./vault-writer";

type SignedIn = Result<{ username: string; newDevice: boolean }>;

/** The new password is set, then this browser signs in with it. */
export async function recoverAccount(
  ports: AccountPorts,
  input: SignInInput,
  typed: string,
  onProgress: (step: Progress) => void,
): Promise<SignedIn> {
  const username = foldUsername(input.username);
  const parsed = parsePrintedKey("recovery", typed);
  if (!parsed.ok) return failed(keyProblems[parsed.reason]);
  if (!isUsername(username)) return { ok: false, error: { code: "WRONG_RECOVERY_KEY" } };
  if (!(await passwordStrength(input.password, [username])).acceptable) return failed("WEAK_PASSWORD");

  onProgress("opaque");
  const { http } = ports;
  const held = (await heldAccount(ports.databases, username))?.identity;
  const auth = await recoveryAuth(parsed.key, username);
  const started = await startRegistration(input.password);
  const response = await http.recoveryStart(username, auth, started.registrationRequest);
  if (!response.ok) return response;
  const { accountId, accountCertificate, vault, registrationResponse } = response.value;
  const account = await verifyAccountCertificate(accountCertificate);
  if (account?.accountId !== accountId || account.username !== username) return failed("VAULT_TAMPERED");
  const known = held?.accountId === accountId ? held : undefined;
  const opened = await openVault({
    accountId,
    sealed: vault,
    unlock: { kind: "recovery", recoveryKey: parsed.key },
    ...(known === undefined ? {} : { minVersion: known.vaultVersion }),
  });
  if (!opened.ok) return failed(opened.reason === "rolled-back" ? "VAULT_ROLLED_BACK" : "VAULT_TAMPERED");
  if (isOlderSecret(opened.contents.accountSecret, known?.accountSecret)) {
    opened.contents.privateKeyPkcs8.fill(0);
    return failed("VAULT_ROLLED_BACK");
  }
  const { clientRegistrationState } = started;
  const { password } = input;
  const opaque = await finishRegistration({ username, password, clientRegistrationState, registrationResponse });
  if (known !== undefined && known.serverPublicKey !== opaque.serverPublicKey) return failed("SERVER_KEY_CHANGED");
  const { privateKeyPkcs8, accountSecret } = opened.contents;
  const { signed } = await nextVault({
    identity: { username, accountId },
    privateKeyPkcs8,
    accountSecret,
    recoveryKey: parsed.key,
    exportKey: opaque.exportKey,
    vaultVersion: opened.version,
    registrationRecord: opaque.registrationRecord,
  });
  privateKeyPkcs8.fill(0);
  const finished = await http.recoveryFinish(username, auth, opaque.registrationRecord, signed);
  if (!finished.ok) return finished;
  return await login(ports, input, onProgress);
}

/** `code`: what the host printed; `undefined`: this browser is signed in and signs with its device. */
export async function resetAccount(
  ports: AccountPorts,
  input: SignInInput,
  code: string | undefined,
  onProgress: (step: Progress) => void,
): Promise<Result<{ username: string }>> {
  const { http } = ports;
  const parsed = code === undefined ? undefined : parsePrintedKey("reset", code);
  if (parsed?.ok === false) return failed("RESET_CODE_MISTYPED");
  const held = (await heldAccount(ports.databases, input.username))?.identity;
  if (parsed === undefined && held === undefined) return failed("NO_DEVICE");
  return await makeNewAccount(ports, input, onProgress, {
    start: (username, request) => http.resetStart(username, request),
    async finish(account, accountId) {
      if (parsed !== undefined) return await http.resetFinish(account, { kind: "code", code: parsed.key });
      if (held === undefined) return { ok: false, error: { code: "BAD_PROOF" } };
      const ids = [held.accountId, accountId].map((id) => fromHex(id) ?? new Uint8Array());
      const signature = await signAsDevice(held, resetSignatureLabel, [...ids, utf8(account.registrationRecord)]);
      return await http.resetFinish(account, { kind: "device", deviceId: held.deviceId, signature });
    },
  });
}

function failed(code: LocalErrorCode): { readonly ok: false; readonly error: { readonly code: LocalErrorCode } } {
  return { ok: false, error: { code } };
}
