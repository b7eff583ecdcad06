/** The limits as they are when nobody widens them (HTTP-07). */

import { call, logIn, makeTestAccount, type Answered } from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer({ RATE_LIMIT_FACTOR: "1", TRUST_PROXY: "1" });
});
afterEach(() => server.close());

const from = (address: string) => ({ "x-forwarded-for": `6.6.6.6, ${address}` });

async function until429(ask: () => Promise<Answered>, atMost: number): Promise<number> {
  for (let count = 1; count <= atMost; count++) {
    const answer = await ask();
    if (answer.status !== 429) continue;
    const { retryAfterMs } = (answer.body as { error: { retryAfterMs: number } }).error;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(answer.headers.get("retry-after")).toBe(String(Math.ceil(retryAfterMs / 1000)));
    return count;
  }
  return Infinity;
}

test("W5 guesses at one account end at ten from an address; its owner gets in from another", async () => {
  await makeTestAccount(server.url, "alice");
  const json = { username: "alice", startLoginRequest: "A".repeat(128) };
  const guess = () => call(server.url, "/login/start", { json, headers: from("1.1.1.1") });
  expect(await until429(guess, 20)).toBe(11);
  // A forged entry in front of the proxy's own does not make another address.
  expect(
    (await call(server.url, "/login/start", { json, headers: { "x-forwarded-for": "9.9.9.9, 1.1.1.1" } })).status,
  ).toBe(429);
  expect((await logIn(server.url, "alice")).status).toBe(200);
});

test("W5 guesses at many accounts from one address end too", async () => {
  let count = 0;
  const guess = () =>
    call(server.url, "/login/start", {
      json: { username: `user${String(count++)}`, startLoginRequest: "A".repeat(128) },
      headers: from("2.2.2.2"),
    });
  expect(await until429(guess, 100)).toBe(61);
});

test("REC-03 guesses at one recovery key end at ten from an address, and others are let through", async () => {
  const auth = Buffer.alloc(32).toString("base64");
  const json = { username: "alice", auth, registrationRequest: Buffer.alloc(32).toString("base64url") };
  const guess = () => call(server.url, "/recovery/start", { json, headers: from("3.3.3.3") });
  expect(await until429(guess, 20)).toBe(11);
  const elsewhere = await call(server.url, "/recovery/start", { json, headers: from("4.4.4.4") });
  expect(elsewhere.code).toBe("WRONG_RECOVERY_KEY");
});

test("HTTP-07 registrations by address; an IPv6 network counts as one", async () => {
  let count = 0;
  const json = { username: "newcomer", registrationRequest: "AAAA" };
  const register = () =>
    call(server.url, "/register/start", { json, headers: from(`2001:db8:0:1::${(++count).toString(16)}`) });
  expect(await until429(register, 60)).toBe(41);
  expect((await call(server.url, "/register/start", { json, headers: from("2001:db8:0:2::1") })).status).toBe(400);
});

test("HTTP-07 claims by address", async () => {
  const claim = () =>
    call(server.url, "/users/nobody/key-packages/claim", { method: "POST", headers: from("3.3.3.3") });
  expect(await until429(claim, 200)).toBe(121);
});

test("HTTP-07 claims by target, from whatever addresses", async () => {
  let count = 0;
  const claim = () =>
    call(server.url, "/users/nobody/key-packages/claim", {
      method: "POST",
      headers: from(`4.4.${String(count++ % 200)}.4`),
    });
  expect(await until429(claim, 400)).toBe(301);
});

test("HTTP-07 look-ups by address", async () => {
  const lookUp = () => call(server.url, "/users/nobody", { headers: from("5.5.5.5") });
  expect(await until429(lookUp, 700)).toBe(601);
});
