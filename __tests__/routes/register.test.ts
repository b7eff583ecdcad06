/** POST /api/v1/register/start and /finish: everything is checked, everything or nothing is stored. */

import { makeDevice } from "@/lib/crypto/account/device-key";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { fromBase64, toBase64 } from "@/lib/protocol/bytes";
import { registerFinishAnswer } from "@/lib/protocol/schemas/http";

import {
  accountKeys,
  anotherDevice,
  call,
  deviceBody,
  makeTestAccount,
  prepareRegistration,
  type RegistrationBody,
} from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const finish = (json: unknown) => call(server.url, "/register/finish", { json });

async function rows(): Promise<number[]> {
  const { account, device, keyPackage, session } = server.services.database.reader;
  return await Promise.all([account.count(), device.count(), keyPackage.count(), session.count()]);
}

function flipLast(base64: string): string {
  const bytes = fromBase64(base64) ?? new Uint8Array();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return toBase64(bytes);
}

test("DIR-02 HTTP-06 a registration answers 201 with the account and its session cookie", async () => {
  const { account, identity, body } = await prepareRegistration(server.url, "first");
  const finished = await finish(body);
  expect(finished.status).toBe(201);
  const { accountId } = account;
  expect(registerFinishAnswer.parse(finished.body)).toEqual({
    username: "first",
    accountId,
    deviceId: identity.deviceId,
  });
  expect(finished.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^sealroom-first=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/),
  ]);
  const [session] = await server.services.database.reader.session.findMany({ where: { accountId } });
  const token = /=([^;]+)/.exec(finished.headers.getSetCookie()[0] ?? "")?.[1] ?? "none";
  expect(JSON.stringify(session)).not.toContain(token);
});

test("N3 DIR-02 a name is given once: start, finish and a replay answer 409", async () => {
  const { body } = await prepareRegistration(server.url, "second");
  expect((await finish(body)).status).toBe(201);
  const before = await rows();
  const replayed = await finish(body);
  expect([replayed.status, replayed.code]).toEqual([409, "NAME_TAKEN"]);
  const started = await call(server.url, "/register/start", {
    json: { username: "second", registrationRequest: "A".repeat(43) },
  });
  expect([started.status, started.code]).toEqual([409, "NAME_TAKEN"]);
  expect(await rows()).toEqual(before);
});

test("DIR-02 of many who finish at once for one name, one gets it", async () => {
  const { body } = await prepareRegistration(server.url, "crowded");
  const answers = await Promise.all(Array.from({ length: 10 }, () => finish(body)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
});

describe("what is refused, without a trace in the database", () => {
  let body: RegistrationBody;
  let own: Awaited<ReturnType<typeof prepareRegistration>>;
  let stranger: Awaited<ReturnType<typeof anotherDevice>>;

  beforeAll(async () => {
    own = await prepareRegistration(server.url, "third");
    body = own.body;
    stranger = await anotherDevice({ account: await accountKeys("stranger") });
  });

  const cases: Record<string, () => Promise<[string, unknown]> | [string, unknown]> = {
    "another name's account certificate": () => ["BAD_CERTIFICATE", { ...body, username: "fourth" }],
    "an account certificate with a broken signature": () => [
      "BAD_CERTIFICATE",
      { ...body, accountCertificate: flipLast(body.accountCertificate) },
    ],
    "a device certificate of another account": async () => [
      "BAD_CERTIFICATE",
      { ...body, device: await deviceBody(stranger) },
    ],
    "a device certificate with a broken signature": () => [
      "BAD_CERTIFICATE",
      { ...body, device: { ...body.device, certificate: flipLast(body.device.certificate) } },
    ],
    "a device certificate that has expired": async () => {
      const old = await makeDevice({ account: own.account, now: new Date(Date.now() - 100 * 24 * 3600_000) });
      return ["BAD_CERTIFICATE", { ...body, device: { ...body.device, certificate: toBase64(old.deviceCertificate) } }];
    },
    "a KeyPackage of another device": async () => {
      const { keyPackages } = await deviceBody(stranger);
      return ["BAD_KEY_PACKAGE", { ...body, device: { ...body.device, keyPackages } }];
    },
    "a KeyPackage with a broken signature": () => {
      const keyPackages = [flipLast(body.device.keyPackages[0] ?? "")];
      return ["BAD_KEY_PACKAGE", { ...body, device: { ...body.device, keyPackages } }];
    },
    "the same KeyPackage twice": () => {
      const [one = ""] = body.device.keyPackages;
      return ["BAD_KEY_PACKAGE", { ...body, device: { ...body.device, keyPackages: [one, one] } }];
    },
    "a last-resort package among the one-time ones": () => {
      const keyPackages = [body.device.lastResort];
      return ["BAD_KEY_PACKAGE", { ...body, device: { ...body.device, keyPackages } }];
    },
    "a one-time package as last resort": () => {
      const [lastResort = ""] = body.device.keyPackages;
      return ["BAD_KEY_PACKAGE", { ...body, device: { ...body.device, lastResort } }];
    },
    "a KeyPackage that begins in the future": async () => {
      const later = new Date(Date.now() + 5 * 24 * 3600_000);
      const made = await makeKeyPackage(own.identity, later, false);
      return ["BAD_KEY_PACKAGE", { ...body, device: { ...body.device, keyPackages: [toBase64(made.publicPackage)] } }];
    },
    "bytes that are no KeyPackage": () => [
      "BAD_KEY_PACKAGE",
      { ...body, device: { ...body.device, keyPackages: ["AAAA"] } },
    ],
    "an OPAQUE record that is none": () => ["MALFORMED", { ...body, registrationRecord: "A".repeat(256) }],
    "an unknown field (W15)": () => ["MALFORMED", { ...body, isAdmin: true }],
    "an operator instead of a name (W15)": () => ["MALFORMED", { ...body, username: { $ne: "" } }],
    "a name that is not folded": () => ["MALFORMED", { ...body, username: "Third" }],
    "base64 that is not canonical": () => ["MALFORMED", { ...body, vault: "AB==" }],
    "no KeyPackages": () => ["MALFORMED", { ...body, device: { ...body.device, keyPackages: [] } }],
  };
  test.each(Object.keys(cases))("DIR-03 DIR-04 HTTP-03 %s", async (name) => {
    const before = await rows();
    const [code, json] = (await cases[name]?.()) ?? ["", undefined];
    const answer = await finish(json);
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(await rows()).toEqual(before);
  });

  test("DIR-03 another account cannot take a device that exists", async () => {
    const registered = await makeTestAccount(server.url, "holder");
    const before = await rows();
    const again = await call(server.url, "/users/holder/devices", {
      json: await deviceBody(registered.identity),
      cookie: registered.cookie,
    });
    expect([again.status, again.code]).toEqual([409, "DEVICE_EXISTS"]);
    expect(await rows()).toEqual(before);
  });
});

test("HTTP-03 register/start refuses what is no OPAQUE request", async () => {
  for (const registrationRequest of ["", "AAAA", "!".repeat(43), "A".repeat(5000)]) {
    const answer = await call(server.url, "/register/start", { json: { username: "fifth", registrationRequest } });
    expect([answer.status, answer.code]).toEqual([400, "MALFORMED"]);
  }
});
