/** Accounts below the level of the client: real keys, certificates and KeyPackages, registered through the API. */

import { makeAccount, type MadeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { makeRevocation } from "@/lib/crypto/account/revocation";
import { finishLogin, finishRegistration, startLogin, startRegistration } from "@/lib/crypto/account/opaque-client";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { toBase64 } from "@/lib/protocol/bytes";
import { loginStartAnswer, registerStartAnswer } from "@/lib/protocol/schemas/http";

export const password = "correct horse battery 9";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** Code of the error; undefined for success. */
  readonly code: string | undefined;
}

export interface Sent {
  readonly method?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: BodyInit;
  readonly cookie?: string | undefined;
  /** `undefined` (explicitly) leaves it out. */
  readonly origin?: string | undefined;
  readonly headers?: Record<string, string>;
}

/** One request to /api/v1 from our own origin, unless told otherwise. */
export async function call(url: string, path: string, sent: Sent = {}): Promise<Answered> {
  const headers = new Headers(sent.headers);
  const origin = "origin" in sent ? sent.origin : url;
  if (origin !== undefined) headers.set("origin", origin);
  if (sent.cookie !== undefined) headers.set("cookie", sent.cookie);
  if (sent.json !== undefined) headers.set("content-type", "application/json");
  const body = sent.json === undefined ? sent.raw : JSON.stringify(sent.json);
  const method = sent.method ?? (body === undefined ? "GET" : "POST");
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers,
    redirect: "manual",
    ...(body === undefined ? {} : { body, duplex: "half" }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  const parsed: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body: parsed, code: codeIn(parsed) };
}

function codeIn(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  return (body.error as { code: string }).code;
}

const accounts = new Map<string, Promise<MadeAccount>>();

/** RSA keys take up to two seconds: one per name and test file. */
export function accountKeys(username: string): Promise<MadeAccount> {
  const made = accounts.get(username) ?? makeAccount(username, new Date());
  accounts.set(username, made);
  return made;
}

export interface DeviceBody {
  name: string;
  certificate: string;
  keyPackages: string[];
  lastResort: string;
}

export async function deviceBody(identity: DeviceIdentity, count = 2): Promise<DeviceBody> {
  const now = new Date();
  const keyPackages: string[] = [];
  for (let made = 0; made < count; made++)
    keyPackages.push(toBase64((await makeKeyPackage(identity, now, false)).publicPackage));
  const lastResort = toBase64((await makeKeyPackage(identity, now, true)).publicPackage);
  return { name: "Test browser", certificate: toBase64(identity.deviceCertificate), keyPackages, lastResort };
}

export interface RegistrationBody {
  username: string;
  registrationRecord: string;
  accountCertificate: string;
  vault: string;
  device: DeviceBody;
}

/** Everything up to the last step of a registration. */
export async function prepareRegistration(url: string, username: string, keyPackages = 2) {
  const account = await accountKeys(username);
  const identity = await makeDevice({ account, now: new Date() });
  const { clientRegistrationState, registrationRequest } = await startRegistration(password);
  const started = await call(url, "/register/start", { json: { username, registrationRequest } });
  if (started.code !== undefined) throw new Error(`register/start: ${started.code}`);
  const { registrationResponse } = registerStartAnswer.parse(started.body);
  const { registrationRecord } = await finishRegistration({
    username,
    password,
    clientRegistrationState,
    registrationResponse,
  });
  const body: RegistrationBody = {
    username,
    registrationRecord,
    accountCertificate: toBase64(account.certificate),
    vault: toBase64(new Uint8Array(64).fill(7)),
    device: await deviceBody(identity, keyPackages),
  };
  return { account, identity, body };
}

export interface TestAccount {
  readonly username: string;
  readonly account: MadeAccount;
  readonly identity: DeviceIdentity;
  /** `name=token`, as a browser sends it. */
  readonly cookie: string;
}

/** A registered account with one device and its session. */
export async function makeTestAccount(url: string, username: string, keyPackages = 2): Promise<TestAccount> {
  const { account, identity, body } = await prepareRegistration(url, username, keyPackages);
  const finished = await call(url, "/register/finish", { json: body });
  if (finished.code !== undefined) throw new Error(`register/finish: ${finished.code}`);
  return { username, account, identity, cookie: cookieOf(finished) };
}

/** Another device of the account, not registered. */
export async function anotherDevice({ account }: Pick<TestAccount, "account">): Promise<DeviceIdentity> {
  return await makeDevice({ account, now: new Date() });
}

/** The account's signed word against one of its devices. */
export async function revocationOf({ account }: Pick<TestAccount, "account">, deviceId: string): Promise<Uint8Array> {
  return await makeRevocation(account, { deviceId, now: new Date() });
}

export function cookieOf({ headers }: Answered): string {
  const [cookie = ""] = headers.getSetCookie();
  return cookie.split(";")[0] ?? "";
}

/** Both requests of a login, up to sending the second. */
export async function prepareLogin(url: string, username: string, typed = password) {
  const { clientLoginState, startLoginRequest } = await startLogin(typed);
  const started = await call(url, "/login/start", { json: { username, startLoginRequest } });
  if (started.code !== undefined) return { started, finish: undefined };
  const { loginId, loginResponse } = loginStartAnswer.parse(started.body);
  const opaque = await finishLogin({ username, password: typed, clientLoginState, loginResponse });
  const finishLoginRequest = opaque.ok ? opaque.finishLoginRequest : "A".repeat(86);
  return { started, finish: { loginId, finishLoginRequest } };
}

export async function logIn(url: string, username: string, typed = password, cookie?: string): Promise<Answered> {
  const { started, finish } = await prepareLogin(url, username, typed);
  return finish === undefined ? started : await call(url, "/login/finish", { json: finish, cookie });
}
