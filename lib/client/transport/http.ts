/** The REST key directory and account routes, as typed calls. Answers are parsed like any other input. */

import type { z } from "zod";

import { fromPem } from "../../crypto/account/certificates";
import { toBase64 } from "../../protocol/bytes";
import {
  passwordStartAnswer,
  recoveryStartAnswer,
  resetStartAnswer,
  vaultAnswer,
} from "../../protocol/schemas/account";
import {
  addDeviceAnswer,
  claimAnswer,
  directoryEntryAnswer,
  errorBodySchema,
  keyPackageStockAnswer,
  keyringAnswer,
  linkStateAnswer,
  loginFinishAnswer,
  loginStartAnswer,
  offeredLinkAnswer,
  openLinkAnswer,
  ownDevicesAnswer,
  registerFinishAnswer,
  registerStartAnswer,
  unlockAnswer,
} from "../../protocol/schemas/http";
import { accountLogAnswer, logConsistencyAnswer, logKeyAnswer } from "../../protocol/schemas/log";
import type { DirectoryAccount, Failure, Outcome } from "../engine/ports";
import { readJson, readText } from "./read-answer";

export interface HttpOptions {
  /** Origin of the server, without a trailing slash. */
  readonly origin: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** For a whole answer, its body included. */
  readonly timeoutMs?: number;
}

export interface NewDevice {
  readonly name: string;
  readonly certificate: Uint8Array;
  readonly keyPackages: readonly Uint8Array[];
  readonly lastResort: Uint8Array;
}

export interface NewAccount {
  readonly username: string;
  readonly registrationRecord: string;
  readonly accountCertificate: Uint8Array;
  readonly vault: Uint8Array;
  readonly device: NewDevice;
}

/** The next vault of an account, and the account key's signature that it is. */
export interface SignedVault {
  readonly vaultVersion: number;
  readonly vault: Uint8Array;
  readonly recoveryHash: string | undefined;
  readonly signature: Uint8Array;
}

/** What is sealed under a renewed account secret. */
export interface RenewedAccount {
  readonly vault: SignedVault;
  readonly keyring: { readonly version: number; readonly sealed: Uint8Array };
}

/** Who says that a name may get another account key. */
export type ResetAuthority =
  | { readonly kind: "device"; readonly deviceId: string; readonly signature: Uint8Array }
  | { readonly kind: "code"; readonly code: Uint8Array };

const defaultTimeoutMs = 30_000;

export class HttpApi {
  constructor(private readonly options: HttpOptions) {}

  registerStart(username: string, registrationRequest: string) {
    return this.#post("/register/start", { username, registrationRequest }, registerStartAnswer);
  }

  registerFinish(input: NewAccount) {
    return this.#post("/register/finish", accountBody(input), registerFinishAnswer);
  }

  loginStart(username: string, startLoginRequest: string) {
    return this.#post("/login/start", { username, startLoginRequest }, loginStartAnswer);
  }

  loginFinish(loginId: string, finishLoginRequest: string) {
    return this.#post("/login/finish", { loginId, finishLoginRequest }, loginFinishAnswer);
  }

  /** The second half of a login for who is signed in: proves the password again and hands out the vault. */
  unlock(username: string, loginId: string, finishLoginRequest: string) {
    return this.#post(`/users/${username}/unlock`, { loginId, finishLoginRequest }, unlockAnswer);
  }

  addDevice(username: string, device: NewDevice) {
    return this.#post(`/users/${username}/devices`, deviceBody(device), addDeviceAnswer);
  }

  ownDevices(username: string) {
    return this.#call("GET", `/users/${username}/devices`, undefined, ownDevicesAnswer);
  }

  renameDevice(username: string, deviceId: string, name: string) {
    return this.#call("PATCH", devicePath(username, deviceId), { name }, undefined);
  }

  signOutDevice(username: string, deviceId: string) {
    return this.#call("POST", `${devicePath(username, deviceId)}/sign-out`, undefined, undefined);
  }

  signOutOthers(username: string) {
    return this.#call("POST", `/users/${username}/devices/sign-out-others`, undefined, undefined);
  }

  revokeDevice(username: string, deviceId: string, revocation: Uint8Array, renewed?: RenewedAccount) {
    const renewal = renewed && {
      vault: vaultFields(renewed.vault),
      keyring: { version: renewed.keyring.version, sealed: toBase64(renewed.keyring.sealed) },
    };
    const body = { revocation: toBase64(revocation), ...(renewal === undefined ? {} : { renewal }) };
    return this.#call("POST", `${devicePath(username, deviceId)}/revoke`, body, undefined);
  }

  renewCertificate(username: string, deviceId: string, certificate: Uint8Array) {
    const body = { certificate: toBase64(certificate) };
    return this.#call("PUT", `${devicePath(username, deviceId)}/certificate`, body, undefined);
  }

  openLink(offer: Uint8Array) {
    return this.#post("/links", { offer: toBase64(offer) }, openLinkAnswer);
  }

  linkState(linkId: string, token: string) {
    return this.#post(`/links/${linkId}/state`, { token }, linkStateAnswer);
  }

  revealLink(linkId: string, token: string, nonce: Uint8Array) {
    return this.#call("POST", `/links/${linkId}/reveal`, { token, nonce: toBase64(nonce) }, undefined);
  }

  joinLink(linkId: string, token: string, device: NewDevice) {
    return this.#post(`/links/${linkId}/device`, { token, device: deviceBody(device) }, registerFinishAnswer);
  }

  offeredLink(username: string, linkId: string) {
    return this.#call("GET", `/users/${username}/links/${linkId}`, undefined, offeredLinkAnswer);
  }

  helloLink(username: string, linkId: string, hello: Uint8Array) {
    const body = { hello: toBase64(hello) };
    return this.#call("POST", `/users/${username}/links/${linkId}/hello`, body, undefined);
  }

  grantLink(username: string, linkId: string, grant: Uint8Array) {
    const body = { grant: toBase64(grant) };
    return this.#call("POST", `/users/${username}/links/${linkId}/grant`, body, undefined);
  }

  logout(username: string) {
    return this.#call("POST", `/users/${username}/logout`, undefined, undefined);
  }

  keyPackageStock(username: string) {
    return this.#call("GET", `/users/${username}/key-packages`, undefined, keyPackageStockAnswer);
  }

  uploadKeyPackages(username: string, deviceId: string, keyPackages: readonly Uint8Array[], lastResort?: Uint8Array) {
    const last = lastResort === undefined ? {} : { lastResort: toBase64(lastResort) };
    const body = { deviceId, keyPackages: keyPackages.map(toBase64), ...last };
    return this.#call("POST", `/users/${username}/key-packages`, body, undefined);
  }

  fetchVault(username: string) {
    return this.#call("GET", `/users/${username}/vault`, undefined, vaultAnswer);
  }

  putVault(username: string, vault: SignedVault) {
    return this.#call("PUT", `/users/${username}/vault`, vaultFields(vault), undefined);
  }

  passwordStart(username: string, registrationRequest: string) {
    return this.#post(`/users/${username}/password/start`, { registrationRequest }, passwordStartAnswer);
  }

  passwordFinish(username: string, registrationRecord: string, vault: SignedVault) {
    const body = { ...vaultFields(vault), registrationRecord };
    return this.#call("POST", `/users/${username}/password/finish`, body, undefined);
  }

  recoveryStart(username: string, auth: Uint8Array, registrationRequest: string) {
    return this.#post("/recovery/start", { username, auth: toBase64(auth), registrationRequest }, recoveryStartAnswer);
  }

  recoveryFinish(username: string, auth: Uint8Array, registrationRecord: string, vault: SignedVault) {
    const body = { ...vaultFields(vault), username, auth: toBase64(auth), registrationRecord };
    return this.#call("POST", "/recovery/finish", body, undefined);
  }

  resetStart(username: string, registrationRequest: string) {
    return this.#post("/reset/start", { username, registrationRequest }, resetStartAnswer);
  }

  resetFinish(input: NewAccount, authority: ResetAuthority) {
    const told =
      authority.kind === "code"
        ? { kind: authority.kind, code: toBase64(authority.code) }
        : { kind: authority.kind, deviceId: authority.deviceId, signature: toBase64(authority.signature) };
    return this.#post("/reset/finish", { ...accountBody(input), authority: told }, registerFinishAnswer);
  }

  deleteAccount(username: string, vaultVersion: number, signature: Uint8Array, revocations: readonly Uint8Array[]) {
    const body = { vaultVersion, signature: toBase64(signature), revocations: revocations.map(toBase64) };
    return this.#call("DELETE", `/users/${username}`, body, undefined);
  }

  fetchKeyring(username: string) {
    return this.#call("GET", `/users/${username}/keyring`, undefined, keyringAnswer);
  }

  putKeyring(username: string, version: number, sealed: Uint8Array) {
    return this.#call("PUT", `/users/${username}/keyring`, { version, sealed: toBase64(sealed) }, undefined);
  }

  claimKeyPackages(username: string) {
    return this.#post(`/users/${username}/key-packages/claim`, {}, claimAnswer);
  }

  accountLog(username: string) {
    return this.#call("GET", `/users/${username}/log`, undefined, accountLogAnswer);
  }

  logConsistency(from: number, to: number) {
    const path = `/log/consistency?from=${String(from)}&to=${String(to)}`;
    return this.#call("GET", path, undefined, logConsistencyAnswer);
  }

  /** The verifier key that the server says is the log's: a line of text. */
  async logKey(): Promise<Outcome<string>> {
    const line = await this.#call("GET", "/log/key", undefined, logKeyAnswer, readText);
    return line.ok ? { ok: true, value: line.value.slice(0, -1) } : line;
  }

  /** `undefined`: nobody has this name. */
  async lookUp(username: string): Promise<Outcome<DirectoryAccount | undefined>> {
    const entry = await this.#call("GET", `/users/${username}`, undefined, directoryEntryAnswer);
    if (!entry.ok) return entry.error.code === "NOT_FOUND" ? { ok: true, value: undefined } : entry;
    const certificate = fromPem("CERTIFICATE", entry.value.certificatePem);
    return { ok: true, value: certificate && { accountId: entry.value.fingerprint, certificate } };
  }

  #post<Answer>(path: string, body: unknown, answer: z.ZodType<Answer>): Promise<Outcome<Answer>> {
    return this.#call("POST", path, body, answer);
  }

  async #call<Answer>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    answer: z.ZodType<Answer> | undefined,
    read: (response: Response) => Promise<unknown> = readJson,
  ): Promise<Outcome<Answer>> {
    try {
      const response = await this.options.fetch(`${this.options.origin}/api/v1${path}`, {
        method,
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.timeout(this.options.timeoutMs ?? defaultTimeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      if (!response.ok) return { ok: false, error: await failureOf(response) };
      if (answer === undefined) {
        await response.body?.cancel();
        return { ok: true, value: undefined as Answer };
      }
      const parsed = answer.safeParse(await read(response));
      return parsed.success ? { ok: true, value: parsed.data } : { ok: false, error: { code: "UNAVAILABLE" } };
    } catch {
      return { ok: false, error: { code: "OFFLINE" } };
    }
  }
}

function devicePath(username: string, deviceId: string): string {
  return `/users/${username}/devices/${deviceId}`;
}

function accountBody({ username, registrationRecord, accountCertificate, vault, device }: NewAccount) {
  return {
    username,
    registrationRecord,
    accountCertificate: toBase64(accountCertificate),
    vault: toBase64(vault),
    device: deviceBody(device),
  };
}

function vaultFields({ vaultVersion, vault, recoveryHash, signature }: SignedVault) {
  return {
    vaultVersion,
    vault: toBase64(vault),
    recoveryHash: recoveryHash ?? null,
    signature: toBase64(signature),
  };
}

function deviceBody({ name, certificate, keyPackages, lastResort }: NewDevice) {
  return {
    name,
    certificate: toBase64(certificate),
    keyPackages: keyPackages.map(toBase64),
    lastResort: toBase64(lastResort),
  };
}

async function failureOf(response: Response): Promise<Failure> {
  try {
    const parsed = errorBodySchema.safeParse(await readJson(response));
    if (parsed.success) return { code: parsed.data.error.code, retryAfterMs: parsed.data.error.retryAfterMs };
  } catch {
    // Not our server's answer: a proxy in between, perhaps.
  }
  return { code: "UNAVAILABLE" };
}
