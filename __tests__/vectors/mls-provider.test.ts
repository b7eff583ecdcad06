/** Our crypto under ts-mls against published values and against ts-mls's own WebCrypto provider. */
import { getCiphersuiteFromName } from "ts-mls/crypto/ciphersuite.js";
import { defaultCryptoProvider } from "ts-mls/crypto/implementation/default/provider.js";
import { verifyEd25519, signEd25519 } from "@/lib/crypto/account/ed25519";
import { isMlsSupported, suite, suiteName } from "@/lib/crypto/mls/provider";
import { isSoundX25519Key, isX25519Pair } from "@/lib/crypto/mls/x25519";
import { randomBytes } from "@/lib/crypto/random";
import { fromHex, toHex } from "@/lib/protocol/bytes";

function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error("not hex");
  return bytes;
}

test("MLS-18 HKDF-SHA-256 is that of RFC 5869, test case 1", async () => {
  const { kdf } = await suite();
  const prk = await kdf.extract(hex("000102030405060708090a0b0c"), new Uint8Array(22).fill(0x0b));
  expect(toHex(prk)).toBe("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  expect(toHex(await kdf.expand(prk, hex("f0f1f2f3f4f5f6f7f8f9"), 42))).toBe(
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  );
});

test("MLS-18 Ed25519 is that of RFC 8032, test 2, and refuses points that implementations disagree about", async () => {
  const seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const key = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const signature = await signEd25519(seed, Uint8Array.of(0x72));
  expect(toHex(signature)).toBe(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  );
  expect(await verifyEd25519(key, Uint8Array.of(0x72), signature)).toBe(true);
  expect(await verifyEd25519(key, Uint8Array.of(0x73), signature)).toBe(false);
  // The identity as key and as R, with S = 0, verifies for every message where nobody looks.
  const identity = new Uint8Array(32);
  identity[0] = 1;
  const universal = new Uint8Array(64);
  universal[0] = 1;
  expect(await verifyEd25519(identity, Uint8Array.of(0x72), universal)).toBe(false);
});

test("MLS-18 every primitive agrees with the provider of ts-mls", async () => {
  const ours = await suite();
  const theirs = await defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(suiteName));
  for (let size = 0; size < 200; size += 13) {
    const [data, key] = [randomBytes(size), randomBytes(32)];
    expect(await ours.hash.digest(data)).toEqual(await theirs.hash.digest(data));
    const mac = await ours.hash.mac(key, data);
    expect(await theirs.hash.verifyMac(key, mac, data)).toBe(true);
    expect(
      await ours.hash.verifyMac(
        key,
        mac.map((byte) => byte ^ 1),
        data,
      ),
    ).toBe(false);
    expect(await ours.kdf.extract(key, data)).toEqual(await theirs.kdf.extract(key, data));
    expect(await ours.kdf.expand(key, data, 44)).toEqual(await theirs.kdf.expand(key, data, 44));
    for (const [one, other] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const pair = await one.hpke.deriveKeyPair(key);
      expect(await one.hpke.exportPublicKey(pair.publicKey)).toEqual(
        await other.hpke.exportPublicKey((await other.hpke.deriveKeyPair(key)).publicKey),
      );
      const { ct, enc } = await one.hpke.seal(pair.publicKey, data, key, key);
      expect(await other.hpke.open(pair.privateKey, enc, ct, key, key)).toEqual(data);
      const exported = await one.hpke.exportSecret(pair.publicKey, data, 32, key);
      expect(await other.hpke.importSecret(pair.privateKey, data, exported.enc, 32, key)).toEqual(exported.secret);
      const sealed = await one.hpke.encryptAead(key.slice(0, 16), key.slice(0, 12), data, data);
      expect(await other.hpke.decryptAead(key.slice(0, 16), key.slice(0, 12), data, sealed)).toEqual(data);
    }
  }
});

test("MLS-09 X25519 keys of small order are told apart from sound ones", async () => {
  const { hpke } = await suite();
  const pair = await hpke.generateKeyPair();
  const publicKey = await hpke.exportPublicKey(pair.publicKey);
  expect(isSoundX25519Key(publicKey)).toBe(true);
  expect(await isX25519Pair(await hpke.exportPrivateKey(pair.privateKey), publicKey)).toBe(true);
  expect(await isX25519Pair(randomBytes(32), publicKey)).toBe(false);
  expect(isSoundX25519Key(publicKey.subarray(1))).toBe(false);
  for (const text of ["00".repeat(32), `01${"00".repeat(31)}`, `${"00".repeat(31)}80`, `ed${"ff".repeat(31)}`]) {
    expect(isSoundX25519Key(hex(text))).toBe(false);
  }
});

test("MLS-18 support of the platform is detected", async () => {
  expect(await isMlsSupported()).toBe(true);
});
