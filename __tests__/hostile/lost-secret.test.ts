/**
 * A thief who has a device, and with it the account secret, and the operator who hands over all that is stored: what the account's
 * devices keep for each other after they have given that device up does not open (REN).
 */

import type { AccountSecret } from "@/lib/crypto/account/account-secret";
import { openHistory } from "@/lib/crypto/account/archive";
import { carriedRenewal, openKeyring, sealKeyring } from "@/lib/crypto/account/keyring";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { loadIdentity, saveIdentity } from "@/lib/client/engine/identity";
import { revokeDevice } from "@/lib/client/worker/devices";
import { renewSecret } from "@/lib/client/worker/renew-secret";
import { unlockAccount } from "@/lib/client/worker/unlock";
import { concatBytes } from "@/lib/protocol/bytes";
import { decodeKeyring, encodeKeyring } from "@/lib/protocol/keyring";
import { encodeLogEntry } from "@/lib/protocol/log/entries";
import { leafHash } from "@/lib/protocol/log/merkle";
import { decodeRenewal } from "@/lib/protocol/secret-renewal";
import type { FetchedKeyring } from "@/lib/client/engine/ports";

import { accountKeys } from "../support/accounts";
import { Cellar, hears, isMember, nameOf, reopen, talk, viewOf } from "../support/cellar";
import { signed } from "../support/log-operator";
import { password, unwrap, until, type Person } from "../support/person";

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(() => cellar.clear());
afterAll(() => cellar.tearDown());

const secretOf = async ({ store }: Person) => (await loadIdentity(store))?.accountSecret;

/** What the server keeps of the account, opened with a secret that somebody has. */
async function opened({ bytes }: AccountSecret, { identity: { accountId } }: Person) {
  const { keyrings, archives } = cellar.server.services;
  const { version, sealed } = await keyrings.fetch(accountId);
  const keyring = sealed && (await openKeyring(bytes, { accountId, version }, sealed));
  const { generation, number } = await archives.state(accountId);
  if (number === 0) return { keyring, chunk: undefined, generation };
  const chunk = await archives.fetch(accountId, generation, number);
  const place = { in: "archive", accountId, generation, number, revision: chunk.revision } as const;
  return { keyring, chunk: await openHistory(bytes, place, chunk.sealed), generation };
}

/** Alice's laptop stays, her phone is stolen; both are in Bob's room, and what is read there is archived. */
async function setUp() {
  const [laptop, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(bob, laptop);
  const phone = await cellar.secondDevice(laptop);
  await until(() => isMember(phone, roomId), "the phone is in", 30_000);
  await talk(roomId, [bob, laptop]);
  const { archives } = cellar.server.services;
  await until(async () => (await archives.state(laptop.identity.accountId)).number > 0, "archived", 60_000);
  const stolen = await secretOf(phone);
  if (stolen === undefined) throw new Error("no account secret");
  return { laptop, bob, phone, roomId, stolen };
}

async function giveUp(by: Person, lost: Person): Promise<void> {
  unwrap(await revokeDevice(by.browser.ports, nameOf(by), lost.identity.deviceId, password));
}

async function hasRenewed(who: Person, number = 1): Promise<void> {
  await until(async () => (await secretOf(who))?.number === number, `${nameOf(who)} has the new secret`, 30_000);
  await until(() => who.running.keyring.state === "synced", "its keyring is read", 30_000);
}

test("REN-01 REN-05 what is kept after a device was given up does not open with the secret that it had", async () => {
  const { laptop, bob, phone, roomId, stolen } = await setUp();
  // The attack works as long as the account has not given the phone up.
  const before = await opened(stolen, laptop);
  expect([before.keyring, before.chunk]).toEqual([expect.any(Uint8Array), expect.any(Uint8Array)]);
  const { file } = unwrap<{ file: Uint8Array }>(await laptop.running.history.exportFile());
  await giveUp(laptop, phone);
  await hasRenewed(laptop);
  expect((await secretOf(laptop))?.without).toEqual([phone.identity.deviceId]);
  await bob.say(roomId, "for the laptop");
  await hears(laptop, roomId, `${nameOf(bob)}: for the laptop`);
  const { archives } = cellar.server.services;
  const state = () => archives.state(laptop.identity.accountId);
  await until(async () => (await state()).generation > before.generation && (await state()).number > 0, "anew", 60_000);
  await until(() => laptop.running.history.view.state === "current", "archived anew", 30_000);
  const after = await opened(stolen, laptop);
  expect([after.keyring, after.chunk]).toEqual([undefined, undefined]);
  const own = await secretOf(laptop);
  const kept = own && (await opened(own, laptop));
  expect([kept?.keyring, kept?.chunk]).toEqual([expect.any(Uint8Array), expect.any(Uint8Array)]);
  // A file of the time before is the account's as it was.
  expect(await laptop.running.history.importFile(file)).toMatchObject({ ok: true });
});

test("REN-03 a device that was away takes the secret over from the keyring, a new one from the vault", async () => {
  const { laptop, phone, roomId } = await setUp();
  const tablet = await cellar.secondDevice(laptop);
  await until(() => isMember(tablet, roomId), "the tablet is in", 30_000);
  await tablet.close();
  await giveUp(laptop, phone);
  await hasRenewed(laptop);
  await laptop.running.keyring.set(`mute/${roomId}`, true);
  await tablet.open();
  await hasRenewed(tablet);
  expect(await secretOf(tablet)).toEqual(await secretOf(laptop));
  await until(() => tablet.running.keyring.get(`mute/${roomId}`) === true, "and what was kept since");
  const newest = await cellar.secondDevice(laptop);
  await until(() => newest.running.keyring.state === "synced", "the new device reads the keyring", 30_000);
  expect(await secretOf(newest)).toEqual(await secretOf(laptop));
});

test("REN-03 a second loss leaves both devices out, and neither former secret opens anything", async () => {
  const { laptop, phone, roomId, stolen } = await setUp();
  const tablet = await cellar.secondDevice(laptop);
  await until(() => isMember(tablet, roomId), "the tablet is in", 30_000);
  await giveUp(laptop, phone);
  await hasRenewed(laptop);
  await hasRenewed(tablet);
  const second = await secretOf(tablet);
  await giveUp(laptop, tablet);
  await hasRenewed(laptop, 2);
  expect((await secretOf(laptop))?.without).toEqual([phone.identity.deviceId, tablet.identity.deviceId].sort());
  for (const secret of [stolen, second]) {
    if (secret === undefined) throw new Error("no account secret");
    expect((await opened(secret, laptop)).keyring).toBeUndefined();
  }
});

test("REN-04 a server that withholds the new keyring gets nothing written under the old secret, nor believed", async () => {
  const { laptop, bob, phone, roomId, stolen } = await setUp();
  const { keyrings, archives } = cellar.server.services;
  const { accountId } = laptop.identity;
  const tablet = await cellar.secondDevice(laptop);
  await until(() => isMember(tablet, roomId), "the tablet is in", 30_000);
  await until(() => tablet.running.keyring.state === "synced", "all is said");
  const old = await keyrings.fetch(accountId);
  // What the thief would have the tablet believe, sealed as well as the account's own devices could.
  const forged = decodeKeyring(
    (await openKeyring(stolen.bytes, { accountId, version: old.version }, old.sealed ?? new Uint8Array())) ??
      new Uint8Array(),
  );
  const entry = { key: `block/${bob.identity.accountId}`, at: Date.now() + 60_000, value: true } as const;
  const plain = encodeKeyring(new Map([...(forged ?? []), [entry.key, entry]]));
  const version = old.version + 1;
  const sealed = await sealKeyring(stolen.bytes, { accountId, version }, plain);
  let shown: FetchedKeyring | undefined;
  await reopen(tablet, { keyring: (honest) => shown ?? honest });
  shown = old;
  await laptop.close();
  await giveUp(laptop, phone);
  await until(() => tablet.running.keyring.state === "stale", "the tablet knows that its secret is known", 30_000);
  const before = JSON.stringify(await archives.state(accountId));
  await bob.say(roomId, "not for the thief");
  await hears(tablet, roomId, `${nameOf(bob)}: not for the thief`);
  await until(() => tablet.running.history.view.state === "stale", "the archive says so", 30_000);
  expect(JSON.stringify(await archives.state(accountId))).toBe(before);
  shown = { version, sealed };
  await tablet.running.keyring.sync();
  expect(tablet.running.keyring.state).toBe("stale");
  expect(tablet.running.keyring.get(entry.key)).toBeUndefined();
  expect(viewOf(tablet, roomId)?.membership).toBe("joined");
  await reopen(tablet);
  await hasRenewed(tablet);
});

test("REN-07 T8 what a thief shows to a device that was away does not come before the account's others in its name", async () => {
  const { laptop, bob, phone, roomId, stolen } = await setUp();
  const { keyrings } = cellar.server.services;
  const { accountId } = laptop.identity;
  const tablet = await cellar.secondDevice(laptop);
  await until(() => isMember(tablet, roomId), "the tablet is in", 30_000);
  await tablet.running.keyring.set(`mute/${roomId}`, true);
  const [block, favourite] = [`block/${bob.identity.accountId}`, `favourite/${roomId}`] as const;
  await laptop.running.keyring.set(block, true);
  const knows = (who: Person) => who.running.keyring.get(block) === true && who.running.keyring.get(`mute/${roomId}`);
  await until(() => knows(laptop) === true && knows(tablet) === true, "all is said");
  await tablet.close();
  const old = await keyrings.fetch(accountId);
  await giveUp(laptop, phone);
  await hasRenewed(laptop);
  // The thief takes the block back and adds a word, later than the account's own, while the tablet knows nothing.
  const plain = await openKeyring(stolen.bytes, { accountId, version: old.version }, old.sealed ?? new Uint8Array());
  const at = Date.now() + 30_000;
  const forged = [
    { key: block, at, value: false },
    { key: favourite, at, value: true },
  ] as const;
  const entries = new Map([
    ...(decodeKeyring(plain ?? new Uint8Array()) ?? []),
    ...forged.map((one) => [one.key, one] as const),
  ]);
  const place = { accountId, version: old.version + 1 };
  let shown: FetchedKeyring | undefined = {
    version: place.version,
    sealed: await sealKeyring(stolen.bytes, place, encodeKeyring(entries)),
  };
  await reopen(tablet, {
    keyring: (honest) => shown ?? honest,
    revocations: (honest) => (shown === undefined ? honest : []),
  });
  await until(() => tablet.running.keyring.get(favourite) === true, "the tablet believes the thief", 30_000);
  shown = undefined;
  await reopen(tablet);
  await hasRenewed(tablet);
  await until(() => knows(tablet) === true, "it knows better now", 30_000);
  await laptop.running.keyring.sync();
  for (const who of [tablet, laptop]) {
    expect([nameOf(who), knows(who), who.running.keyring.get(favourite)]).toEqual([nameOf(who), true, undefined]);
  }
});

test("REN-03 REN-06 no renewal of somebody else, older, or with a device less left out is taken over", async () => {
  const { laptop, phone } = await setUp();
  await giveUp(laptop, phone);
  await hasRenewed(laptop);
  const { keyrings, devices } = cellar.server.services;
  const { accountId, username, accountCertificate } = laptop.identity;
  const held = await secretOf(laptop);
  const honest = await keyrings.fetch(accountId);
  const packages = async () => (await devices.claim(username)).keyPackages.map(({ keyPackage }) => keyPackage);
  const forge = async (
    privateKeyPkcs8: Uint8Array,
    number: number,
    givenUp: string[] = [phone.identity.deviceId],
  ): Promise<FetchedKeyring> => {
    const accountSecret = { bytes: new Uint8Array(32), number: number - 1, without: [] };
    const isLogged = () => true;
    const base = {
      accountId,
      accountCertificate,
      accountSecret,
      givenUp,
      held: new Map(),
      isLogged,
      nowMs: Date.now(),
    };
    const keyring = { version: honest.version, sealed: undefined };
    return (await renewSecret({ ...base, privateKeyPkcs8, keyring, keyPackages: await packages() })).keyring;
  };
  const own = await vaultKey(laptop);
  const other = (await accountKeys("thief")).privateKeyPkcs8;
  const { sealed = new Uint8Array() } = honest;
  const swapped = exchanged(sealed, (await forge(own, 1)).sealed ?? new Uint8Array());
  // Signed by another account; as old as what it holds; newer, but told to the phone again; an honest keyring behind it.
  const attacks = [await forge(other, 9), await forge(own, 1), await forge(own, 7, []), { ...honest, sealed: swapped }];
  for (const attack of attacks) {
    await reopen(laptop, { keyring: () => attack });
    await until(() => laptop.running.keyring.state === "unreadable", "not believed", 30_000);
    expect(await secretOf(laptop)).toEqual(held);
    await staysAsItIs(laptop);
  }
  await reopen(laptop);
  await hasRenewed(laptop);
});

test("REN-03 a browser that died when the server had taken the new secret finds it in the keyring", async () => {
  const { laptop, phone, stolen } = await setUp();
  await laptop.close();
  const before = await laptop.store.get("identity");
  await giveUp(laptop, phone);
  const renewed = await secretOf(laptop);
  await laptop.store.write([{ key: "identity", value: before }]);
  expect(await secretOf(laptop)).toEqual(stolen);
  await reopen(laptop);
  await hasRenewed(laptop);
  expect(await secretOf(laptop)).toEqual(renewed);
});

test("ACC-11 S24 REN-03 an old vault does not lead a device back to the secret that was lost", async () => {
  const { laptop, phone, stolen } = await setUp();
  const tablet = await cellar.secondDevice(laptop);
  await until(() => tablet.running.keyring.state === "synced", "the tablet is there", 30_000);
  const { database } = cellar.server.services;
  const where = { id: laptop.identity.accountId };
  const old = await database.reader.account.findUniqueOrThrow({ where });
  await giveUp(laptop, phone);
  await hasRenewed(tablet);
  const renewed = await secretOf(tablet);
  // It has the secret from the keyring, and has seen no vault since.
  const { vault, vaultVersion } = old;
  await database.write((transaction) => transaction.account.update({ where, data: { vault, vaultVersion } }));
  const { ports } = tablet.browser;
  expect(await unlockAccount(ports, nameOf(tablet), password)).toMatchObject({ error: { code: "VAULT_ROLLED_BACK" } });
  unwrap(await tablet.browser.login(nameOf(tablet)));
  expect(await secretOf(tablet)).toEqual(renewed);
  // Nor does anything else that has read the identity before.
  const stored = await loadIdentity(tablet.store);
  if (stored === undefined) throw new Error("no identity");
  await saveIdentity(tablet.store, { ...stored, accountSecret: stolen });
  expect(await secretOf(tablet)).toEqual(renewed);
});

describe.each([
  ["left out of the log", "hidden"],
  ["with a proof that does not hold", "unproven"],
  ["in a log of its own, which the log's key has signed", "forked"],
] as const)("S3 a device under the account's key, %s", (_, way) => {
  test("REN-01 S3 LOG-11 is not told the new secret, and the account's own devices are", async () => {
    const laptop = await cellar.person("alice");
    const [phone, tablet] = [await cellar.closedDevice(laptop), await cellar.closedDevice(laptop)];
    await until(() => laptop.running.keyLog.note !== undefined, "the laptop knows the log");
    const { accountId, accountCertificate: certificate } = laptop.identity;
    const account = { certificate, privateKeyPkcs8: await vaultKey(laptop) };
    const ghost = await makeDevice({ account, now: new Date() });
    const { http } = laptop.browser.ports;
    const { publicPackage } = await makeKeyPackage(ghost, new Date(), true);
    const [claim, log] = [http.claimKeyPackages.bind(http), http.accountLog.bind(http)];
    http.claimKeyPackages = async (name) => {
      const claimed = await claim(name);
      if (claimed.ok)
        claimed.value.keyPackages.push({ ...first(claimed.value.keyPackages), keyPackage: publicPackage });
      return claimed;
    };
    const entry = encodeLogEntry({ kind: "device", accountId, certificate: ghost.deviceCertificate, at: Date.now() });
    http.accountLog = async (name) => {
      const told = await log(name);
      if (!told.ok || way === "hidden") return told;
      if (way === "unproven") told.value.entries.push({ ...first(told.value.entries), entry });
      if (way === "unproven") return told;
      const checkpoint = await signed(cellar.server.services, 1, leafHash(entry));
      return { ok: true, value: { checkpoint, entries: [{ index: 0, entry, proof: [] }] } };
    };
    await giveUp(laptop, phone);
    const { sealed = new Uint8Array() } = await cellar.server.services.keyrings.fetch(accountId);
    const told = decodeRenewal(carriedRenewal(sealed) ?? new Uint8Array())?.envelopes.map(({ deviceId }) => deviceId);
    // What this browser has proven before, its own device, stays proven whatever log it is shown.
    const others = way === "forked" ? [] : [tablet.identity.deviceId];
    expect(told).toEqual([laptop.identity.deviceId, ...others].sort());
  });
});

test("REN-03 a device that was told nothing gets the new secret from the vault at its next sign-in", async () => {
  const laptop = await cellar.person("alice");
  const [phone, tablet] = [await cellar.closedDevice(laptop), await cellar.closedDevice(laptop)];
  const { http } = laptop.browser.ports;
  http.claimKeyPackages = () =>
    Promise.resolve({ ok: true, value: { accountId: laptop.identity.accountId, keyPackages: [] } });
  await giveUp(laptop, phone);
  await tablet.open();
  await until(() => tablet.running.keyring.state === "unreadable", "it cannot read the keyring", 30_000);
  await tablet.close();
  unwrap(await tablet.browser.login(nameOf(tablet)));
  await tablet.open();
  await hasRenewed(tablet);
});

function first<T>([one]: readonly T[]): T {
  if (one === undefined) throw new Error("there is none");
  return one;
}

/** The account key, as its owner opens it. */
async function vaultKey(who: Person): Promise<Uint8Array> {
  return unwrap(await unlockAccount(who.browser.ports, nameOf(who), password)).privateKeyPkcs8;
}

/** The keyring of one, behind the renewal of another. */
function exchanged(sealed: Uint8Array, other: Uint8Array): Uint8Array {
  const [mine, theirs] = [carriedRenewal(sealed), carriedRenewal(other)];
  if (mine === undefined || theirs === undefined) throw new Error("no renewal");
  const head = new Uint8Array([2, theirs.length >> 8, theirs.length & 255]);
  return concatBytes(head, theirs, sealed.subarray(3 + mine.length));
}

/** Nothing is written over what is not believed. */
async function staysAsItIs(who: Person): Promise<void> {
  const { keyrings } = cellar.server.services;
  const { version } = await keyrings.fetch(who.identity.accountId);
  await who.running.keyring.sync();
  expect((await keyrings.fetch(who.identity.accountId)).version).toBe(version);
}
