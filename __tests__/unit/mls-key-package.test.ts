import { certifyDevice } from "@/lib/crypto/account/device-key";
import { commit } from "@/lib/crypto/mls/commit";
import { joinWelcome } from "@/lib/crypto/mls/join-welcome";
import { checkKeyPackage, makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { encodeWire } from "@/lib/crypto/mls/wire";
import { concatBytes } from "@/lib/protocol/bytes";
import { clockSkewMs, deviceCertificateDays, keyPackageLifetimeMs } from "@/lib/protocol/limits";
import { groupId, now, Room, World } from "../support/mls";
import { rekeyedKeyPackage } from "../support/mls-insider";

const world = new World();
const { anchors } = world;
const dayMs = 24 * 60 * 60 * 1000;

test("MLS-08 a fresh KeyPackage is good until its end and not a second longer", async () => {
  const identity = await world.device("alice");
  const { publicPackage, ref } = await makeKeyPackage(identity, now, false);
  expect(ref).toHaveLength(32);
  const checked = await checkKeyPackage(publicPackage, { anchors, now, expected: { accountId: identity.accountId } });
  if (!checked.ok) throw new Error(checked.reason);
  expect(checked.member).toMatchObject({ username: "alice", deviceId: identity.deviceId });
  expect(checked.notAfter.getTime()).toBeLessThanOrEqual(now.getTime() + keyPackageLifetimeMs);
  const at = async (ms: number) => (await checkKeyPackage(publicPackage, { anchors, now: new Date(ms) })).ok;
  expect(await at(checked.notAfter.getTime())).toBe(true);
  expect(await at(checked.notAfter.getTime() + 1000)).toBe(false);
  expect(await at(now.getTime() - clockSkewMs)).toBe(true);
  expect(await at(now.getTime() - clockSkewMs - 1000)).toBe(false);
});

test("MLS-08 a KeyPackage does not outlive the device certificate", async () => {
  const identity = await world.device("alice");
  const late = new Date(now.getTime() + (deviceCertificateDays - 10) * dayMs);
  const { publicPackage } = await makeKeyPackage(identity, late, false);
  const checked = await checkKeyPackage(publicPackage, { anchors, now: late });
  if (!checked.ok) throw new Error(checked.reason);
  expect(checked.notAfter.getTime()).toBeLessThanOrEqual(now.getTime() + deviceCertificateDays * dayMs);
  const lifetime = { notBefore: 0n, notAfter: BigInt(now.getTime() / 1000) + 1_000_000_000n };
  const endless = encodeWire({
    wireformat: "mls_key_package",
    keyPackage: await rekeyedKeyPackage(identity, undefined, { lifetime }),
  });
  expect(await checkKeyPackage(endless, { anchors, now })).toEqual({ ok: false, reason: "not-allowed" });
  const short = { notBefore: BigInt(now.getTime() / 1000), notAfter: BigInt(now.getTime() / 1000 + 40 * 365 * 86_400) };
  const outdated = encodeWire({
    wireformat: "mls_key_package",
    keyPackage: await rekeyedKeyPackage(identity, undefined, { lifetime: short }),
  });
  const afterExpiry = new Date(now.getTime() + (deviceCertificateDays + 3) * dayMs);
  expect(await checkKeyPackage(outdated, { anchors, now: afterExpiry })).toEqual({ ok: false, reason: "not-allowed" });
});

test("S3 a KeyPackage of another account, an unknown one, or with a damaged signature is refused", async () => {
  const identity = await world.device("alice");
  const { publicPackage } = await makeKeyPackage(identity, now, false);
  const { accountId } = await world.account("bobby");
  expect(await checkKeyPackage(publicPackage, { anchors, now, expected: { accountId } })).toEqual({
    ok: false,
    reason: "bad-credential",
  });
  const unknown = await checkKeyPackage(publicPackage, { anchors: () => Promise.resolve(undefined), now });
  expect(unknown).toEqual({ ok: false, reason: "bad-credential" });
  const damaged = publicPackage.slice();
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  expect((await checkKeyPackage(damaged, { anchors, now })).ok).toBe(false);
  const keyPackage = await rekeyedKeyPackage(identity);
  const unsignedLeaf = {
    ...keyPackage.leafNode,
    signature: keyPackage.leafNode.signature.map((byte, index) => (index === 40 ? byte ^ 1 : byte)),
  };
  const resigned = await rekeyedKeyPackage(identity, undefined, {}, { leafNode: unsignedLeaf });
  const bytes = encodeWire({ wireformat: "mls_key_package", keyPackage: resigned });
  expect(await checkKeyPackage(bytes, { anchors, now })).toEqual({ ok: false, reason: "bad-signature" });
});

test("MLS-08 an init key that is also the leaf's key, or of small order, is refused", async () => {
  const identity = await world.device("alice");
  const { leafNode } = await rekeyedKeyPackage(identity);
  for (const initKey of [leafNode.hpkePublicKey, new Uint8Array(32)]) {
    const keyPackage = await rekeyedKeyPackage(identity, undefined, {}, { leafNode, initKey });
    const bytes = encodeWire({ wireformat: "mls_key_package", keyPackage });
    expect(await checkKeyPackage(bytes, { anchors, now })).toEqual({ ok: false, reason: "malformed" });
  }
});

test("S36 a Welcome for another device, another room, or damaged is refused", async () => {
  const room = await Room.of(world, ["alice"]);
  const { group, identity } = room.seat(0);
  const bobby = await world.device("bobby");
  const keyPackage = await makeKeyPackage(bobby, now, false);
  const { welcome } = await commit(group, identity, { add: [keyPackage.publicPackage], anchors, now });
  if (welcome === undefined) throw new Error("no welcome");
  const join = (bytes: Uint8Array, change: object = {}) =>
    joinWelcome({ welcome: bytes, keyPackage, identity: bobby, anchors, groupId, ...change });
  expect((await join(welcome)).ok).toBe(true);
  expect(await join(welcome, { groupId: new Uint8Array(16) })).toEqual({ ok: false, reason: "wrong-group" });
  const other = await makeKeyPackage(bobby, now, false);
  expect((await join(welcome, { keyPackage: other })).ok).toBe(false);
  expect(await join(concatBytes(welcome, Uint8Array.of(0)))).toEqual({ ok: false, reason: "malformed" });
  for (let at = 10; at < welcome.length; at += 97) {
    const damaged = welcome.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 4;
    expect((await join(damaged)).ok).toBe(false);
  }
  expect(await join(welcome, { anchors: () => Promise.resolve(undefined) })).toEqual({
    ok: false,
    reason: "bad-credential",
  });
});

test("MLS-08 a KeyPackage made before the certificate was renewed still joins", async () => {
  const room = await Room.of(world, ["alice"]);
  const bobby = await world.device("bobby");
  const keyPackage = await makeKeyPackage(bobby, now, false);
  const renewed = await certifyDevice({ account: await world.account("bobby"), key: bobby, now });
  const { welcome } = await room.commit(room.seat(0), { add: [keyPackage.publicPackage] });
  const joined = await joinWelcome({
    welcome: welcome ?? new Uint8Array(),
    keyPackage,
    identity: renewed,
    anchors,
    groupId,
  });
  if (!joined.ok) throw new Error(joined.reason);
  room.seats.push({ identity: renewed, group: joined.group });
  await room.commit(room.seat(1));
  expect(room.authenticators().size).toBe(1);
});
