import { makeAtRestKey, openAtRest, sealAtRest } from "@/lib/crypto/at-rest";
import { randomBytes } from "@/lib/crypto/random";
import { utf8 } from "@/lib/protocol/bytes";

const place = "rooms/0a/state";
const secret = utf8("what only this device knows");
let key: CryptoKey;

beforeAll(async () => {
  key = await makeAtRestKey();
});

test("ACC-15 what was sealed opens at the same place", async () => {
  for (const plaintext of [secret, new Uint8Array(), randomBytes(100_000)]) {
    expect(await openAtRest(key, place, await sealAtRest(key, place, plaintext))).toEqual(plaintext);
  }
});

test("ACC-15 the key cannot be read out", async () => {
  expect(key.extractable).toBe(false);
  await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow();
});

test("ACC-15 equal values look different each time and show no plaintext", async () => {
  const [first, second] = [await sealAtRest(key, place, secret), await sealAtRest(key, place, secret)];
  expect(first).not.toEqual(second);
  expect(first.subarray(1, 13)).not.toEqual(second.subarray(1, 13));
  expect(Buffer.from(first).includes(Buffer.from(secret))).toBe(false);
});

test("ACC-15 a record moved to another place does not open", async () => {
  const sealed = await sealAtRest(key, place, secret);
  for (const other of ["", "rooms/0b/state", `${place}/`, `x${place}`, place.toUpperCase()]) {
    expect(await openAtRest(key, other, sealed)).toBeUndefined();
  }
});

test("ACC-15 another key does not open it", async () => {
  expect(await openAtRest(await makeAtRestKey(), place, await sealAtRest(key, place, secret))).toBeUndefined();
});

test("ACC-15 no changed, missing or added byte is accepted, and none throws", async () => {
  const sealed = await sealAtRest(key, place, secret);
  for (let index = 0; index < sealed.length; index++) {
    expect(await openAtRest(key, place, sealed.with(index, (sealed[index] ?? 0) ^ (1 << (index % 8))))).toBeUndefined();
    expect(await openAtRest(key, place, sealed.slice(0, index))).toBeUndefined();
  }
  expect(await openAtRest(key, place, Uint8Array.of(...sealed, 0))).toBeUndefined();
});

test("ACC-15 bytes in shared memory are sealed and opened like any other", async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(secret.length));
  shared.set(secret);
  const sealed = await sealAtRest(key, place, shared);
  const sharedSealed = new Uint8Array(new SharedArrayBuffer(sealed.length));
  sharedSealed.set(sealed);
  expect(await openAtRest(key, place, sharedSealed)).toEqual(secret);
});

test("ACC-17 random bytes come in any amount, and differ", () => {
  for (const length of [0, 1, 65_536, 65_537, 200_000]) expect(randomBytes(length).length).toBe(length);
  const tail = randomBytes(200_000).subarray(199_968);
  expect(tail).not.toEqual(new Uint8Array(32));
  expect(randomBytes(16)).not.toEqual(randomBytes(16));
});
