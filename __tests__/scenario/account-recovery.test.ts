/** Every way to change, recover, replace and end an account, by the real client code against the real server. */

import { createHash } from "node:crypto";

import { openVault } from "@/lib/crypto/account/vault";
import { randomBytes } from "@/lib/crypto/random";
import {
  changePassword,
  deleteAccount,
  newRecoveryKey,
  saveRecoveryKey,
  testRecoveryKey,
  vaultReport,
} from "@/lib/client/worker/account-care";
import { recoverAccount, resetAccount } from "@/lib/client/worker/recover";
import { unlockAccount } from "@/lib/client/worker/unlock";
import { makeResetCode } from "@/lib/server/accounts/reset-codes";
import { column } from "@/lib/server/db/database";
import { parsePrintedKey, printKey } from "@/lib/protocol/recovery-key";
import { roomListAnswer } from "@/lib/protocol/schemas/http";

import { call } from "../support/accounts";
import { sealFirstVault } from "../support/first-vault";
import { Browser, password, unwrap, until } from "../support/person";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(180_000);

const newPassword = "a wholly other sentence 93?";
const quiet = () => undefined;
const input = (username: string, typed = newPassword) => ({ username, password: typed, deviceName: "Test browser" });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const rowOf = (username: string) => server.services.database.reader.account.findUniqueOrThrow({ where: { username } });
const codeOf = (outcome: { ok: boolean; error?: { code: string } }) => (outcome.ok ? undefined : outcome.error?.code);

async function withRecoveryKey(username: string): Promise<{ browser: Browser; key: string }> {
  const browser = new Browser(server.url);
  unwrap(await browser.register(username));
  const { recoveryKey: key } = unwrap(newRecoveryKey());
  unwrap(await saveRecoveryKey(browser.ports, username, password, key));
  return { browser, key };
}

async function generalId(): Promise<ReturnType<typeof roomListAnswer.parse>["rooms"][number]["id"]> {
  const [general] = roomListAnswer.parse((await call(server.url, "/rooms")).body).rooms;
  if (general === undefined) throw new Error("no General");
  return general.id;
}

test("REC-02 a recovery key opens the vault once it is saved, and can be tested; the server has only a hash", async () => {
  const browser = new Browser(server.url);
  unwrap(await browser.register("anna"));
  const ports = browser.ports;
  expect(unwrap(await vaultReport(ports, "anna"))).toEqual({ state: "sound", recoveryKey: false });
  const { recoveryKey } = unwrap(newRecoveryKey());
  expect(codeOf(await testRecoveryKey(ports, "anna", recoveryKey))).toBe("RECOVERY_KEY_OTHER");
  expect(codeOf(await saveRecoveryKey(ports, "anna", "not the password 9", recoveryKey))).toBe("WRONG_PASSWORD");
  unwrap(await saveRecoveryKey(ports, "anna", password, recoveryKey.toLowerCase()));
  expect(unwrap(await vaultReport(ports, "anna"))).toEqual({ state: "sound", recoveryKey: true });
  unwrap(await testRecoveryKey(ports, "anna", recoveryKey));
  const parsed = parsePrintedKey("recovery", recoveryKey);
  if (!parsed.ok) throw new Error("not a key");
  const row = await rowOf("anna");
  expect(Buffer.from(row.vault).includes(Buffer.from(parsed.key))).toBe(false);
  expect(row.recoveryHash).not.toBe(createHash("sha256").update(parsed.key).digest("hex"));

  const { recoveryKey: second } = unwrap(newRecoveryKey());
  unwrap(await saveRecoveryKey(ports, "anna", password, second));
  expect(codeOf(await testRecoveryKey(ports, "anna", recoveryKey))).toBe("RECOVERY_KEY_OTHER");
  unwrap(await testRecoveryKey(ports, "anna", second));
  expect(codeOf(await recoverAccount(new Browser(server.url).ports, input("anna"), recoveryKey, quiet))).toBe(
    "WRONG_RECOVERY_KEY",
  );
});

test("REC-01 a mistyped recovery key is caught before the network is asked", async () => {
  const { browser, key } = await withRecoveryKey("berta");
  let asked = 0;
  const ports = {
    ...browser.ports,
    http: new Proxy(browser.http, { get: () => () => (asked += 1) }),
  };
  const wrong = key.replace(/.$/, key.endsWith("0") ? "1" : "0");
  expect(codeOf(await testRecoveryKey(ports, "berta", wrong))).toBe("RECOVERY_KEY_CHECKSUM");
  expect(codeOf(await recoverAccount(ports, input("berta"), wrong, quiet))).toBe("RECOVERY_KEY_CHECKSUM");
  expect(codeOf(await recoverAccount(ports, input("berta"), key.slice(5), quiet))).toBe("RECOVERY_KEY_LENGTH");
  expect(codeOf(await saveRecoveryKey(ports, "berta", password, "UUUU"))).toBe("RECOVERY_KEY_CHARACTER");
  expect(asked).toBe(0);
});

test("REC-04 a new password keeps the account key and the recovery key, and ends all other sessions", async () => {
  const { browser, key } = await withRecoveryKey("carla");
  const other = new Browser(server.url);
  unwrap(await other.login("carla"));
  const before = unwrap(await unlockAccount(browser, "carla", password));
  expect(codeOf(await changePassword(browser.ports, "carla", "not the password 9", newPassword))).toBe(
    "WRONG_PASSWORD",
  );
  expect(codeOf(await changePassword(browser.ports, "carla", password, "12345678"))).toBe("WEAK_PASSWORD");
  unwrap(await changePassword(browser.ports, "carla", password, newPassword));

  const after = unwrap(await unlockAccount(browser, "carla", newPassword));
  expect(after.privateKeyPkcs8).toEqual(before.privateKeyPkcs8);
  expect(after.accountSecret).toEqual(before.accountSecret);
  expect(after.vaultVersion).toBe(before.vaultVersion + 1);
  expect(codeOf(await unlockAccount(browser, "carla", password))).toBe("WRONG_PASSWORD");
  unwrap(await testRecoveryKey(browser.ports, "carla", key));
  expect(codeOf(await unlockAccount(other, "carla", newPassword))).toBe("NOT_SIGNED_IN");
  expect(codeOf(await other.login("carla"))).toBe("WRONG_PASSWORD_OR_NAME");
  expect(unwrap(await other.login("carla", newPassword))).toEqual({ username: "carla", newDevice: false });
});

test("REC-03 a forgotten password: the recovery key sets a new one, on a new browser and on a known one", async () => {
  const { browser, key } = await withRecoveryKey("dora");
  const before = unwrap(await unlockAccount(browser, "dora", password));
  const fresh = new Browser(server.url);
  expect(unwrap(await recoverAccount(fresh.ports, input(" Dora "), key, quiet))).toEqual({
    username: "dora",
    newDevice: true,
  });
  const after = unwrap(await unlockAccount(fresh, "dora", newPassword));
  expect(after.privateKeyPkcs8).toEqual(before.privateKeyPkcs8);
  expect(after.accountSecret).toEqual(before.accountSecret);
  // Everything signed in before is out, and the same key serves again.
  expect(codeOf(await unlockAccount(browser, "dora", newPassword))).toBe("NOT_SIGNED_IN");
  expect(codeOf(await browser.login("dora"))).toBe("WRONG_PASSWORD_OR_NAME");
  unwrap(await recoverAccount(browser.ports, input("dora", "yet another sentence 51!"), key, quiet));
  unwrap(await unlockAccount(browser, "dora", "yet another sentence 51!"));
});

test("REC-03 no such name, no recovery key and another key are one answer, byte for byte", async () => {
  const plain = new Browser(server.url);
  unwrap(await plain.register("emil"));
  await withRecoveryKey("frida");
  const registrationRequest = Buffer.alloc(32, 0).toString("base64url");
  const auth = Buffer.from(randomBytes(32)).toString("base64");
  const ask = (username: string) =>
    call(server.url, "/recovery/start", { json: { username, auth, registrationRequest } });
  const answers = await Promise.all(["nobody.here", "emil", "frida"].map(ask));
  for (const { status, body } of answers) expect([status, body]).toEqual([401, answers[0]?.body]);
  expect(answers[0]?.code).toBe("WRONG_RECOVERY_KEY");
});

test("REC-03 S24 a changed, exchanged or older vault is refused, and nothing is set", async () => {
  const { browser, key } = await withRecoveryKey("gerda");
  const { key: otherKey } = await withRecoveryKey("other.gerda");
  const row = await rowOf("gerda");
  const stranger = await rowOf("other.gerda");
  const serve = (vault: Uint8Array) =>
    server.services.database.write((transaction) =>
      transaction.account.update({ where: { username: "gerda" }, data: { vault: column(vault) } }),
    );
  const spoiled = row.vault.slice();
  spoiled[spoiled.length - 3] = (spoiled.at(-3) ?? 0) ^ 4;
  const fresh = new Browser(server.url);
  for (const vault of [spoiled, stranger.vault]) {
    await serve(vault);
    expect(codeOf(await recoverAccount(fresh.ports, input("gerda"), key, quiet))).toBe("VAULT_TAMPERED");
    expect(codeOf(await testRecoveryKey(browser.ports, "gerda", key))).toBe("VAULT_TAMPERED");
  }
  await serve(row.vault);
  unwrap(await changePassword(browser.ports, "gerda", password, newPassword));
  const newest = await rowOf("gerda");
  await serve(row.vault);
  expect(unwrap(await vaultReport(browser.ports, "gerda")).state).toBe("older");
  expect(codeOf(await testRecoveryKey(browser.ports, "gerda", key))).toBe("VAULT_ROLLED_BACK");
  expect(codeOf(await recoverAccount(browser.ports, input("gerda"), key, quiet))).toBe("VAULT_ROLLED_BACK");
  await serve(newest.vault);
  expect((await rowOf("gerda")).vaultVersion).toBe(newest.vaultVersion);
  unwrap(await testRecoveryKey(browser.ports, "gerda", key));
  expect(otherKey).not.toBe(key);
});

test("ACC-12 REC-04 a vault of the first version gets its account secret at the next save", async () => {
  const browser = new Browser(server.url);
  unwrap(await browser.register("hanna"));
  const { privateKeyPkcs8, exportKey, identity } = unwrap(await unlockAccount(browser, "hanna", password));
  const vault = await sealFirstVault(identity.accountId, exportKey, privateKeyPkcs8);
  await server.services.database.write((transaction) =>
    transaction.account.update({ where: { username: "hanna" }, data: { vault: column(vault) } }),
  );
  expect(unwrap(await unlockAccount(browser, "hanna", password)).accountSecret).toBeUndefined();
  unwrap(await changePassword(browser.ports, "hanna", password, newPassword));
  expect(unwrap(await unlockAccount(browser, "hanna", newPassword)).accountSecret?.bytes).toHaveLength(32);
  const sealed = (await rowOf("hanna")).vault;
  expect((await openVault({ accountId: identity.accountId, sealed, unlock: { kind: "password", exportKey } })).ok).toBe(
    false,
  );
});

test("REC-05 both lost: a signed-in browser gives the name another key, loudly for who knew the old one", async () => {
  const [ina, jan] = [new Browser(server.url), new Browser(server.url)];
  unwrap(await ina.register("ina"));
  unwrap(await jan.register("jan"));
  const general = await generalId();
  const [inaThen, janThere] = [await ina.person("ina"), await jan.person("jan")];
  await inaThen.open();
  await janThere.open();
  await inaThen.join(general);
  await janThere.join(general);
  await until(() => janThere.running.room(general)?.members.length === 2, "jan sees ina");
  const oldId = inaThen.identity.accountId;
  const elsewhere = new Browser(server.url);
  unwrap(await elsewhere.login("ina"));

  expect(unwrap(await inaThen.running.govern.leaveEverywhere())).toEqual({ left: 1, stuck: [] });
  unwrap(await resetAccount(ina.ports, input("ina"), undefined, quiet));
  await inaThen.close();
  const inaNow = await ina.person("ina");
  expect(inaNow.identity.accountId).not.toBe(oldId);
  expect(codeOf(await elsewhere.login("ina"))).toBe("WRONG_PASSWORD_OR_NAME");
  await until(() => janThere.running.room(general)?.members.length === 1, "the old key has left");

  await inaNow.open();
  await inaNow.join(general);
  await until(() => janThere.running.room(general)?.members.length === 2, "jan sees the new key");
  const seen = janThere.running.room(general)?.members.find(({ username }) => username === "ina");
  expect(seen).toMatchObject({ accountId: inaNow.identity.accountId, keyChanged: true });

  const entry = (await call(server.url, `/accounts/${oldId}`)).body;
  expect(entry).toMatchObject({ username: "ina", fingerprint: oldId, replacedBy: inaNow.identity.accountId });
  expect((await call(server.url, "/users/ina")).body).toMatchObject({ fingerprint: inaNow.identity.accountId });
  const sessions = await server.services.database.reader.session.count({ where: { accountId: oldId } });
  const living = await server.services.database.reader.device.count({ where: { accountId: oldId, revokedAt: null } });
  expect([sessions, living]).toEqual([0, 0]);
  await inaNow.close();
  await janThere.close();
});

test("REC-05 both lost and signed in nowhere: the host's code does it once, for its own name, within a day", async () => {
  const browser = new Browser(server.url);
  unwrap(await browser.register("karl"));
  unwrap(await new Browser(server.url).register("ludwig"));
  const { database } = server.services;
  const give = async (username: string) => (await makeResetCode(database, username)) ?? "";
  const fresh = new Browser(server.url);
  const reset = (username: string, code: string) => resetAccount(fresh.ports, input(username), code, quiet);
  const before = (await rowOf("karl")).id;
  expect(codeOf(await reset("karl", printKey("reset", randomBytes(16))))).toBe("WRONG_RESET_CODE");
  expect(codeOf(await reset("nobody.here", printKey("reset", randomBytes(16))))).toBe("WRONG_RESET_CODE");
  const expired = await give("karl");
  const past = new Date(Date.now() - 1);
  await database.write((transaction) => transaction.resetCode.updateMany({ data: { expiresAt: past } }));
  expect(codeOf(await reset("karl", expired))).toBe("WRONG_RESET_CODE");
  expect(codeOf(await reset("karl", await give("ludwig")))).toBe("WRONG_RESET_CODE");
  const replaced = await give("karl");
  const code = await give("karl");
  expect(codeOf(await reset("karl", replaced))).toBe("WRONG_RESET_CODE");
  expect(await makeResetCode(database, "nobody.here")).toBeUndefined();
  expect(codeOf(await reset("karl", code.replace(/.$/, code.endsWith("0") ? "1" : "0")))).toBe("RESET_CODE_MISTYPED");
  expect((await rowOf("karl")).id).toBe(before);
  unwrap(await reset("karl", code));
  expect((await rowOf("karl")).id).not.toBe(before);
  unwrap(await unlockAccount(fresh, "karl", newPassword));
  expect(codeOf(await reset("karl", code))).toBe("WRONG_RESET_CODE");
});

test("REC-05 W2 neither a session alone nor the device of another account gives a name another key", async () => {
  const [mia, nora] = [new Browser(server.url), new Browser(server.url)];
  unwrap(await mia.register("mia"));
  unwrap(await nora.register("nora"));
  const before = (await rowOf("mia")).id;
  // Nora's browser claims to hold mia: its device is nora's, and it has no session of mia.
  const noras = await nora.person("nora");
  await nora.databases.remember("mia", { accountId: noras.identity.accountId, generation: 0 });
  const ports = { ...nora.ports, databases: { ...nora.databases, open: () => Promise.resolve(noras.store) } };
  expect(codeOf(await resetAccount(ports, input("mia"), undefined, quiet))).toBe("NOT_SIGNED_IN");
  // With mia's session, but a device key that is not hers.
  const stolen = { ...ports, http: mia.http };
  expect(codeOf(await resetAccount(stolen, input("mia"), undefined, quiet))).toBe("BAD_PROOF");
  expect((await rowOf("mia")).id).toBe(before);
});

test("REC-06 a deleted account is gone, its rooms are left, and its name is never given again", async () => {
  const [olga, paul] = [new Browser(server.url), new Browser(server.url)];
  unwrap(await olga.register("olga"));
  unwrap(await paul.register("paul"));
  const general = await generalId();
  const [olgaThere, paulThere] = [await olga.person("olga"), await paul.person("paul")];
  await olgaThere.open();
  await paulThere.open();
  await olgaThere.join(general);
  await paulThere.join(general);
  await until(
    () => paulThere.running.room(general)?.members.some(({ username }) => username === "olga") === true,
    "in",
  );
  const { accountId } = olgaThere.identity;
  unwrap(await olgaThere.running.govern.leaveEverywhere());
  expect(codeOf(await deleteAccount(olga.ports, "olga", "not the password 9"))).toBe("WRONG_PASSWORD");
  unwrap(await deleteAccount(olga.ports, "olga", password));
  await olgaThere.close();
  await until(
    () => paulThere.running.room(general)?.members.some(({ username }) => username === "olga") === false,
    "out",
  );

  expect((await call(server.url, "/users/olga")).code).toBe("NOT_FOUND");
  expect(codeOf(await olga.login("olga"))).toBe("WRONG_PASSWORD_OR_NAME");
  expect(await olga.databases.find("olga")).toEqual({ state: "none" });
  expect(codeOf(await new Browser(server.url).register("olga"))).toBe("NAME_TAKEN");
  // Found by id only: who meets its leaf in a room can still check it.
  const entry = (await call(server.url, `/accounts/${accountId}`)).body;
  expect(entry).toMatchObject({ username: "olga", replacedBy: null, retiredAt: expect.any(String) as string });
  const { reader } = server.services.database;
  const row = await reader.account.findUniqueOrThrow({ where: { id: accountId }, include: { devices: true } });
  expect([row.vault.length, row.opaqueRecord, row.recoveryHash]).toEqual([0, "", null]);
  expect(row.devices.map(({ name }) => name)).toEqual([""]);
  expect(await reader.keyPackage.count({ where: { device: { accountId } } })).toBe(0);
  expect(await reader.session.count({ where: { accountId } })).toBe(0);
  await paulThere.close();
});
