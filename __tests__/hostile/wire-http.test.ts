/** A server that answers the typed HTTP calls with what does not fit, is too large or never ends (SPEC HTTP-12). */

import type { RequestListener } from "node:http";

import { makeAccount } from "@/lib/crypto/account/account-key";
import { toPem } from "@/lib/crypto/account/certificates";
import type { Outcome } from "@/lib/client/engine/ports";
import { HttpApi, type NewAccount, type SignedVault } from "@/lib/client/transport/http";
import { toBase64 } from "@/lib/protocol/bytes";
import { httpAnswerMaxBytes } from "@/lib/protocol/limits";
import { encodeVerifier, logVerifier } from "@/lib/protocol/log/checkpoint";

import { bareHttp, type BareServer } from "../support/bare-server";
import { malformed } from "../support/malformed";
import { until } from "../support/person";

jest.setTimeout(120_000);

const bytes = Uint8Array.of(1, 2, 3);
const base64 = toBase64(bytes);
const hash = toBase64(new Uint8Array(32));
const [id, account, token] = ["ab".repeat(16), "cd".repeat(32), "t".repeat(43)];
const at = "2026-01-01T00:00:00.000Z";
const name = "alice";
const device = { name: "phone", certificate: bytes, keyPackages: [bytes], lastResort: bytes };
const vault: SignedVault = { vaultVersion: 1, vault: bytes, recoveryHash: undefined, signature: bytes };
const newAccount: NewAccount = {
  username: name,
  registrationRecord: "record",
  accountCertificate: bytes,
  vault: bytes,
  device,
};

type Method = keyof HttpApi;
/** Each call once: a new one does not compile until it is here. */
const calls: { readonly [Name in Method]: (http: HttpApi) => Promise<Outcome<unknown>> } = {
  registerStart: (http) => http.registerStart(name, "request"),
  registerFinish: (http) => http.registerFinish(newAccount),
  loginStart: (http) => http.loginStart(name, "request"),
  loginFinish: (http) => http.loginFinish(id, "request"),
  unlock: (http) => http.unlock(name, id, "request"),
  addDevice: (http) => http.addDevice(name, device),
  ownDevices: (http) => http.ownDevices(name),
  renameDevice: (http) => http.renameDevice(name, id, "phone"),
  signOutDevice: (http) => http.signOutDevice(name, id),
  signOutOthers: (http) => http.signOutOthers(name),
  revokeDevice: (http) => http.revokeDevice(name, id, bytes),
  renewCertificate: (http) => http.renewCertificate(name, id, bytes),
  openLink: (http) => http.openLink(bytes),
  linkState: (http) => http.linkState(id, token),
  revealLink: (http) => http.revealLink(id, token, bytes),
  joinLink: (http) => http.joinLink(id, token, device),
  offeredLink: (http) => http.offeredLink(name, id),
  helloLink: (http) => http.helloLink(name, id, bytes),
  grantLink: (http) => http.grantLink(name, id, bytes),
  logout: (http) => http.logout(name),
  keyPackageStock: (http) => http.keyPackageStock(name),
  uploadKeyPackages: (http) => http.uploadKeyPackages(name, id, [bytes]),
  fetchVault: (http) => http.fetchVault(name),
  putVault: (http) => http.putVault(name, vault),
  passwordStart: (http) => http.passwordStart(name, "request"),
  passwordFinish: (http) => http.passwordFinish(name, "record", vault),
  recoveryStart: (http) => http.recoveryStart(name, bytes, "request"),
  recoveryFinish: (http) => http.recoveryFinish(name, bytes, "record", vault),
  resetStart: (http) => http.resetStart(name, "request"),
  resetFinish: (http) => http.resetFinish(newAccount, { kind: "code", code: bytes }),
  deleteAccount: (http) => http.deleteAccount(name, 1, bytes, []),
  fetchKeyring: (http) => http.fetchKeyring(name),
  putKeyring: (http) => http.putKeyring(name, 1, bytes),
  claimKeyPackages: (http) => http.claimKeyPackages(name),
  accountLog: (http) => http.accountLog(name),
  logConsistency: (http) => http.logConsistency(1, 2),
  logKey: (http) => http.logKey(),
  lookUp: (http) => http.lookUp(name),
};
const methods = Object.keys(calls) as Method[];

const signedIn = { username: name, accountId: account, deviceId: id };
const start = { registrationResponse: "response" };
/** Of the calls whose answer is read; the others are answered by their status alone. */
const honestAnswers: { readonly [Name in Method]?: object } = {
  registerStart: start,
  registerFinish: signedIn,
  loginStart: { loginId: id, loginResponse: "response" },
  loginFinish: { username: name, accountId: account, accountCertificate: base64, vault: base64 },
  unlock: { vault: base64 },
  addDevice: { deviceId: id },
  ownDevices: {
    devices: [
      {
        id,
        name: "phone",
        certificate: base64,
        createdAt: at,
        lastSeenOn: "2026-01-01",
        signedIn: true,
        revokedAt: at,
        revocation: base64,
      },
    ],
  },
  openLink: { linkId: id, token },
  linkState: { hello: base64, grant: base64 },
  joinLink: signedIn,
  offeredLink: { offer: base64, nonce: base64 },
  keyPackageStock: { devices: [{ deviceId: id, available: 1 }] },
  fetchVault: { version: 1, vault: base64, recoveryKey: true },
  passwordStart: start,
  recoveryStart: { accountId: account, accountCertificate: base64, vault: base64, ...start },
  resetStart: start,
  resetFinish: signedIn,
  fetchKeyring: { version: 1, sealed: base64 },
  accountLog: { checkpoint: "checkpoint", entries: [{ index: 0, entry: base64, proof: [hash] }] },
  logConsistency: { proof: [hash] },
  claimKeyPackages: { accountId: account, keyPackages: [{ deviceId: id, keyPackage: base64, lastResort: true }] },
};
const certificatePem = async () => toPem("CERTIFICATE", (await makeAccount(name, new Date())).certificate);
const directoryEntry = async () => ({
  username: name,
  fingerprint: account,
  publicKeyPem: "key",
  certificatePem: await certificatePem(),
  createdAt: at,
  retiredAt: at,
  replacedBy: account,
  devices: [{ id, name: "phone", certificatePem: "pem", createdAt: at, revokedAt: at, revocation: base64 }],
});

let server: BareServer;
let http: HttpApi;
/** What the server says, to whatever it is asked. */
let answer: RequestListener;

beforeAll(async () => {
  server = await bareHttp((request, response) => {
    request.resume();
    answer(request, response);
  });
  http = new HttpApi({ origin: server.url, fetch: (url, init) => fetch(url, init), timeoutMs: 2500 });
});
afterAll(() => server.close());

const saying =
  (body: string | Uint8Array, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  };
const codeOf = (outcome: Outcome<unknown>) => (outcome.ok ? "taken" : outcome.error.code);
const refusals = ["UNAVAILABLE", "OFFLINE"];
const bodies: Readonly<Record<string, string | Uint8Array>> = {
  nothing: "",
  "no JSON": "<html>sign in to this network</html>",
  "not UTF-8": Uint8Array.of(0x22, 0xff, 0x22),
  cut: '{"version": 1',
  "very deep": `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  "a prototype": '{"__proto__":{"version":1}}',
};

test("HTTP-12 every call is here, and every answer that is read", async () => {
  const own = Object.getOwnPropertyNames(HttpApi.prototype).filter((method) => method !== "constructor");
  expect(own.toSorted()).toEqual([...methods].toSorted());
  answer = saying("{");
  const read: string[] = [];
  for (const method of methods) if (codeOf(await calls[method](http)) !== "taken") read.push(method);
  expect(read.toSorted()).toEqual([...Object.keys(honestAnswers), "logKey", "lookUp"].toSorted());
});

/** An account has as many revoked devices as it has had: their list is bounded by the size of the answer alone. */
const manyDevices: readonly Method[] = ["ownDevices", "lookUp"];

describe.each([...(Object.keys(honestAnswers) as Method[]), "lookUp"] as const)("answered: %s", (method) => {
  test("HTTP-12 an answer that does not fit is a closed code, and the next that does is taken", async () => {
    const honest = method === "lookUp" ? await directoryEntry() : honestAnswers[method];
    const bad = malformed(honest);
    expect(bad.length).toBeGreaterThan(5);
    const taken: string[] = [];
    for (const [what, value] of bad) {
      answer = saying(JSON.stringify(value));
      const code = codeOf(await calls[method](http));
      if (!refusals.includes(code)) taken.push(`${code}: ${what}`);
    }
    expect(taken).toEqual(manyDevices.includes(method) ? ["taken: oversized: all.devices"] : []);
    for (const [what, body] of Object.entries(bodies)) {
      answer = saying(body);
      expect([what, codeOf(await calls[method](http))]).toEqual([
        what,
        expect.stringMatching(/^(UNAVAILABLE|OFFLINE)$/),
      ]);
    }
    answer = saying(JSON.stringify(honest));
    expect(await calls[method](http)).toMatchObject({ ok: true });
  });
});

test("HTTP-12 LOG-06 a line that is no verifier key is a closed code, and the next that is one is taken", async () => {
  const line = encodeVerifier(logVerifier(new Uint8Array(32).fill(5)));
  for (const body of [...Object.values(bodies), "key", `${line}\n${line}\n`, line.slice(1), line.padEnd(5000, "A")]) {
    answer = saying(body);
    expect(refusals).toContain(codeOf(await http.logKey()));
  }
  answer = saying(`${line}\n`);
  expect(await http.logKey()).toEqual({ ok: true, value: line });
});

const errors = [
  { error: {} },
  { error: { code: "NOPE", message: "" } },
  { error: { code: "constructor", message: "" } },
  { error: { code: "NOT_FOUND" } },
  { error: { code: "NOT_FOUND", message: "", extra: 1 } },
  { error: { code: "TOO_MANY_REQUESTS", message: "", retryAfterMs: -1 } },
].map((body) => JSON.stringify(body));

test.each(methods)("HTTP-12 a refusal that does not fit is a closed code: %s", async (method) => {
  for (const body of [...errors, ...Object.values(bodies)]) {
    answer = saying(body, 404);
    expect([body, await calls[method](http)]).toEqual([body, { ok: false, error: { code: "UNAVAILABLE" } }]);
  }
  answer = saying(JSON.stringify({ error: { code: "NAME_TAKEN", message: "" } }), 409);
  expect(codeOf(await calls[method](http))).toBe("NAME_TAKEN");
});

const keyring = { version: 1, sealed: base64 };

test.each([200, 404])("HTTP-12 a larger answer than any is not read to its end (status %i)", async (status) => {
  let sent = 0;
  answer = (_request, response) => {
    // A length may be claimed or not; this says nothing, and would go on for sixteen times the limit.
    response.writeHead(status, { "content-type": "application/json" });
    const more = () => {
      while (sent < 16 * httpAnswerMaxBytes && !response.destroyed) {
        sent += 65_536;
        if (!response.write(" ".repeat(65_536))) {
          response.once("drain", more);
          return;
        }
      }
      response.end(JSON.stringify(keyring));
    };
    more();
  };
  expect(refusals).toContain(codeOf(await http.fetchKeyring(name)));
  expect(sent).toBeLessThan(3 * httpAnswerMaxBytes);
  answer = saying(JSON.stringify(keyring));
  expect(codeOf(await http.fetchKeyring(name))).toBe("taken");
});

test("HTTP-12 an answer of the largest size is taken", async () => {
  const json = JSON.stringify(keyring);
  answer = saying(json.padEnd(httpAnswerMaxBytes));
  expect(codeOf(await http.fetchKeyring(name))).toBe("taken");
  answer = saying(json.padEnd(httpAnswerMaxBytes + 1));
  expect(refusals).toContain(codeOf(await http.fetchKeyring(name)));
});

const endless: Readonly<Record<string, RequestListener>> = {
  "no answer": () => undefined,
  "a body that does not begin": (_request, response) => {
    response.writeHead(200).flushHeaders();
  },
  "a body that stops": (_request, response) => {
    response.writeHead(200).write('{"version": 1');
  },
  "a body in drops": (_request, response) => {
    const timer = setInterval(() => response.write(" "), 100);
    response.writeHead(200).on("close", () => {
      clearInterval(timer);
    });
  },
  "a refusal in drops": (_request, response) => {
    const timer = setInterval(() => response.write(" "), 100);
    response.writeHead(404).on("close", () => {
      clearInterval(timer);
    });
  },
};

test.each(Object.keys(endless))(
  "HTTP-12 what never ends is given up in time: %s",
  async (what) => {
    answer = (request, response) => endless[what]?.(request, response);
    const startedAt = performance.now();
    expect(refusals).toContain(codeOf(await http.fetchKeyring(name)));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    answer = saying(JSON.stringify(keyring));
    expect(codeOf(await http.fetchKeyring(name))).toBe("taken");
  },
  15_000,
);

test("HTTP-12 a body behind an answer that is not read is not waited for", async () => {
  const closed = jest.fn();
  answer = (_request, response) => {
    response.on("close", closed);
    response.writeHead(200).write("more to come");
  };
  expect(codeOf(await http.logout(name))).toBe("taken");
  // Before the time for an answer is over, which would end it as well.
  await until(() => closed.mock.calls.length > 0, "closed", 1000);
});
