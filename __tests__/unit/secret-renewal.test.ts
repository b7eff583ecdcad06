/** The bytes of a renewed account secret: one spelling, one signer, one reader for each envelope (REN-01, REN-03, REN-06). */

import { makeAccount, type MadeAccount } from "@/lib/crypto/account/account-key";
import { firstAccountSecret, isWithout, nextAccountSecret } from "@/lib/crypto/account/account-secret";
import { verifyAccountCertificate } from "@/lib/crypto/account/certificates";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { carriedRenewal, openKeyring, sealKeyring } from "@/lib/crypto/account/keyring";
import { signRenewal, verifyRenewal } from "@/lib/crypto/account/secret-renewal";
import { decodeVaultContents, encodeVaultContents } from "@/lib/crypto/account/vault-contents";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { openSecret, sealSecret } from "@/lib/crypto/mls/secret-envelope";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { renewSecret } from "@/lib/client/worker/renew-secret";
import { concatBytes, equalBytes, toHex } from "@/lib/protocol/bytes";
import { decodeKeyring, encodeKeyring, type KeyringMap } from "@/lib/protocol/keyring";
import { secretWithoutMax } from "@/lib/protocol/limits";
import { decodeRenewal, encodeRenewal, renewalMaxBytes, type RenewalFields } from "@/lib/protocol/secret-renewal";

const now = new Date("2026-11-24T08:00:00Z");
const lostId = "0d".repeat(16);
const secret = new Uint8Array(32).fill(9);

let account: MadeAccount;
let other: MadeAccount;
let devices: DeviceIdentity[];
let fields: RenewalFields;

beforeAll(async () => {
  [account, other] = await Promise.all([makeAccount("alice", now), makeAccount("mallory", now)]);
  const made = await Promise.all([makeDevice({ account, now }), makeDevice({ account, now })]);
  devices = made.toSorted((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
  const { accountId } = account;
  const envelopes = await Promise.all(
    devices.map(async (device) => {
      const { publicPackage } = await makeKeyPackage(device, now, false);
      return await sealSecret({ accountId, number: 3 }, device.deviceId, publicPackage, secret);
    }),
  );
  fields = { accountId, number: 3, without: [lostId], envelopes };
}, 60_000);

async function anchorOf({ certificate }: MadeAccount) {
  const anchor = await verifyAccountCertificate(certificate);
  if (anchor === undefined) throw new Error("not a certificate");
  return anchor;
}

test("REN-01 a renewal says what was signed, to its own account only", async () => {
  const bytes = await signRenewal(account.privateKeyPkcs8, fields);
  expect(await verifyRenewal(bytes, await anchorOf(account))).toEqual(fields);
  expect(await verifyRenewal(bytes, await anchorOf(other))).toBeUndefined();
  const foreign = await signRenewal(other.privateKeyPkcs8, fields);
  expect(await verifyRenewal(foreign, await anchorOf(account))).toBeUndefined();
});

test("REN-01 changed, cut or extended, it is none", async () => {
  const bytes = await signRenewal(account.privateKeyPkcs8, fields);
  const anchor = await anchorOf(account);
  for (let at = 0; at < bytes.length; at += 7) {
    expect(await verifyRenewal(bytes.with(at, (bytes[at] ?? 0) ^ 1), anchor)).toBeUndefined();
  }
  for (const wrong of [
    bytes.subarray(1),
    bytes.subarray(0, -1),
    concatBytes(bytes, Uint8Array.of(0)),
    new Uint8Array(),
  ])
    expect(await verifyRenewal(wrong, anchor)).toBeUndefined();
});

test("REN-01 one renewal has one spelling, within its limits", () => {
  const signature = new Uint8Array(384);
  const bytes = encodeRenewal({ ...fields, signature });
  expect(decodeRenewal(bytes)).toEqual({ ...fields, signature });
  const [first, second] = fields.envelopes;
  if (first === undefined || second === undefined) throw new Error("two envelopes");
  const wrong: Partial<RenewalFields>[] = [
    { number: 0 },
    { number: 2 ** 32 },
    { without: ["0e".repeat(16), lostId] },
    { without: [lostId, lostId] },
    { without: ["0d"] },
    { envelopes: [second, first] },
    { envelopes: [first, first] },
    { envelopes: [{ ...first, sealed: new Uint8Array(47) }] },
    { accountId: "0d" },
  ];
  for (const change of wrong) expect(() => encodeRenewal({ ...fields, ...change, signature })).toThrow(RangeError);
  const ids = Array.from({ length: secretWithoutMax + 1 }, (_, index) => toHex(numbered(index)));
  expect(() => encodeRenewal({ ...fields, without: ids, signature })).toThrow(RangeError);
  const most = encodeRenewal({ ...fields, without: ids.slice(1), signature });
  expect(most.length).toBeLessThanOrEqual(renewalMaxBytes);
  expect(decodeRenewal(new Uint8Array(renewalMaxBytes + 1))).toBeUndefined();
});

test("REN-01 an envelope opens on its own device, for its account and number only", async () => {
  const [device, second] = devices;
  if (device === undefined || second === undefined) throw new Error("two devices");
  const made = await makeKeyPackage(device, now, true);
  const which = { accountId: account.accountId, number: 3 };
  const envelope = await sealSecret(which, device.deviceId, made.publicPackage, secret);
  expect(envelope.ref).toEqual(made.ref);
  expect(await openSecret(which, envelope, made, device)).toEqual(secret);
  expect(await openSecret({ ...which, number: 4 }, envelope, made, device)).toBeUndefined();
  expect(await openSecret({ ...which, accountId: other.accountId }, envelope, made, device)).toBeUndefined();
  expect(await openSecret(which, { ...envelope, deviceId: second.deviceId }, made, second)).toBeUndefined();
  const another = await makeKeyPackage(device, now, false);
  expect(await openSecret(which, envelope, another, device)).toBeUndefined();
  const spoiled = envelope.sealed.with(0, (envelope.sealed[0] ?? 0) ^ 1);
  expect(await openSecret(which, { ...envelope, sealed: spoiled }, made, device)).toBeUndefined();
});

test("REN-01 S3 the package of who is given up, of another account, not in the log, or of nobody gets no envelope", async () => {
  const [device, lost] = devices;
  if (device === undefined || lost === undefined) throw new Error("two devices");
  const foreign = await makeDevice({ account: other, now });
  const hidden = await makeDevice({ account, now });
  const packages = await Promise.all([device, lost, foreign, hidden].map((one) => makeKeyPackage(one, now, false)));
  const held: KeyringMap = new Map([["archive", { key: "archive", at: 5, value: false }]]);
  const former = firstAccountSecret();
  const { keyring, accountSecret } = await renewSecret({
    accountId: account.accountId,
    accountCertificate: account.certificate,
    privateKeyPkcs8: account.privateKeyPkcs8,
    accountSecret: former,
    givenUp: [lost.deviceId],
    keyring: { version: 4, sealed: new Uint8Array(100) },
    held,
    keyPackages: [...packages.map(({ publicPackage }) => publicPackage), new Uint8Array(20)],
    isLogged: (certificate) => !equalBytes(certificate, hidden.deviceCertificate),
    nowMs: now.getTime(),
  });
  const renewal = await verifyRenewal(carriedRenewal(keyring.sealed) ?? new Uint8Array(), await anchorOf(account));
  expect(renewal?.envelopes.map(({ deviceId }) => deviceId)).toEqual([device.deviceId]);
  expect(renewal?.without).toEqual([lost.deviceId]);
  const plain = await openKeyring(accountSecret.bytes, { accountId: account.accountId, version: 5 }, keyring.sealed);
  const entries = plain && decodeKeyring(plain);
  expect(entries?.get("archive")?.value).toBe(false);
  expect(entries?.get("generation")?.value).toBe(2);
  expect(entries?.get("former/0")?.value).toBe(toHex(former.bytes));
});

test("REN-06 the renewal in front of a keyring cannot be taken off or exchanged", async () => {
  const place = { accountId: account.accountId, version: 2 };
  const plain = encodeKeyring(new Map());
  const [mine, theirs] = [new Uint8Array(40).fill(1), new Uint8Array(40).fill(2)];
  const sealed = await sealKeyring(secret, place, plain, mine);
  expect(carriedRenewal(sealed)).toEqual(mine);
  expect(await openKeyring(secret, place, sealed)).toEqual(plain);
  expect(carriedRenewal(await sealKeyring(secret, place, plain))).toBeUndefined();
  const head = sealed.subarray(0, 3);
  for (const wrong of [
    sealed.subarray(3 + mine.length),
    concatBytes(head, theirs, sealed.subarray(3 + mine.length)),
    concatBytes(Uint8Array.of(2, 255, 255), sealed.subarray(3)),
    sealed.subarray(0, 2),
  ])
    expect(await openKeyring(secret, place, wrong)).toBeUndefined();
});

test("REN-03 each secret leaves out whom the one before left out", () => {
  const [a, b] = ["aa".repeat(16), "bb".repeat(16)];
  const first = nextAccountSecret(firstAccountSecret(), [b]);
  const second = nextAccountSecret(first, [a]);
  expect([second.number, second.without]).toEqual([2, [a, b]]);
  expect(second.bytes).not.toEqual(first.bytes);
  expect([isWithout(second, [a, b]), isWithout(first, [a])]).toEqual([true, false]);
  expect(nextAccountSecret(undefined, [a])).toMatchObject({ number: 1, without: [a] });
  const many = Array.from({ length: secretWithoutMax + 5 }, (_, index) => toHex(numbered(index)));
  const full = nextAccountSecret({ ...second, without: many }, [b]);
  expect(full.without).toHaveLength(secretWithoutMax);
  expect(full.without).toContain(b);
});

test("ACC-12 REN-03 a vault keeps number and devices of a renewed secret, in one spelling", () => {
  const privateKeyPkcs8 = Uint8Array.of(1, 2, 3);
  const renewed = nextAccountSecret(firstAccountSecret(), [lostId]);
  for (const contents of [
    { privateKeyPkcs8, accountSecret: renewed },
    { privateKeyPkcs8, accountSecret: renewed, recoveryKey: new Uint8Array(16) },
  ]) {
    const bytes = encodeVaultContents(contents);
    expect(bytes[0]).toBe(3);
    expect(decodeVaultContents(bytes)).toEqual(contents);
    // What an older client cannot read it refuses, and so does this one when the parts do not fit the version.
    expect(decodeVaultContents(bytes.with(0, 2))).toBeUndefined();
    expect(decodeVaultContents(bytes.subarray(0, -1))).toBeUndefined();
  }
  const first = encodeVaultContents({ privateKeyPkcs8, accountSecret: firstAccountSecret() });
  expect(decodeVaultContents(first.with(0, 3))).toBeUndefined();
  const unsorted = { ...renewed, without: ["ff".repeat(16), lostId] };
  expect(decodeVaultContents(encodeVaultContents({ privateKeyPkcs8, accountSecret: unsorted }))).toBeUndefined();
});

function numbered(index: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, index);
  return id;
}
