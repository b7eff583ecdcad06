import { execFileSync } from "node:child_process";
import { createHash, createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeAccount, type MadeAccount } from "@/lib/crypto/account/account-key";
import {
  certificatePem,
  fromPem,
  peekAccountCertificate,
  peekDeviceCertificate,
  publicKeyPem,
  toPem,
  verifyAccountCertificate,
  verifyDeviceCertificate,
  type AccountCertificate,
} from "@/lib/crypto/account/certificates";
import { certifyDevice, makeDevice } from "@/lib/crypto/account/device-key";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { clockSkewMs } from "@/lib/protocol/limits";

const now = new Date("2026-11-23T10:20:30.456Z");
const dayMs = 86_400_000;

let account: MadeAccount;
let anchor: AccountCertificate;
let device: DeviceIdentity;
let stranger: MadeAccount;

beforeAll(async () => {
  account = await makeAccount("alice", now);
  stranger = await makeAccount("alice", now);
  device = await makeDevice({ account, now });
  anchor = await verified(account.certificate);
});

test("CERT-02 an account certificate verifies and says whose it is", () => {
  expect(anchor.username).toBe("alice");
  expect(anchor.der).toEqual(account.certificate);
  expect(anchor.notBefore).toEqual(new Date("2026-11-22T00:00:00Z"));
  expect(anchor.notAfter).toEqual(new Date("2046-11-22T00:00:00Z"));
  expect(peekAccountCertificate(account.certificate)).toEqual(anchor);
});

test("CERT-04 the account id is the SHA-256 of the key as every other tool exports it", () => {
  const spki = createPublicKey(certificatePem(account.certificate)).export({ type: "spki", format: "der" });
  expect(anchor.spki).toEqual(new Uint8Array(spki));
  expect(account.accountId).toBe(createHash("sha256").update(spki).digest("hex"));
  expect(anchor.accountId).toBe(account.accountId);
});

test("CERT-05 a device certificate verifies under its account and says which device", async () => {
  const certificate = await verifyDeviceCertificate(device.deviceCertificate, anchor);
  expect(certificate).toEqual({
    der: device.deviceCertificate,
    username: "alice",
    accountId: account.accountId,
    deviceId: device.deviceId,
    publicKey: device.publicKey,
    notBefore: new Date("2026-11-22T10:20:30Z"),
    notAfter: new Date("2027-02-21T10:20:30Z"),
  });
  expect(peekDeviceCertificate(device.deviceCertificate)).toEqual(certificate);
});

test("CERT-07 a device certificate is good from one clock skew before to 90 days after its making", () => {
  const certificate = peekDeviceCertificate(device.deviceCertificate);
  const second = Math.floor(now.getTime() / 1000) * 1000;
  expect(certificate?.notBefore.getTime()).toBe(second - clockSkewMs);
  expect(certificate?.notAfter.getTime()).toBe(second + 90 * dayMs);
});

test("CERT-07 validity that crosses 2050 changes its encoding and stays readable", async () => {
  const later = new Date("2049-12-01T00:00:00Z");
  const old = await makeAccount("old", later);
  const oldAnchor = await verified(old.certificate);
  expect(oldAnchor.notAfter.getUTCFullYear()).toBe(2069);
  const oldDevice = await makeDevice({ account: old, now: later });
  const certificate = await verifyDeviceCertificate(oldDevice.deviceCertificate, oldAnchor);
  expect(certificate?.notAfter).toEqual(new Date("2050-03-01T00:00:00Z"));
  expectOpenssl(old.certificate, oldDevice.deviceCertificate, later);
});

test("CERT-09 a certificate verifies however long it has expired", async () => {
  const ancient = await makeDevice({ account, now: new Date("2001-01-02T00:00:00Z") });
  expect(await verifyDeviceCertificate(ancient.deviceCertificate, anchor)).toBeDefined();
});

test("CERT-10 openssl accepts what the directory serves, strictly", () => {
  expectOpenssl(account.certificate, device.deviceCertificate, now);
});

test("CERT-13 a device renews its certificate with the same key and id", async () => {
  const later = new Date(now.getTime() + 60 * dayMs);
  const renewed = await certifyDevice({ account, key: device, now: later });
  expect(renewed.deviceCertificate).not.toEqual(device.deviceCertificate);
  expect({ ...renewed, deviceCertificate: undefined }).toEqual({ ...device, deviceCertificate: undefined });
});

test("CERT-05 the same device under a stranger's key of the same name is refused (S3)", async () => {
  const foreign = await makeDevice({ account: stranger, now });
  expect(await verifyDeviceCertificate(foreign.deviceCertificate, anchor)).toBeUndefined();
  expect(await verifyDeviceCertificate(device.deviceCertificate, await verified(stranger.certificate))).toBeUndefined();
});

test("CERT-05 no device is made from a private key and a certificate that do not fit", async () => {
  const mixed = { privateKeyPkcs8: stranger.privateKeyPkcs8, certificate: account.certificate };
  await expect(makeDevice({ account: mixed, now })).rejects.toThrow("does not belong");
  const swapped = { ...account, certificate: device.deviceCertificate };
  await expect(makeDevice({ account: swapped, now })).rejects.toThrow("does not verify");
});

test("CERT-01 one kind of certificate never passes as the other", async () => {
  expect(await verifyAccountCertificate(device.deviceCertificate)).toBeUndefined();
  expect(await verifyDeviceCertificate(account.certificate, anchor)).toBeUndefined();
});

test("CERT-12 no changed byte of a device certificate is accepted, and none throws", async () => {
  for (let index = 0; index < device.deviceCertificate.length; index++) {
    for (const mask of [1 << (index % 8), 0xff]) {
      const damaged = flipped(device.deviceCertificate, index, mask);
      expect(await verifyDeviceCertificate(damaged, anchor)).toBeUndefined();
    }
  }
});

test("CERT-12 no changed byte of an account certificate is accepted, and none throws", async () => {
  for (let index = 0; index < account.certificate.length; index += 3) {
    expect(await verifyAccountCertificate(flipped(account.certificate, index, 1 << (index % 8)))).toBeUndefined();
  }
});

test("CERT-12 a cut, empty, oversized or alien input is refused without a throw", async () => {
  for (const length of [0, 1, 2, 4, 100, device.deviceCertificate.length - 1]) {
    expect(await verifyDeviceCertificate(device.deviceCertificate.slice(0, length), anchor)).toBeUndefined();
  }
  const nested = new Uint8Array(2000).fill(0x30);
  for (const alien of [
    nested,
    new Uint8Array(100_000),
    new TextEncoder().encode(certificatePem(account.certificate)),
  ]) {
    expect(await verifyAccountCertificate(alien)).toBeUndefined();
    expect(peekDeviceCertificate(alien)).toBeUndefined();
  }
});

test("CERT-02 a name that is not folded gets no account", async () => {
  for (const name of ["Alice", "a", "", "al ice", "älice"])
    await expect(makeAccount(name, now)).rejects.toThrow(RangeError);
});

test("CERT-11 PEM goes there and back, in one spelling only", () => {
  const pem = certificatePem(account.certificate);
  expect(fromPem("CERTIFICATE", pem)).toEqual(account.certificate);
  expect(fromPem("CERTIFICATE", pem.replaceAll("\n", "\r\n"))).toEqual(account.certificate);
  expect(fromPem("PUBLIC KEY", publicKeyPem(anchor.spki))).toEqual(anchor.spki);
  for (let size = 1; size < 100; size++) {
    const bytes = new Uint8Array(size).fill(size);
    expect(fromPem("CERTIFICATE", toPem("CERTIFICATE", bytes))).toEqual(bytes);
  }
  const lines = pem.split("\n");
  const oneLine = [lines[0], lines.slice(1, -2).join(""), lines.at(-2), ""].join("\n");
  const alien = [
    "",
    "x",
    `${pem}\n`,
    ` ${pem}`,
    pem.trimEnd(),
    pem + pem,
    oneLine,
    `Subject: x\n${pem}`,
    toPem("CERTIFICATE", new Uint8Array()),
  ];
  for (const text of alien) expect(fromPem("CERTIFICATE", text)).toBeUndefined();
  expect(fromPem("PUBLIC KEY", pem)).toBeUndefined();
});

async function verified(der: Uint8Array): Promise<AccountCertificate> {
  const certificate = await verifyAccountCertificate(der);
  if (certificate === undefined) throw new Error("the account certificate does not verify");
  return certificate;
}

function flipped(bytes: Uint8Array, index: number, mask: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ mask;
  return copy;
}

function expectOpenssl(accountDer: Uint8Array, deviceDer: Uint8Array, at: Date): void {
  const folder = mkdtempSync(join(tmpdir(), "sealroom-"));
  try {
    const [ca, leaf] = [join(folder, "account.pem"), join(folder, "device.pem")];
    writeFileSync(ca, certificatePem(accountDer));
    writeFileSync(leaf, certificatePem(deviceDer));
    const seconds = String(Math.floor(at.getTime() / 1000));
    const verdict = execFileSync("openssl", ["verify", "-x509_strict", "-attime", seconds, "-CAfile", ca, leaf]);
    expect(verdict.toString()).toContain("device.pem: OK");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
