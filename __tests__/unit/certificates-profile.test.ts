/** Certificates with a valid signature by the right key, and something about them that is not in the profile. */
import { generatePrimeSync } from "node:crypto";
import { makeAccount, type MadeAccount } from "@/lib/crypto/account/account-key";
import {
  encodeAccountTbs,
  encodeCertificate,
  encodeDeviceTbs,
  modulusOfSpki,
} from "@/lib/crypto/account/certificate-profile";
import {
  peekAccountCertificate,
  verifyAccountCertificate,
  verifyDeviceCertificate,
  type AccountCertificate,
} from "@/lib/crypto/account/certificates";
import * as der from "@/lib/crypto/account/der";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { isSoundEd25519Point } from "@/lib/crypto/account/ed25519-points";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { concatBytes, fromHex } from "@/lib/protocol/bytes";
import { oids } from "@/lib/protocol/certificates";
import { children, forge, importRsa, makeRsa, node, replace, signTbs } from "../support/certificate-forger";
import { pssSignature } from "../support/textbook-rsa";

const now = new Date("2026-11-23T10:20:30Z");
const midnight = new Date("2026-11-23T00:00:00Z");
const serial = new Uint8Array(16).fill(0x55);

let account: MadeAccount;
let accountKey: CryptoKey;
let anchor: AccountCertificate;
let device: DeviceIdentity;

beforeAll(async () => {
  account = await makeAccount("alice", now);
  accountKey = await importRsa(account.privateKeyPkcs8);
  device = await makeDevice({ account, now });
  const verified = await verifyAccountCertificate(account.certificate);
  if (verified === undefined) throw new Error("the account certificate does not verify");
  anchor = verified;
});

test("the forger's own signatures are good: an unedited certificate passes", async () => {
  expect(await acceptsDevice(() => undefined)).toBe(true);
  expect(await acceptsAccount(() => undefined)).toBe(true);
});

const subject = [5];
const subjectName = [5, 0, 0, 1];
const issuerName = [3, 0, 0, 1];
const extensionsAt = [7, 0];
const usage = der.octetString(Uint8Array.of(3, 2, 2, 4));

const offProfileDevices: readonly (readonly [string, (tbs: der.DerNode) => unknown])[] = [
  ["an unknown extension", (tbs) => children(node(tbs, ...extensionsAt)).push(alienExtension())],
  ["a missing extension", (tbs) => children(node(tbs, ...extensionsAt)).pop()],
  ["extensions in another order", (tbs) => children(node(tbs, ...extensionsAt)).reverse()],
  ["the right to sign certificates", (tbs) => replace(tbs, [7, 0, 1, 2], usage)],
  [
    "the claim to be an authority",
    (tbs) => replace(tbs, [7, 0, 0, 2], der.octetString(Uint8Array.of(0x30, 3, 1, 1, 0xff))),
  ],
  ["an extension that is no longer critical", (tbs) => children(node(tbs, 7, 0, 1)).splice(1, 1)],
  ["critical written as FALSE", (tbs) => children(node(tbs, 7, 0, 2)).splice(1, 0, der.boolean(false))],
  ["TRUE written as 1", (tbs) => (node(tbs, 7, 0, 1, 1).value = "\x01")],
  ["another name inside", (tbs) => replace(tbs, subjectName, der.utf8String("bob"))],
  ["another issuer name", (tbs) => replace(tbs, issuerName, der.utf8String("bob"))],
  ["a name in another string type", (tbs) => replace(tbs, subjectName, der.printableString("alice"))],
  [
    "a name that is not folded",
    (tbs) => [subjectName, issuerName].map((at) => replace(tbs, at, der.utf8String("Alice"))),
  ],
  ["one more attribute", (tbs) => children(node(tbs, ...subject)).push(node(tbs, 5, 1))],
  ["no device id", (tbs) => children(node(tbs, ...subject)).pop()],
  ["a device id in upper case", (tbs) => replace(tbs, [5, 1, 0, 1], der.printableString("AB".repeat(16)))],
  ["a short device id", (tbs) => replace(tbs, [5, 1, 0, 1], der.printableString("ab".repeat(15)))],
  ["a longer validity", (tbs) => replace(tbs, [4, 1], der.time(new Date("2030-01-01T00:00:00Z")))],
  ["a shorter validity", (tbs) => replace(tbs, [4, 1], der.time(now))],
  ["a time in the other form", (tbs) => replace(tbs, [4, 0], generalizedTime("20261122102030Z"))],
  ["a time without seconds", (tbs) => (node(tbs, 4, 0).value = "2611221020Z")],
  ["a time with an offset", (tbs) => (node(tbs, 4, 0).value = "261122102030+0000")],
  ["a date that does not exist", (tbs) => (node(tbs, 4, 0).value = "260230102030Z")],
  ["a short serial number", (tbs) => replace(tbs, [1], der.integer(Uint8Array.of(1)))],
  ["a long serial number", (tbs) => replace(tbs, [1], der.integer(new Uint8Array(17).fill(0x55)))],
  ["a negative serial number", (tbs) => (node(tbs, 1).value = "\x80".repeat(16))],
  ["a serial number below the fixed range", (tbs) => (node(tbs, 1).value = `\x01${"\x55".repeat(15)}`)],
  ["no version", (tbs) => children(tbs).shift()],
  ["another version", (tbs) => replace(tbs, [0, 0], der.integer(Uint8Array.of(1)))],
  ["another signature algorithm inside", (tbs) => replace(tbs, [2, 0], der.oid("1.2.840.113549.1.1.11"))],
  ["another salt length inside", (tbs) => replace(tbs, [2, 1, 2, 0], der.integer(Uint8Array.of(20)))],
  ["key parameters", (tbs) => children(node(tbs, 6, 0)).push(der.nothing())],
  ["another curve", (tbs) => replace(tbs, [6, 0, 0], der.oid("1.3.101.113"))],
  ["a key of 33 bytes", (tbs) => replace(tbs, [6, 1], der.bitString(new Uint8Array(33).fill(9)))],
  ["unused bits in the key", (tbs) => replace(tbs, [6, 1], der.bitString(device.publicKey, 1))],
  ["a unique identifier", (tbs) => children(tbs).splice(7, 0, der.taggedPrimitive(1, Uint8Array.of(0, 1)))],
  ["another authority key", (tbs) => replace(tbs, [7, 0, 2, 1], authorityKey(new Uint8Array(32).fill(1)))],
  ["a short authority key", (tbs) => replace(tbs, [7, 0, 2, 1], authorityKey(new Uint8Array(20).fill(1)))],
];

test.each(offProfileDevices)("CERT-01 refuses a device certificate with %s", async (_, edit) => {
  expect(await acceptsDevice(edit)).toBe(false);
});

const offProfileAccounts: readonly (readonly [string, (tbs: der.DerNode) => unknown])[] = [
  ["an unknown extension", (tbs) => children(node(tbs, ...extensionsAt)).push(alienExtension())],
  ["a longer path", (tbs) => replace(tbs, [7, 0, 0, 2], der.octetString(Uint8Array.of(0x30, 6, 1, 1, 0xff, 2, 1, 1)))],
  ["more key usage", (tbs) => replace(tbs, [7, 0, 1, 2], der.octetString(Uint8Array.of(3, 2, 1, 6)))],
  ["another subject key id", (tbs) => replace(tbs, [7, 0, 2, 1], der.octetString(Uint8Array.of(4, 1, 7)))],
  ["another issuer", (tbs) => replace(tbs, issuerName, der.utf8String("bob"))],
  [
    "a name that is not folded",
    (tbs) => [subjectName, issuerName].map((at) => replace(tbs, at, der.utf8String("Alice"))),
  ],
  ["a start within a day", (tbs) => [0, 1].map((at) => (node(tbs, 4, at).value = hourLater(tbs, at)))],
  ["another validity", (tbs) => replace(tbs, [4, 1], der.time(now))],
  ["key parameters left out", (tbs) => children(node(tbs, 6, 0)).pop()],
  ["the key marked for PSS", (tbs) => replace(tbs, [6, 0, 0], der.oid(oids.rsassaPss))],
];

test.each(offProfileAccounts)("CERT-01 refuses an account certificate with %s", async (_, edit) => {
  expect(await acceptsAccount(edit)).toBe(false);
});

test("CERT-01 refuses every other encoding of the same certificate", async () => {
  const whole = device.deviceCertificate;
  const body = whole.subarray(4);
  const [high = 0, low = 0] = whole.subarray(2);
  const rewritten: Record<string, Uint8Array> = {
    "a length with a leading zero": concatBytes(Uint8Array.of(0x30, 0x83, 0, high, low), body),
    "an indefinite length": concatBytes(Uint8Array.of(0x30, 0x80), body, new Uint8Array(2)),
    "a byte after the end": concatBytes(whole, new Uint8Array(1)),
    "a fourth element inside": der.encodeDer(withFourth(whole)),
    "unused bits in the signature": concatBytes(whole.subarray(0, -385), Uint8Array.of(1), whole.subarray(-384)),
    "another outer algorithm": withOuterAlgorithm(whole),
  };
  for (const [form, bytes] of Object.entries(rewritten)) {
    expect([form, await verifyDeviceCertificate(bytes, anchor)]).toEqual([form, undefined]);
  }
});

test("CERT-03 refuses account keys of 2048 and 4096 bits", async () => {
  for (const bits of [2048, 4096]) {
    const pair = await makeRsa(bits, [1, 0, 1]);
    const tbs = encodeAccountTbs({ serial, username: "alice", notBefore: midnight, modulus: await modulusOf(pair) });
    expect(await verifyAccountCertificate(await signTbs(tbs, pair.privateKey))).toBeUndefined();
  }
});

test("CERT-03 refuses an account key with exponent 3", async () => {
  const pair = await makeRsa(3072, [3]);
  const modulus = await modulusOf(pair);
  const honest = encodeCertificate(
    encodeAccountTbs({ serial, username: "alice", notBefore: midnight, modulus }),
    new Uint8Array(384),
  );
  const key = der.encodeDer(der.sequence(der.integer(modulus), der.integer(Uint8Array.of(3))));
  const id = new Uint8Array(
    await crypto.subtle.digest("SHA-256", await crypto.subtle.exportKey("spki", pair.publicKey)),
  );
  const forged = await forge(honest, pair.privateKey, (tbs) => {
    replace(tbs, [6, 1], der.bitString(key));
    replace(tbs, [7, 0, 2, 1], der.octetString(der.encodeDer(der.octetString(id))));
  });
  expect(await verifyAccountCertificate(forged)).toBeUndefined();
});

test("CERT-03 refuses a modulus with a small factor, though its signature verifies", async () => {
  const certify = async (smallest: bigint) => {
    const key = multiPrimeKey(smallest);
    const tbs = encodeAccountTbs({ serial, username: "alice", notBefore: midnight, modulus: key.modulusBytes });
    return await verifyAccountCertificate(encodeCertificate(tbs, pssSignature(key, tbs)));
  };
  // The control has the same shape with a factor out of reach: its acceptance shows that the check decides.
  expect(await certify(generatePrimeSync(64, { bigint: true }))).toBeDefined();
  expect(await certify(4093n)).toBeUndefined();
});

test("CERT-03 refuses an even modulus and one without its top bit, for their form alone", () => {
  const modulus = modulusOfSpki(anchor.spki) ?? new Uint8Array();
  const wellFormed = (candidate: Uint8Array) => {
    const tbs = encodeAccountTbs({ serial, username: "alice", notBefore: midnight, modulus: candidate });
    return peekAccountCertificate(encodeCertificate(tbs, new Uint8Array(384))) !== undefined;
  };
  expect(wellFormed(modulus)).toBe(true);
  expect(wellFormed(modulus.with(383, 2))).toBe(false);
  expect(wellFormed(modulus.with(0, 1))).toBe(false);
});

test("CERT-06 refuses a device of another name, rightly signed by the account", async () => {
  expect(await acceptsFields({ username: "bob" })).toBe(false);
  expect(await acceptsFields({})).toBe(true);
});

test("CERT-05 refuses a device that names another account, rightly signed by this one", async () => {
  expect(await acceptsFields({ accountId: "ab".repeat(32) })).toBe(false);
});

test("CERT-08 refuses device keys of small order and in non-canonical form", async () => {
  for (const hex of unsoundPoints) {
    const publicKey = fromHex(hex) ?? new Uint8Array();
    expect(publicKey.length).toBe(32);
    expect([hex, isSoundEd25519Point(publicKey)]).toEqual([hex, false]);
    expect(await acceptsFields({ publicKey })).toBe(false);
  }
  expect(isSoundEd25519Point(new Uint8Array(31).fill(9))).toBe(false);
});

/** Small order with either sign, then y at or above the field prime. */
const unsoundPoints = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

async function acceptsDevice(edit: (tbs: der.DerNode) => unknown): Promise<boolean> {
  const forged = await forge(device.deviceCertificate, accountKey, edit);
  return (await verifyDeviceCertificate(forged, anchor)) !== undefined;
}

async function acceptsAccount(edit: (tbs: der.DerNode) => unknown): Promise<boolean> {
  return (await verifyAccountCertificate(await forge(account.certificate, accountKey, edit))) !== undefined;
}

async function acceptsFields(fields: Partial<Parameters<typeof encodeDeviceTbs>[0]>): Promise<boolean> {
  const { username, accountId, deviceId, publicKey } = device;
  const tbs = encodeDeviceTbs({ serial, username, accountId, deviceId, publicKey, notBefore: now, ...fields });
  return (await verifyDeviceCertificate(await signTbs(tbs, accountKey), anchor)) !== undefined;
}

async function modulusOf(pair: CryptoKeyPair): Promise<Uint8Array> {
  return modulusOfSpki(new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey))) ?? new Uint8Array();
}

/** Three primes, the smallest given; 3072 bits in all (Node sets the two top bits of the primes it makes). */
function multiPrimeKey(smallest: bigint) {
  for (;;) {
    const second = generatePrimeSync(1536, { bigint: true });
    const third = generatePrimeSync(1536 - smallest.toString(2).length, { bigint: true });
    const modulus = smallest * second * third;
    const order = (smallest - 1n) * (second - 1n) * (third - 1n);
    if (modulus.toString(2).length === 3072 && order % 65537n !== 0n) {
      return { modulus, order, modulusBytes: fromHex(modulus.toString(16)) ?? new Uint8Array() };
    }
  }
}

function alienExtension(): der.DerNode {
  return der.sequence(der.oid("2.5.29.17"), der.octetString(der.encodeDer(der.sequence())));
}

function authorityKey(id: Uint8Array): der.DerNode {
  return der.octetString(der.encodeDer(der.sequence(der.taggedPrimitive(0, id))));
}

function generalizedTime(digits: string): der.DerNode {
  return { ...der.time(new Date("2060-01-01T00:00:00Z")), value: digits };
}

function hourLater(tbs: der.DerNode, at: number): string {
  return (der.textOf(node(tbs, 4, at)) ?? "").replace(/0000Z$/, "0100Z");
}

function withFourth(certificate: Uint8Array): der.DerNode {
  const root = node(der.parseBer(certificate));
  children(root).push(der.nothing());
  return root;
}

function withOuterAlgorithm(certificate: Uint8Array): Uint8Array {
  const root = node(der.parseBer(certificate));
  replace(root, [1, 1, 2, 0], der.integer(Uint8Array.of(20)));
  return der.encodeDer(root);
}
