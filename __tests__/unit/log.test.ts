/** T3 HTTP-11 Logs hold no secret, even when one is handed over by mistake. */

import { describeError } from "@/lib/server/ops/describe-error";
import { makeLog } from "@/lib/server/ops/log";

test("T3 HTTP-11 what could hold a secret is cut out at two levels", () => {
  const lines: string[] = [];
  const log = makeLog({ logLevel: "debug" }, { write: (line) => lines.push(line) });
  const secret = "MARKER-cOok1e";
  const names = ["headers", "cookie", "set-cookie", "authorization", "body", "query", "token", "password", "vault"];
  for (const name of names) {
    log.info({ [name]: secret }, "x");
    log.info({ request: { [name]: secret } }, "x");
  }
  log.info({ method: "GET", path: "/api/v1/rooms" }, "request");
  expect(lines).toHaveLength(names.length * 2 + 1);
  expect(lines.join("")).not.toContain(secret);
  expect(lines.at(-1)).toContain('"path":"/api/v1/rooms"');
});

test("T3 HTTP-11 a failure is told by name and place, not by its message", () => {
  const told = describeError(new TypeError("MARKER in message"));
  expect(told.name).toBe("TypeError");
  expect(told.at).toMatch(/^at /);
  expect(JSON.stringify(told)).not.toContain("MARKER");
  expect(describeError("MARKER")).toEqual({ name: "string", code: undefined, at: undefined });
});
