/** The environment: defaults that work, and one clear sentence for each bad value. */

import path from "node:path";

import { BadEnvironment, parseEnv } from "@/lib/server/env";

test("an empty environment gives a server for this computer only, with SQLite under ./data", () => {
  expect(parseEnv({})).toEqual({
    isDevelopment: false,
    port: 3000,
    host: "localhost",
    listenHost: "127.0.0.1",
    shownHost: "localhost",
    dataDir: path.resolve("data"),
    databaseFile: path.resolve("data/sealroom.db"),
    publicOrigin: undefined,
    trustProxy: false,
    logLevel: "info",
    rateLimitFactor: 1,
  });
});

test("empty values count as unset; others are taken", () => {
  const env = parseEnv({
    PORT: "",
    HOST: "0.0.0.0",
    DATA_DIR: "/srv/chat",
    TRUST_PROXY: "1",
    PUBLIC_ORIGIN: "https://chat.example.org",
  });
  expect(env).toMatchObject({
    port: 3000,
    host: "0.0.0.0",
    listenHost: "0.0.0.0",
    shownHost: "localhost",
    trustProxy: true,
  });
  expect(env.databaseFile).toBe("/srv/chat/sealroom.db");
  expect(env.publicOrigin).toBe("https://chat.example.org");
  expect(parseEnv({ DATABASE_URL: "file:/srv/x.db" }).databaseFile).toBe("/srv/x.db");
  expect(parseEnv({ HOST: "::1" }).shownHost).toBe("[::1]");
});

test.each([
  ["PORT", "http"],
  ["PORT", "70000"],
  ["PORT", "3000.5"],
  ["DATABASE_URL", "postgresql://db/sealroom"],
  ["DATABASE_URL", "file:"],
  ["PUBLIC_ORIGIN", "chat.example.org"],
  ["PUBLIC_ORIGIN", "https://chat.example.org/"],
  ["PUBLIC_ORIGIN", "https://chat.example.org/path"],
  ["PUBLIC_ORIGIN", "ftp://chat.example.org"],
  ["TRUST_PROXY", "yes"],
  ["LOG_LEVEL", "loud"],
  ["RATE_LIMIT_FACTOR", "0"],
  ["RATE_LIMIT_FACTOR", "many"],
])("%s=%s is refused in one sentence that names it", (name, value) => {
  const refused = () => parseEnv({ [name]: value });
  expect(refused).toThrow(BadEnvironment);
  expect(refused).toThrow(new RegExp(`^The environment variable ${name} .*\\.$`));
});
