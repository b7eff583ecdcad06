/** What every route refuses alike. The routes are read off the folders, so that a new one cannot be forgotten. */

import { errorBodySchema } from "@/lib/protocol/schemas/http";
import { httpBodyMaxBytes } from "@/lib/protocol/limits";

import { call, deviceBody, makeTestAccount, type Sent, type TestAccount } from "../support/accounts";
import { findRoutes, startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
});
afterAll(() => server.close());

const paths = findRoutes()
  .filter(({ pattern }) => !pattern.includes("[..."))
  .map(({ pattern }) =>
    pattern
      .replace("/api/v1", "")
      .replace("[name]", "alice")
      .replace("[accountId]", "0".repeat(64))
      .replace("[deviceId]", "0".repeat(32))
      .replace("[linkId]", "0".repeat(32)),
  );
const changing = ["POST", "PUT", "PATCH", "DELETE"];
const everyChange = paths.flatMap((path) => changing.map((method) => [method, path] as const));

/** Every row of every table. */
async function dump(): Promise<string> {
  const { reader } = server.services.database;
  const tables = await reader.$queryRawUnsafe<{ name: string }[]>(
    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
  );
  const rows = await Promise.all(tables.map(({ name }) => reader.$queryRawUnsafe(`SELECT * FROM "${name}"`)));
  return JSON.stringify(rows, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

/** A body that would do something if it were let through. */
async function tempting(path: string): Promise<unknown> {
  const { deviceId } = alice.identity;
  if (path.endsWith("/devices")) return await deviceBody(alice.identity, 1);
  if (path.endsWith("/key-packages"))
    return { deviceId, keyPackages: (await deviceBody(alice.identity, 1)).keyPackages };
  if (path.endsWith("/login/start")) return { username: "alice", startLoginRequest: "A".repeat(128) };
  return {};
}

test("W1 there are routes to try", () => {
  expect(paths).toEqual(
    expect.arrayContaining(["/register/finish", "/users/alice/logout", "/users/alice/key-packages/claim"]),
  );
});

describe("W1 HTTP-01 cross-site requests change nothing", () => {
  const attacks: Record<string, Sent> = {
    "a foreign origin": { origin: "https://evil.example" },
    "a null origin": { origin: "null" },
    "our name with another port": { origin: "http://127.0.0.1:1" },
    "our origin with a path": { origin: "http://127.0.0.1/x" },
    "no origin, from a page of another site": { origin: undefined, headers: { "sec-fetch-site": "cross-site" } },
    "no origin, from a page of a sibling site": { origin: undefined, headers: { "sec-fetch-site": "same-site" } },
    "no origin, but a session cookie": { origin: undefined },
  };
  test.each(everyChange)("%s %s", async (method, path) => {
    const before = await dump();
    const json = await tempting(path);
    for (const [name, attack] of Object.entries(attacks)) {
      const answer = await call(server.url, path, { ...attack, method, json, cookie: alice.cookie });
      expect([name, answer.status, answer.code]).toEqual([name, 403, "FOREIGN_ORIGIN"]);
    }
    expect(await dump()).toBe(before);
  });

  test.each(paths)("W1 HTTP-03 a form or plain text to %s: 415 or a method that is not there", async (path) => {
    const before = await dump();
    const contentTypes = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/jsonx",
    ];
    for (const contentType of contentTypes) {
      const raw = JSON.stringify(await tempting(path));
      const answer = await call(server.url, path, {
        raw,
        headers: { "content-type": contentType },
        cookie: alice.cookie,
      });
      expect([415, 405]).toContain(answer.status);
    }
    expect(await dump()).toBe(before);
  });

  test("HTTP-01 a program without cookies needs no origin", async () => {
    const answer = await call(server.url, "/users/alice/key-packages/claim", { method: "POST", origin: undefined });
    expect(answer.status).toBe(200);
  });
});

describe("bodies", () => {
  const path = "/register/start";
  const json = (text: string) => call(server.url, path, { raw: text, headers: { "content-type": "application/json" } });

  test.each(["{", "", "[1", "\u0000", '{"a":1}x'])("HTTP-03 %j is not JSON we take: 400", async (text) => {
    expect((await json(text)).status).toBe(400);
  });
  test("HTTP-03 bytes that are not UTF-8: 400 BAD_JSON", async () => {
    const raw = new Blob([new Uint8Array([0x22, 0xff, 0x22])]);
    const answer = await call(server.url, path, { raw, headers: { "content-type": "application/json" } });
    expect([answer.status, answer.code]).toEqual([400, "BAD_JSON"]);
  });
  // A request that is taken as it is, or it would be refused for that and prove nothing: the generator of ristretto255.
  const sound = Buffer.from("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76", "hex").toString(
    "base64url",
  );
  test("HTTP-03 what the next ones are made from is taken", async () => {
    expect((await json(`{"username":"eve","registrationRequest":"${sound}"}`)).status).toBe(200);
  });
  test.each([
    `{"__proto__":{"username":"x"},"username":"eve","registrationRequest":"${sound}"}`,
    `{"username":{"$gt":""},"registrationRequest":"${sound}"}`,
    `{"username":"eve","registrationRequest":["${sound}"]}`,
    `{"username":"eve","registrationRequest":"${sound}","role":"admin"}`,
    "null",
    "[]",
    '"text"',
  ])("W15 HTTP-03 %s: 400 MALFORMED", async (text) => {
    const answer = await json(text);
    expect([answer.status, answer.code]).toEqual([400, "MALFORMED"]);
  });

  test("W8 HTTP-04 one byte too many: 413, with and without a length, at every route that reads bodies", async () => {
    const just = "x".repeat(httpBodyMaxBytes);
    expect((await json(just)).code).toBe("BAD_JSON");
    const headers = { "content-type": "application/json" };
    for (const route of [
      "/register/start",
      "/register/finish",
      "/login/start",
      "/login/finish",
      "/users/alice/key-packages/claim",
    ]) {
      const told = await call(server.url, route, { raw: `${just}x`, headers });
      expect([told.status, told.code]).toEqual([413, "TOO_LARGE"]);
    }
    const bytes = new TextEncoder().encode(`${just}x`);
    const chunked = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 65_536) controller.enqueue(bytes.slice(at, at + 65_536));
        controller.close();
      },
    });
    const untold = await call(server.url, "/register/finish", { raw: chunked, headers });
    expect([untold.status, untold.code]).toEqual([413, "TOO_LARGE"]);
  });
});

describe("answers", () => {
  test.each(paths)("HTTP-05 %s answers other methods with 405, JSON and Allow", async (path) => {
    const { headers } = await call(server.url, path, { method: "OPTIONS" });
    const allowed = headers.get("allow")?.split(", ") ?? [];
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter((one) => !allowed.includes(one))) {
      const answer = await call(server.url, path, { method });
      expect(errorBodySchema.parse(answer.body).error.code).toBe("METHOD_NOT_ALLOWED");
      expect([answer.status, answer.headers.get("allow")]).toEqual([
        405,
        expect.stringMatching(/^(GET|POST|PUT|PATCH|DELETE)/),
      ]);
    }
  });
  test.each(["/nothing", "/users/alice/nothing", "/../v2/x", "/users", "/%00"])(
    "HTTP-05 %s is not there: 404 in JSON",
    async (path) => {
      for (const method of ["GET", "POST"]) {
        const answer = await call(server.url, path, { method });
        expect([answer.status, answer.code]).toEqual([404, "NOT_FOUND"]);
      }
    },
  );

  test("HTTP-05 HTTP-10 W18 every answer carries the headers, success and refusal alike", async () => {
    for (const path of ["/rooms", "/users/nobody", "/nothing", "/users/alice/key.pem"]) {
      const { headers } = await call(server.url, path);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });

  test("HTTP-05 a failure inside tells nothing but INTERNAL", async () => {
    const broken = jest
      .spyOn(server.services.directory, "byName")
      .mockRejectedValue(new Error("secret detail at /srv/x.ts"));
    const answer = await call(server.url, "/users/alice");
    broken.mockRestore();
    expect([answer.status, answer.code]).toEqual([500, "INTERNAL"]);
    expect(JSON.stringify(answer.body)).not.toMatch(/secret|srv|\.ts/);
  });
});
