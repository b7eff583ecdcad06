/** /users/{name}/vault, /password, DELETE /users/{name}: a session is not enough, the account key must have signed. */

import { signAsAccount } from "@/lib/crypto/account/account-key";
import { firstAccountSecret } from "@/lib/crypto/account/account-secret";
import { sealVault } from "@/lib/crypto/account/vault";
import { randomBytes } from "@/lib/crypto/random";
import { deletionStatement, vaultStatement } from "@/lib/protocol/account-statement";
import { toBase64 } from "@/lib/protocol/bytes";
import { vaultAnswer } from "@/lib/protocol/schemas/account";

import { accountKeys, call, makeTestAccount, revocationOf, type TestAccount } from "../support/accounts";
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

const exportKey = randomBytes(64);
const recoveryKey = randomBytes(16);

interface Change {
  readonly signer?: TestAccount;
  readonly accountId?: string;
  /** Of the statement: alice's, whatever is sealed. */
  readonly signedAccountId?: string;
  readonly sealedVersion?: number;
  readonly withRecovery?: boolean;
  readonly recoveryHash?: string | null;
  readonly signedRecord?: string;
}

/** A vault of alice as her client would send it, but for what `change` says. */
async function vaultBody(vaultVersion: number, change: Change = {}) {
  const { accountId = alice.identity.accountId, signer = alice, withRecovery = false } = change;
  const { privateKeyPkcs8 } = await accountKeys(signer.username);
  const vault = await sealVault({
    accountId,
    version: change.sealedVersion ?? vaultVersion,
    contents: { privateKeyPkcs8, accountSecret: firstAccountSecret() },
    wraps: [{ kind: "password", exportKey }, ...(withRecovery ? [{ kind: "recovery", recoveryKey } as const] : [])],
  });
  const recoveryHash = change.recoveryHash ?? null;
  const signed = vaultStatement({
    accountId: change.signedAccountId ?? alice.identity.accountId,
    vaultVersion,
    vault,
    recoveryHash: recoveryHash ?? undefined,
    registrationRecord: change.signedRecord,
  });
  const signature = toBase64(await signAsAccount(privateKeyPkcs8, signed));
  return { vaultVersion, vault: toBase64(vault), recoveryHash, signature };
}

const path = "/users/alice/vault";
const put = (json: unknown, cookie: string | undefined = alice.cookie) =>
  call(server.url, path, { method: "PUT", json, cookie });
const held = async () => vaultAnswer.parse((await call(server.url, path, { cookie: alice.cookie })).body);
const hash = "ab".repeat(32);

test("REN-02 a renewal is taken with the revocation it comes with, or neither", async () => {
  const gina = await makeTestAccount(server.url, "gina");
  const { keyrings, vaults } = server.services;
  const { accountId, deviceId } = gina.identity;
  const revocation = toBase64(await revocationOf(gina, deviceId));
  const path = `/users/gina/devices/${deviceId}/revoke`;
  const send = (renewal: unknown) => call(server.url, path, { json: { revocation, renewal }, cookie: gina.cookie });
  const keyring = (version: number) => ({ version, sealed: toBase64(randomBytes(40)) });
  const next = async (version: number, signer = gina) =>
    await vaultBody(version, { accountId, signer, signedAccountId: accountId });
  const isRevoked = async () =>
    (await server.services.database.reader.device.findUniqueOrThrow({ where: { id: deviceId } })).revokedAt !== null;
  const stands = async () => [(await vaults.fetch(accountId)).version, (await keyrings.fetch(accountId)).version];
  for (const [renewal, code] of [
    [{ vault: await next(2), keyring: keyring(2) }, "VERSION_CONFLICT"],
    [{ vault: await next(3), keyring: keyring(1) }, "VERSION_CONFLICT"],
    [{ vault: await next(2, alice), keyring: keyring(1) }, "BAD_VAULT"],
    [{ vault: await next(2) }, "MALFORMED"],
  ] as const) {
    expect((await send(renewal)).code).toBe(code);
    expect([await isRevoked(), await stands()]).toEqual([false, [1, 0]]);
  }
  expect((await send({ vault: await next(2), keyring: keyring(1) })).status).toBe(204);
  expect([await isRevoked(), await stands()]).toEqual([true, [2, 1]]);
});

test("ACC-19 the account key's word for the next version is taken, and serves once", async () => {
  expect(await held()).toMatchObject({ version: 1, recoveryKey: false });
  const body = await vaultBody(2, { withRecovery: true, recoveryHash: hash });
  expect((await put(body)).status).toBe(204);
  expect(await held()).toMatchObject({ version: 2, recoveryKey: true });
  expect((await put(body)).code).toBe("VERSION_CONFLICT");
  expect((await put(await vaultBody(2))).code).toBe("VERSION_CONFLICT");
  expect((await put(await vaultBody(4))).code).toBe("VERSION_CONFLICT");
});

test("ACC-19 S24 W2 a session without the account key changes nothing, and neither does a word about something else", async () => {
  const before = await held();
  const next = before.version + 1;
  const good = await vaultBody(next);
  const other = await vaultBody(next);
  const refused: [string, unknown][] = [
    ["signed by another account", await vaultBody(next, { signer: bob })],
    ["of another account", await vaultBody(next, { accountId: bob.identity.accountId })],
    ["sealed under another version", await vaultBody(next, { sealedVersion: next + 1 })],
    ["signed for another vault", { ...good, vault: other.vault }],
    ["signed for a new password too", await vaultBody(next, { signedRecord: "AAAA" })],
    ["a recovery hash that was not signed", { ...(await vaultBody(next, { withRecovery: true })), recoveryHash: hash }],
    ["a recovery hash without a recovery wrap", await vaultBody(next, { recoveryHash: hash })],
    ["a recovery wrap without its hash", await vaultBody(next, { withRecovery: true })],
    ["no vault", { ...good, vault: toBase64(new Uint8Array(64)) }],
  ];
  for (const [name, body] of refused) expect([name, (await put(body)).code]).toEqual([name, "BAD_VAULT"]);
  expect((await put(good, bob.cookie)).code).toBe("NOT_FOUND");
  expect((await call(server.url, path, { method: "PUT", json: good })).code).toBe("NOT_SIGNED_IN");
  expect((await call(server.url, path, { cookie: bob.cookie })).code).toBe("NOT_FOUND");
  expect(await held()).toEqual(before);
});

test("ACC-19 W15 what does not fit is refused", async () => {
  const good = await vaultBody((await held()).version + 1);
  for (const change of [
    { vaultVersion: 0 },
    { vaultVersion: 2 ** 32 },
    { signature: toBase64(new Uint8Array(383)) },
    { recoveryHash: "AB".repeat(32) },
    { recoveryHash: undefined },
    { vault: "" },
    { more: 1 },
  ]) {
    expect((await put({ ...good, ...change })).code).toBe("MALFORMED");
  }
});

test("REC-04 a password is changed only with a record that can be used and a signature that names it", async () => {
  const finish = (json: unknown) => call(server.url, "/users/alice/password/finish", { json, cookie: alice.cookie });
  const next = (await held()).version + 1;
  const registrationRecord = "A".repeat(256);
  const unsigned = await vaultBody(next);
  expect((await finish({ ...unsigned, registrationRecord: "AAAA" })).code).toBe("MALFORMED");
  expect(["MALFORMED", "BAD_VAULT"]).toContain((await finish({ ...unsigned, registrationRecord })).code);
  const stored = await server.services.database.reader.account.findUniqueOrThrow({ where: { username: "alice" } });
  expect(stored.vaultVersion).toBe(next - 1);
});

test("REC-06 an account is deleted only by its own key's word for its present vault", async () => {
  const remove = (json: unknown, cookie: string = alice.cookie) =>
    call(server.url, "/users/alice", { method: "DELETE", json, cookie });
  const { version } = await held();
  const word = async (signer: string, vaultVersion: number) => {
    const statement = deletionStatement({ accountId: alice.identity.accountId, vaultVersion });
    return toBase64(await signAsAccount((await accountKeys(signer)).privateKeyPkcs8, statement));
  };
  const mine = await word("alice", version);
  const { deviceId } = alice.identity;
  const revocations = [toBase64(await revocationOf(alice, deviceId))];
  const forged = [toBase64(await revocationOf(bob, deviceId))];
  const another = [toBase64(await revocationOf(alice, bob.identity.deviceId))];
  const good = { vaultVersion: version, signature: mine, revocations };
  expect((await remove({ ...good, signature: await word("bob", version) })).code).toBe("BAD_VAULT");
  expect((await remove({ ...good, signature: await word("alice", version - 1) })).code).toBe("BAD_VAULT");
  expect((await remove({ ...good, vaultVersion: version - 1 })).code).toBe("VERSION_CONFLICT");
  expect((await remove(good, bob.cookie)).code).toBe("NOT_FOUND");
  // Every device of the account is given up with it, and by nobody else.
  expect((await remove({ ...good, revocations: forged })).code).toBe("BAD_REVOCATION");
  for (const some of [[], another])
    expect((await remove({ ...good, revocations: some })).code).toBe("VERSION_CONFLICT");
  expect((await remove({ vaultVersion: version, signature: mine })).code).toBe("MALFORMED");
  expect((await call(server.url, "/users/alice")).status).toBe(200);
  const gone = await remove(good);
  expect(gone.status).toBe(204);
  expect(gone.headers.getSetCookie()).toEqual([expect.stringMatching(/^sealroom-alice=; .*Max-Age=0/)]);
  expect((await call(server.url, "/users/alice")).code).toBe("NOT_FOUND");
  expect(
    (
      await call(server.url, "/register/start", {
        json: { username: "alice", registrationRequest: Buffer.alloc(32).toString("base64url") },
      })
    ).code,
  ).toBe("NAME_TAKEN");
});
