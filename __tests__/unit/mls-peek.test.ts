import { createApplicationMessage, createProposal } from "ts-mls/createMessage.js";
import { commit } from "@/lib/crypto/mls/commit";
import { verifyEd25519 } from "@/lib/crypto/account/ed25519";
import { encrypt } from "@/lib/crypto/mls/encrypt";
import { joinExternal } from "@/lib/crypto/mls/join-external";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { suite } from "@/lib/crypto/mls/provider";
import { encodeWire } from "@/lib/crypto/mls/wire";
import { randomBytes } from "@/lib/crypto/random";
import { concatBytes, utf8 } from "@/lib/protocol/bytes";
import { revocationBytes } from "@/lib/protocol/revocation";
import { decodeCommitData, encodeCommitData } from "@/lib/protocol/mls/commit-data";
import { peekMessage } from "@/lib/protocol/mls/peek";
import { peekKeyPackage } from "@/lib/protocol/mls/peek-key-package";
import { signWithLabelContent } from "@/lib/protocol/mls/sign-with-label";
import { readWhole, tlsOpaque, tlsUint, tlsVector } from "@/lib/protocol/mls/tls";
import { groupId, now, Room, World } from "../support/mls";
import { rawCommit, rawState, rekeyedKeyPackage } from "../support/mls-insider";

const world = new World();

async function samples() {
  const room = await Room.of(world, ["alice", "bobby"]);
  const alice = room.seat(0);
  const keyPackage = await makeKeyPackage(await world.device("bobby"), now, true);
  const added = await commit(alice.group, alice.identity, {
    add: [keyPackage.publicPackage],
    anchors: world.anchors,
    now,
  });
  const identity = await world.device("alice");
  const joined = await joinExternal({ groupInfo: room.groupInfo, groupId, identity, anchors: world.anchors });
  if (!joined.ok || added.welcome === undefined) throw new Error("no samples");
  const { message } = await encrypt(alice.group, utf8("hello"));
  return { room, message, commit: added.commit, welcome: added.welcome, joined, keyPackage };
}

test("PEEK-01 kind, group and epoch of every message that members send", async () => {
  const { room, message, commit: member, welcome, joined, keyPackage } = await samples();
  const place = { ok: true, groupId, epoch: 1n };
  expect(peekMessage(message)).toEqual({ ...place, kind: "application" });
  expect(peekMessage(member)).toEqual({ ...place, kind: "commit" });
  expect(peekMessage(joined.commit)).toEqual({ ...place, kind: "external-commit" });
  expect(peekMessage(room.groupInfo)).toEqual({ ...place, kind: "group-info" });
  expect(peekMessage(joined.groupInfo)).toEqual({ ...place, epoch: 2n, kind: "group-info" });
  expect(peekMessage(welcome)).toEqual({ ok: true, kind: "welcome" });
  expect(peekMessage(keyPackage.publicPackage)).toEqual({ ok: true, kind: "key-package" });
});

test("PEEK-01 no prefix, no extension and no longer spelling of a message is one", async () => {
  const { room, message, commit: member, welcome, joined, keyPackage } = await samples();
  for (const whole of [message, member, joined.commit, room.groupInfo, welcome, keyPackage.publicPackage]) {
    for (let end = 0; end < whole.length; end += whole.length > 500 ? 13 : 1) {
      expect(peekMessage(whole.subarray(0, end))).toEqual({ ok: false });
    }
    expect(peekMessage(concatBytes(whole, Uint8Array.of(0)))).toEqual({ ok: false });
  }
  const longer = concatBytes(message.subarray(0, 4), Uint8Array.of(0x40), message.subarray(4));
  expect(peekMessage(longer)).toEqual({ ok: false });
});

test("PEEK-02 public messages of members and strangers, and data in the clear, are not ok", async () => {
  const { room } = await samples();
  const state = rawState(room.seat(0));
  const cs = await suite();
  expect(peekMessage(await rawCommit(state, [], {}, true))).toEqual({ ok: false });
  const remove = { proposalType: "remove" as const, remove: { removed: 1 } };
  expect(peekMessage(encodeWire((await createProposal(state, true, remove, cs)).message))).toEqual({ ok: false });
  expect(peekMessage(encodeWire((await createProposal(state, false, remove, cs)).message))).toMatchObject({
    kind: "proposal",
  });
  const { privateMessage } = await createApplicationMessage(state, utf8("x"), cs, utf8("clear"));
  expect(peekMessage(encodeWire({ wireformat: "mls_private_message", privateMessage }))).toEqual({ ok: false });
});

test("PEEK-01 noise of any kind is not ok and does not throw", async () => {
  const { message, joined } = await samples();
  for (let run = 0; run < 2000; run++) {
    const original = run % 2 === 0 ? message : joined.commit;
    const noise = concatBytes(original.subarray(0, run % 40), randomBytes(run % 400));
    expect(() => peekMessage(noise)).not.toThrow();
    expect(() => peekKeyPackage(noise)).not.toThrow();
  }
});

test("PEEK-04 a KeyPackage's two signatures can be checked from what is peeked", async () => {
  const identity = await world.device("alice");
  for (const lastResort of [false, true]) {
    const { publicPackage } = await makeKeyPackage(identity, now, lastResort);
    const peeked = peekKeyPackage(publicPackage);
    if (peeked === undefined) throw new Error("not peeked");
    expect(peeked.lastResort).toBe(lastResort);
    expect(peeked.certificate).toEqual(identity.deviceCertificate);
    expect(peeked.signatureKey).toEqual(identity.publicKey);
    const seconds = BigInt(now.getTime() / 1000);
    expect(peeked.notBefore < seconds && seconds < peeked.notAfter).toBe(true);
    const whole = signWithLabelContent("KeyPackageTBS", peeked.tbs);
    const leaf = signWithLabelContent("LeafNodeTBS", peeked.leafTbs);
    expect(await verifyEd25519(peeked.signatureKey, whole, peeked.signature)).toBe(true);
    expect(await verifyEd25519(peeked.signatureKey, leaf, peeked.leafSignature)).toBe(true);
    expect(await verifyEd25519(peeked.signatureKey, leaf, peeked.signature)).toBe(false);
  }
});

test("PEEK-03 a KeyPackage outside the profile is not peeked", async () => {
  const identity = await world.device("alice");
  const { leafNode } = await rekeyedKeyPackage(identity);
  const { capabilities } = leafNode;
  const changes = [
    { capabilities: { ...capabilities, extensions: [0xf0a1] } },
    { capabilities: { ...capabilities, ciphersuites: [] } },
    { extensions: [{ extensionType: 0xf0a1, extensionData: utf8("x") }] },
    { credential: { credentialType: "x509" as const, certificates: [] } },
    {
      credential: {
        credentialType: "x509" as const,
        certificates: [identity.deviceCertificate, identity.deviceCertificate],
      },
    },
    { credential: { credentialType: "basic" as const, identity: utf8("alice") } },
  ];
  for (const change of changes) {
    const keyPackage = await rekeyedKeyPackage(identity, undefined, change);
    expect(peekKeyPackage(encodeWire({ wireformat: "mls_key_package", keyPackage }))).toBeUndefined();
  }
  const parts = [
    { extensions: [{ extensionType: 0x000b, extensionData: new Uint8Array() }] },
    { extensions: [{ extensionType: 0x000a, extensionData: utf8("x") }] },
    { cipherSuite: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519" as const },
    { initKey: new Uint8Array(31) },
  ];
  for (const part of parts) {
    const keyPackage = await rekeyedKeyPackage(identity, undefined, {}, part);
    expect(peekKeyPackage(encodeWire({ wireformat: "mls_key_package", keyPackage }))).toBeUndefined();
  }
});

test("MLS-14 commit data has one encoding", () => {
  const data = {
    anchors: [Uint8Array.of(1, 2, 3)],
    leaves: [{ leafIndex: 7, signature: new Uint8Array(64).fill(5) }],
    revocations: [new Uint8Array(revocationBytes).fill(6)],
    link: { key: new Uint8Array(32).fill(7), signature: new Uint8Array(64).fill(8) },
  };
  const encoded = encodeCommitData(data);
  expect(decodeCommitData(encoded)).toEqual(data);
  expect(decodeCommitData(concatBytes(encoded, Uint8Array.of(0)))).toBeUndefined();
  expect(decodeCommitData(new Uint8Array())).toBeUndefined();
  expect(decodeCommitData(concatBytes(Uint8Array.of(1), encoded.subarray(1)))).toBeUndefined();
  expect(
    decodeCommitData(encodeCommitData({ ...data, leaves: [{ leafIndex: 7, signature: new Uint8Array(63) }] })),
  ).toBeUndefined();
  expect(decodeCommitData(encodeCommitData({ ...data, revocations: [new Uint8Array(5)] }))).toBeUndefined();
  const link = { ...data.link, key: new Uint8Array(31) };
  expect(decodeCommitData(encodeCommitData({ ...data, link }))).toBeUndefined();
});

test("PEEK-01 lengths: each size has one spelling (RFC 9420 section 2.1.2)", () => {
  for (const size of [0, 1, 63, 64, 16383, 16384, 70_000]) {
    const value = new Uint8Array(size);
    expect(readWhole(tlsOpaque(value), (reader) => reader.opaque(0, 1_000_000))).toEqual(value);
  }
  const read = (bytes: Uint8Array) => readWhole(bytes, (reader) => reader.opaque(0, 1_000_000));
  expect(read(concatBytes(tlsUint(0x4000 + 63, 2), new Uint8Array(63)))).toBeUndefined();
  expect(read(concatBytes(tlsUint(0x80000000 + 16383, 4), new Uint8Array(16383)))).toBeUndefined();
  expect(read(Uint8Array.of(0xc0, 0, 0, 0, 0, 0, 0, 0))).toBeUndefined();
  expect(
    readWhole(tlsVector([tlsUint(1, 2), tlsUint(2, 2)]), (reader) => reader.vector(1, (inner) => inner.uint16())),
  ).toBeUndefined();
});
