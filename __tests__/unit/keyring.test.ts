/** Sealing of the keyring: bound to account, version and purpose. */

import { openKeyring, sealKeyring } from "@/lib/crypto/account/keyring";
import { randomBytes } from "@/lib/crypto/random";
import { utf8 } from "@/lib/protocol/bytes";

const accountSecret = randomBytes(32);
const place = { accountId: "a1".repeat(32), version: 3 };
const plain = utf8("what the devices keep");

test("KEY-01 the account secret opens what it sealed, and the same text never looks the same", async () => {
  const sealed = await sealKeyring(accountSecret, place, plain);
  expect(await openKeyring(accountSecret, place, sealed)).toEqual(plain);
  expect(await sealKeyring(accountSecret, place, plain)).not.toEqual(sealed);
});

test("KEY-01 S24 W2 another account, another version or another secret does not open it", async () => {
  const sealed = await sealKeyring(accountSecret, place, plain);
  expect(await openKeyring(accountSecret, { ...place, accountId: "b2".repeat(32) }, sealed)).toBeUndefined();
  expect(await openKeyring(accountSecret, { ...place, version: 2 }, sealed)).toBeUndefined();
  expect(await openKeyring(accountSecret, { ...place, version: 4 }, sealed)).toBeUndefined();
  expect(await openKeyring(randomBytes(32), place, sealed)).toBeUndefined();
});

test("KEY-01 S24 no changed, cut or added byte is accepted, and none throws", async () => {
  const sealed = await sealKeyring(accountSecret, place, plain);
  for (let index = 0; index < sealed.length; index++) {
    const damaged = sealed.with(index, (sealed[index] ?? 0) ^ (1 << (index % 8)));
    expect(await openKeyring(accountSecret, place, damaged)).toBeUndefined();
    expect(await openKeyring(accountSecret, place, sealed.slice(0, index))).toBeUndefined();
  }
  const longer = new Uint8Array(sealed.length + 1);
  longer.set(sealed);
  expect(await openKeyring(accountSecret, place, longer)).toBeUndefined();
});
