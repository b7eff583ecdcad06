/** Attacks by an operator, an insider and a thief on groups (ATTACKS: S, M and T numbers; rules MLS). */
import { createApplicationMessage } from "ts-mls/createMessage.js";
import { decodeMlsMessage } from "ts-mls/message.js";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import type { Proposal } from "ts-mls/proposal.js";
import { getHpkePublicKey } from "ts-mls/ratchetTree.js";
import type { UpdatePath } from "ts-mls/updatePath.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { randomBytes } from "@/lib/crypto/random";
import { signAsAccount, randomSerial } from "@/lib/crypto/account/account-key";
import { encodeAccountTbs, encodeCertificate, modulusOfSpki } from "@/lib/crypto/account/certificate-profile";
import { verifyAccountCertificate } from "@/lib/crypto/account/certificates";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { commit } from "@/lib/crypto/mls/commit";
import { encrypt } from "@/lib/crypto/mls/encrypt";
import { decodeGroup, encodeGroup } from "@/lib/crypto/mls/group-state";
import { openGroup } from "@/lib/crypto/mls/inside";
import { joinExternal } from "@/lib/crypto/mls/join-external";
import { decodeKeyPackageMessage, makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { makeLeaveProof } from "@/lib/crypto/mls/leave";
import { processEvent } from "@/lib/crypto/mls/process";
import { suite } from "@/lib/crypto/mls/provider";
import { epochAuthenticator, members } from "@/lib/crypto/mls/roster";
import { settle } from "@/lib/crypto/mls/settle";
import { checkedOf } from "@/lib/crypto/mls/people";
import { hasSoundKeys } from "@/lib/crypto/mls/tree";
import { encodeWire } from "@/lib/crypto/mls/wire";
import { fromHex, utf8 } from "@/lib/protocol/bytes";
import { commitMaxProposals } from "@/lib/protocol/limits";
import { describeResult, groupId, now, Room, World, type Seat } from "../support/mls";
import {
  commitAs,
  rawCommit,
  rawContentCommit,
  rawExternalCommit,
  rawState,
  rekeyedKeyPackage,
  resign,
} from "../support/mls-insider";

const world = new World();

function others(room: Room, seat: Seat): Seat[] {
  return room.seats.filter((other) => other !== seat);
}

async function verdicts(seats: readonly Seat[], message: Uint8Array): Promise<string[]> {
  return [
    ...new Set(await Promise.all(seats.map(async ({ group }) => describeResult(await processEvent(group, message))))),
  ];
}

function remove(leafIndex: number): Proposal {
  return { proposalType: "remove", remove: { removed: leafIndex } };
}

function privateMessageOf(event: Uint8Array) {
  const message = decodeMlsMessage(event, 0)?.[0];
  if (message?.wireformat !== "mls_private_message") throw new Error("not a PrivateMessage");
  return message.privateMessage;
}

describe("reading what one should not", () => {
  test("M14 a removed member decrypts 0 of the next 10 messages", async () => {
    const room = await Room.of(world, ["alice", "bobby", "mallory"]);
    const [alice, bobby, mallory] = [room.seat(0), room.seat(1), room.seat(2)];
    const kept = rawState(mallory);
    const proof = await makeLeaveProof(mallory.group, mallory.identity);
    const { commit: removal } = await room.commit(alice, { leaves: [proof] });
    expect(describeResult(await processEvent(mallory.group, removal))).toBe("removed");
    let read = 0;
    for (let index = 0; index < 10; index++) {
      const event = await room.send(index % 2 === 0 ? alice : bobby, `secret ${String(index)}`);
      expect(describeResult(await processEvent(mallory.group, event))).toBe("future-epoch");
      // With all keys that the removed member has, past the checks of our door.
      const { keyRetentionConfig } = kept.clientConfig;
      const { senderDataSecret } = kept.keySchedule;
      await unprotectPrivateMessage(
        senderDataSecret,
        privateMessageOf(event),
        kept.secretTree,
        kept.ratchetTree,
        kept.groupContext,
        keyRetentionConfig,
        await suite(),
      ).then(
        () => read++,
        () => undefined,
      );
    }
    expect(read).toBe(0);
  });

  test("T5 a dump of the state decrypts none of the messages that were read before it", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const [alice, bobby] = [room.seat(0), room.seat(1)];
    const captured: Uint8Array[] = [];
    for (let index = 0; index < 5; index++) captured.push(await room.send(alice, `text ${String(index)}`));
    await room.commit(alice);
    for (let index = 0; index < 5; index++) captured.push(await room.send(alice, `more ${String(index)}`));
    const dump = decodeGroup(encodeGroup(bobby.group), bobby.identity);
    for (const event of captured) expect(describeResult(await processEvent(dump, event))).toBe("replayed");
  });

  test("T5 a dump of the sender's state does not decrypt what it sent", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const alice = room.seat(0);
    const event = await room.send(alice, "text");
    const dump = decodeGroup(encodeGroup(alice.group), alice.identity);
    expect(describeResult(await processEvent(dump, event))).toBe("replayed");
    await room.commit(alice);
    const later = decodeGroup(encodeGroup(alice.group), alice.identity);
    // Of past epochs a device keeps other people's ratchets only.
    expect(describeResult(await processEvent(later, event))).toBe("undecryptable");
  });

  test("T6 a dump of the state reads nothing after the owner's update commit", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const [alice, bobby] = [room.seat(0), room.seat(1)];
    const dump = rawState(alice);
    const { next } = await room.commit(alice);
    const { kdf } = await suite();
    const zeros = new Uint8Array(kdf.size);
    const context = openGroup(next).state.groupContext;
    const { keySchedule } = await initializeEpoch(dump.keySchedule.initSecret, zeros, context, zeros, kdf);
    expect(keySchedule.epochAuthenticator).not.toEqual(epochAuthenticator(bobby.group));
  });

  test("T6 coming back alone makes a secret that the stolen state cannot compute (patch)", async () => {
    const room = await Room.of(world, ["alice"]);
    const { identity, group } = room.seat(0);
    const stolen = rawState(room.seat(0));
    const made = await joinExternal({ groupInfo: room.groupInfo, groupId, identity, anchors: world.anchors });
    if (!made.ok) throw new Error(made.reason);
    expect(describeResult(await processEvent(group, made.commit))).toBe("removed");
    const message = decodeMlsMessage(made.commit, 0)?.[0];
    if (message?.wireformat !== "mls_public_message" || message.publicMessage.content.contentType !== "commit")
      throw new Error("no");
    const init = message.publicMessage.content.commit.proposals.at(-1);
    if (init?.proposalOrRefType !== "proposal" || !("externalInit" in init.proposal))
      throw new Error("no ExternalInit");
    const { hpke, kdf } = await suite();
    const pair = await hpke.deriveKeyPair(stolen.keySchedule.externalSecret);
    const label = utf8("MLS 1.0 external init secret");
    const initSecret = await hpke.importSecret(
      pair.privateKey,
      label,
      init.proposal.externalInit.kemOutput,
      kdf.size,
      new Uint8Array(),
    );
    const zeros = new Uint8Array(kdf.size);
    const context = openGroup(made.next).state.groupContext;
    const { keySchedule } = await initializeEpoch(initSecret, zeros, context, zeros, kdf);
    expect(keySchedule.epochAuthenticator).not.toEqual(epochAuthenticator(made.next));
  });
});

describe("replay and damage", () => {
  test("S16 a replayed message is ignored, in its epoch and later", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const event = await room.send(room.seat(0), "once");
    expect(await verdicts([room.seat(1)], event)).toEqual(["replayed"]);
    await room.commit(room.seat(1));
    expect(await verdicts([room.seat(1)], event)).toEqual(["replayed"]);
  });

  test("S18 an event of one room is refused in another", async () => {
    const devices = ["alice", "bobby"];
    const [here, there] = [await Room.of(world, devices), await Room.of(world, devices, new Uint8Array(16).fill(9))];
    const events = [
      await here.send(here.seat(0), "private"),
      (await commit(here.seat(0).group, here.seat(0).identity)).commit,
      await rawExternalCommit(here.groupInfo, await world.device("bobby"), { removes: [] }),
    ];
    for (const event of events) expect(await there.judge(event)).toEqual(["wrong-group"]);
  });

  test("S18 the same bytes under another room's id do not decrypt", async () => {
    const other = new Uint8Array(16).fill(9);
    const [here, there] = [await Room.of(world, ["alice", "bobby"]), await Room.of(world, ["alice", "bobby"], other)];
    const message = privateMessageOf((await encrypt(here.seat(0).group, utf8("private"))).message);
    const moved = encodeWire({ wireformat: "mls_private_message", privateMessage: { ...message, groupId: other } });
    expect(await there.judge(moved)).toEqual(["undecryptable"]);
  });

  test("MLS-03 2,000 mutated events: none throws, none is taken", async () => {
    const room = await Room.of(world, ["alice", "bobby", "carol"]);
    const [alice, bobby] = [room.seat(0), room.seat(1)];
    const sent = await encrypt(alice.group, utf8("hello"));
    const self = await commit(alice.group, alice.identity);
    const external = await rawExternalCommit(room.groupInfo, await world.device("bobby"), { removes: [] });
    const originals = [sent.message, self.commit, external, room.groupInfo];
    for (let run = 0; run < 2000; run++) {
      const original = originals[run % originals.length] ?? new Uint8Array();
      const mutated = mutate(original, run);
      const result = await processEvent(bobby.group, mutated);
      if (result.kind !== "ignored") throw new Error(`run ${String(run)} was taken as ${result.kind}`);
    }
    for (const event of originals.slice(0, 3)) expect(await verdicts([bobby], event)).not.toContain("malformed");
  }, 60_000);
});

/** Run 0, 1, 2, ... flips a bit, cuts, doubles a byte, inserts, or fills with noise, spread over the whole length. */
function mutate(original: Uint8Array, run: number): Uint8Array {
  const copy = original.slice();
  const at = Math.floor((run * 7919) % copy.length);
  switch (run % 5) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      return Uint8Array.from([...copy.subarray(0, at), 0x40, ...copy.subarray(at)]);
    case 2:
      return Uint8Array.from([...copy.subarray(0, 8), ...randomBytes(at % 300)]);
    default:
      copy[at] = (copy[at] ?? 0) ^ (1 << (run % 8));
      return copy;
  }
}

describe("changing the members against the rules", () => {
  test("M1 a member who removes another without a proof is ignored by all", async () => {
    const room = await Room.of(world, ["alice", "bobby", "mallory"]);
    const mallory = room.seat(2);
    expect(await verdicts(others(room, mallory), await rawCommit(rawState(mallory), [remove(0)]))).toEqual([
      "not-allowed",
    ]);
    const made = commit(mallory.group, mallory.identity, { remove: [0] });
    await expect(made).rejects.toMatchObject({ reason: "not-allowed" });
  });

  test("MLS-13 a leave proof by someone else, for another leaf, twice, or for nobody is worth nothing", async () => {
    const room = await Room.of(world, ["alice", "bobby", "mallory"]);
    const [alice, bobby, mallory] = [room.seat(0), room.seat(1), room.seat(2)];
    const proof = await makeLeaveProof(bobby.group, bobby.identity);
    const own = await makeLeaveProof(mallory.group, mallory.identity);
    const cases = [
      { proposals: [remove(0)], leaves: [{ ...own, leafIndex: 0 }] },
      { proposals: [remove(0)], leaves: [{ ...proof, leafIndex: 0 }] },
      { proposals: [remove(1)], leaves: [proof, proof] },
      { proposals: [], leaves: [proof] },
      { proposals: [remove(1)], leaves: [proof, own] },
      { proposals: [remove(1)], leaves: [{ ...proof, signature: proof.signature.map((byte) => byte ^ 1) }] },
    ];
    for (const { proposals, leaves } of cases) {
      expect(await verdicts([alice], await rawCommit(rawState(mallory), proposals, { leaves }))).toEqual([
        "not-allowed",
      ]);
    }
    expect(await verdicts([alice], await rawCommit(rawState(mallory), [remove(1)], { leaves: [proof] }))).toEqual([
      "commit",
    ]);
    const elsewhere = await Room.of(world, ["alice", "bobby", "mallory"], new Uint8Array(16).fill(3));
    const stolen = await rawCommit(rawState(elsewhere.seat(2)), [remove(1)], { leaves: [proof] });
    expect(await verdicts([elsewhere.seat(0)], stolen)).toEqual(["not-allowed"]);
  });

  test("MLS-06 a member's commit as a PublicMessage is refused", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const event = await rawCommit(rawState(room.seat(1)), [], {}, true);
    expect(await verdicts([room.seat(0)], event)).toEqual(["not-allowed"]);
  });

  test("MLS-06 Welcome, GroupInfo and KeyPackage are no events", async () => {
    const room = await Room.of(world, ["alice"]);
    const keyPackage = await makeKeyPackage(await world.device("bobby"), now, false);
    const made = await commit(room.seat(0).group, room.seat(0).identity, {
      add: [keyPackage.publicPackage],
      anchors: world.anchors,
      now,
    });
    for (const event of [made.welcome ?? new Uint8Array(), made.groupInfo, keyPackage.publicPackage]) {
      expect(await room.judge(event)).toEqual(["malformed"]);
    }
  });

  test("MLS-06 more proposals than allowed are refused unread", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const keyPackage = await rekeyedKeyPackage(await world.device("carol"), undefined, {
      extensions: [{ extensionType: 7, extensionData: new Uint8Array() }],
    });
    const many = Array.from({ length: commitMaxProposals + 1 }, () => ({
      proposalOrRefType: "proposal" as const,
      proposal: { proposalType: "add" as const, add: { keyPackage } },
    }));
    expect(await verdicts([room.seat(0)], await rawContentCommit(rawState(room.seat(1)), many))).toEqual([
      "not-allowed",
    ]);
    const fewer = many.slice(1);
    expect(await verdicts([room.seat(0)], await rawContentCommit(rawState(room.seat(1)), fewer))).toEqual([
      "bad-credential",
    ]);
  });

  test("MLS-14 anchors: missing, superfluous, repeated, foreign or unreadable ones make the commit invalid", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const [alice, bobby] = [room.seat(0), room.seat(1)];
    const made = await makeKeyPackage(await world.device("carol"), now, false);
    const keyPackage = decodeKeyPackageMessage(made.publicPackage);
    if (keyPackage === undefined) throw new Error("unreadable");
    const add: Proposal = { proposalType: "add", add: { keyPackage } };
    const [own, carol, mallory] = await Promise.all(
      ["alice", "carol", "mallory"].map(async (name) => (await world.account(name)).certificate),
    );
    if (own === undefined || carol === undefined || mallory === undefined) throw new Error("no certificate");
    for (const anchors of [[], [mallory], [carol, mallory], [carol, carol], [own, carol], [carol.slice(0, -1)]]) {
      expect(await verdicts([alice], await rawCommit(rawState(bobby), [add], { anchors }))).toEqual(["bad-credential"]);
    }
    expect(await verdicts([alice], await rawCommit(rawState(bobby), [], { anchors: [mallory] }))).toEqual([
      "bad-credential",
    ]);
    expect(await verdicts([alice], await rawCommit(rawState(bobby), [add], { anchors: [carol] }))).toEqual(["commit"]);
  });

  test("S3 a device certificate by another key is refused", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const mallory = await world.account("mallory");
    const ghost = await makeDevice({ account: mallory, now });
    const alice = await world.account("alice");
    // A device that says it is alice's needs a certificate by alice's key; mallory has only her own.
    const keyPackage = await rekeyedKeyPackage({ ...ghost, accountCertificate: alice.certificate });
    const event = await rawCommit(rawState(room.seat(1)), [{ proposalType: "add", add: { keyPackage } }]);
    expect(await verdicts([room.seat(0)], event)).toEqual(["bad-credential"]);
    const stolen = await rekeyedKeyPackage(ghost, undefined, {
      credential: { credentialType: "x509", certificates: [room.seat(0).identity.deviceCertificate] },
    });
    const second = await rawCommit(rawState(room.seat(1)), [{ proposalType: "add", add: { keyPackage: stolen } }]);
    expect(await verdicts([room.seat(0)], second)).toEqual(["bad-credential"]);
  });

  test("MLS-04 one account cannot sit in a room under two names", async () => {
    const room = await Room.of(world, ["alice", "mallory"]);
    const account = await world.account("mallory");
    const alias = await otherNameOf(account, "bobby");
    const device = await makeDevice({ account: { ...account, certificate: alias }, now });
    expect(device.accountId).toBe(account.accountId);
    const event = await rawExternalCommit(room.groupInfo, device, { removes: [] });
    expect(await room.judge(event)).toEqual(["bad-credential"]);
  });

  test("MLS-04 which certificate of its key an account's anchor is makes no difference to joiners", async () => {
    const room = await Room.of(world, ["alice", "mallory"]);
    const account = await world.account("mallory");
    const alias = await otherNameOf(account, "bobby");
    const anchors = (accountId: string) =>
      accountId === account.accountId ? Promise.resolve(alias) : world.anchors(accountId);
    const identity = await world.device("carol");
    const made = await joinExternal({ groupInfo: room.groupInfo, groupId, identity, anchors });
    if (!made.ok) throw new Error(made.reason);
    expect(members(made.next).map(({ username }) => username)).toEqual(["alice", "mallory", "carol"]);
    expect(await room.judge(made.commit)).toEqual(["commit"]);
  });
});

async function otherNameOf(
  account: { certificate: Uint8Array; privateKeyPkcs8: Uint8Array; accountId: string },
  username: string,
) {
  const known = await verifyAccountCertificate(account.certificate);
  const modulus = known && modulusOfSpki(known.spki);
  if (known === undefined || modulus === undefined) throw new Error("not an account");
  const fields = { serial: randomSerial(), username, notBefore: known.notBefore, modulus };
  const tbs = encodeAccountTbs(fields);
  return encodeCertificate(tbs, await signAsAccount(account.privateKeyPkcs8, tbs));
}

describe("keys that break the room", () => {
  const lowOrder = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ];

  test.each(lowOrder)("S11 MLS-09 a path with the HPKE key %s is ignored", async (hex) => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const key = fromHex(hex) ?? new Uint8Array();
    const change = (path: UpdatePath): UpdatePath => ({
      ...path,
      nodes: path.nodes.map((node) => ({ ...node, hpkePublicKey: key })),
    });
    expect(await verdicts([room.seat(0)], await rawContentCommit(rawState(room.seat(1)), [], change))).toEqual([
      "bad-tree",
    ]);
    const anchors = [(await world.account("mallory")).certificate];
    const join = await rawExternalCommit(room.groupInfo, await world.device("mallory"), {
      removes: [],
      anchors,
      change,
    });
    expect(await room.judge(join)).toEqual(["bad-tree"]);
    // Those are refused for their hashes too; a tree whose hashes all fit is refused for the key alone.
    const { ratchetTree } = openGroup(room.seat(0).group).state;
    const poisoned = ratchetTree.map((node) =>
      node?.nodeType === "parent" ? { ...node, parent: { ...node.parent, hpkePublicKey: key } } : node,
    );
    expect([hasSoundKeys(ratchetTree), hasSoundKeys(poisoned)]).toEqual([true, false]);
  });

  test("S11 MLS-09 a join whose leaf has another node's HPKE key, or none that works, is ignored", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const anchors = [(await world.account("mallory")).certificate];
    const mallory = await world.device("mallory");
    const { ratchetTree } = openGroup(room.seat(0).group).state;
    const taken = ratchetTree.flatMap((node) => (node === undefined ? [] : [getHpkePublicKey(node)]));
    expect(taken).toHaveLength(3);
    for (const leafKey of [...taken, new Uint8Array(32), new Uint8Array(31).fill(7)]) {
      const join = await rawExternalCommit(room.groupInfo, mallory, { removes: [], anchors, leafKey });
      expect(["bad-tree", "bad-credential"]).toContain((await room.judge(join)).join());
    }
    // The forger's tool makes joins that are taken, when the key is nobody else's.
    const { hpke } = await suite();
    const leafKey = await hpke.exportPublicKey((await hpke.generateKeyPair()).publicKey);
    const join = await rawExternalCommit(room.groupInfo, mallory, { removes: [], anchors, leafKey });
    expect(await room.judge(join)).toEqual(["commit"]);
  });

  test("MLS-15 a device does not believe a return of itself that breaks the room", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const { identity } = room.seat(1);
    const node = openGroup(room.seat(0).group).state.ratchetTree[0];
    const leafKey = node && getHpkePublicKey(node);
    if (leafKey === undefined) throw new Error("a blank leaf");
    const stolen = await rawExternalCommit(room.groupInfo, identity, { removes: [1], leafKey });
    expect(await room.judge(stolen)).toEqual(["bad-tree"]);
    expect(await verdicts([room.seat(1)], await rawExternalCommit(room.groupInfo, identity, { removes: [1] }))).toEqual(
      ["removed"],
    );
  });

  test("M2 a member who turns its leaf into one of its other devices, or of an accomplice, is ignored", async () => {
    const room = await Room.of(world, ["alice", "carol", "mallory"]);
    const mallory = room.seat(2);
    for (const identity of [await world.device("mallory"), await world.device("carol")]) {
      const credential = { credentialType: "x509" as const, certificates: [identity.deviceCertificate] };
      const event = await rawContentCommit(rawState(mallory), [], async (path) => ({
        ...path,
        leafNode: await resign(path.leafNode, identity, groupId, 2, { credential }),
      }));
      expect(await verdicts([room.seat(0), room.seat(1)], event)).toEqual(["bad-credential"]);
    }
  });

  test("MLS-09 a path with a secret too few, too many or too short for its recipients is ignored by all alike", async () => {
    const room = await Room.of(world, ["alice", "bobby", "carol"]);
    const changes: ((
      secrets: UpdatePath["nodes"][number]["encryptedPathSecret"],
    ) => UpdatePath["nodes"][number]["encryptedPathSecret"])[] = [
      () => [],
      (secrets) => [...secrets, ...secrets],
      (secrets) => secrets.map((secret) => ({ ...secret, ciphertext: secret.ciphertext.slice(1) })),
      (secrets) => secrets.map((secret) => ({ ...secret, kemOutput: new Uint8Array(31) })),
    ];
    for (const changed of changes) {
      const change = (path: UpdatePath): UpdatePath => ({
        ...path,
        nodes: path.nodes.map((node) => ({ ...node, encryptedPathSecret: changed(node.encryptedPathSecret) })),
      });
      const event = await rawContentCommit(rawState(room.seat(1)), [], change);
      expect(await verdicts(others(room, room.seat(1)), event)).toEqual(["bad-tree"]);
    }
  });

  test("MLS-05 an epoch in which we hold a key that is not the tree's is refused", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const { state, roster, anchors, past } = openGroup(room.seat(0).group);
    const own = await settle(state, checkedOf(roster), anchors, past);
    expect(own.ok).toBe(true);
    const wrong = { ...state.privatePath.privateKeys, 1: state.privatePath.privateKeys[0] ?? new Uint8Array() };
    const broken = { ...state, privatePath: { ...state.privatePath, privateKeys: wrong } };
    expect(await settle(broken, checkedOf(roster), anchors, past)).toEqual({ ok: false, reason: "bad-tree" });
  });

  test("MLS-05 a commit whose confirmation tag is wrong is ignored", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    expect(await verdicts([room.seat(0)], await rawContentCommit(rawState(room.seat(1)), []))).not.toContain("commit");
  });

  test("MLS-15 a device believes that it was removed only by a commit that it finds valid", async () => {
    const room = await Room.of(world, ["alice", "bobby", "bobby"]);
    const [bobby, second] = [room.seat(1), room.seat(2)];
    // The path was made for the tree with the removed leaf still in it.
    const event = await rawContentCommit(rawState(bobby), [{ proposalOrRefType: "proposal", proposal: remove(2) }]);
    expect(await verdicts([second], event)).toEqual(["bad-tree"]);
    const valid = await rawCommit(rawState(bobby), [remove(2)]);
    expect(await verdicts([second], valid)).toEqual(["removed"]);
  });
});

describe("speaking for others", () => {
  test("S19 M12 the sender is the one whose key signed; a member cannot speak as another", async () => {
    const room = await Room.of(world, ["alice", "bobby", "mallory"]);
    const [alice, , mallory] = [room.seat(0), room.seat(1), room.seat(2)];
    // Mallory knows alice's ratchet, as every member does, and signs with her own key.
    const state = { ...rawState(mallory), privatePath: { ...rawState(mallory).privatePath, leafIndex: 0 } };
    const { privateMessage } = await createApplicationMessage(state, utf8("I am alice"), await suite());
    const forged = encodeWire({ wireformat: "mls_private_message", privateMessage });
    expect(await verdicts([room.seat(1)], forged)).toEqual(["bad-signature"]);
    // And alice's key is not used up by it.
    const honest = await encrypt(alice.group, utf8("so am I"));
    const read = await processEvent(room.seat(1).group, honest.message);
    expect(read.kind === "application" && read.sender.username).toBe("alice");
  });

  test("MLS-03 data outside the encryption of an application message is malformed", async () => {
    const room = await Room.of(world, ["alice", "bobby"]);
    const { privateMessage } = await createApplicationMessage(
      rawState(room.seat(1)),
      utf8("x"),
      await suite(),
      utf8("clear"),
    );
    const event = encodeWire({ wireformat: "mls_private_message", privateMessage });
    expect(await verdicts([room.seat(0)], event)).toEqual(["malformed"]);
  });

  test("MLS-11 a commit that is refused still uses up its key", async () => {
    const room = await Room.of(world, ["alice", "bobby", "mallory"]);
    const mallory = room.seat(2);
    const event = await commitAs(mallory, room.seat(0).identity.deviceCertificate);
    const result = await processEvent(room.seat(0).group, event);
    if (result.kind !== "ignored" || result.group === undefined) throw new Error("expected a consumed key");
    expect(describeResult(await processEvent(result.group, event))).toBe("replayed");
  });

  test("MLS-16 a group shows no secret when it is logged, cloned or serialised", async () => {
    const room = await Room.of(world, ["alice"]);
    const { group } = room.seat(0);
    expect(Object.keys(group)).toEqual(["brand", "groupId", "epoch"]);
    expect(Object.getOwnPropertySymbols(group)).toEqual([]);
    expect(() => members({ ...group })).toThrow(TypeError);
  });
});
