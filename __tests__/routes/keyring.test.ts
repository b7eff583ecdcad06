/** GET and PUT /api/v1/users/{name}/keyring. */

import { toBase64 } from "@/lib/protocol/bytes";
import { keyringSealedMaxBytes } from "@/lib/protocol/limits";
import { keyringAnswer } from "@/lib/protocol/schemas/http";

import { call, makeTestAccount, type TestAccount } from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;
let bob: TestAccount;

beforeAll(async () => {
  server = await startTestServer();
  [alice, bob] = [await makeTestAccount(server.url, "alice"), await makeTestAccount(server.url, "bob")];
});
afterAll(() => server.close());

const path = "/users/alice/keyring";
const put = (version: number, fill: number, cookie: string | undefined = alice.cookie) =>
  call(server.url, path, { method: "PUT", json: { version, sealed: toBase64(new Uint8Array(40).fill(fill)) }, cookie });
const held = async () => keyringAnswer.parse((await call(server.url, path, { cookie: alice.cookie })).body);

test("KEY-04 a version follows the stored one by one; every other is a conflict and changes nothing", async () => {
  const told: unknown[] = [];
  server.services.accountNotices.onNotice((accountId, { what }) => told.push([accountId, what]));
  expect(await held()).toEqual({ version: 0, sealed: null });
  expect((await put(2, 1)).code).toBe("VERSION_CONFLICT");
  expect((await put(1, 1)).status).toBe(204);
  expect(await held()).toEqual({ version: 1, sealed: new Uint8Array(40).fill(1) });
  for (const version of [1, 3]) {
    const answer = await put(version, 2);
    expect([answer.status, answer.code]).toEqual([409, "VERSION_CONFLICT"]);
  }
  expect((await put(2, 2)).status).toBe(204);
  expect(await held()).toEqual({ version: 2, sealed: new Uint8Array(40).fill(2) });
  expect(told).toEqual([
    [alice.identity.accountId, "keyring"],
    [alice.identity.accountId, "keyring"],
  ]);
});

test("KEY-04 of many who save at once, one gets in", async () => {
  const { version } = await held();
  const answers = await Promise.all(Array.from({ length: 6 }, (_, fill) => put(version + 1, fill)));
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  expect((await held()).version).toBe(version + 1);
});

test("KEY-04 W2 nobody else's session sees or changes it, and who asks learns nothing", async () => {
  const before = await held();
  expect((await put(before.version + 1, 9, bob.cookie)).code).toBe("NOT_FOUND");
  expect((await call(server.url, path, { cookie: bob.cookie })).code).toBe("NOT_FOUND");
  expect((await call(server.url, path)).code).toBe("NOT_SIGNED_IN");
  expect((await call(server.url, "/users/nobody/keyring", { cookie: bob.cookie })).code).toBe("NOT_FOUND");
  expect(await held()).toEqual(before);
});

test("KEY-04 W15 what does not fit is refused", async () => {
  const { version } = await held();
  const sealed = toBase64(new Uint8Array(40));
  for (const json of [
    { version: 0, sealed },
    { version: version + 1, sealed: "" },
    { version: version + 1, sealed: "A" },
    { version: version + 1.5, sealed },
    { version: String(version + 1), sealed },
    { version: version + 1, sealed, more: 1 },
    { version: version + 1, sealed: toBase64(new Uint8Array(keyringSealedMaxBytes + 1)) },
  ]) {
    const answer = await call(server.url, path, { method: "PUT", json, cookie: alice.cookie });
    expect([answer.status, answer.code]).toEqual([400, "MALFORMED"]);
  }
  expect((await put(version + 1, 3)).status).toBe(204);
});
