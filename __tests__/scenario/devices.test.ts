/**
 * Two browsers of one account against a real server: listed, renamed, signed out, renewed, revoked and set up anew. The server's
 * own lies about devices are tried at the end. SPEC sections DEV and REV.
 */

import { createServer } from "node:http";

import { Server } from "socket.io";
import type { z } from "zod";

import { loadIdentity } from "@/lib/client/engine/identity";
import type { Clock } from "@/lib/client/engine/ports";
import { HttpApi } from "@/lib/client/transport/http";
import { SocketTransport } from "@/lib/client/transport/socket";
import {
  listDevices,
  renameDevice,
  renewDevice,
  revokeDevice,
  signOutDevice,
  signOutOthers,
} from "@/lib/client/worker/devices";
import { RunningEngine } from "@/lib/client/worker/running-engine";
import { Engine } from "@/lib/client/engine/engine";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { makeRevocation } from "@/lib/crypto/account/revocation";
import { peekDeviceCertificate } from "@/lib/crypto/account/certificates";
import { members } from "@/lib/crypto/mls/roster";
import { randomBytes } from "@/lib/crypto/random";
import { toBase64 } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { maxDevicesPerAccount } from "@/lib/protocol/limits";
import type { ownDevicesAnswer } from "@/lib/protocol/schemas/http";
import { socketPath } from "@/lib/protocol/schemas/socket";
import { socketParser } from "@/lib/protocol/socket-parser";

import { accountKeys, deviceBody } from "../support/accounts";
import { Browser, generalId, password, realClock, unwrap, until, type Person } from "../support/person";
import { deaf } from "../support/tampered-transport";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

const dayMs = 24 * 60 * 60 * 1000;

let server: TestServer;
let general: RoomId;
const open: Person[] = [];

beforeAll(async () => {
  server = await startTestServer();
  general = await generalId(server.url);
});
afterEach(async () => {
  for (const person of open.splice(0)) await person.close();
});
afterAll(() => server.close());

async function browserOf(username: string, how: "register" | "login", now?: () => number): Promise<Browser> {
  const browser = new Browser(server.url);
  if (now !== undefined) browser.now = now;
  unwrap(await browser[how](username));
  return browser;
}

async function tabOf(browser: Browser, username: string): Promise<Person> {
  const person = await browser.person(username);
  await person.open();
  open.push(person);
  return person;
}

async function rows(browser: Browser, username: string) {
  return unwrap(await listDevices(browser.ports, username)).devices;
}

test("DEV-01 DEV-02 a second browser is listed, renamed and signed out, and told so", async () => {
  const first = await browserOf("alice", "register");
  const second = await browserOf("alice", "login");
  const tab = await tabOf(second, "alice");
  await until(() => tab.running.connection === "online", "second online");
  const { deviceId } = tab.identity;

  expect(await rows(first, "alice")).toMatchObject([
    { own: true, name: "Test browser", state: "active", signedIn: true },
    { own: false, name: "Second browser", state: "active", signedIn: true, deviceId },
  ]);
  expect((await rows(second, "alice")).map(({ own }) => own)).toEqual([true, false]);
  expect(await renameDevice(first.ports, "alice", deviceId, "  ")).toMatchObject({ error: { code: "BAD_INPUT" } });
  unwrap(await renameDevice(first.ports, "alice", deviceId, " Old   phone "));
  expect((await rows(first, "alice"))[1]?.name).toBe("Old phone");

  unwrap(await signOutDevice(first.ports, "alice", deviceId));
  await until(() => tab.running.connection === "signed-out", "second is told");
  expect((await rows(first, "alice"))[1]).toMatchObject({ signedIn: false, state: "active" });
  // The device is still one: with the password it goes on as it was.
  unwrap(await second.login("alice"));
  expect((await second.person("alice")).identity.deviceId).toBe(deviceId);
  unwrap(await signOutOthers(first.ports, "alice"));
  expect(await listDevices(second.ports, "alice")).toMatchObject({ error: { code: "NOT_SIGNED_IN" } });
});

test("T8 DEV-03 DEV-05 DEV-06 a lost device is revoked within a second, keeps what it read, and can be set up anew", async () => {
  const first = await browserOf("bob", "register");
  const second = await browserOf("bob", "login");
  const [here, lost] = [await tabOf(first, "bob"), await tabOf(second, "bob")];
  await here.join(general);
  await lost.join(general);
  await here.say(general, "before");
  await until(async () => (await lost.texts(general)).includes("bob: before"), "both read");
  const { deviceId } = lost.identity;

  const wrong = await revokeDevice(first.ports, "bob", deviceId, "not the password");
  expect(wrong).toMatchObject({ error: { code: "WRONG_PASSWORD" } });
  expect(lost.running.connection).toBe("online");
  unwrap(await revokeDevice(first.ports, "bob", deviceId, password));
  const answered = Date.now();
  await until(() => lost.running.connection === "revoked", "the lost device is told");
  expect(Date.now() - answered).toBeLessThan(1000);
  unwrap(await revokeDevice(first.ports, "bob", deviceId, password));
  expect((await rows(first, "bob")).at(-1)).toMatchObject({ deviceId, state: "revoked", signedIn: false });

  // It gets nothing more and keeps what it had.
  await here.say(general, "after");
  await until(async () => (await here.texts(general)).includes("bob: after"), "said");
  expect(await lost.texts(general)).toEqual(["bob: before"]);
  await lost.close();
  const again = await tabOf(second, "bob");
  await until(() => again.running.connection === "revoked", "also after a restart");
  await again.close();

  // With the password it becomes a new device in the same place: what was read is there, and the room is joined again.
  expect(unwrap(await second.login("bob"))).toMatchObject({ newDevice: true });
  const anew = await tabOf(second, "bob");
  expect(anew.identity.deviceId).not.toBe(deviceId);
  expect(await anew.texts(general)).toEqual(["bob: before"]);
  await until(() => anew.room(general)?.meta.membership === "joined", "joined anew");
  await anew.say(general, "back");
  await until(async () => (await here.texts(general)).includes("bob: back"), "heard again");
});

test("DEV-06 a tab that is open when its device is revoked goes on with the new device after the sign-in of another tab", async () => {
  const first = await browserOf("carol", "register");
  const second = await browserOf("carol", "login");
  const { identity, store } = await second.person("carol");
  const started: Engine[] = [];
  const running = await RunningEngine.start(identity, store, async (own) => {
    const { origin, http, cookieHeader } = second;
    const extraHeaders = { cookie: cookieHeader, origin };
    const transport = new SocketTransport({ origin, identity: own, http, extraHeaders });
    const random = { bytes: randomBytes };
    const engine = await Engine.start({
      identity: own,
      store,
      transport,
      clock: realClock,
      random,
      emit: () => undefined,
    });
    started.push(engine);
    return engine;
  });
  await until(async () => (await running.current()).connection === "online", "online");
  unwrap(await revokeDevice(first.ports, "carol", identity.deviceId, password));
  await until(async () => (await running.current()).connection === "revoked", "revoked");
  expect(started).toHaveLength(1);
  unwrap(await second.login("carol"));
  await until(async () => (await running.current()).connection === "online", "online as a new device");
  expect(started).toHaveLength(2);
  expect((await running.current()).identity.deviceId).not.toBe(identity.deviceId);
  await (await running.current()).close();
});

test("DEV-07 ten lost devices are no dead end: the eleventh browser gives one up and comes in", async () => {
  const first = await browserOf("dave", "register");
  const { identity } = await first.person("dave");
  for (let count = 1; count < maxDevicesPerAccount; count++) await browserOf("dave", "login");
  const eleventh = new Browser(server.url);
  expect(await eleventh.login("dave")).toMatchObject({ error: { code: "TOO_MANY_DEVICES" } });
  const view = unwrap(await listDevices(eleventh.ports, "dave"));
  expect(view).toMatchObject({ renewal: "none", most: maxDevicesPerAccount });
  expect(view.devices.some(({ own }) => own)).toBe(false);
  unwrap(await revokeDevice(eleventh.ports, "dave", identity.deviceId, password));
  expect(unwrap(await eleventh.login("dave"))).toMatchObject({ newDevice: true });
  const tab = await tabOf(eleventh, "dave");
  await until(() => tab.running.connection === "online", "the eleventh is online");
});

describe("CERT-13 DEV-04 renewing", () => {
  test("a certificate in its last month asks for the password, and the next self-update carries the new one", async () => {
    const old = Date.now() - 65 * dayMs;
    const browser = await browserOf("erin", "register", () => old);
    const other = await browserOf("erin", "login");
    const here = await tabOf(browser, "erin");
    // A room of its own: no other member has to be there.
    await until(() => here.running.connection === "online", "online");
    const { roomId } = unwrap<{ roomId: RoomId }>(await here.running.createRoom("Erin alone"));
    await until(() => here.room(roomId)?.meta.membership === "joined", "in");
    browser.now = () => Date.now();
    const view = unwrap(await listDevices(browser.ports, "erin"));
    expect(view.renewal).toBe("due");
    expect(view.renewBy).toBe(peekDeviceCertificate(here.identity.deviceCertificate)?.notAfter.getTime());
    expect(unwrap(await listDevices(other.ports, "erin")).renewal).toBe("none");

    expect(await renewDevice(browser.ports, "erin", "not it")).toMatchObject({ error: { code: "WRONG_PASSWORD" } });
    unwrap(await renewDevice(browser.ports, "erin", password));
    expect(unwrap(await listDevices(browser.ports, "erin")).renewal).toBe("none");
    const renewed = await loadIdentity(here.store);
    expect(renewed).toMatchObject({ deviceId: here.identity.deviceId, secretKey: here.identity.secretKey });
    expect(renewed?.deviceCertificate).not.toEqual(here.identity.deviceCertificate);

    // A week later by this device's clock it renews its leaf, with the certificate of now.
    await here.close();
    const later: Clock = { ...realClock, now: () => Date.now() + 8 * dayMs };
    const engine = await Engine.start({
      identity: here.identity,
      store: here.store,
      transport: here.transport(),
      clock: later,
      random: { bytes: randomBytes },
      emit: () => undefined,
    });
    if (renewed === undefined) throw new Error("no identity");
    engine.renew(renewed);
    const before = engine.inspect(roomId)?.group?.epoch ?? 0n;
    await until(() => (engine.inspect(roomId)?.group?.epoch ?? 0n) > before, "a self-update", 30_000);
    const reader = await tabOf(other, "erin");
    await reader.join(roomId);
    const group = reader.room(roomId)?.group;
    const leaf = group && members(group).find(({ deviceId }) => deviceId === renewed.deviceId);
    expect(leaf?.signatureKey).toEqual(renewed.publicKey);
    expect(() => {
      engine.renew({ ...renewed, deviceId: "0".repeat(32) });
    }).toThrow(RangeError);
    await engine.close();
  });

  test("a sign-in in the last month renews by itself", async () => {
    const browser = await browserOf("frank", "register", () => Date.now() - 70 * dayMs);
    browser.now = () => Date.now();
    expect(unwrap(await listDevices(browser.ports, "frank")).renewal).toBe("due");
    unwrap(await browser.login("frank"));
    expect(unwrap(await listDevices(browser.ports, "frank")).renewal).toBe("none");
  });

  test("a renewal whose answer was lost is found again in the directory", async () => {
    const browser = await browserOf("grace", "register", () => Date.now() - 70 * dayMs);
    browser.now = () => Date.now();
    const losing = new HttpApi({
      origin: "",
      fetch: async (path, init) => {
        const response = await browser.fetch(path, init);
        if (path.endsWith("/certificate")) throw new TypeError("the line broke");
        return response;
      },
    });
    const failed = await renewDevice({ ...browser.ports, http: losing }, "grace", password);
    expect(failed).toMatchObject({ error: { code: "OFFLINE" } });
    const before = await browser.person("grace");
    expect(unwrap(await listDevices(browser.ports, "grace")).renewal).toBe("none");
    const after = await browser.person("grace");
    expect(after.identity.deviceCertificate).not.toEqual(before.identity.deviceCertificate);
    unwrap(await renewDevice(browser.ports, "grace", password));
  });
});

describe("a server that lies about devices", () => {
  type Devices = z.input<typeof ownDevicesAnswer>["devices"];

  /** The account's own list, as `edit` makes the server tell it. */
  function lying(browser: Browser, edit: (devices: Devices) => unknown): HttpApi {
    return new HttpApi({
      origin: "",
      fetch: async (path, init) => {
        const response = await browser.fetch(path, init);
        if (init.method !== "GET" || !path.endsWith("/devices")) return response;
        const body = (await response.json()) as { devices: Devices };
        edit(body.devices);
        return Response.json(body);
      },
    });
  }

  test("S3 a device that the account never certified is listed as foreign; one removed without a signature as refused", async () => {
    const heidi = await browserOf("heidi", "register");
    const mallory = await browserOf("mallory", "register");
    const stranger = (await mallory.person("mallory")).identity;
    const http = lying(heidi, (devices) => {
      const [own] = devices;
      if (own === undefined) throw new Error("no device");
      const certificate = toBase64(stranger.deviceCertificate);
      devices.push({ ...own, id: stranger.deviceId, certificate, name: "ghost" });
      devices.push({ ...own, id: stranger.deviceId, name: "own certificate, other id" });
      own.revokedAt = new Date().toISOString();
    });
    const view = unwrap(await listDevices({ ...heidi.ports, http }, "heidi"));
    expect(view.devices.map(({ name, state }) => [name, state])).toEqual([
      ["Test browser", "refused"],
      ["ghost", "foreign"],
      ["own certificate, other id", "foreign"],
    ]);
    // Its word alone does not make this browser give up its device either.
    const before = await heidi.person("heidi");
    unwrap(await heidi.login("heidi"));
    expect((await heidi.person("heidi")).identity.deviceId).toBe(before.identity.deviceId);
  });

  test("S3 the directory does not take a device under another account", async () => {
    const ivan = await browserOf("ivan", "register");
    const { identity } = await (await browserOf("judy", "register")).person("judy");
    const body = await deviceBody(identity, 1);
    const response = await ivan.fetch("/api/v1/users/ivan/devices", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(await response.json()).toMatchObject({ error: { code: "BAD_CERTIFICATE" } });
    expect(await rows(ivan, "ivan")).toHaveLength(1);
  });

  test("DEV-05 a notice of revocation counts only with the account's signature over this very device", async () => {
    const account = await accountKeys("kim");
    const identity = await makeDevice({ account, now: new Date() });
    const stranger = await accountKeys("mallory");
    const { deviceId } = identity;
    const now = new Date();
    const forged = [
      await makeRevocation(account, { deviceId: "0".repeat(32), now }),
      await makeRevocation(stranger, { deviceId, now }),
      new Uint8Array(441).fill(1),
      "revoked",
    ];
    const http = createServer();
    const io = new Server(http, { path: socketPath, parser: socketParser, transports: ["websocket"] });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const address = http.address();
    const origin = `http://127.0.0.1:${String(typeof address === "object" ? address?.port : 0)}`;
    const said = new Promise<{ say: (revocation: unknown) => void }>((resolve) => {
      io.on("connection", (socket) => {
        resolve({ say: (revocation) => socket.emit("device:revoked", { revocation }) });
      });
    });
    const transport = new SocketTransport({ origin, identity, http: new HttpApi({ origin, fetch }) });
    const states: string[] = [];
    transport.listen({ ...deaf, state: (state) => states.push(state) });
    const { say } = await said;
    for (const revocation of forged) say(revocation);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(states).toEqual(["connecting"]);
    say(await makeRevocation(account, { deviceId, now }));
    await until(() => states.includes("revoked"), "the genuine one is believed");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(states.at(-1)).toBe("revoked");
    transport.close();
    await io.close();
  });
});
