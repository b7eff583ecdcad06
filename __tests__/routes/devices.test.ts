/** An account's devices over HTTP: what their owner may do with them, and what nobody else may. SPEC DIR, HTTP. */

import { certifyDevice } from "@/lib/crypto/account/device-key";
import { makeRevocation } from "@/lib/crypto/account/revocation";
import { fromBase64, toBase64 } from "@/lib/protocol/bytes";
import { clockSkewMs } from "@/lib/protocol/limits";
import { directoryEntryAnswer, ownDevicesAnswer } from "@/lib/protocol/schemas/http";

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
import { provenSocket } from "../support/sockets";

jest.setTimeout(120_000);

const dayMs = 24 * 60 * 60 * 1000;

let server: TestServer;
let alice: TestAccount;
let bob: TestAccount;

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
  bob = await makeTestAccount(server.url, "bob");
});
afterAll(() => server.close());

/** Another browser of the account: a login of its own and a device of its own. */
async function secondBrowser(owner: TestAccount): Promise<TestAccount> {
  const cookie = cookieOf(await logIn(server.url, owner.username));
  const identity = await anotherDevice(owner);
  const json = await deviceBody(identity, 1);
  const added = await call(server.url, `/users/${owner.username}/devices`, { json, cookie });
  if (added.code !== undefined) throw new Error(added.code);
  return { ...owner, identity, cookie };
}

function at(owner: TestAccount, deviceId: string, suffix = ""): string {
  return `/users/${owner.username}/devices/${deviceId}${suffix}`;
}

async function listed({ username, cookie }: TestAccount) {
  const answer = await call(server.url, `/users/${username}/devices`, { cookie });
  return new Map(ownDevicesAnswer.parse(answer.body).devices.map((device) => [device.id, device]));
}

async function post(path: string, cookie: string, json: unknown = {}) {
  const { status, code } = await call(server.url, path, { json, cookie });
  return code ?? status;
}

describe("DEV-01 the owner's list", () => {
  test("says name, certificate, day last seen and whether it is signed in", async () => {
    const second = await secondBrowser(alice);
    const devices = await listed(alice);
    expect([...devices.keys()]).toEqual([alice.identity.deviceId, second.identity.deviceId]);
    expect(devices.get(second.identity.deviceId)).toMatchObject({
      name: "Test browser",
      certificate: second.identity.deviceCertificate,
      lastSeenOn: new Date().toISOString().slice(0, 10),
      signedIn: true,
      revokedAt: null,
      revocation: null,
    });
    // What the public gets has neither.
    const text = JSON.stringify((await call(server.url, "/users/alice")).body);
    expect(text).not.toMatch(/lastSeen|signedIn/);
  });

  test("a day passes: whoever uses its session was there, whoever does not was not", async () => {
    const second = await secondBrowser(alice);
    const { database } = server.services;
    await database.write((transaction) => transaction.device.updateMany({ data: { lastSeenOn: "2026-01-02" } }));
    const devices = await listed(second);
    const today = new Date().toISOString().slice(0, 10);
    expect(devices.get(alice.identity.deviceId)?.lastSeenOn).toBe("2026-01-02");
    expect((await listed(second)).get(second.identity.deviceId)?.lastSeenOn).toBe(today);
    (await provenSocket(server.url, alice)).close();
    expect((await listed(second)).get(alice.identity.deviceId)?.lastSeenOn).toBe(today);
  });

  test("a name is changed by its owner, within the limits of names", async () => {
    const path = at(alice, alice.identity.deviceId);
    const rename = (json: unknown) => call(server.url, path, { method: "PATCH", json, cookie: alice.cookie });
    expect((await rename({ name: "Küche 🥕" })).status).toBe(204);
    expect((await listed(alice)).get(alice.identity.deviceId)?.name).toBe("Küche 🥕");
    for (const name of ["", "x".repeat(65), "a\u0000b", "a\u202eb"]) {
      expect((await rename({ name })).code).toBe("MALFORMED");
    }
    expect((await rename({ name: "x", revokedAt: null })).code).toBe("MALFORMED");
  });
});

describe("DEV-02 signing devices out", () => {
  test("one: its sessions end, no other's", async () => {
    const [second, third] = [await secondBrowser(alice), await secondBrowser(alice)];
    const path = at(alice, second.identity.deviceId, "/sign-out");
    for (let time = 0; time < 2; time++) expect(await post(path, alice.cookie)).toBe(204);
    const get = async (cookie: string) => (await call(server.url, "/users/alice/devices", { cookie })).status;
    expect([await get(second.cookie), await get(third.cookie), await get(alice.cookie)]).toEqual([401, 200, 200]);
    const devices = await listed(alice);
    expect(devices.get(second.identity.deviceId)).toMatchObject({ signedIn: false, revokedAt: null });
    expect(devices.get(third.identity.deviceId)).toMatchObject({ signedIn: true });
  });

  test("a session follows the device that proves itself in it", async () => {
    const second = await secondBrowser(alice);
    const cookie = cookieOf(await logIn(server.url, "alice"));
    (await provenSocket(server.url, { ...second, cookie })).close();
    expect(await post(at(alice, second.identity.deviceId, "/sign-out"), alice.cookie)).toBe(204);
    expect((await call(server.url, "/users/alice/devices", { cookie })).code).toBe("NOT_SIGNED_IN");
  });

  test("all others: also a session that no device has shown itself in (T9)", async () => {
    const second = await secondBrowser(bob);
    const bare = cookieOf(await logIn(server.url, "bob"));
    expect(await post("/users/bob/devices/sign-out-others", bob.cookie)).toBe(204);
    const get = async (cookie: string) => (await call(server.url, "/users/bob/devices", { cookie })).status;
    expect([await get(second.cookie), await get(bare), await get(bob.cookie)]).toEqual([401, 401, 200]);
  });
});

describe("DEV-03 revoking", () => {
  test("S3 only the account's own signature over this very device is taken", async () => {
    const second = await secondBrowser(alice);
    const { deviceId } = second.identity;
    const path = at(alice, deviceId, "/revoke");
    const attempt = async (revocation: Uint8Array) =>
      await post(path, alice.cookie, { revocation: toBase64(revocation) });
    const good = await revocationOf(alice, deviceId);
    const changed = good.slice();
    changed[56] = (changed[56] ?? 0) ^ 1;
    const bad = [changed, await revocationOf(bob, deviceId), await revocationOf(alice, alice.identity.deviceId)];
    for (const revocation of bad) expect(await attempt(revocation)).toBe("BAD_REVOCATION");
    expect(await attempt(good.slice(0, -1))).toBe("BAD_REVOCATION");
    expect(await attempt(new Uint8Array(442))).toBe("MALFORMED");
    expect(await post(path, alice.cookie)).toBe("MALFORMED");
    expect((await listed(alice)).get(deviceId)?.revokedAt).toBeNull();
    expect(await attempt(good)).toBe(204);
  });

  test("T8 it is final and repeatable: sessions end, packages go, the first word stays and is served to all", async () => {
    const second = await secondBrowser(alice);
    const { deviceId } = second.identity;
    const path = at(alice, deviceId, "/revoke");
    const first = await revocationOf(alice, deviceId);
    expect(await post(path, alice.cookie, { revocation: toBase64(first) })).toBe(204);
    const again = await revocationOf(alice, deviceId);
    expect(await post(path, alice.cookie, { revocation: toBase64(again) })).toBe(204);
    const entry = directoryEntryAnswer.parse((await call(server.url, "/users/alice")).body);
    const served = entry.devices.find(({ id }) => id === deviceId);
    expect(fromBase64(served?.revocation ?? "")).toEqual(first);
    expect(served?.revokedAt).not.toBeNull();
    expect((await listed(alice)).get(deviceId)).toMatchObject({ revocation: first, signedIn: false });

    expect((await call(server.url, "/users/alice/devices", { cookie: second.cookie })).code).toBe("NOT_SIGNED_IN");
    const left = await server.services.database.reader.keyPackage.count({ where: { deviceId } });
    expect(left).toBe(0);
    const rename = await call(server.url, at(alice, deviceId), {
      method: "PATCH",
      json: { name: "x" },
      cookie: alice.cookie,
    });
    expect(rename.code).toBe("NOT_FOUND");
  });

  test("DIR-06 a revoked device makes room for another one", async () => {
    const { accountNotices } = server.services;
    const changed: string[] = [];
    accountNotices.onNotice((accountId) => changed.push(accountId));
    const before = (await listed(bob)).size;
    const made: string[] = [];
    for (let count = before; count < 10; count++) {
      const identity = await anotherDevice(bob);
      made.push(identity.deviceId);
      await call(server.url, "/users/bob/devices", { json: await deviceBody(identity, 1), cookie: bob.cookie });
    }
    const surplus = async () =>
      await post("/users/bob/devices", bob.cookie, await deviceBody(await anotherDevice(bob), 1));
    expect(await surplus()).toBe("TOO_MANY_DEVICES");
    const [deviceId = ""] = made;
    const revocation = toBase64(await revocationOf(bob, deviceId));
    expect(await post(at(bob, deviceId, "/revoke"), bob.cookie, { revocation })).toBe(204);
    expect(await surplus()).toBe(201);
    expect(new Set(changed)).toEqual(new Set([bob.identity.accountId]));
    expect(changed).toHaveLength(made.length + 2);
  });
});

describe("CERT-13 DEV-04 renewing a certificate", () => {
  const put = async (owner: TestAccount, deviceId: string, certificate: Uint8Array, cookie = owner.cookie) => {
    const json = { certificate: toBase64(certificate) };
    const { status, code } = await call(server.url, at(owner, deviceId, "/certificate"), {
      method: "PUT",
      json,
      cookie,
    });
    return code ?? status;
  };
  const renewed = async (owner: TestAccount, key = owner.identity, now = new Date(Date.now() + 1000)) =>
    (await certifyDevice({ account: owner.account, key, now })).deviceCertificate;

  test("the same device and key, living longer: taken, twice as well, and packages follow it", async () => {
    const erin = await makeTestAccount(server.url, "erin");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const identity = await certifyDevice({ account: erin.account, key: erin.identity, now: new Date() });
    const { deviceId, deviceCertificate } = identity;
    for (let time = 0; time < 2; time++) expect(await put(erin, deviceId, deviceCertificate)).toBe(204);
    expect((await listed(erin)).get(deviceId)?.certificate).toEqual(deviceCertificate);
    const upload = async (of: typeof identity) => {
      const { keyPackages } = await deviceBody(of, 1);
      return await post("/users/erin/key-packages", erin.cookie, { deviceId, keyPackages });
    };
    expect(await upload(erin.identity)).toBe("BAD_KEY_PACKAGE");
    expect(await upload(identity)).toBe(204);
  });

  test("another device, key or account, an older, an expired or a coming one is refused", async () => {
    const { deviceId } = alice.identity;
    const stranger = await anotherDevice(alice);
    const later = (ms: number) => new Date(Date.now() + ms);
    const refused = {
      "another device": stranger.deviceCertificate,
      "another key": await renewed(alice, { ...stranger, deviceId }),
      "another device id": await renewed(alice, { ...alice.identity, deviceId: stranger.deviceId }),
      "another account": await renewed(bob, alice.identity),
      older: await renewed(alice, alice.identity, later(-dayMs)),
      expired: await renewed(alice, alice.identity, later(-100 * dayMs)),
      "of a day to come": await renewed(alice, alice.identity, later(clockSkewMs + dayMs)),
      nonsense: new Uint8Array(700),
    };
    for (const [name, certificate] of Object.entries(refused)) {
      expect([name, await put(alice, deviceId, certificate)]).toEqual([name, "BAD_CERTIFICATE"]);
    }
    expect((await listed(alice)).get(deviceId)?.certificate).toEqual(alice.identity.deviceCertificate);
  });
});

describe("W2 other accounts' devices", () => {
  test("are not there: for who is signed in as somebody else, and under one's own name", async () => {
    const { deviceId } = alice.identity;
    const before = (await listed(alice)).get(deviceId);
    const revocation = toBase64(await makeRevocation(alice.account, { deviceId, now: new Date() }));
    const certificate = toBase64(alice.identity.deviceCertificate);
    const asks = [
      ["GET", "", undefined],
      ["PATCH", `/${deviceId}`, { name: "mine now" }],
      ["PUT", `/${deviceId}/certificate`, { certificate }],
      ["POST", `/${deviceId}/revoke`, { revocation }],
      ["POST", `/${deviceId}/sign-out`, {}],
      ["POST", "/sign-out-others", {}],
    ] as const;
    for (const [method, suffix, json] of asks) {
      const ask = (name: string, cookie?: string) =>
        call(server.url, `/users/${name}/devices${suffix}`, { method, json, cookie });
      const [theirs, nobodys] = [await ask("alice", bob.cookie), await ask("nobody", bob.cookie)];
      expect([method, suffix, theirs.status, theirs.code]).toEqual([method, suffix, 404, "NOT_FOUND"]);
      expect(nobodys.body).toEqual(theirs.body);
      expect((await ask("alice")).code).toBe("NOT_SIGNED_IN");
      // A device id of another account under the own name.
      if (suffix.includes(deviceId)) expect((await ask("bob", bob.cookie)).code).toBe("NOT_FOUND");
    }
    expect(before).toMatchObject({ revokedAt: null });
    expect((await listed(alice)).get(deviceId)).toEqual(before);
  });

  test("ids that can be none are not there", async () => {
    for (const id of ["0", "0".repeat(31), "A".repeat(32), "..%2F"]) {
      expect(await post(`/users/alice/devices/${id}/sign-out`, alice.cookie)).toBe("NOT_FOUND");
    }
  });
});
