/** What changes an account's keys after its registration, through the API: renewal, reset, deletion. */

import { makeAccount, signAsAccount } from "@/lib/crypto/account/account-key";
import { certifyDevice, makeDevice } from "@/lib/crypto/account/device-key";
import { finishRegistration, startRegistration } from "@/lib/crypto/account/opaque-client";
import { deletionStatement } from "@/lib/protocol/account-statement";
import { toBase64 } from "@/lib/protocol/bytes";
import { parsePrintedKey } from "@/lib/protocol/recovery-key";
import { registerStartAnswer } from "@/lib/protocol/schemas/http";
import { makeResetCode } from "@/lib/server/accounts/reset-codes";

import { call, cookieOf, deviceBody, password, revocationOf, type Answered, type TestAccount } from "./accounts";
import type { TestServer } from "./server";

function answered(what: string, { code, ...answer }: Answered): Omit<Answered, "code"> {
  if (code !== undefined) throw new Error(`${what}: ${code}`);
  return answer;
}

/** A certificate of the same device and key that begins a second from now: certificates are to the second. */
export async function prepareRenewal({ account, identity }: TestAccount): Promise<Uint8Array> {
  const now = new Date(Date.now() + 1000);
  return (await certifyDevice({ account, key: identity, now })).deviceCertificate;
}

export async function renewDevice(url: string, owner: TestAccount, certificate: Uint8Array): Promise<void> {
  const { username, identity, cookie } = owner;
  const path = `/users/${username}/devices/${identity.deviceId}/certificate`;
  const json = { certificate: toBase64(certificate) };
  answered("renewal", await call(url, path, { method: "PUT", json, cookie }));
}

/** What `/reset/finish` takes: another account key for the name, by the host's code. */
export async function prepareReset({ url, services }: TestServer, username: string) {
  const printed = (await makeResetCode(services.database, username)) ?? "";
  const code = parsePrintedKey("reset", printed);
  if (!code.ok) throw new Error(`no account ${username}`);
  const account = await makeAccount(username, new Date());
  const identity = await makeDevice({ account, now: new Date() });
  const { clientRegistrationState, registrationRequest } = await startRegistration(password);
  const started = answered("reset", await call(url, "/reset/start", { json: { username, registrationRequest } }));
  const { registrationResponse } = registerStartAnswer.parse(started.body);
  const input = { username, password, clientRegistrationState, registrationResponse };
  const body = {
    username,
    registrationRecord: (await finishRegistration(input)).registrationRecord,
    accountCertificate: toBase64(account.certificate),
    vault: toBase64(new Uint8Array(64).fill(7)),
    device: await deviceBody(identity),
    authority: { kind: "code", code: toBase64(code.key) },
  };
  return { account, identity, body };
}

export async function resetByCode(server: TestServer, username: string): Promise<TestAccount> {
  const { account, identity, body } = await prepareReset(server, username);
  const finished = await call(server.url, "/reset/finish", { json: body });
  answered("reset", finished);
  return { username, account, identity, cookie: cookieOf(finished) };
}

/** What `DELETE /users/{name}` takes from an account whose vault was never saved again; `deviceIds` are those it still has. */
export async function prepareDeletion(owner: TestAccount, deviceIds = [owner.identity.deviceId]) {
  const vaultVersion = 1;
  const statement = deletionStatement({ accountId: owner.identity.accountId, vaultVersion });
  const signature = toBase64(await signAsAccount(owner.account.privateKeyPkcs8, statement));
  const revocations = await Promise.all(deviceIds.map(async (id) => toBase64(await revocationOf(owner, id))));
  return { vaultVersion, signature, revocations };
}

export async function deleteAccount(url: string, owner: TestAccount, deviceIds?: string[]): Promise<void> {
  const { username, cookie } = owner;
  const json = await prepareDeletion(owner, deviceIds);
  answered("deletion", await call(url, `/users/${username}`, { method: "DELETE", json, cookie }));
}
