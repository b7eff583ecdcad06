/** Session cookies: one per account, bound to host and TLS where there is TLS (HTTP-06, N1). */

import { cookieName, endedCookie, readCookie, sessionCookie, sessionCookieNames } from "@/lib/server/http/cookies";

const plain = { publicOrigin: undefined };
const https = { publicOrigin: "https://chat.example.org" };

test("HTTP-06 over plain HTTP: HttpOnly, SameSite, for thirty days", () => {
  expect(sessionCookie("alice", "t", plain)).toBe("sealroom-alice=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000");
  expect(endedCookie("alice", plain)).toBe("sealroom-alice=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
});

test("N1 HTTP-06 with HTTPS: Secure and __Host-, and the plain name is not read", () => {
  expect(sessionCookie("alice", "t", https)).toBe(
    "__Host-sealroom-alice=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure",
  );
  expect(readCookie("sealroom-alice=stolen", cookieName("alice", https))).toBeUndefined();
});

test("one cookie per account; names that contain each other do not meet", () => {
  const header = "a=1; sealroom-al=2;sealroom-alice=3 ; sealroom-bob=4=5";
  expect(readCookie(header, cookieName("alice", plain))).toBe("3");
  expect(readCookie(header, cookieName("al", plain))).toBe("2");
  expect(readCookie(header, cookieName("bob", plain))).toBe("4=5");
  expect(readCookie(header, cookieName("carol", plain))).toBeUndefined();
  expect(sessionCookieNames(header, plain)).toEqual(["sealroom-al", "sealroom-alice", "sealroom-bob"]);
  expect(sessionCookieNames(header, https)).toEqual([]);
  for (const none of [null, undefined, "", ";;", "=x"])
    expect(readCookie(none, cookieName("alice", plain))).toBeUndefined();
});
