import { client } from "@serenity-kit/opaque";
import * as opaqueClient from "@/lib/crypto/account/opaque-client";
import { isOpaqueMessage } from "@/lib/crypto/account/opaque-messages";
import * as opaqueServer from "@/lib/crypto/account/opaque-server";
import { fromBase64Url, toBase64Url } from "@/lib/protocol/bytes";

const password = "correct horse battery staple";
/** The real stretching is used where it is the point; elsewhere the cheapest keeps the suite fast. */
const keyStretching = { "argon2id-custom": { iterations: 1, memory: 8, parallelism: 1 } } as const;

let serverSetup: string;
let alice: opaqueClient.FinishedRegistration;

beforeAll(async () => {
  serverSetup = await opaqueServer.createServerSetup();
  alice = await register(serverSetup, "alice");
});

test("ACC-01 a registered password logs in; both sides share a key; the export key is stable", async () => {
  const { attempt, state } = await login({});
  if (!attempt.ok) throw new Error(attempt.reason);
  expect(attempt.exportKey).toEqual(alice.exportKey);
  expect(attempt.exportKey.length).toBe(64);
  const finished = await opaqueServer.finishLogin({
    serverLoginState: state,
    finishLoginRequest: attempt.finishLoginRequest,
  });
  expect(finished?.sessionKey).toMatch(/^[\w-]{86}$/);
});

test("ACC-01 the whole run works with the stretching that people get", async () => {
  const carol = await register(serverSetup, "carol", {});
  const { attempt, state } = await login({ username: "carol", record: carol.registrationRecord, stretch: {} });
  if (!attempt.ok) throw new Error(attempt.reason);
  expect(attempt.exportKey).toEqual(carol.exportKey);
  const { finishLoginRequest } = attempt;
  expect(await opaqueServer.finishLogin({ serverLoginState: state, finishLoginRequest })).toBeDefined();
  const cheaper = await login({ username: "carol", record: carol.registrationRecord });
  expect(cheaper.attempt).toEqual({ ok: false, reason: "wrong-password" });
});

test("ACC-01 a wrong password fails on the client, which then has nothing to send", async () => {
  expect((await login({ password: "correct horse battery stapler" })).attempt).toEqual({
    ok: false,
    reason: "wrong-password",
  });
});

test("ACC-01 a record does not work under another name", async () => {
  const asBob = await login({ username: "bob", record: alice.registrationRecord });
  expect(asBob.attempt).toEqual({ ok: false, reason: "wrong-password" });
  // Even when the server runs the right name towards a client that believes in another.
  const { attempt } = await login({ clientUsername: "bob" });
  expect(attempt).toEqual({ ok: false, reason: "wrong-password" });
});

test("ACC-02 malformed messages get no answer and no throw, whatever their size", async () => {
  const { registrationRequest } = await opaqueClient.startRegistration(password);
  const { startLoginRequest } = await opaqueClient.startLogin(password);
  const { state } = await login({});
  for (const request of malformed(registrationRequest)) {
    expect(await opaqueServer.registrationResponse({ serverSetup, username: "alice", request })).toBeUndefined();
  }
  for (const request of malformed(startLoginRequest)) {
    const input = { serverSetup, username: "alice", record: alice.registrationRecord, request };
    expect(await opaqueServer.startLogin(input)).toBeUndefined();
  }
  for (const finishLoginRequest of malformed(toBase64Url(new Uint8Array(64)))) {
    expect(await opaqueServer.finishLogin({ serverLoginState: state, finishLoginRequest })).toBeUndefined();
  }
  for (const record of malformed(alice.registrationRecord)) {
    expect(await opaqueServer.isRegistrationRecord(serverSetup, record)).toBe(false);
  }
  expect(await opaqueServer.isRegistrationRecord(serverSetup, alice.registrationRecord)).toBe(true);
});

test("ACC-02 trailing bytes, which the library would read past, are refused", async () => {
  const { startLoginRequest } = await opaqueClient.startLogin(password);
  const longer = toBase64Url(Uint8Array.of(...(fromBase64Url(startLoginRequest) ?? []), 0));
  const input = { serverSetup, username: "alice", record: alice.registrationRecord };
  expect(await opaqueServer.startLogin({ ...input, request: startLoginRequest })).toBeDefined();
  expect(await opaqueServer.startLogin({ ...input, request: longer })).toBeUndefined();
});

test("ACC-02 a damaged answer of the server is never a login, and never a throw", async () => {
  const started = await opaqueClient.startLogin(password);
  const request = started.startLoginRequest;
  const answer = await opaqueServer.startLogin({
    serverSetup,
    username: "alice",
    record: alice.registrationRecord,
    request,
  });
  const bytes = fromBase64Url(answer?.loginResponse ?? "") ?? new Uint8Array();
  const { clientLoginState } = started;
  const finish = (loginResponse: string) =>
    opaqueClient.finishLogin({ username: "alice", password, clientLoginState, loginResponse, keyStretching });
  expect((await finish(toBase64Url(bytes))).ok).toBe(true);
  for (let index = 0; index < bytes.length; index++) {
    const damaged = toBase64Url(bytes.with(index, (bytes[index] ?? 0) ^ (1 << (index % 8))));
    expect(await finish(damaged)).toEqual({ ok: false, reason: "wrong-password" });
  }
  for (const damaged of malformed(toBase64Url(bytes))) {
    expect(await finish(damaged)).toEqual({ ok: false, reason: "wrong-password" });
  }
});

test("ACC-02 a damaged registration response stops the registration", async () => {
  const { clientRegistrationState, registrationRequest } = await opaqueClient.startRegistration(password);
  const response = await opaqueServer.registrationResponse({
    serverSetup,
    username: "dave",
    request: registrationRequest,
  });
  for (const registrationResponse of malformed(response ?? "")) {
    const input = { username: "dave", password, clientRegistrationState, registrationResponse, keyStretching };
    await expect(opaqueClient.finishRegistration(input)).rejects.toThrow();
  }
});

test("ACC-03 S25 a changed server key stops the login before anything that depends on the password leaves", async () => {
  // The strongest case: the operator runs another server, against which the same person once registered the same password.
  const otherSetup = await opaqueServer.createServerSetup();
  const there = await register(otherSetup, "alice");
  expect(there.serverPublicKey).not.toBe(alice.serverPublicKey);
  const swapped = { setup: otherSetup, record: there.registrationRecord };
  const { attempt } = await login({ ...swapped, pinned: alice.serverPublicKey });
  expect(attempt).toEqual({ ok: false, reason: "server-key-changed" });
  // Without the pin it would have gone through: the pin alone decides.
  expect((await login(swapped)).attempt.ok).toBe(true);
  expect((await login({ pinned: alice.serverPublicKey })).attempt.ok).toBe(true);
});

test("ACC-03 S25 a server that lost or swapped its secret learns nothing but the blinded request", async () => {
  const setup = await opaqueServer.createServerSetup();
  const { attempt } = await login({ setup, pinned: alice.serverPublicKey });
  expect(attempt).toEqual({ ok: false, reason: "wrong-password" });
});

test("ACC-03 the pinned key is the server's own", async () => {
  expect(alice.serverPublicKey).toBe(await opaqueServer.serverPublicKeyOf(serverSetup));
});

test("ACC-04 a name that does not exist gets an answer of the same shape, and no password fits", async () => {
  const [real, fake] = [await login({}), await login({ username: "nobody", record: undefined })];
  expect(fake.response.length).toBe(real.response.length);
  expect(fake.state.length).toBe(real.state.length);
  expect(fake.attempt).toEqual({ ok: false, reason: "wrong-password" });
});

test("ACC-04 the answer for one name is as stable as a real one, also across its registration", async () => {
  const { startLoginRequest: request } = await opaqueClient.startLogin(password);
  const ask = async (username: string, record: string | undefined) => {
    const answer = await opaqueServer.startLogin({ serverSetup, username, record, request });
    return fromBase64Url(answer?.loginResponse ?? "") ?? new Uint8Array();
  };
  // The evaluated element comes first; all after it is masked under a fresh nonce, for real names and others alike.
  const element = (bytes: Uint8Array) => bytes.slice(0, 32);
  const before = [await ask("erin", undefined), await ask("erin", undefined)];
  const erin = await register(serverSetup, "erin");
  const after = [await ask("erin", erin.registrationRecord), await ask("erin", erin.registrationRecord)];
  for (const answer of [...before, ...after]) expect(element(answer)).toEqual(element(await ask("erin", undefined)));
  for (const [one, two] of [before, after]) expect(one?.slice(32)).not.toEqual(two?.slice(32));
  expect(element(await ask("frank", undefined))).not.toEqual(element(await ask("erin", undefined)));
});

test("ACC-07 N3 a finish fits the one login it was made for", async () => {
  const [first, second] = [await login({}), await login({})];
  if (!first.attempt.ok) throw new Error("no login");
  const { finishLoginRequest } = first.attempt;
  expect(await opaqueServer.finishLogin({ serverLoginState: second.state, finishLoginRequest })).toBeUndefined();
  const fake = await login({ username: "nobody", record: undefined });
  expect(await opaqueServer.finishLogin({ serverLoginState: fake.state, finishLoginRequest })).toBeUndefined();
});

test("ACC-01 S26 no message holds the password in any common spelling", async () => {
  const { registrationRequest } = await opaqueClient.startRegistration(password);
  const { attempt, request } = await login({});
  if (!attempt.ok) throw new Error("no login");
  const sent = [registrationRequest, alice.registrationRecord, request, attempt.finishLoginRequest];
  for (const message of sent) {
    const raw = Buffer.from(fromBase64Url(message) ?? []);
    expect(raw.includes(password)).toBe(false);
    expect(message).not.toContain(Buffer.from(password).toString("base64url"));
  }
  expect(new Set([registrationRequest, client.startRegistration({ password }).registrationRequest]).size).toBe(2);
});

function malformed(good: string): string[] {
  const size = fromBase64Url(good)?.length ?? 0;
  const zeros = toBase64Url(new Uint8Array(size));
  const ones = toBase64Url(new Uint8Array(size).fill(255));
  const others = ["", "AA", "!!!", good.slice(0, -4), `${good}AAAA`, `${good}=`, ` ${good}`, "A".repeat(100_000)];
  expect(isOpaqueMessage("loginResponse", "")).toBe(false);
  return [...others, zeros, ones];
}

async function register(
  setup: string,
  username: string,
  stretch: { keyStretching?: typeof keyStretching } = { keyStretching },
) {
  const started = await opaqueClient.startRegistration(password);
  const request = started.registrationRequest;
  const registrationResponse = await opaqueServer.registrationResponse({ serverSetup: setup, username, request });
  if (registrationResponse === undefined) throw new Error("no registration response");
  const { clientRegistrationState } = started;
  return await opaqueClient.finishRegistration({
    username,
    password,
    clientRegistrationState,
    registrationResponse,
    ...stretch,
  });
}

async function login(change: {
  readonly setup?: string;
  readonly username?: string;
  readonly clientUsername?: string;
  readonly record?: string | undefined;
  readonly password?: string;
  readonly pinned?: string;
  readonly stretch?: { keyStretching?: typeof keyStretching };
}) {
  const username = change.username ?? "alice";
  const started = await opaqueClient.startLogin(change.password ?? password);
  const answer = await opaqueServer.startLogin({
    serverSetup: change.setup ?? serverSetup,
    username,
    record: "record" in change ? change.record : alice.registrationRecord,
    request: started.startLoginRequest,
  });
  if (answer === undefined) throw new Error("no login response");
  const attempt = await opaqueClient.finishLogin({
    username: change.clientUsername ?? username,
    password: change.password ?? password,
    clientLoginState: started.clientLoginState,
    loginResponse: answer.loginResponse,
    ...(change.pinned === undefined ? {} : { pinnedServerPublicKey: change.pinned }),
    ...(change.stretch ?? { keyStretching }),
  });
  return {
    attempt,
    request: started.startLoginRequest,
    response: answer.loginResponse,
    state: answer.serverLoginState,
  };
}
