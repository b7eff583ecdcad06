import { makeAccount, signAsAccount, type MadeAccount } from "@/lib/crypto/account/account-key";
import { encodeCertificate } from "@/lib/crypto/account/certificate-profile";
import { verifyAccountCertificate, type AccountCertificate } from "@/lib/crypto/account/certificates";
import { makeRevocation, verifyRevocation } from "@/lib/crypto/account/revocation";
import { concatBytes, toHex, utf8 } from "@/lib/protocol/bytes";
import { tlsOpaque } from "@/lib/protocol/mls/tls";
import { decodeRevocation, encodeRevocation, revocationBytes, revocationContent } from "@/lib/protocol/revocation";

const now = new Date("2026-11-24T10:20:30.456Z");
const deviceId = "0123456789abcdef0123456789abcdef";

let account: MadeAccount;
let stranger: MadeAccount;
let anchor: AccountCertificate;
let revocation: Uint8Array;

beforeAll(async () => {
  account = await makeAccount("alice", now);
  stranger = await makeAccount("alice", now);
  anchor = await anchorOf(account);
  revocation = await makeRevocation(account, { deviceId, now });
});

async function anchorOf({ certificate }: MadeAccount): Promise<AccountCertificate> {
  const verified = await verifyAccountCertificate(certificate);
  if (verified === undefined) throw new Error("the account certificate does not verify");
  return verified;
}

/** `fields` under a signature by the account over whatever `content` makes of them. */
async function signedOver(content: Uint8Array, key = account): Promise<Uint8Array> {
  const fields = { accountId: account.accountId, deviceId, at: now.getTime() };
  return encodeRevocation({ ...fields, signature: await signAsAccount(key.privateKeyPkcs8, content) });
}

test("REV-01 a revocation verifies and says whose device, and when", async () => {
  const fields = { accountId: account.accountId, deviceId, at: now.getTime() };
  expect(revocation).toHaveLength(revocationBytes);
  expect(revocationBytes).toBe(441);
  expect(await verifyRevocation(revocation, anchor)).toEqual(fields);
  // Salted: two revocations of one device differ, and both count.
  const again = await makeRevocation(account, { deviceId, now });
  expect(again).not.toEqual(revocation);
  expect(await verifyRevocation(again, anchor)).toEqual(fields);
});

test("REV-02 the layout is frozen", () => {
  const decoded = decodeRevocation(revocation);
  expect(toHex(revocation.subarray(0, 1))).toBe("01");
  expect(toHex(revocation.subarray(1, 33))).toBe(account.accountId);
  expect(toHex(revocation.subarray(33, 49))).toBe(deviceId);
  expect(toHex(revocation.subarray(49, 57))).toBe(now.getTime().toString(16).padStart(16, "0"));
  expect(decoded?.signature).toEqual(revocation.slice(57));
  expect(decoded && encodeRevocation(decoded)).toEqual(revocation);
  expect(toHex(revocationContent({ accountId: account.accountId, deviceId, at: now.getTime() }))).toBe(
    `17${toHex(utf8("Sealroom 1.0 Revocation"))}39${toHex(revocation.subarray(0, 57))}`,
  );
});

test("REV-02 no changed byte of a revocation is accepted, and none throws", async () => {
  for (let index = 0; index < revocation.length; index++) {
    const changed = revocation.slice();
    changed[index] = (changed[index] ?? 0) ^ (1 << (index % 8));
    expect(await verifyRevocation(changed, anchor)).toBeUndefined();
  }
});

test("REV-02 a cut or extended revocation is refused", async () => {
  for (let length = 0; length < revocation.length; length++) {
    expect(decodeRevocation(revocation.slice(0, length))).toBeUndefined();
  }
  const extended = concatBytes(revocation, Uint8Array.of(0));
  expect(await verifyRevocation(extended, anchor)).toBeUndefined();
  expect(await verifyRevocation(concatBytes(Uint8Array.of(1), revocation), anchor)).toBeUndefined();
});

test("REV-01 another account's revocation is refused, also one that names this account (S3)", async () => {
  const foreign = await makeRevocation(stranger, { deviceId, now });
  expect(await verifyRevocation(foreign, anchor)).toBeUndefined();
  expect(await verifyRevocation(revocation, await anchorOf(stranger))).toBeUndefined();
  const content = revocationContent({ accountId: account.accountId, deviceId, at: now.getTime() });
  expect(await verifyRevocation(await signedOver(content, stranger), anchor)).toBeUndefined();
  expect(await verifyRevocation(await signedOver(content), anchor)).toBeDefined();
});

test("REV-01 a signature made for another device or another time does not fit", async () => {
  const fields = { accountId: account.accountId, deviceId, at: now.getTime() };
  const otherDevice = revocationContent({ ...fields, deviceId: deviceId.replace("0", "1") });
  expect(await verifyRevocation(await signedOver(otherDevice), anchor)).toBeUndefined();
  const otherTime = revocationContent({ ...fields, at: fields.at + 1 });
  expect(await verifyRevocation(await signedOver(otherTime), anchor)).toBeUndefined();
});

test("REV-01 a signature under another label, or none, does not fit, nor does one over a certificate", async () => {
  const body = revocation.slice(0, 57);
  const other = concatBytes(tlsOpaque(utf8("Sealroom 1.0 LeaveProof")), tlsOpaque(body));
  for (const content of [other, body, concatBytes(utf8("Sealroom 1.0 Revocation"), body)]) {
    expect(await verifyRevocation(await signedOver(content), anchor)).toBeUndefined();
  }
  // The other way round: what a revocation signs is no certificate's signed part.
  const content = revocationContent({ accountId: account.accountId, deviceId, at: now.getTime() });
  expect(content[0]).not.toBe(0x30);
  expect(() => encodeCertificate(content, revocation.slice(57))).toThrow("is not DER");
});

test("REV-02 no revocation is made of fields that have no spelling, nor by a key of another account", async () => {
  const fields = { accountId: account.accountId, deviceId, at: now.getTime() };
  expect(() => revocationContent({ ...fields, deviceId: "0A".repeat(16) })).toThrow(RangeError);
  expect(() => revocationContent({ ...fields, accountId: "00" })).toThrow(RangeError);
  expect(() => revocationContent({ ...fields, at: -1 })).toThrow(RangeError);
  expect(() => revocationContent({ ...fields, at: 0.5 })).toThrow(RangeError);
  expect(() => encodeRevocation({ ...fields, signature: new Uint8Array(383) })).toThrow(RangeError);
  const mixed = { privateKeyPkcs8: stranger.privateKeyPkcs8, certificate: account.certificate };
  await expect(makeRevocation(mixed, { deviceId, now })).rejects.toThrow("does not belong");
});

test("REV-03 a time that no clock can show is refused, any other is taken", async () => {
  const late = revocation.slice();
  late.fill(0xff, 49, 57);
  expect(decodeRevocation(late)).toBeUndefined();
  for (const at of [new Date(0), new Date("2999-01-01T00:00:00Z")]) {
    const odd = await makeRevocation(account, { deviceId, now: at });
    expect(await verifyRevocation(odd, anchor)).toMatchObject({ at: at.getTime() });
  }
});
