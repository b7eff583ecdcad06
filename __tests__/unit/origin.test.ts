/** Which origin is ours, with and without PUBLIC_ORIGIN (HTTP-02), and who may change state (HTTP-01). */

import { isAllowedOrigin, isOwnOrigin, mayChangeState } from "@/lib/server/http/origin";

const unset = { publicOrigin: undefined, host: "localhost" };
const set = { publicOrigin: "https://chat.example.org", host: "localhost" };

test.each([
  ["http://localhost:3000", "localhost:3000"],
  ["http://LOCALHOST:3000".toLowerCase(), "LOCALHOST:3000"],
  ["http://127.0.0.1:3000", "127.0.0.1:3000"],
  ["http://[::1]:3000", "[::1]:3000"],
  ["https://192.168.1.7", "192.168.1.7"],
])("HTTP-02 without PUBLIC_ORIGIN %s is ours when %s was asked", (origin, host) => {
  expect(isAllowedOrigin(origin, host, unset)).toBe(true);
});

test.each([
  // DNS rebinding: the page's own name, pointed at this server.
  ["http://evil.example", "evil.example"],
  ["http://localhost.evil.example:3000", "localhost.evil.example:3000"],
  ["http://localhost:3001", "localhost:3000"],
  ["http://localhost:3000", "127.0.0.1:3000"],
  ["http://localhost:3000/", "localhost:3000"],
  ["http://user@localhost:3000", "localhost:3000"],
  ["http://LOCALHOST:3000", "localhost:3000"],
  ["null", "localhost:3000"],
  ["", ""],
  ["http://localhost:3000", undefined],
])("HTTP-02 without PUBLIC_ORIGIN %s is foreign when %s was asked", (origin, host) => {
  expect(isAllowedOrigin(origin, host, unset)).toBe(false);
});

test("HTTP-02 HOST is ours by its name", () => {
  expect(isAllowedOrigin("http://chat.lan:3000", "chat.lan:3000", { publicOrigin: undefined, host: "chat.lan" })).toBe(
    true,
  );
});

test("HTTP-02 with PUBLIC_ORIGIN that one only, whatever host was asked", () => {
  expect(isAllowedOrigin("https://chat.example.org", "127.0.0.1:3000", set)).toBe(true);
  for (const origin of ["http://chat.example.org", "https://chat.example.org:444", "http://localhost:3000", "null"]) {
    expect(isAllowedOrigin(origin, "localhost:3000", set)).toBe(false);
  }
});

test("N2 an absent origin is not ours for sockets", () => {
  expect(isOwnOrigin({ host: "localhost:3000" }, unset)).toBe(false);
  expect(isOwnOrigin({ host: "localhost:3000", origin: "http://localhost:3000" }, unset)).toBe(true);
});

describe("HTTP-01 a request that changes state", () => {
  const may = (headers: Record<string, string>, method = "POST", env = unset) =>
    mayChangeState(method, new Headers(headers), env);
  const host = "localhost:3000";

  test("with an origin: ours only", () => {
    expect(may({ host, origin: "http://localhost:3000" })).toBe(true);
    expect(may({ host, origin: "null" })).toBe(false);
    expect(may({ host, origin: "https://evil.example" })).toBe(false);
  });
  test("without one: programs without cookies, not pages", () => {
    expect(may({ host })).toBe(true);
    expect(may({ host, "sec-fetch-site": "same-origin" })).toBe(true);
    expect(may({ host, "sec-fetch-site": "cross-site" })).toBe(false);
    expect(may({ host, "sec-fetch-site": "same-site" })).toBe(false);
    expect(may({ host, cookie: "theme=dark" })).toBe(true);
    expect(may({ host, cookie: "theme=dark; sealroom-alice=x" })).toBe(false);
    expect(may({ host, cookie: "__Host-sealroom-alice=x" })).toBe(false);
  });
  test("reading needs none", () => {
    for (const method of ["GET", "HEAD", "OPTIONS"])
      expect(may({ host, origin: "https://evil.example" }, method)).toBe(true);
    for (const method of ["PUT", "PATCH", "DELETE", "PURGE"])
      expect(may({ host, origin: "https://evil.example" }, method)).toBe(false);
  });
});
