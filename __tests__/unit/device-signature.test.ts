import { createHash, createPublicKey, verify } from "node:crypto";
import { makeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice, missingBrowserFeatures } from "@/lib/crypto/account/device-key";
import { signAsDevice, verifyDeviceSignature } from "@/lib/crypto/account/device-signature";
import { unshared } from "@/lib/crypto/unshared";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { concatBytes, toBase64Url, utf8 } from "@/lib/protocol/bytes";

const label = "sealroom/test/v1";
const parts = [utf8("nonce"), utf8("alice")];
let device: DeviceIdentity;

beforeAll(async () => {
  const now = new Date("2026-11-23T00:00:00Z");
  device = await makeDevice({ account: await makeAccount("alice", now), now });
});

test("ACC-05 a device signature verifies, from the identity or its seed alone", async () => {
  const signature = await signAsDevice(device, label, parts);
  expect(signature).toEqual(await signAsDevice(device.secretKey, label, parts));
  expect(await verifyDeviceSignature(device.publicKey, label, parts, signature)).toBe(true);
});

test("ACC-05 what is signed is the label and every part, each behind its length", async () => {
  const signature = await signAsDevice(device, label, parts);
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: toBase64Url(device.publicKey) }, format: "jwk" });
  expect(verify(null, framedParts(), key, signature)).toBe(true);
});

test("ACC-05 a signature is worth nothing for another purpose, split, part or key", async () => {
  const signature = await signAsDevice(device, label, parts);
  const check = verifyDeviceSignature;
  expect(await check(device.publicKey, "sealroom/test/v2", parts, signature)).toBe(false);
  expect(await check(device.publicKey, label, [utf8("noncea"), utf8("lice")], signature)).toBe(false);
  expect(await check(device.publicKey, label, [utf8("noncealice")], signature)).toBe(false);
  expect(await check(device.publicKey, label, [...parts, new Uint8Array()], signature)).toBe(false);
  expect(await check(device.publicKey, label, [], signature)).toBe(false);
  expect(await check(device.publicKey.with(0, 7), label, parts, signature)).toBe(false);
});

test("ACC-05 no changed byte of a signature is accepted, and no wrong length throws", async () => {
  const signature = await signAsDevice(device, label, parts);
  for (let index = 0; index < 64; index++) {
    const damaged = signature.with(index, (signature[index] ?? 0) ^ (1 << (index % 8)));
    expect(await verifyDeviceSignature(device.publicKey, label, parts, damaged)).toBe(false);
  }
  for (const length of [0, 31]) {
    expect(await verifyDeviceSignature(device.publicKey, label, parts, signature.slice(0, length))).toBe(false);
    expect(await verifyDeviceSignature(device.publicKey.slice(0, length), label, parts, signature)).toBe(false);
  }
  expect(await verifyDeviceSignature(device.publicKey, label, parts, concatBytes(signature, new Uint8Array(1)))).toBe(
    false,
  );
  await expect(signAsDevice(new Uint8Array(31), label, parts)).rejects.toThrow(RangeError);
});

test("ACC-06 refuses the key under which one signature fits every message, which the platform takes", async () => {
  // Under the identity as key, (R, s) verifies for any message when R = sB: any honest key pair is such a pair.
  const universal = concatBytes(device.publicKey, littleEndian(secretScalar(device.secretKey)));
  expect(await platformTakes(identity, utf8("anything"), universal)).toBe(true);
  expect(await platformTakes(identity, utf8("anything else"), universal)).toBe(true);
  expect(await platformTakes(identity, framedParts(), universal)).toBe(true);
  expect(await verifyDeviceSignature(identity, label, parts, universal)).toBe(false);
});

test("ACC-06 refuses a signature with a commitment of small order, which the platform takes", async () => {
  const challenge = fromLittleEndian(sha512(concatBytes(identity, device.publicKey, framedParts())));
  const signature = concatBytes(identity, littleEndian((challenge * secretScalar(device.secretKey)) % order));
  expect(await platformTakes(device.publicKey, framedParts(), signature)).toBe(true);
  expect(await verifyDeviceSignature(device.publicKey, label, parts, signature)).toBe(false);
});

test("ACC-06 refuses a signature whose scalar is not reduced", async () => {
  const signature = await signAsDevice(device, label, parts);
  const unreduced = concatBytes(
    signature.subarray(0, 32),
    littleEndian(fromLittleEndian(signature.subarray(32)) + order),
  );
  expect(await verifyDeviceSignature(device.publicKey, label, parts, unreduced)).toBe(false);
});

test("ACC-14 this platform lacks nothing, and what is taken away is named", async () => {
  expect(await missingBrowserFeatures()).toEqual([]);
  const generateKey = jest.spyOn(crypto.subtle, "generateKey");
  generateKey.mockRejectedValue(new DOMException("no such algorithm", "NotSupportedError"));
  expect(await missingBrowserFeatures()).toEqual(["ed25519", "x25519"]);
  generateKey.mockRestore();
  const real = globalThis.crypto;
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  try {
    expect(await missingBrowserFeatures()).toEqual(["webcrypto"]);
  } finally {
    Object.defineProperty(globalThis, "crypto", { value: real, configurable: true });
  }
});

const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const identity = new Uint8Array(32).with(0, 1);

/** The bytes that a device signature with `label` and `parts` covers, built apart from the code under test. */
function framedParts(): Uint8Array {
  const piece = (text: string) => concatBytes(Uint8Array.of(0, 0, 0, text.length), utf8(text));
  return concatBytes(piece(label), piece("nonce"), piece("alice"));
}

/** The control: where the platform refuses by itself, a test of our refusal shows nothing. */
async function platformTakes(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", unshared(publicKey), "Ed25519", false, ["verify"]);
  return await crypto.subtle.verify("Ed25519", key, unshared(signature), unshared(message));
}

/** RFC 8032 section 5.1.5, modulo the group order. */
function secretScalar(seed: Uint8Array): bigint {
  const half = sha512(seed).slice(0, 32);
  half[0] = (half[0] ?? 0) & 248;
  half[31] = ((half[31] ?? 0) & 127) | 64;
  return fromLittleEndian(half) % order;
}

function sha512(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha512").update(bytes).digest());
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
}
