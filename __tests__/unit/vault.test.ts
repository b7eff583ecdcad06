import { firstAccountSecret } from "@/lib/crypto/account/account-secret";
import { openVault, sealVault, type VaultUnlock } from "@/lib/crypto/account/vault";
import { decodeVaultContents, encodeVaultContents } from "@/lib/crypto/account/vault-contents";
import { randomBytes } from "@/lib/crypto/random";
import { concatBytes } from "@/lib/protocol/bytes";
import { vaultMaxBytes } from "@/lib/protocol/limits";

const accountId = "a1".repeat(32);
const otherAccountId = "b2".repeat(32);
const contents = { privateKeyPkcs8: randomBytes(1792), accountSecret: firstAccountSecret() };
const password: VaultUnlock = { kind: "password", exportKey: randomBytes(64) };
const recovery: VaultUnlock = { kind: "recovery", recoveryKey: randomBytes(16) };
const both = [password, recovery];
/** Layout: version, account id, vault version, count, then wraps of 1 + 12 + 48 bytes. */
const versionAt = 33;
const countAt = 37;
const wrapBytes = 61;

test("ACC-08 the password and the recovery key each open the vault", async () => {
  const sealed = await sealVault({ accountId, version: 7, contents, wraps: both });
  for (const unlock of both) {
    expect(await openVault({ accountId, sealed, unlock, minVersion: 7 })).toMatchObject({
      ok: true,
      contents,
      version: 7,
    });
  }
  const opened = await Promise.all(both.map((unlock) => openVault({ accountId, sealed, unlock })));
  const keys = opened.map((outcome) => (outcome.ok ? outcome.vaultKey : undefined));
  expect(keys[0]).toEqual(keys[1]);
  expect(sealed.length).toBeLessThan(vaultMaxBytes);
});

test("ACC-08 two vaults of the same contents share no byte pattern and show nothing", async () => {
  const seal = () => sealVault({ accountId, version: 1, contents, wraps: both });
  const [first, second] = [await seal(), await seal()];
  expect(first.subarray(countAt + 1)).not.toEqual(second.subarray(countAt + 1));
  const keyOf = async (sealed: Uint8Array) => {
    const opened = await openVault({ accountId, sealed, unlock: password });
    return opened.ok ? opened.vaultKey : undefined;
  };
  expect(await keyOf(first)).not.toEqual(await keyOf(second));
  expect(Buffer.from(first).includes(Buffer.from(contents.privateKeyPkcs8.subarray(0, 16)))).toBe(false);
});

test("ACC-09 another key of the same kind, or a kind that was not given, does not open it", async () => {
  const sealed = await sealVault({ accountId, version: 1, contents, wraps: [password] });
  const wrong: VaultUnlock[] = [{ kind: "password", exportKey: randomBytes(64) }, recovery];
  for (const unlock of wrong) expect(await openVault({ accountId, sealed, unlock })).toEqual(failure("wrong-key"));
});

test("ACC-09 a wrap made for one way to unlock is worth nothing for the other", async () => {
  const sealed = await sealVault({ accountId, version: 1, contents, wraps: [recovery] });
  const relabelled = sealed.with(countAt + 1, 1);
  expect(await openVault({ accountId, sealed: relabelled, unlock: password })).toEqual(failure("wrong-key"));
  expect(await openVault({ accountId, sealed: relabelled, unlock: recovery })).toEqual(failure("wrong-key"));
});

test("ACC-10 S24 the vault of another account is refused, even under one password and with its id rewritten", async () => {
  const sealed = await sealVault({ accountId: otherAccountId, version: 1, contents, wraps: both });
  expect(await openVault({ accountId, sealed, unlock: password })).toEqual(failure("tampered"));
  const renamed = sealed.slice();
  renamed.set(new Uint8Array(32).fill(0xa1), 1);
  for (const unlock of both)
    expect(await openVault({ accountId, sealed: renamed, unlock })).toEqual(failure("wrong-key"));
});

test("ACC-10 S24 parts of two vaults of one account do not make a third", async () => {
  const [older, newer] = [
    await sealVault({ accountId, version: 1, contents, wraps: both }),
    await sealVault({
      accountId,
      version: 2,
      contents: { ...contents, privateKeyPkcs8: randomBytes(1792) },
      wraps: both,
    }),
  ];
  const headerEnd = countAt + 1 + 2 * wrapBytes;
  const mixed = concatBytes(newer.subarray(0, headerEnd), older.subarray(headerEnd));
  expect(await openVault({ accountId, sealed: mixed, unlock: password })).toEqual(failure("tampered"));
  const oneWrapOld = newer.slice();
  oneWrapOld.set(older.subarray(countAt + 1 + wrapBytes, headerEnd), countAt + 1 + wrapBytes);
  // The password's own wrap is whole, so only the authenticated list of wraps shows the exchange.
  expect(await openVault({ accountId, sealed: oneWrapOld, unlock: password })).toEqual(failure("tampered"));
});

test("ACC-10 S24 a way to unlock can be neither cut off nor added", async () => {
  const sealed = await sealVault({ accountId, version: 1, contents, wraps: both });
  const cut = concatBytes(
    sealed.subarray(0, countAt),
    Uint8Array.of(1),
    sealed.subarray(countAt + 1, countAt + 1 + wrapBytes),
    sealed.subarray(countAt + 1 + 2 * wrapBytes),
  );
  expect(await openVault({ accountId, sealed: cut, unlock: password })).toEqual(failure("tampered"));
  const single = await sealVault({ accountId, version: 1, contents, wraps: [password] });
  const added = concatBytes(
    single.subarray(0, countAt),
    Uint8Array.of(2),
    single.subarray(countAt + 1, countAt + 1 + wrapBytes),
    sealed.subarray(countAt + 1 + wrapBytes, countAt + 1 + 2 * wrapBytes),
    single.subarray(countAt + 1 + wrapBytes),
  );
  expect(await openVault({ accountId, sealed: added, unlock: password })).toEqual(failure("tampered"));
});

test("ACC-11 S24 an older vault is refused by who knows of a newer one", async () => {
  const sealed = await sealVault({ accountId, version: 3, contents, wraps: [password] });
  expect(await openVault({ accountId, sealed, unlock: password, minVersion: 4 })).toEqual(failure("rolled-back"));
  const lifted = sealed.with(versionAt + 3, 4);
  expect(await openVault({ accountId, sealed: lifted, unlock: password, minVersion: 4 })).toEqual(failure("tampered"));
});

test("ACC-10 S24 no changed byte is accepted, and none throws", async () => {
  const small = { privateKeyPkcs8: Uint8Array.of(1, 2, 3), accountSecret: firstAccountSecret() };
  const sealed = await sealVault({ accountId, version: 1, contents: small, wraps: both });
  for (let index = 0; index < sealed.length; index++) {
    const damaged = sealed.with(index, (sealed[index] ?? 0) ^ (1 << (index % 8)));
    expect((await openVault({ accountId, sealed: damaged, unlock: password })).ok).toBe(false);
  }
});

test("ACC-12 what is cut, extended, oversized or of another format is no vault", async () => {
  const sealed = await sealVault({ accountId, version: 1, contents, wraps: [password] });
  const open = (bytes: Uint8Array) => openVault({ accountId, sealed: bytes, unlock: password });
  for (const length of [0, 1, 36, 37, 38, 60, countAt + 1 + wrapBytes + 27]) {
    expect(await open(sealed.slice(0, length))).toEqual(failure("malformed"));
  }
  expect(await open(sealed.with(0, 2))).toEqual(failure("malformed"));
  expect(await open(sealed.with(countAt, 0))).toEqual(failure("malformed"));
  expect(await open(sealed.with(countAt + 1, 3))).toEqual(failure("malformed"));
  expect(await open(new Uint8Array(vaultMaxBytes + 1).fill(1))).toEqual(failure("malformed"));
  expect(await open(concatBytes(sealed, new Uint8Array(1)))).toEqual(failure("tampered"));
});

test("ACC-12 wraps stand in one order, each kind once", async () => {
  const sealed = await sealVault({ accountId, version: 1, contents, wraps: both });
  const [first, second] = [0, 1].map((at) =>
    sealed.slice(countAt + 1 + at * wrapBytes, countAt + 1 + (at + 1) * wrapBytes),
  );
  if (first === undefined || second === undefined) throw new Error("no wraps");
  for (const wraps of [concatBytes(second, first), concatBytes(first, first)]) {
    const rewritten = sealed.slice();
    rewritten.set(wraps, countAt + 1);
    expect(await openVault({ accountId, sealed: rewritten, unlock: password })).toEqual(failure("malformed"));
  }
});

test("ACC-12 contents have one encoding and no unknown fields", () => {
  const accountSecret = { bytes: new Uint8Array(32).fill(5), number: 0, without: [] };
  const recoveryKey = new Uint8Array(16).fill(6);
  const privateKeyPkcs8 = Uint8Array.of(9, 8);
  const encoded = encodeVaultContents({ privateKeyPkcs8, accountSecret });
  expect(encoded).toEqual(Uint8Array.of(2, 1, 0, 0, 0, 2, 9, 8, 2, 0, 0, 0, 32, ...accountSecret.bytes));
  expect(decodeVaultContents(encoded)).toEqual({ privateKeyPkcs8, accountSecret });
  const whole = encodeVaultContents({ privateKeyPkcs8, accountSecret, recoveryKey });
  expect(whole).toEqual(concatBytes(encoded, Uint8Array.of(3, 0, 0, 0, 16, ...recoveryKey)));
  expect(decodeVaultContents(whole)).toEqual({ privateKeyPkcs8, accountSecret, recoveryKey });
  const malformed = [
    [],
    [1],
    [2],
    [2, 1, 0, 0, 0, 2, 9, 8],
    [3, ...encoded.subarray(1)],
    [1, ...encoded.subarray(1)],
    [...encoded, 4, 0, 0, 0, 1, 9],
    [...whole, 4, 0, 0, 0, 1, 9],
    [...encoded, 3, 0, 0, 0, 1, 9],
    [...encoded.subarray(0, encoded.length - 1)],
    [2, 1, 0, 0, 0, 2, 9, 8, 2, 0, 0, 0, 1, 9],
    [1, 1, 0, 0, 0, 3, 9, 8],
    [1, 1, 0, 0, 0, 1, 9, 8],
    [1, 1, 0, 0, 0, 0],
    [1, 1, 0, 0],
    [1, 2, 0, 0, 0, 2, 9, 8],
    [1, 1, 0, 0, 0, 1, 9, 1, 0, 0, 0, 1, 9],
    [1, 1, 0, 0, 0, 1, 9, 2, 0, 0, 0, 1, 9],
    [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9],
  ];
  for (const bytes of malformed) expect(decodeVaultContents(Uint8Array.from(bytes))).toBeUndefined();
});

test("ACC-12 the contents of a first-version vault are still read, without an account secret", () => {
  const first = Uint8Array.of(1, 1, 0, 0, 0, 2, 9, 8);
  expect(decodeVaultContents(first)).toEqual({ privateKeyPkcs8: Uint8Array.of(9, 8), accountSecret: undefined });
});

test("ACC-08 a vault that could not be opened again is not made", async () => {
  const seal = (change: object) => sealVault({ accountId, version: 1, contents, wraps: [password], ...change });
  await expect(seal({ wraps: [] })).rejects.toThrow(RangeError);
  await expect(seal({ wraps: [password, password] })).rejects.toThrow(RangeError);
  await expect(seal({ version: 0 })).rejects.toThrow(RangeError);
  await expect(seal({ version: 2 ** 32 })).rejects.toThrow(RangeError);
  await expect(seal({ accountId: "A1".repeat(32) })).rejects.toThrow(RangeError);
  await expect(seal({ contents: { ...contents, privateKeyPkcs8: new Uint8Array() } })).rejects.toThrow(RangeError);
  await expect(seal({ contents: { ...contents, privateKeyPkcs8: new Uint8Array(vaultMaxBytes) } })).rejects.toThrow(
    RangeError,
  );
  await expect(
    seal({ contents: { ...contents, accountSecret: { ...contents.accountSecret, bytes: new Uint8Array(31) } } }),
  ).rejects.toThrow(RangeError);
  await expect(seal({ contents: { ...contents, recoveryKey: new Uint8Array(15) } })).rejects.toThrow(RangeError);
  await expect(seal({ wraps: [{ kind: "password", exportKey: new Uint8Array(16) }] })).rejects.toThrow(RangeError);
});

function failure(reason: string) {
  return { ok: false, reason };
}
