/** The ten traps of ts-mls (DESIGN section 9). Each test fails when the door, or the patch, does not close its trap. */
import { proposeAddExternal } from "ts-mls/externalProposal.js";
import { createApplicationMessage, createProposal } from "ts-mls/createMessage.js";
import type { GroupInfo } from "ts-mls/groupInfo.js";
import { decodeMlsMessage } from "ts-mls/message.js";
import type { Proposal } from "ts-mls/proposal.js";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { commit, CommitRefused } from "@/lib/crypto/mls/commit";
import type { Group } from "@/lib/crypto/mls/door";
import { encrypt } from "@/lib/crypto/mls/encrypt";
import { inspectGroupInfo } from "@/lib/crypto/mls/group-info";
import { changedParts, decodeGroup, encodeGroup } from "@/lib/crypto/mls/group-state";
import { openGroup } from "@/lib/crypto/mls/inside";
import { joinExternal } from "@/lib/crypto/mls/join-external";
import { decodeKeyPackageMessage, generateOwnLeaf, makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { makeLeaveProof } from "@/lib/crypto/mls/leave";
import { processEvent } from "@/lib/crypto/mls/process";
import { suite } from "@/lib/crypto/mls/provider";
import { epochAuthenticator } from "@/lib/crypto/mls/roster";
import { encodeWire } from "@/lib/crypto/mls/wire";
import { concatBytes, utf8 } from "@/lib/protocol/bytes";
import { keyPackageLifetimeMs } from "@/lib/protocol/limits";
import { encodePolicy } from "@/lib/protocol/policy";
import { describeResult, groupId, now, openPolicy, Room, World, type Seat } from "../support/mls";
import {
  commitAs,
  epochWithoutCommitSecret,
  forgedGroupInfo,
  pathlessCommit,
  rawCommit,
  rawContentCommit,
  rawExternalCommit,
  rawState,
  rekeyedKeyPackage,
  withTree,
} from "../support/mls-insider";

const world = new World();

async function addProposal(username: string, at = now): Promise<Proposal> {
  const made = await makeKeyPackage(await world.device(username), at, false);
  const keyPackage = decodeKeyPackageMessage(made.publicPackage);
  if (keyPackage === undefined) throw new Error("unreadable");
  return { proposalType: "add", add: { keyPackage } };
}

function removeProposal(leafIndex: number): Proposal {
  return { proposalType: "remove", remove: { removed: leafIndex } };
}

function own(room: Room, seat: Seat): readonly [Seat, Seat[]] {
  return [seat, room.seats.filter((other) => other !== seat)];
}

/** What the others make of it. */
async function verdicts(others: readonly Seat[], message: Uint8Array): Promise<string[]> {
  return [
    ...new Set(await Promise.all(others.map(async ({ group }) => describeResult(await processEvent(group, message))))),
  ];
}

/** Leaf 7 is added by leaf 0 below the filled node 11, where it stays unmerged. */
async function roomWithUnmergedLeaf(): Promise<Room> {
  const room = await Room.of(world, ["alice", "bobby", "bobby", "bobby", "bobby", "bobby", "bobby", "carol"]);
  const leaver = room.seat(7);
  await room.commit(room.seat(4), { leaves: [await makeLeaveProof(leaver.group, leaver.identity)] });
  const keyPackage = await makeKeyPackage(await world.device("carol"), now, false);
  await room.commit(room.seat(0), { add: [keyPackage.publicPackage] });
  const node = openGroup(room.seat(0).group).state.ratchetTree[11];
  expect(node?.nodeType === "parent" && node.parent.unmergedLeaves).toEqual([7]);
  return room;
}

describe("MLS-T01 trap 1: unmerged leaves", () => {
  test("MLS-T01 trap 1 a valid tree with an unmerged leaf is joined (patch)", async () => {
    const room = await roomWithUnmergedLeaf();
    const identity = await world.device("alice");
    const joined = await joinExternal({ groupInfo: room.groupInfo, groupId, identity, anchors: world.anchors });
    expect(joined.ok || joined.reason).toBe(true);
  });

  test.each([[[6]], [[3, 3]], [[3, 2]], [[0]], [[4000]], [[2 ** 31]], [[2 ** 32 - 1]]])(
    "MLS-T01 trap 1 MLS-10 a node with the unmerged leaves %p is refused, in finite time",
    async (unmergedLeaves) => {
      const room = await Room.of(world, ["alice", "bobby", "bobby", "carol"]);
      const seat = room.seat(0);
      const tree = openGroup(seat.group).state.ratchetTree.slice();
      const node = tree[5];
      if (node?.nodeType !== "parent") throw new Error("a blank node");
      tree[5] = { nodeType: "parent", parent: { ...node.parent, unmergedLeaves } };
      const forged = await forgedGroupInfo(seat, room.groupInfo, (info) => withTree(info, tree));
      const result = await inspectGroupInfo(forged, { groupId, anchors: world.anchors });
      expect(result).toEqual({ ok: false, reason: "bad-tree" });
    },
  );
});

test("MLS-T02 trap 2 a commit with Remove and Add is refused by all and not made", async () => {
  const room = await Room.of(world, ["alice", "bobby", "bobby"]);
  const [insider, others] = own(room, room.seat(1));
  const carol = await world.account("carol");
  const forged = await rawCommit(rawState(insider), [removeProposal(2), await addProposal("carol")], {
    anchors: [carol.certificate],
  });
  expect(await verdicts(others, forged)).toEqual(["not-allowed"]);
  const keyPackage = await makeKeyPackage(await world.device("carol"), now, false);
  const made = commit(insider.group, insider.identity, {
    add: [keyPackage.publicPackage],
    remove: [2],
    anchors: world.anchors,
    now,
  });
  await expect(made).rejects.toMatchObject({ name: "CommitRefused", reason: "not-allowed" });
});

describe("MLS-T03 trap 3: proposals that are not a member's own", () => {
  test("MLS-T03 trap 3 S2 a stranger's new_member_proposal is dropped and no later commit has it", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const stranger = await generateOwnLeaf(await world.device("mallory"));
    const proposal = await proposeAddExternal(
      groupInfoOf(room.groupInfo),
      stranger.publicPackage,
      stranger.privatePackage,
      await suite(),
    );
    const event = encodeWire(proposal);
    expect(await room.judge(event)).toEqual(["not-allowed"]);
    await room.commit(room.seat(0));
    expect(openGroup(room.seat(1).group).roster.size).toBe(2);
  });

  test("MLS-T03 trap 3 a member's proposal message is refused, and a commit of it by reference too", async () => {
    const room = await Room.of(world, ["alice", "bobby", "bobby"]);
    const [insider, others] = own(room, room.seat(1));
    const cs = await suite();
    for (const isPublic of [false, true]) {
      const { newState, message } = await createProposal(rawState(insider), isPublic, removeProposal(2), cs);
      expect(await verdicts(others, encodeWire(message))).toEqual(["not-allowed"]);
      expect(await verdicts(others, await rawCommit(newState, []))).toEqual(["not-allowed"]);
    }
  });

  test("MLS-T03 trap 3 ReInit, PSK, Update, GroupContextExtensions and unknown proposals are refused", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const [insider, others] = own(room, room.seat(1));
    const { state } = openGroup(insider.group);
    const leaf = state.ratchetTree[2];
    if (leaf?.nodeType !== "leaf") throw new Error("a blank leaf");
    const refused: Proposal[] = [
      {
        proposalType: "reinit",
        reinit: { groupId, version: "mls10", cipherSuite: state.groupContext.cipherSuite, extensions: [] },
      },
      {
        proposalType: "psk",
        psk: { preSharedKeyId: { psktype: "external", pskId: utf8("x"), pskNonce: new Uint8Array(32) } },
      },
      {
        proposalType: "group_context_extensions",
        groupContextExtensions: { extensions: state.groupContext.extensions },
      },
      { proposalType: "group_context_extensions", groupContextExtensions: { extensions: [] } },
      { proposalType: "update", update: { leafNode: { ...leaf.leaf, leafNodeSource: "update" } } },
      { proposalType: 0xf0b0, proposalData: new Uint8Array(4) },
    ];
    for (const proposal of refused) {
      expect(
        await verdicts(
          others,
          await rawContentCommit(rawState(insider), [{ proposalOrRefType: "proposal", proposal }]),
        ),
      ).toEqual(["not-allowed"]);
    }
  });

  test("MLS-T03 trap 3 MLS-07 no group may name external senders or anything but the policy", async () => {
    const room = await Room.of(world, ["alice"]);
    const ours = { extensionType: 0xf0a1, extensionData: encodePolicy(openPolicy()) };
    const lists = [
      [ours, { extensionType: "external_senders" as const, extensionData: Uint8Array.of(1, 0) }],
      [ours, { extensionType: "required_capabilities" as const, extensionData: new Uint8Array(3) }],
      [ours, ours],
      [{ ...ours, extensionData: new Uint8Array(16 * 1024 + 1) }],
      [],
    ];
    for (const extensions of lists) {
      const change = (info: GroupInfo) => ({ groupContext: { ...info.groupContext, extensions } });
      const forged = await forgedGroupInfo(room.seat(0), room.groupInfo, change);
      expect(await inspectGroupInfo(forged, { groupId, anchors: world.anchors })).toEqual({
        ok: false,
        reason: "malformed",
      });
    }
  });
});

function groupInfoOf(bytes: Uint8Array): GroupInfo {
  const message = decodeMlsMessage(bytes, 0)?.[0];
  if (message?.wireformat !== "mls_group_info") throw new Error("not a GroupInfo");
  return message.groupInfo;
}

describe("MLS-T04 trap 4: external commits", () => {
  test("MLS-T04 trap 4 S10 an external commit that removes someone else is ignored by all", async () => {
    const room = await Room.of(world, ["alice", "bobby", "carol"]);
    const identity = await world.device("mallory");
    const { certificate } = await world.account("mallory");
    const victim = await rawExternalCommit(room.groupInfo, identity, { removes: [0], anchors: [certificate] });
    expect(await room.judge(victim)).toEqual(["not-allowed"]);
    const harmless = await rawExternalCommit(room.groupInfo, identity, { removes: [], anchors: [certificate] });
    expect(await room.judge(harmless)).toEqual(["commit"]);
  });

  test("MLS-T04 trap 4 another device of the same account is someone else", async () => {
    const room = await Room.of(world, ["alice", "bobby", "carol"]);
    const identity = await world.device("bobby");
    expect(await room.judge(await rawExternalCommit(room.groupInfo, identity, { removes: [1] }))).toEqual([
      "not-allowed",
    ]);
  });

  test("MLS-T04 trap 4 two ExternalInits, leave proofs or far-off leaf indexes are refused, in finite time", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const identity = await world.device("mallory");
    const anchors = [(await world.account("mallory")).certificate];
    const twice = await rawExternalCommit(room.groupInfo, identity, { removes: [], anchors, externalInits: 2 });
    expect(await room.judge(twice)).toEqual(["not-allowed"]);
    const none = await rawExternalCommit(room.groupInfo, identity, { removes: [], anchors, externalInits: 0 });
    expect(await room.judge(none)).toEqual(["not-allowed"]);
    for (const leafIndex of [2, 3, 2 ** 30, 2 ** 31, 2 ** 32 - 1]) {
      const far = await rawExternalCommit(room.groupInfo, identity, { removes: [leafIndex], anchors });
      expect(await room.judge(far)).toEqual(["not-allowed"]);
    }
    const leaves = [{ leafIndex: 0, signature: new Uint8Array(64) }];
    const leaving = await rawExternalCommit(room.groupInfo, identity, { removes: [], anchors, leaves });
    expect(await room.judge(leaving)).toEqual(["not-allowed"]);
  });

  test("MLS-T04 trap 4 S11 a second join with one key is ignored, and the next honest commit works", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const identity = await world.device("mallory");
    await room.join(identity);
    const again = await rawExternalCommit(room.groupInfo, identity, { removes: [] });
    expect(await room.judge(again)).toEqual(["not-allowed"]);
    await room.commit(room.seat(0));
    await room.join(await world.device("carol"));
    expect(room.authenticators().size).toBe(1);
  });
});

describe("MLS-T05 trap 5: keys, successors and lifetimes", () => {
  test("MLS-T05 trap 5 two added KeyPackages with one HPKE key are refused", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const [insider, others] = own(room, room.seat(0));
    const anchors = [(await world.account("carol")).certificate];
    const first = await rekeyedKeyPackage(await world.device("carol"));
    const second = await rekeyedKeyPackage(await world.device("carol"), first.leafNode.hpkePublicKey);
    const proposals = [first, second].map((keyPackage): Proposal => ({ proposalType: "add", add: { keyPackage } }));
    expect(await verdicts(others, await rawCommit(rawState(insider), proposals, { anchors }))).toEqual(["bad-tree"]);
  });

  test("MLS-T05 trap 5 M2 a committer whose new leaf is someone else is ignored", async () => {
    const room = await Room.of(world, ["alice", "bobby", "mallory"]);
    const [insider, others] = own(room, room.seat(2));
    const stolen = room.seat(0).identity.deviceCertificate;
    expect(await verdicts(others, await commitAs(insider, stolen))).toEqual(["bad-credential"]);
    const otherDevice = await world.device("mallory");
    expect(await verdicts(others, await commitAs(insider, otherDevice.deviceCertificate))).toEqual(["bad-credential"]);
    expect(await verdicts(others, await commitAs(insider, insider.identity.deviceCertificate))).toEqual(["commit"]);
  });

  test("MLS-T05 trap 5 MLS-12 an outdated KeyPackage is refused by the adder, with the adder's clock", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const { group, identity } = room.seat(0);
    const keyPackage = await makeKeyPackage(await world.device("carol"), now, false);
    const add = [keyPackage.publicPackage];
    const later = new Date(now.getTime() + keyPackageLifetimeMs + 24 * 60 * 60 * 1000);
    const early = new Date(now.getTime() - 3 * 24 * 60 * 60 * 1000);
    for (const clock of [later, early]) {
      const made = commit(group, identity, { add, anchors: world.anchors, now: clock });
      await expect(made).rejects.toBeInstanceOf(CommitRefused);
    }
  });

  test("MLS-T05 trap 5 MLS-12 while applying, no clock decides (patch: nor while making)", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const { group, identity } = room.seat(0);
    const far = new Date("2199-01-01T00:00:00Z");
    const device = await makeDevice({ account: await world.account("carol"), now: far });
    const keyPackage = await makeKeyPackage(device, far, false);
    const made = await commit(group, identity, { add: [keyPackage.publicPackage], anchors: world.anchors, now: far });
    expect(describeResult(await processEvent(room.seat(1).group, made.commit))).toBe("commit");
  });
});

test("MLS-T06 trap 6 S14 a skipped message cannot be read any more, not even with a dump of the state", async () => {
  const room = await Room.of(world, ["alice", "bobby"]);
  const [alice, bobby] = [room.seat(0), room.seat(1)];
  const skipped = await encrypt(alice.group, utf8("withheld"));
  const next = await encrypt(skipped.group, utf8("delivered"));
  const read = await processEvent(bobby.group, next.message);
  if (read.kind !== "application") throw new Error(describeResult(read));
  const dump = decodeGroup(encodeGroup(read.group), bobby.identity);
  for (const group of [read.group, dump])
    expect(describeResult(await processEvent(group, skipped.message))).toBe("replayed");
  expect(keptSecrets(read.group)).toEqual([]);
});

function keptSecrets(group: Group): unknown[] {
  return openGroup(group).state.secretTree.flatMap(({ application, handshake }) =>
    [application, handshake].flatMap(({ unusedGenerations }) => Object.values(unusedGenerations)),
  );
}

describe("MLS-T07 trap 7: decoding", () => {
  test("MLS-T07 trap 7 a stored group still refuses credentials that nobody vouches for", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const [insider, others] = own(room, room.seat(0));
    for (const seat of room.seats) seat.group = decodeGroup(encodeGroup(seat.group), seat.identity);
    // The anchor that the new leaf needs is not there.
    const forged = await rawCommit(rawState(insider), [await addProposal("carol")]);
    expect(await verdicts(others, forged)).toEqual(["bad-credential"]);
    const config = openGroup(others[0]?.group ?? insider.group).state.clientConfig;
    const leaf = openGroup(insider.group).state.ratchetTree[0];
    if (leaf?.nodeType !== "leaf") throw new Error("a blank leaf");
    const { credential } = leaf.leaf;
    expect(await config.authService.validateCredential(credential, leaf.leaf.signaturePublicKey)).toBe(true);
    expect(await config.authService.validateCredential(credential, new Uint8Array(32))).toBe(false);
  });

  test("MLS-T07 trap 7 MLS-03 trailing bytes and non-minimal lengths are malformed", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const { message } = await encrypt(room.seat(0).group, utf8("hello"));
    expect(await verdicts([room.seat(1)], message)).toEqual(["application"]);
    expect(await verdicts([room.seat(1)], concatBytes(message, Uint8Array.of(0)))).toEqual(["malformed"]);
    expect(await verdicts([room.seat(1)], message.subarray(0, -1))).toEqual(["malformed"]);
    // The length of the group id, 16, in two bytes instead of one.
    const longer = concatBytes(message.subarray(0, 4), Uint8Array.of(0x40), message.subarray(4));
    expect(decodeMlsMessage(longer, 0)?.[1]).toBe(longer.length);
    expect(await verdicts([room.seat(1)], longer)).toEqual(["malformed"]);
  });

  test("MLS-T07 trap 7 group id and epoch are checked before anything else", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const alice = room.seat(0);
    const state = rawState(alice);
    const elsewhere = { ...state, groupContext: { ...state.groupContext, groupId: new Uint8Array(16) } };
    const ahead = { ...state, groupContext: { ...state.groupContext, epoch: state.groupContext.epoch + 1n } };
    const before = { ...state, groupContext: { ...state.groupContext, epoch: 0n } };
    const cases = [
      [elsewhere, "wrong-group"],
      [ahead, "future-epoch"],
      [before, "late-epoch"],
    ] as const;
    for (const [forged, reason] of cases) {
      const { privateMessage } = await createApplicationMessage(forged, utf8("x"), await suite());
      const message = encodeWire({ wireformat: "mls_private_message", privateMessage });
      expect(await verdicts([room.seat(1)], message)).toEqual([reason]);
    }
  });
});

describe("MLS-T08 trap 8: every commit has a path", () => {
  test("MLS-T08 trap 8 a commit without a path is refused", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const [insider, others] = own(room, room.seat(0));
    const anchors = [(await world.account("carol")).certificate];
    const forged = await pathlessCommit(rawState(insider), [await addProposal("carol")], { anchors });
    expect(await verdicts(others, forged)).toEqual(["not-allowed"]);
  });

  test("MLS-T08 trap 8 a commit that only adds has one (patch)", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const [insider, others] = own(room, room.seat(0));
    const anchors = [(await world.account("carol")).certificate];
    const made = await rawCommit(rawState(insider), [await addProposal("carol")], { anchors });
    expect(await verdicts(others, made)).toEqual(["commit"]);
  });

  test("MLS-T08 trap 8 the commit that leaves one member alone has a fresh secret (patch)", async () => {
    const room = await Room.of(world, ["alice", "alice"]);
    const [alice, removed] = [room.seat(0), room.seat(1)];
    const made = await commit(alice.group, alice.identity, { remove: [1] });
    const guess = await epochWithoutCommitSecret(rawState(removed), openGroup(made.next).state);
    expect(guess).not.toEqual(epochAuthenticator(made.next));
  });
});

test("MLS-T09 trap 9 a message changes one small part, whatever the size of the room", async () => {
  const room = await Room.of(world, ["alice", "bobby", "bobby", "bobby", "carol", "carol"]);
  for (let epoch = 0; epoch < 4; epoch++) await room.commit(room.seat(epoch));
  const seat = room.seat(0);
  const { group } = await encrypt(seat.group, utf8("hello"));
  const changed = [...changedParts(seat.group, group)];
  expect(changed.map(([name]) => name)).toEqual([`ratchets/${String(group.epoch)}/0`]);
  // Two ratchets for each of at most sixteen leaves; no certificate, no tree, no other epoch.
  expect(changed[0]?.[1]?.length).toBeLessThan(16 * 80);
});

describe("MLS-T10 trap 10: what others see of us", () => {
  test("MLS-T10 trap 10 external_pub is a vector with its length (patch)", async () => {
    const room = await Room.of(world, ["alice"]);
    const { extensions } = groupInfoOf(room.groupInfo);
    const externalPub = extensions.find(({ extensionType }) => extensionType === "external_pub")?.extensionData;
    expect(externalPub?.length).toBe(33);
    expect(externalPub?.[0]).toBe(32);
  });

  test("MLS-T10 trap 10 external_pub without its length is refused (patch)", async () => {
    const room = await Room.of(world, ["alice"]);
    const forged = await forgedGroupInfo(room.seat(0), room.groupInfo, ({ extensions }) => ({
      extensions: extensions.map((extension) =>
        extension.extensionType === "external_pub"
          ? { ...extension, extensionData: extension.extensionData.slice(1) }
          : extension,
      ),
    }));
    expect(await inspectGroupInfo(forged, { groupId, anchors: world.anchors })).toEqual({
      ok: false,
      reason: "malformed",
    });
  });

  test("MLS-T10 trap 10 MLS-02 a leaf advertises one suite, x509 and our extensions, and no other leaf is taken", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const [insider, others] = own(room, room.seat(0));
    const anchors = [(await world.account("carol")).certificate];
    const identity = await world.device("carol");
    const honest = await rekeyedKeyPackage(identity);
    expect(honest.leafNode.capabilities).toEqual({
      versions: ["mls10"],
      ciphersuites: ["MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"],
      extensions: [0x000a, 0xf0a1, 0xf0a2],
      proposals: [],
      credentials: ["x509"],
    });
    const { capabilities } = honest.leafNode;
    const strange = [
      { capabilities: { ...capabilities, extensions: [...capabilities.extensions, 0x0a0a] } },
      { capabilities: { ...capabilities, proposals: [0xf0b0] } },
      { capabilities: { ...capabilities, credentials: ["x509" as const, "basic" as const] } },
      { extensions: [{ extensionType: 0xf0a1, extensionData: encodePolicy(openPolicy()) }] },
      // Who is added came by no link.
      { extensions: [{ extensionType: 0xf0a2, extensionData: new Uint8Array(32).fill(1) }] },
      { credential: { credentialType: "basic" as const, identity: utf8("carol") } },
      {
        credential: {
          credentialType: "x509" as const,
          certificates: [identity.deviceCertificate, identity.accountCertificate],
        },
      },
    ];
    for (const change of strange) {
      const keyPackage = await rekeyedKeyPackage(identity, undefined, change);
      const proposal: Proposal = { proposalType: "add", add: { keyPackage } };
      const forged = await rawContentCommit(rawState(insider), [{ proposalOrRefType: "proposal", proposal }]);
      expect(await verdicts(others, forged)).toEqual(["bad-credential"]);
    }
    const taken = await rawCommit(rawState(insider), [{ proposalType: "add", add: { keyPackage: honest } }], {
      anchors,
    });
    expect(await verdicts(others, taken)).toEqual(["commit"]);
  });
});
