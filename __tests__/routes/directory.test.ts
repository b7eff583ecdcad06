/** The directory as anybody with curl sees it, and as its owners fill it. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";

import { peekKeyPackage } from "@/lib/protocol/mls/peek-key-package";
import { toBase64 } from "@/lib/protocol/bytes";
import { maxDevicesPerAccount } from "@/lib/protocol/limits";
import {
  addDeviceAnswer,
  claimAnswer,
  directoryEntryAnswer,
  healthAnswer,
  keyPackageStockAnswer,
  roomListAnswer,
} from "@/lib/protocol/schemas/http";

import {
  anotherDevice,
  call,
  cookieOf,
  deviceBody,
  logIn,
  makeTestAccount,
  revocationOf,
  type TestAccount,
} from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;
let bob: TestAccount;

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
  bob = await makeTestAccount(server.url, "bob");
});
afterAll(() => server.close());

test("DIR-01 an account is found by name in any case and by id", async () => {
  const found = await call(server.url, "/users/alice");
  const entry = directoryEntryAnswer.parse(found.body);
  expect([entry.username, entry.fingerprint]).toEqual(["alice", alice.identity.accountId]);
  expect(entry.devices.map(({ id, revokedAt }) => [id, revokedAt])).toEqual([[alice.identity.deviceId, null]]);
  for (const same of ["/users/Alice", "/users/ALICE", `/accounts/${alice.identity.accountId}`]) {
    expect((await call(server.url, same)).body).toEqual(found.body);
  }
});

test("DIR-01 openssl verifies what the directory serves as PEM", async () => {
  const key = await call(server.url, "/users/alice/key.pem");
  const certificate = await call(server.url, "/users/alice/certificate.pem");
  const entry = directoryEntryAnswer.parse((await call(server.url, "/users/alice")).body);
  expect([key.body, certificate.body]).toEqual([entry.publicKeyPem, entry.certificatePem]);
  expect(key.headers.get("content-type")).toMatch(/^text\/plain/);
  const file = (name: string, text: string) => {
    const full = path.join(server.dataDir, name);
    writeFileSync(full, text);
    return full;
  };
  const account = file("account.pem", entry.certificatePem);
  const device = file("device.pem", entry.devices[0]?.certificatePem ?? "");
  const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8" });
  expect(openssl("verify", "-CAfile", account, device)).toContain("OK");
  expect(openssl("x509", "-in", account, "-noout", "-pubkey")).toBe(entry.publicKeyPem);
});

test.each([
  "/users/nobody",
  "/users/x",
  "/users/no%20name",
  "/users/nobody/key.pem",
  "/users/nobody/certificate.pem",
  `/accounts/${"0".repeat(64)}`,
  "/accounts/0",
])("DIR-01 %s is not there: 404", async (where) => {
  const answer = await call(server.url, where);
  expect([answer.status, answer.code]).toEqual([404, "NOT_FOUND"]);
});

test("rooms lists General; health answers", async () => {
  const { rooms } = roomListAnswer.parse((await call(server.url, "/rooms")).body);
  expect(rooms.map(({ name, kind }) => [name, kind])).toEqual([["General", "open"]]);
  expect(healthAnswer.parse((await call(server.url, "/health")).body)).toEqual({ status: "ok" });
});

describe("KeyPackages", () => {
  const claim = (name: string) => call(server.url, `/users/${name}/key-packages/claim`, { method: "POST" });
  const stock = async ({ username, cookie }: TestAccount) =>
    keyPackageStockAnswer.parse((await call(server.url, `/users/${username}/key-packages`, { cookie })).body).devices;

  test("DIR-05 fifty claims at once hand out each of twenty packages once, then the last-resort one", async () => {
    const carol = await makeTestAccount(server.url, "carol", 20);
    const answers = await Promise.all(Array.from({ length: 50 }, () => claim("carol")));
    const given = answers.flatMap(({ body }) => claimAnswer.parse(body).keyPackages);
    const oneTime = given.filter(({ lastResort }) => !lastResort).map(({ keyPackage }) => toBase64(keyPackage));
    expect(oneTime).toHaveLength(20);
    expect(new Set(oneTime).size).toBe(20);
    const others = given.filter(({ lastResort }) => lastResort);
    expect(others).toHaveLength(30);
    expect(new Set(others.map(({ keyPackage }) => toBase64(keyPackage))).size).toBe(1);
    expect(others.every(({ keyPackage }) => peekKeyPackage(keyPackage)?.lastResort === true)).toBe(true);
    expect(await stock(carol)).toEqual([{ deviceId: carol.identity.deviceId, available: 0 }]);
  });

  test("DIR-05 expired packages are not handed out", async () => {
    const dave = await makeTestAccount(server.url, "dave", 3);
    await server.services.database.write((transaction) =>
      transaction.keyPackage.updateMany({
        where: { deviceId: dave.identity.deviceId, lastResort: false },
        data: { notAfter: new Date(Date.now() - 1) },
      }),
    );
    const { keyPackages } = claimAnswer.parse((await claim("dave")).body);
    expect(keyPackages.map(({ lastResort }) => lastResort)).toEqual([true]);
    expect(await stock(dave)).toEqual([{ deviceId: dave.identity.deviceId, available: 0 }]);
  });

  test("DIR-05 a revoked device gives none; nobody gives 404", async () => {
    const erin = await makeTestAccount(server.url, "erin");
    const { accountId, deviceId } = erin.identity;
    const other = cookieOf(await logIn(server.url, "erin"));
    await server.services.devices.revoke(accountId, deviceId, await revocationOf(erin, deviceId));
    expect(claimAnswer.parse((await claim("erin")).body).keyPackages).toEqual([]);
    expect((await claim("nobody")).code).toBe("NOT_FOUND");
    const { keyPackages } = await deviceBody(erin.identity);
    const upload = { deviceId: erin.identity.deviceId, keyPackages };
    const refused = await call(server.url, "/users/erin/key-packages", { json: upload, cookie: other });
    expect(refused.code).toBe("NOT_FOUND");
  });

  test("DIR-04 DIR-07 the owner fills the stock; a repeated upload counts once; the last-resort one is replaced", async () => {
    const { deviceId } = alice.identity;
    const { keyPackages, lastResort } = await deviceBody(alice.identity, 5);
    const upload = { deviceId, keyPackages, lastResort };
    for (let time = 0; time < 2; time++) {
      expect((await call(server.url, "/users/alice/key-packages", { json: upload, cookie: alice.cookie })).status).toBe(
        204,
      );
      expect(await stock(alice)).toEqual([{ deviceId, available: 7 }]);
    }
    const fallback = await server.services.database.reader.keyPackage.findMany({
      where: { deviceId, lastResort: true },
    });
    expect(fallback.map(({ bytes }) => toBase64(bytes))).toEqual([lastResort]);
  });

  test("DIR-04 a stock never grows beyond one upload: the oldest go", async () => {
    const { deviceId } = alice.identity;
    const { keyPackages } = await deviceBody(alice.identity, 40);
    await call(server.url, "/users/alice/key-packages", { json: { deviceId, keyPackages }, cookie: alice.cookie });
    expect(await stock(alice)).toEqual([{ deviceId, available: 40 }]);
  });

  test("DIR-04 packages of another device or somebody's device are refused", async () => {
    const { keyPackages } = await deviceBody(bob.identity);
    const mine = { deviceId: alice.identity.deviceId, keyPackages };
    const theirs = { deviceId: bob.identity.deviceId, keyPackages };
    const path = "/users/alice/key-packages";
    expect((await call(server.url, path, { json: mine, cookie: alice.cookie })).code).toBe("BAD_KEY_PACKAGE");
    expect((await call(server.url, path, { json: theirs, cookie: alice.cookie })).code).toBe("NOT_FOUND");
  });
});

describe("devices", () => {
  test("DIR-06 the account adds devices, up to the limit; one with a foreign certificate is refused", async () => {
    const frank = await makeTestAccount(server.url, "frank");
    const add = async (json: unknown) => await call(server.url, "/users/frank/devices", { json, cookie: frank.cookie });
    const foreign = await add(await deviceBody(bob.identity));
    expect(foreign.code).toBe("BAD_CERTIFICATE");
    for (let count = 1; count < maxDevicesPerAccount; count++) {
      const device = await anotherDevice(frank);
      const added = await add(await deviceBody(device, 1));
      expect([added.status, addDeviceAnswer.parse(added.body).deviceId]).toEqual([201, device.deviceId]);
    }
    const surplus = await add(await deviceBody(await anotherDevice(frank), 1));
    expect([surplus.status, surplus.code]).toEqual([409, "TOO_MANY_DEVICES"]);
  });

  test("N3 DIR-03 a replayed device addition gives 409, also after it was revoked", async () => {
    const body = await deviceBody(alice.identity, 1);
    const add = () => call(server.url, "/users/alice/devices", { json: body, cookie: alice.cookie });
    expect((await add()).code).toBe("DEVICE_EXISTS");
    const device = await anotherDevice(alice);
    const other = await deviceBody(device, 1);
    expect((await call(server.url, "/users/alice/devices", { json: other, cookie: alice.cookie })).status).toBe(201);
    const revocation = await revocationOf(alice, device.deviceId);
    await server.services.devices.revoke(alice.identity.accountId, device.deviceId, revocation);
    expect((await call(server.url, "/users/alice/devices", { json: other, cookie: alice.cookie })).code).toBe(
      "DEVICE_EXISTS",
    );
    const entry = directoryEntryAnswer.parse((await call(server.url, "/users/alice")).body);
    expect(entry.devices.find(({ id }) => id === device.deviceId)?.revokedAt).not.toBeNull();
  });
});

describe("W2 DIR-07 other accounts' things", () => {
  const own = ["/devices", "/key-packages", "/logout"];

  test.each(own)("%s: 404 for who is signed in as somebody else, the same as for nobody", async (suffix) => {
    const json =
      suffix === "/devices"
        ? await deviceBody(bob.identity, 1)
        : suffix === "/logout"
          ? {}
          : { deviceId: bob.identity.deviceId, keyPackages: [] };
    const ask = (name: string) => call(server.url, `/users/${name}${suffix}`, { json, cookie: bob.cookie });
    const [theirs, nobodys] = [await ask("alice"), await ask("nobody")];
    expect([theirs.status, theirs.code]).toEqual([404, "NOT_FOUND"]);
    expect(nobodys.body).toEqual(theirs.body);
    expect(nobodys.status).toBe(404);
  });

  test.each(own)("%s: 401 for who is not signed in, the same as for nobody", async (suffix) => {
    const ask = (name: string, cookie?: string) =>
      call(server.url, `/users/${name}${suffix}`, { method: "POST", cookie });
    const [theirs, nobodys] = [await ask("alice"), await ask("nobody")];
    expect([theirs.status, theirs.code]).toEqual([401, "NOT_SIGNED_IN"]);
    expect(nobodys.body).toEqual(theirs.body);
    expect((await ask("alice", bob.cookie.replace("sealroom-bob", "sealroom-alice"))).status).toBe(401);
  });
});
