/** POST /api/v1/login/start, /login/finish and /users/{name}/logout. */

import { startLogin } from "@/lib/crypto/account/opaque-client";
import { loginFinishAnswer } from "@/lib/protocol/schemas/http";

import { call, cookieOf, logIn, makeTestAccount, prepareLogin, type TestAccount } from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
});
afterAll(() => server.close());

const stockStatus = async (cookie: string) => (await call(server.url, "/users/alice/key-packages", { cookie })).status;

test("W4 HTTP-06 each login answers the vault and a new token; the same browser's former one ends", async () => {
  const first = await logIn(server.url, "alice");
  expect(first.status).toBe(200);
  const answer = loginFinishAnswer.parse(first.body);
  expect([answer.username, answer.accountId]).toEqual(["alice", alice.identity.accountId]);
  expect(answer.vault).toEqual(new Uint8Array(64).fill(7));
  expect(answer.accountCertificate).toEqual(alice.account.certificate);

  const second = await logIn(server.url, "alice", undefined, cookieOf(first));
  expect(cookieOf(second)).not.toBe(cookieOf(first));
  expect(await stockStatus(cookieOf(second))).toBe(200);
  expect(await stockStatus(cookieOf(first))).toBe(401);
  expect(await stockStatus(alice.cookie)).toBe(200);
});

test("W4 a token that the client chose opens nothing and is not taken over", async () => {
  const fixed = `sealroom-alice=${"A".repeat(43)}`;
  expect(await stockStatus(fixed)).toBe(401);
  expect(cookieOf(await logIn(server.url, "alice", undefined, fixed))).not.toBe(fixed);
  expect(await stockStatus(fixed)).toBe(401);
});

test("a wrong password gives 401 WRONG_CREDENTIALS and no cookie", async () => {
  const wrong = await logIn(server.url, "alice", "not the password 9");
  expect([wrong.status, wrong.code]).toEqual([401, "WRONG_CREDENTIALS"]);
  expect(wrong.headers.getSetCookie()).toEqual([]);
});

test("ACC-04 an unknown name answers like a wrong password, step by step", async () => {
  const known = await prepareLogin(server.url, "alice", "not the password 9");
  const unknown = await prepareLogin(server.url, "nobody.here", "not the password 9");
  const shape = ({ started }: typeof known) =>
    Object.entries(started.body as Record<string, string>).map(([key, value]) => [key, value.length]);
  expect([unknown.started.status, shape(unknown)]).toEqual([known.started.status, shape(known)]);
  const finishes = [known, unknown].map(({ finish }) => call(server.url, "/login/finish", { json: finish }));
  const [a, b] = await Promise.all(finishes);
  expect([b?.status, b?.body]).toEqual([a?.status, a?.body]);
  expect(b?.code).toBe("WRONG_CREDENTIALS");
});

test("N3 a finish counts once, whether it was right or wrong", async () => {
  const { finish } = await prepareLogin(server.url, "alice");
  expect((await call(server.url, "/login/finish", { json: finish })).status).toBe(200);
  const replayed = await call(server.url, "/login/finish", { json: finish });
  expect([replayed.status, replayed.code]).toEqual([401, "LOGIN_EXPIRED"]);

  const { finish: other } = await prepareLogin(server.url, "alice");
  const spoiled = { ...other, finishLoginRequest: "A".repeat(86) };
  expect((await call(server.url, "/login/finish", { json: spoiled })).code).toBe("WRONG_CREDENTIALS");
  expect((await call(server.url, "/login/finish", { json: other })).code).toBe("LOGIN_EXPIRED");
});

test("N3 of many who send one finish at once, one gets in", async () => {
  const { finish } = await prepareLogin(server.url, "alice");
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => call(server.url, "/login/finish", { json: finish })),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

test("a login that took too long has expired, and is swept", async () => {
  const { database, accounts } = server.services;
  const { finish } = await prepareLogin(server.url, "alice");
  const past = new Date(Date.now() - 1);
  await database.write((transaction) => transaction.pendingLogin.updateMany({ data: { expiresAt: past } }));
  expect((await call(server.url, "/login/finish", { json: finish })).code).toBe("LOGIN_EXPIRED");
  await prepareLogin(server.url, "alice");
  await database.write((transaction) => transaction.pendingLogin.updateMany({ data: { expiresAt: past } }));
  await accounts.sweep();
  expect(await database.reader.pendingLogin.count()).toBe(0);
});

test("HTTP-08 signing out ends the session and its cookie", async () => {
  const cookie = cookieOf(await logIn(server.url, "alice"));
  const out = await call(server.url, "/users/alice/logout", { method: "POST", cookie });
  expect(out.status).toBe(204);
  expect(out.headers.getSetCookie()).toEqual([expect.stringMatching(/^sealroom-alice=; .*Max-Age=0/)]);
  expect(await stockStatus(cookie)).toBe(401);
  expect((await call(server.url, "/users/alice/logout", { method: "POST", cookie })).status).toBe(401);
});

test("HTTP-06 a session unused for thirty days is over", async () => {
  const { database, sessions } = server.services;
  const cookie = cookieOf(await logIn(server.url, "alice"));
  const expiresAt = new Date(Date.now() - 1);
  await database.write((transaction) => transaction.session.updateMany({ data: { expiresAt } }));
  expect(await stockStatus(cookie)).toBe(401);
  await sessions.sweep();
  expect(await database.reader.session.count()).toBe(0);
});

test("W15 malformed logins give 400", async () => {
  const { startLoginRequest } = await startLogin("any password");
  expect((await call(server.url, "/login/start", { json: { username: "alice", startLoginRequest } })).status).toBe(200);
  for (const json of [
    { username: "alice", startLoginRequest: "AAAA" },
    { username: ["alice"], startLoginRequest },
    { username: "alice", startLoginRequest, more: 1 },
  ]) {
    expect((await call(server.url, "/login/start", { json })).status).toBe(400);
  }
  const finish = { loginId: "x", finishLoginRequest: "AAAA" };
  expect((await call(server.url, "/login/finish", { json: finish })).status).toBe(400);
});
