/**
 * Signing in: OPAQUE proves the password without sending it. A browser that holds a device of the account goes on
 * with it; a new browser opens the vault, certifies a device of its own and registers that. So does one whose database was
 * damaged: what that still tells goes on in a new one (ENG-24).
 */

import { isOlderSecret } from "../../crypto/account/account-secret";
import { verifyAccountCertificate } from "../../crypto/account/certificates";
import { makeDevice } from "../../crypto/account/device-key";
import { finishLogin, startLogin } from "../../crypto/account/opaque-client";
import { openVault } from "../../crypto/account/vault";
import { foldUsername, isUsername } from "../../protocol/names";
import { loadIdentity, saveIdentity, type StoredIdentity } from "../engine/identity";
import { firstKeyPackages } from "../engine/key-packages";
import type { Outcome, Store } from "../engine/ports";
import { dropKeyPackages, markRetired } from "../engine/retire";
import { salvageStore } from "../engine/salvage";
import type { LocalErrorCode, Progress, Result, SignInInput } from "./api";
import type { Databases, NewDatabase } from "./databases";
import { isGivenUp } from "./devices";
import { heldDevice, type HeldDevice } from "./held-device";
import { isRenewalDue, renewCertificate } from "./renew";
import type { AccountPorts } from "./register";

type SignedIn = Result<{ username: string; newDevice: boolean }>;

export async function login(
  ports: AccountPorts,
  input: SignInInput,
  onProgress: (step: Progress) => void,
): Promise<SignedIn> {
  const username = foldUsername(input.username);
  // Not a name anybody can have: the same answer as for a wrong one, without asking.
  if (!isUsername(username)) return failed("WRONG_PASSWORD_OR_NAME");
  const { http, databases } = ports;
  const device = await heldDevice(databases, username);
  const held = device.state === "held" ? device.identity : undefined;
  const pinned = device.state === "set-aside" ? device.serverPublicKey : held?.serverPublicKey;

  onProgress("opaque");
  const started = await startLogin(input.password);
  const response = await http.loginStart(username, started.startLoginRequest);
  if (!response.ok) return wrongOr(response);
  const opaque = await finishLogin({
    username,
    password: input.password,
    clientLoginState: started.clientLoginState,
    loginResponse: response.value.loginResponse,
    ...(pinned === undefined ? {} : { pinnedServerPublicKey: pinned }),
  });
  if (!opaque.ok) return failed(opaque.reason === "wrong-password" ? "WRONG_PASSWORD_OR_NAME" : "SERVER_KEY_CHANGED");
  const answer = await http.loginFinish(response.value.loginId, opaque.finishLoginRequest);
  if (!answer.ok) return wrongOr(answer);
  const goesOn = device.state === "held" && device.identity.accountId === answer.value.accountId;
  if (goesOn && !(await isGivenUp(ports, device.identity))) {
    await learnFromVault(ports, device, answer.value.vault, opaque.exportKey);
    return { ok: true, value: { username, newDevice: false } };
  }

  onProgress("keys");
  const { accountId, vault, accountCertificate } = answer.value;
  const account = await verifyAccountCertificate(accountCertificate);
  if (account?.accountId !== accountId || account.username !== username) return failed("VAULT_TAMPERED");
  const opened = await openVault({
    accountId,
    sealed: vault,
    unlock: { kind: "password", exportKey: opaque.exportKey },
  });
  if (!opened.ok) return failed("VAULT_TAMPERED");
  return await addThisDevice(ports, input, onProgress, {
    username,
    accountId,
    accountCertificate,
    privateKeyPkcs8: opened.contents.privateKeyPkcs8,
    accountSecret: opened.contents.accountSecret,
    serverPublicKey: opaque.serverPublicKey,
    vaultVersion: opened.version,
  });
}

/**
 * A device that goes on needs nothing of the vault but what other devices put into it since. A vault that does not open
 * here is no reason to keep it out: it has its own keys, and what opens the vault for use says what is wrong.
 */
async function learnFromVault(
  ports: AccountPorts,
  { store, identity: held }: Pick<Extract<HeldDevice, { state: "held" }>, "store" | "identity">,
  sealed: Uint8Array,
  exportKey: Uint8Array,
): Promise<void> {
  const { accountId, vaultVersion: minVersion } = held;
  const opened = await openVault({ accountId, sealed, unlock: { kind: "password", exportKey }, minVersion });
  if (!opened.ok) return;
  const { accountSecret, privateKeyPkcs8 } = opened.contents;
  if (isOlderSecret(accountSecret, held.accountSecret)) {
    privateKeyPkcs8.fill(0);
    return;
  }
  const known = { ...held, vaultVersion: opened.version, accountSecret: accountSecret ?? held.accountSecret };
  await saveIdentity(store, known);
  // The password is there anyway: nobody need be reminded later.
  if (isRenewalDue(held, ports.now())) await renewCertificate(ports, known, privateKeyPkcs8);
  privateKeyPkcs8.fill(0);
}

interface OpenedAccount extends Pick<
  StoredIdentity,
  "username" | "accountId" | "serverPublicKey" | "vaultVersion" | "accountSecret"
> {
  readonly accountCertificate: Uint8Array;
  readonly privateKeyPkcs8: Uint8Array;
}

async function addThisDevice(
  { http, databases, now: clock }: AccountPorts,
  input: SignInInput,
  onProgress: (step: Progress) => void,
  opened: OpenedAccount,
): Promise<SignedIn> {
  const { username, accountId, serverPublicKey, vaultVersion, accountSecret, privateKeyPkcs8 } = opened;
  onProgress("certificates");
  const now = new Date(clock());
  const account = { privateKeyPkcs8, certificate: opened.accountCertificate };
  const identity = await makeDevice({ account, now });
  privateKeyPkcs8.fill(0);
  onProgress("packages");
  const { store, generation, previous } = await databaseFor(databases, username, accountId);
  await makeWay(store);
  const packages = await firstKeyPackages(store, identity, now);
  onProgress("saving");
  if (previous !== undefined) await salvageStore(previous, store, identity, clock());
  await saveIdentity(store, { ...identity, serverPublicKey, vaultVersion, accountSecret });
  const device = { name: input.deviceName, certificate: identity.deviceCertificate, ...packages };
  const added = await http.addDevice(username, device);
  // Its owner may need this browser to give up a device that is lost, with the session of this sign-in (DEV-07).
  if (!added.ok && added.error.code === "TOO_MANY_DEVICES")
    await databases.remember(username, { accountId, generation, serverPublicKey });
  if (!added.ok) return added;
  await databases.remember(username, { accountId, generation, serverPublicKey });
  return { ok: true, value: { username, newDevice: true } };
}

/** A device of the account that is here and can be read makes room for the new one where it is; else a new database begins. */
export async function databaseFor(databases: Databases, username: string, accountId: string): Promise<NewDatabase> {
  const device = await heldDevice(databases, username);
  if (device.state !== "held" || device.identity.accountId !== accountId) {
    return await databases.begin(username, accountId);
  }
  return { store: device.store, generation: device.entry.generation, previous: undefined };
}

/** A device that was revoked here leaves what it read to the one that follows it, and its keys to nobody (DEV-06). */
export async function makeWay(store: Store): Promise<void> {
  const former = await loadIdentity(store);
  if (former === undefined) return;
  await markRetired(store, former.deviceId);
  await dropKeyPackages(store);
}

/** The server's refusal of the login says no more than that name or password are wrong. */
function wrongOr(outcome: Extract<Outcome<unknown>, { ok: false }>): SignedIn {
  return outcome.error.code === "WRONG_CREDENTIALS" ? failed("WRONG_PASSWORD_OR_NAME") : outcome;
}

function failed(code: LocalErrorCode): { readonly ok: false; readonly error: { readonly code: LocalErrorCode } } {
  return { ok: false, error: { code } };
}
