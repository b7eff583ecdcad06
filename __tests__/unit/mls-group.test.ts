import { certifyDevice } from "@/lib/crypto/account/device-key";
import { adoptCommit } from "@/lib/crypto/mls/adopt";
import { commit, CommitRefused } from "@/lib/crypto/mls/commit";
import { encrypt } from "@/lib/crypto/mls/encrypt";
import { inspectGroupInfo } from "@/lib/crypto/mls/group-info";
import {
  changedParts,
  decodeGroup,
  encodeGroup,
  GroupStateCorrupt,
  packGroup,
  unpackGroup,
} from "@/lib/crypto/mls/group-state";
import { openGroup } from "@/lib/crypto/mls/inside";
import { joinExternal } from "@/lib/crypto/mls/join-external";
import { joinWelcome } from "@/lib/crypto/mls/join-welcome";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { makeLeaveProof, verifyLeaveProof } from "@/lib/crypto/mls/leave";
import { processEvent } from "@/lib/crypto/mls/process";
import { epochAuthenticator, exportGroupInfo, members, ownMember, policyOf } from "@/lib/crypto/mls/roster";
import { utf8 } from "@/lib/protocol/bytes";
import { retainedEpochs } from "@/lib/protocol/limits";
import { describeResult, groupId, now, openPolicy, Room, World } from "../support/mls";

const world = new World();

test("MLS-01 members are read from the tree, with account and device", async () => {
  const room = await Room.of(world, ["alice", "bobby", "bobby"]);
  const seen = room.seats.map(({ group }) => members(group));
  expect(seen[0]?.map(({ username, leafIndex }) => [username, leafIndex])).toEqual([
    ["alice", 0],
    ["bobby", 1],
    ["bobby", 2],
  ]);
  expect(seen[1]).toEqual(seen[0]);
  expect(room.authenticators().size).toBe(1);
  expect(ownMember(room.seat(2).group).deviceId).toBe(room.seat(2).identity.deviceId);
  expect(policyOf(room.seat(2).group)).toEqual(openPolicy());
});

test("MLS-06 an Add brings a Welcome, and the added device reads and writes", async () => {
  const room = await Room.of(world, ["alice", "bobby"]);
  const identity = await world.device("carol");
  const keyPackage = await makeKeyPackage(identity, now, false);
  const { welcome } = await room.commit(room.seat(0), { add: [keyPackage.publicPackage] });
  const joined = await joinWelcome({
    welcome: welcome ?? new Uint8Array(),
    keyPackage,
    identity,
    anchors: world.anchors,
    groupId,
  });
  if (!joined.ok) throw new Error(joined.reason);
  room.seats.push({ identity, group: joined.group });
  expect(room.authenticators().size).toBe(1);
  await room.send(room.seat(2), "from the new one");
  await room.send(room.seat(0), "to the new one");
  await room.commit(room.seat(2));
  expect(room.authenticators().size).toBe(1);
});

test("MLS-06 a commit reports who came, who went and who did it", async () => {
  const room = await Room.of(world, ["alice", "bobby", "bobby"]);
  const [alice, bobby, second] = [room.seat(0), room.seat(1), room.seat(2)];
  const made = await commit(bobby.group, bobby.identity, { remove: [2] });
  const processed = await processEvent(alice.group, made.commit);
  if (processed.kind !== "commit") throw new Error(describeResult(processed));
  expect(processed.committer.deviceId).toBe(bobby.identity.deviceId);
  expect(processed.removals).toMatchObject([{ member: { deviceId: second.identity.deviceId }, reason: "own-device" }]);
  expect(processed.added).toEqual([]);
  expect(processed.external).toBe(false);
  expect(describeResult(await processEvent(second.group, made.commit))).toBe("removed");
});

test("MLS-13 a leave proof lets anyone remove the leaf, and dies with the leaf's key", async () => {
  const room = await Room.of(world, ["alice", "bobby", "carol"]);
  const [alice, bobby, carol] = [room.seat(0), room.seat(1), room.seat(2)];
  const stale = await makeLeaveProof(carol.group, carol.identity);
  await room.commit(carol);
  expect(await verifyLeaveProof(alice.group, stale)).toBe(false);
  await expect(commit(bobby.group, bobby.identity, { leaves: [stale] })).rejects.toThrow(CommitRefused);
  const proof = await makeLeaveProof(carol.group, carol.identity);
  expect(await verifyLeaveProof(alice.group, proof)).toBe(true);
  expect(await verifyLeaveProof(alice.group, { ...proof, leafIndex: bobby.group === alice.group ? 0 : 1 })).toBe(false);
  await room.commit(bobby, { leaves: [proof] });
  expect(members(alice.group).map(({ username }) => username)).toEqual(["alice", "bobby"]);
  expect(room.authenticators().size).toBe(1);
});

test("MLS-15 a device that lost its state comes back by external commit in place of its former leaf", async () => {
  const room = await Room.of(world, ["alice", "bobby", "carol"]);
  const { identity, group } = room.seat(1);
  const back = await room.join(identity);
  expect(members(back.group).filter(({ username }) => username === "bobby")).toHaveLength(1);
  expect(room.authenticators().size).toBe(1);
  const made = await joinExternal({ groupInfo: room.groupInfo, groupId, identity, anchors: world.anchors });
  if (!made.ok) throw new Error(made.reason);
  // The former self learns from the same event that it is out.
  expect(describeResult(await processEvent(back.group, made.commit))).toBe("removed");
  expect(describeResult(await processEvent(group, made.commit))).toBe("future-epoch");
});

test("MLS-11 late messages are read while their epoch is retained, with the sender of that epoch", async () => {
  const room = await Room.of(world, ["alice", "bobby", "carol"]);
  const [alice, bobby, carol] = [room.seat(0), room.seat(1), room.seat(2)];
  const late = await encrypt(carol.group, utf8("late"));
  const proof = await makeLeaveProof(carol.group, carol.identity);
  await room.commit(bobby, { leaves: [proof] });
  for (let epochs = 1; epochs < retainedEpochs; epochs++) await room.commit(alice);
  const read = await processEvent(alice.group, late.message);
  if (read.kind !== "application") throw new Error(describeResult(read));
  expect(read.sender.username).toBe("carol");
  expect(read.epoch).toBe(late.group.epoch);
  expect(describeResult(await processEvent(read.group, late.message))).toBe("replayed");
  await room.commit(alice);
  expect(describeResult(await processEvent(alice.group, late.message))).toBe("late-epoch");
});

test("MLS-11 adopting an own commit keeps keys gone that were used while it was under way", async () => {
  const room = await Room.of(world, ["alice", "bobby"]);
  const [alice, bobby] = [room.seat(0), room.seat(1)];
  const made = await commit(alice.group, alice.identity);
  const sent = await encrypt(bobby.group, utf8("in between"));
  const read = await processEvent(alice.group, sent.message);
  if (read.kind !== "application") throw new Error(describeResult(read));
  const adopted = adoptCommit(read.group, made.next);
  expect(describeResult(await processEvent(adopted, sent.message))).toBe("replayed");
  // The trap that `adoptCommit` closes:
  expect(describeResult(await processEvent(made.next, sent.message))).toBe("application");
  expect(() => adoptCommit(adopted, made.next)).toThrow(RangeError);
});

test("MLS-11 a second commit in one epoch uses another key", async () => {
  const room = await Room.of(world, ["alice", "bobby"]);
  const [alice, bobby] = [room.seat(0), room.seat(1)];
  const first = await commit(alice.group, alice.identity);
  if (first.current === undefined) throw new Error("a member's commit is encrypted");
  const second = await commit(first.current, alice.identity);
  const generation = (group: typeof alice.group) => openGroup(group).state.secretTree[0]?.handshake.generation;
  expect([generation(alice.group), generation(first.current), second.current && generation(second.current)]).toEqual([
    0, 1, 2,
  ]);
  expect(describeResult(await processEvent(bobby.group, second.commit))).toBe("commit");
});

test("MLS-04 a renewed device certificate travels in the next commit of its device", async () => {
  const room = await Room.of(world, ["alice", "bobby"]);
  const [alice, bobby] = [room.seat(0), room.seat(1)];
  const renewed = await certifyDevice({ account: await world.account("bobby"), key: bobby.identity, now });
  const made = await commit(bobby.group, renewed);
  const processed = await processEvent(alice.group, made.commit);
  if (processed.kind !== "commit") throw new Error(describeResult(processed));
  const der = openGroup(processed.group).state.ratchetTree[2];
  expect(der?.nodeType === "leaf" && "certificates" in der.leaf.credential && der.leaf.credential.certificates).toEqual(
    [renewed.deviceCertificate],
  );
  expect(epochAuthenticator(processed.group)).toEqual(epochAuthenticator(made.next));
});

test("MLS-16 a group survives being stored, and goes on", async () => {
  const room = await Room.of(world, ["alice", "bobby", "carol"]);
  const [alice, bobby] = [room.seat(0), room.seat(1)];
  const late = await encrypt(alice.group, utf8("of the epoch before"));
  await room.commit(bobby);
  for (const seat of room.seats) seat.group = decodeGroup(encodeGroup(seat.group), seat.identity);
  await room.send(alice, "after");
  await room.commit(alice);
  await room.join(await world.device("carol"));
  expect(room.authenticators().size).toBe(1);
  expect(describeResult(await processEvent(bobby.group, late.message))).toBe("application");
});

test("MLS-16 what is stored is the same after reading it back", async () => {
  const room = await Room.of(world, ["alice", "bobby", "carol"]);
  const { group, identity } = room.seat(1);
  const encoded = encodeGroup(group);
  expect(encodeGroup(decodeGroup(encoded, identity))).toEqual(encoded);
});

test("MLS-16 writing what changed leaves a store with exactly the parts of the group, epoch after epoch", async () => {
  const room = await Room.of(world, ["alice", "bobby", "carol"]);
  const seat = room.seat(1);
  const stored = new Map<string, Uint8Array>();
  let before: typeof seat.group | undefined;
  const store = () => {
    for (const [name, bytes] of changedParts(before, seat.group)) {
      if (bytes === undefined) stored.delete(name);
      else stored.set(name, bytes);
    }
    before = seat.group;
    expect(new Map([...stored].sort())).toEqual(new Map([...encodeGroup(seat.group)].sort()));
  };
  store();
  for (let epoch = 0; epoch < 5; epoch++) {
    const late = await encrypt(room.seat(0).group, utf8("late"));
    room.seat(0).group = late.group;
    await room.commit(room.seat(epoch % 3));
    await room.send(room.seat(2), "hello");
    const read = await processEvent(seat.group, late.message);
    if (read.kind === "application") seat.group = read.group;
    store();
  }
  expect([...changedParts(before, undefined)].every(([, bytes]) => bytes === undefined)).toBe(true);
  expect(unpackGroup(packGroup(seat.group), seat.identity).epoch).toBe(seat.group.epoch);
  expect(() => unpackGroup(packGroup(seat.group).subarray(1), seat.identity)).toThrow(GroupStateCorrupt);
});

test("MLS-16 damaged, mixed or foreign parts are told as GroupStateCorrupt", async () => {
  const room = await Room.of(world, ["alice", "bobby"]);
  const { group, identity } = room.seat(1);
  const parts = encodeGroup(group);
  await room.commit(room.seat(0));
  const newer = encodeGroup(room.seat(1).group);
  const damages: ((bytes: Uint8Array) => Uint8Array | undefined)[] = [
    (bytes) => bytes.subarray(1),
    (bytes) => bytes.subarray(0, -1),
    () => new Uint8Array(),
    (bytes) => new Uint8Array([...bytes, 0]),
    () => undefined,
  ];
  for (const [name, bytes] of parts) {
    for (const damage of damages) {
      const damaged = new Map(parts);
      const part = damage(bytes);
      if (part === undefined) damaged.delete(name);
      else damaged.set(name, part);
      expect(() => decodeGroup(damaged, identity)).toThrow(GroupStateCorrupt);
    }
  }
  for (const name of ["tree", "head"]) {
    const mixed = new Map(parts).set(name, newer.get(name) ?? new Uint8Array());
    expect(() => decodeGroup(mixed, identity)).toThrow(GroupStateCorrupt);
  }
  expect(() => decodeGroup(new Map([...parts, ...newer]), identity)).not.toThrow();
  expect(() => decodeGroup(new Map([...newer, ...parts]), identity)).toThrow(GroupStateCorrupt);
  expect(() => decodeGroup(parts, room.seat(0).identity)).toThrow(GroupStateCorrupt);
});

test("MLS-17 a GroupInfo tells epoch, policy and members to whoever inspects it", async () => {
  const room = await Room.of(world, ["alice", "bobby"]);
  const { group, identity } = room.seat(1);
  const inspected = await inspectGroupInfo(await exportGroupInfo(group, identity), { groupId, anchors: world.anchors });
  if (!inspected.ok) throw new Error(inspected.reason);
  expect(inspected.info).toEqual({ groupId, epoch: 1n, policy: openPolicy(), members: members(group) });
});

test("MLS-17 a source that is out of reach decides nothing", async () => {
  const room = await Room.of(world, ["alice"]);
  const anchors = () => Promise.reject(new Error("offline"));
  await expect(inspectGroupInfo(room.groupInfo, { groupId, anchors })).rejects.toThrow("offline");
  const identity = await world.device("bobby");
  await expect(joinExternal({ groupInfo: room.groupInfo, groupId, identity, anchors })).rejects.toThrow("offline");
});

test("MLS-17 an anchor that does not hash to the account id is no anchor", async () => {
  const room = await Room.of(world, ["alice"]);
  const { certificate } = await world.account("bobby");
  const result = await inspectGroupInfo(room.groupInfo, { groupId, anchors: () => Promise.resolve(certificate) });
  expect(result).toEqual({ ok: false, reason: "bad-credential" });
});

test("S20 a GroupInfo older than what a trusted source names is refused", async () => {
  const room = await Room.of(world, ["alice", "bobby"]);
  const identity = await world.device("carol");
  const { groupInfo } = room;
  const stale = await joinExternal({ groupInfo, groupId, identity, anchors: world.anchors, minEpoch: 2n });
  expect(stale).toEqual({ ok: false, reason: "late-epoch" });
});
