/**
 * Making an account: everything secret is made here, and leaves only as OPAQUE messages, public keys and a sealed
 * vault. What this device needs is stored before the server is told, so that no account exists without its keys.
 */

import { makeAccount } from "../../crypto/account/account-key";
import { makeDevice } from "../../crypto/account/device-key";
import { finishRegistration, startRegistration } from "../../crypto/account/opaque-client";
import { sealVault } from "../../crypto/account/vault";
import { firstAccountSecret } from "../../crypto/account/account-secret";
import { passwordStrength } from "../../crypto/password-strength";
import { foldUsername, isUsername } from "../../protocol/names";
import { saveIdentity } from "../engine/identity";
import { firstKeyPackages } from "../engine/key-packages";
import type { Outcome } from "../engine/ports";
import type { HttpApi, NewAccount } from "../transport/http";
import type { Progress, Result, SignInInput } from "./api";
import type { Databases } from "./databases";

export interface AccountPorts {
  readonly http: HttpApi;
  readonly databases: Databases;
  readonly now: () => number;
}

const firstVaultVersion = 1;

export async function register(
  ports: AccountPorts,
  input: SignInInput,
  onProgress: (step: Progress) => void,
): Promise<Result<{ username: string }>> {
  const { http } = ports;
  return await makeNewAccount(ports, input, onProgress, {
    start: (username, request) => http.registerStart(username, request),
    finish: (account) => http.registerFinish(account),
  });
}

/** How the server is asked for an account: a new name, or another key for a name that is taken. */
export interface NewAccountWay {
  start(username: string, request: string): Promise<Outcome<{ readonly registrationResponse: string }>>;
  finish(account: NewAccount, accountId: string): Promise<Outcome<unknown>>;
}

export async function makeNewAccount(
  { databases, now: clock }: AccountPorts,
  input: SignInInput,
  onProgress: (step: Progress) => void,
  way: NewAccountWay,
): Promise<Result<{ username: string }>> {
  const username = foldUsername(input.username);
  if (!isUsername(username)) return { ok: false, error: { code: "BAD_INPUT" } };
  if (!(await passwordStrength(input.password, [username])).acceptable) {
    return { ok: false, error: { code: "WEAK_PASSWORD" } };
  }
  onProgress("opaque");
  const started = await startRegistration(input.password);
  const response = await way.start(username, started.registrationRequest);
  if (!response.ok) return response;
  const opaque = await finishRegistration({
    username,
    password: input.password,
    clientRegistrationState: started.clientRegistrationState,
    registrationResponse: response.value.registrationResponse,
  });

  onProgress("keys");
  const now = new Date(clock());
  const account = await makeAccount(username, now);
  onProgress("certificates");
  const identity = await makeDevice({ account, now });
  const accountSecret = firstAccountSecret();
  const vault = await sealVault({
    accountId: account.accountId,
    version: firstVaultVersion,
    contents: { privateKeyPkcs8: account.privateKeyPkcs8, accountSecret },
    wraps: [{ kind: "password", exportKey: opaque.exportKey }],
  });

  onProgress("packages");
  const { store, generation } = await databases.begin(username, account.accountId);
  const packages = await firstKeyPackages(store, identity, now);

  onProgress("saving");
  const { serverPublicKey } = opaque;
  await saveIdentity(store, { ...identity, serverPublicKey, vaultVersion: firstVaultVersion, accountSecret });
  const made = {
    username,
    registrationRecord: opaque.registrationRecord,
    accountCertificate: account.certificate,
    vault,
    device: { name: input.deviceName, certificate: identity.deviceCertificate, ...packages },
  };
  const finished = await way.finish(made, account.accountId);
  account.privateKeyPkcs8.fill(0);
  if (!finished.ok) return finished;
  await databases.remember(username, { accountId: account.accountId, generation, serverPublicKey });
  return { ok: true, value: { username } };
}
