/** Private and direct rooms over real MLS: what the signed policy allows, and what honest members refuse (MLS, POL). */
import type { Proposal } from "ts-mls/proposal.js";
import { makeRevocation } from "@/lib/crypto/account/revocation";
import { commit, CommitRefused } from "@/lib/crypto/mls/commit";
import type { DeviceIdentity, Group } from "@/lib/crypto/mls/door";
import { decodeGroup, encodeGroup } from "@/lib/crypto/mls/group-state";
import { inspectGroupInfo } from "@/lib/crypto/mls/group-info";
import { inviteLink, newInviteSecret, type InviteLink } from "@/lib/crypto/mls/invite-link";
import { joinExternal } from "@/lib/crypto/mls/join-external";
import { decodeKeyPackageMessage, makeKeyPackage } from "@/lib/crypto/mls/key-package";
import { makeLeaveProof } from "@/lib/crypto/mls/leave";
import { policyExtension } from "@/lib/crypto/mls/policy";
import { members, policyOf } from "@/lib/crypto/mls/roster";
import { openGroupInfo } from "@/lib/crypto/mls/seal";
import { fromHex, toHex } from "@/lib/protocol/bytes";
import { roomIdSchema } from "@/lib/protocol/ids";
import { peekMessage } from "@/lib/protocol/mls/peek";
import { peekSealedGroupInfo } from "@/lib/protocol/mls/sealed-group-info";
import { ciphersuiteName, type PrivatePolicy, type RoomPolicy } from "@/lib/protocol/policy";
import { randomBytes } from "@/lib/crypto/random";
import { describeResult, groupId, now, Room, World, type Seat } from "../support/mls";
import { rawCommit, rawState } from "../support/mls-insider";
import { processEvent } from "@/lib/crypto/mls/process";

const world = new World();
const secret = new Uint8Array(32).fill(9);
const unlock = { kind: "secret", secret } as const;

function privatePolicy(admin: DeviceIdentity): PrivatePolicy {
  return {
    kind: "private",
    roomId: roomIdSchema.parse(toHex(groupId)),
    suite: ciphersuiteName,
    name: "Cellar",
    topic: "",
    admins: [admin.accountId],
    invite: "admins",
    timerMs: null,
    history: "none",
    removals: 0,
    bans: [],
    links: [],
    revoked: [],
    secret: toHex(secret),
    stale: false,
    closed: false,
  };
}

/** The founder is the admin. */
async function privateRoom(...usernames: readonly string[]): Promise<Room> {
  const founder = await world.device("alice");
  const room = await Room.founded(world, founder, privatePolicy(founder));
  if (usernames.length > 0)
    await room.invite(room.seat(0), await Promise.all(usernames.map((name) => world.device(name))));
  return room;
}

function privateOf(group: Group): PrivatePolicy {
  const policy = policyOf(group);
  if (policy.kind !== "private") throw new Error("not a private room");
  return policy;
}

const edit = (change: (policy: PrivatePolicy) => Partial<PrivatePolicy>) => (base: RoomPolicy) => {
  if (base.kind !== "private") throw new Error("not a private room");
  return { ...base, ...change(base) };
};

function leafOf(group: Group, identity: DeviceIdentity): number {
  const found = members(group).find(({ deviceId }) => deviceId === identity.deviceId);
  if (found === undefined) throw new Error("not in the room");
  return found.leafIndex;
}

const changeTo = (policy: RoomPolicy): Proposal => ({
  proposalType: "group_context_extensions",
  groupContextExtensions: { extensions: [policyExtension(policy)] },
});
const remove = (removed: number): Proposal => ({ proposalType: "remove", remove: { removed } });

/** What all others make of what a member with modified software sends. */
async function verdictsOn(room: Room, insider: Seat, proposals: Proposal[], data = {}): Promise<string[]> {
  const forged = await rawCommit(rawState(insider), proposals, data);
  const others = room.seats.filter((seat) => seat !== insider);
  const results = await Promise.all(others.map(({ group }) => processEvent(group, forged)));
  return [...new Set(results.map(describeResult))];
}

/** All go on together after what was refused. */
async function goesOn(room: Room): Promise<void> {
  await room.commit(room.seat(0));
  await room.send(room.seat(0), "still here");
  expect(room.authenticators().size).toBe(1);
}

async function linked(room: Room, uses: number | null): Promise<{ link: InviteLink; seed: Uint8Array }> {
  const seed = newInviteSecret();
  const link = await inviteLink(seed, groupId);
  const entry = { key: link.key, wrap: link.wrap, uses, expiresAt: null, by: room.seat(0).identity.accountId };
  await room.commit(room.seat(0), {
    change: edit(({ links }) => ({ links: [...links, entry].toSorted((a, b) => (a.key < b.key ? -1 : 1)) })),
  });
  return { link, seed };
}

test("POL-02 an admin changes name, topic, roles and timer, and everybody reads the same", async () => {
  const room = await privateRoom("bobby", "carol");
  const bobby = room.seat(1).identity.accountId;
  await room.commit(room.seat(0), {
    change: edit(({ admins }) => ({
      name: "Attic",
      topic: "dust",
      timerMs: 3_600_000,
      admins: [...admins, bobby].toSorted(),
    })),
  });
  await room.send(room.seat(2), "hello");
  expect(room.authenticators().size).toBe(1);
  for (const { group } of room.seats) expect(privateOf(group)).toMatchObject({ name: "Attic", topic: "dust" });
  const { group, identity } = room.seat(1);
  expect(privateOf(decodeGroup(encodeGroup(group), identity)).admins).toContain(bobby);
  // Bobby governs now.
  await room.commit(room.seat(1), { change: edit(() => ({ invite: "members" })) });
  expect(privateOf(room.seat(2).group).invite).toBe("members");
});

test("M1 M18 POL-02 POL-03 POL-05 what a member who is no admin tries is ignored by all, and the room goes on", async () => {
  const room = await privateRoom("bobby", "carol");
  const [alice, bobby, carol] = [room.seat(0), room.seat(1), room.seat(2)];
  const policy = privateOf(bobby.group);
  const dave = await world.device("dave");
  const keyPackage = decodeKeyPackageMessage((await makeKeyPackage(dave, now, false)).publicPackage);
  if (keyPackage === undefined) throw new Error("no KeyPackage");
  const carolLeaf = leafOf(bobby.group, carol.identity);
  const attempts: [string, Proposal[], object?][] = [
    ["promotes himself", [changeTo({ ...policy, admins: [...policy.admins, bobby.identity.accountId].toSorted() })]],
    ["takes the room over", [changeTo({ ...policy, admins: [bobby.identity.accountId] })]],
    ["renames it", [changeTo({ ...policy, name: "Mine" })]],
    ["opens invitations", [changeTo({ ...policy, invite: "members" })]],
    ["closes it", [changeTo({ ...policy, closed: true })]],
    ["changes a fresh secret", [changeTo({ ...policy, secret: "11".repeat(32) })]],
    [
      "makes it open",
      [changeTo({ kind: "open", roomId: policy.roomId, suite: policy.suite, name: "Cellar", revoked: [] })],
    ],
    ["forgets removals", [changeTo({ ...policy, removals: 7 })]],
    ["adds a stranger", [{ proposalType: "add", add: { keyPackage } }], { anchors: [dave.accountCertificate] }],
    ["removes a member", [remove(carolLeaf)]],
    ["removes a member with a policy to match", [remove(carolLeaf), changeTo({ ...policy, stale: true, removals: 1 })]],
    ["says nothing new", [changeTo(policy)]],
  ];
  for (const [what, proposals, data] of attempts) {
    expect([what, await verdictsOn(room, bobby, proposals, data)]).toEqual([what, ["not-allowed"]]);
  }
  const own = commit(bobby.group, bobby.identity, { change: edit(() => ({ name: "Mine" })) });
  await expect(own).rejects.toThrow(CommitRefused);
  expect(alice.group.epoch).toBe(1n);
  await goesOn(room);
});

test("POL-02 not even an admin rewrites what is not an admin's to rewrite", async () => {
  const room = await privateRoom("bobby");
  const [alice, bobby] = [room.seat(0), room.seat(1)];
  const policy = privateOf(alice.group);
  const stranger = "ab".repeat(32);
  const attempts: [string, RoomPolicy][] = [
    ["a stranger as admin", { ...policy, admins: [...policy.admins, stranger].toSorted() }],
    ["no admins", { ...policy, admins: [] }],
    ["bans who is in", { ...policy, bans: [bobby.identity.accountId] }],
    ["another kind", { kind: "open", roomId: policy.roomId, suite: policy.suite, name: "Cellar", revoked: [] }],
    ["the count of removals", { ...policy, removals: 3 }],
    ["revoked devices", { ...policy, revoked: ["12".repeat(16)] }],
    ["a stale secret made up", { ...policy, stale: true }],
    [
      "another's link",
      {
        ...policy,
        links: [{ key: "13".repeat(32), wrap: "14".repeat(32), uses: null, expiresAt: null, by: stranger }],
      },
    ],
  ];
  for (const [what, next] of attempts) {
    expect([what, await verdictsOn(room, alice, [changeTo(next)])]).toEqual([what, ["not-allowed"]]);
  }
  await room.commit(alice, { change: edit(() => ({ closed: true })) });
  expect(await verdictsOn(room, alice, [changeTo({ ...privateOf(alice.group), closed: false })])).toEqual([
    "not-allowed",
  ]);
  await goesOn(room);
});

test("POL-05 POL-07 a removal takes links, counts, and makes the secret stale; M14 who was removed reads nothing more", async () => {
  const room = await privateRoom("bobby", "carol");
  await linked(room, null);
  const [alice, bobby] = [room.seat(0), room.seat(1)];
  const held = bobby.group;
  const bare = [remove(leafOf(alice.group, bobby.identity))];
  expect(await verdictsOn(room, alice, bare)).toEqual(["not-allowed"]);
  await room.commit(alice, { remove: [leafOf(alice.group, bobby.identity)] });
  expect(room.seats).toHaveLength(2);
  expect(privateOf(alice.group)).toMatchObject({ removals: 1, stale: true, links: [] });
  const said = await room.send(alice, "without bobby");
  expect(describeResult(await processEvent(held, said))).toBe("future-epoch");
  // The secret cannot come with the removal, which bobby can read; whoever commits next renews it.
  const fresh = "21".repeat(32);
  await room.commit(room.seat(1), { change: edit(() => ({ secret: fresh, stale: false })) });
  expect(privateOf(alice.group)).toMatchObject({ secret: fresh, stale: false });
  expect(await openGroupInfo(room.groupInfo, groupId, unlock)).toBeUndefined();
  await goesOn(room);
});

test("POL-05 an admin removes all leaves of an account, not some of them", async () => {
  const room = await privateRoom("bobby", "bobby", "carol");
  const [alice, first, second] = [room.seat(0), room.seat(1), room.seat(2)];
  const policy = privateOf(alice.group);
  const after = { ...policy, stale: true, removals: 1 };
  const half = [remove(leafOf(alice.group, first.identity)), changeTo(after)];
  expect(await verdictsOn(room, alice, half)).toEqual(["not-allowed"]);
  const both = [first, second].map(({ identity }) => leafOf(alice.group, identity));
  await room.commit(alice, { remove: both, change: edit(() => ({ bans: [first.identity.accountId] })) });
  expect(members(alice.group).map(({ username }) => username)).toEqual(["alice", "carol"]);
});

test("M15 who is banned comes back neither by invitation, nor by link, nor with another device", async () => {
  const room = await privateRoom("bobby", "carol");
  const [alice, bobby] = [room.seat(0), room.seat(1)];
  await room.commit(alice, {
    remove: [leafOf(alice.group, bobby.identity)],
    change: edit(() => ({ bans: [bobby.identity.accountId] })),
  });
  const { link } = await linked(room, null);
  const other = await world.device("bobby");
  for (const identity of [bobby.identity, other]) {
    const { groupInfo } = room;
    const joined = await joinExternal({
      groupInfo,
      groupId,
      identity,
      anchors: world.anchors,
      unlock: { kind: "link", link },
    });
    expect(joined).toEqual({ ok: false, reason: "not-allowed" });
    await expect(room.invite(alice, [identity])).rejects.toThrow("not-allowed");
  }
  await goesOn(room);
});

test("POL-05 a sole admin who leaves hands the room to whoever sits first", async () => {
  const room = await privateRoom("bobby", "carol");
  const [alice, bobby] = [room.seat(0), room.seat(1)];
  const proof = await makeLeaveProof(alice.group, alice.identity);
  await room.commit(room.seat(2), { leaves: [proof] });
  expect(privateOf(bobby.group).admins).toEqual([bobby.identity.accountId]);
  expect(room.authenticators().size).toBe(1);
});

test("MLS-20 a signed revocation lets any member take the device out, and it does not come back", async () => {
  const room = await privateRoom("bobby", "bobby", "carol");
  const [, bobby, lost, carol] = [room.seat(0), room.seat(1), room.seat(2), room.seat(3)];
  const account = await world.account("bobby");
  const revocation = await makeRevocation(account, { deviceId: lost.identity.deviceId, now });
  const policy = privateOf(carol.group);
  const lostLeaf = leafOf(carol.group, lost.identity);
  // Another account's signature, and a proof for a leaf that stays, count for nothing.
  const mallory = await world.account("mallory");
  const foreign = await makeRevocation(mallory, { deviceId: lost.identity.deviceId, now });
  const withMark = [remove(lostLeaf), changeTo({ ...policy, stale: true })];
  expect(await verdictsOn(room, carol, withMark, { revocations: [foreign] })).toEqual(["not-allowed"]);
  expect(await verdictsOn(room, carol, [], { revocations: [revocation] })).toEqual(["not-allowed"]);
  expect(await verdictsOn(room, carol, withMark, { revocations: [revocation, revocation] })).toEqual(["not-allowed"]);

  await room.commit(carol, { revocations: [revocation] });
  expect(members(bobby.group).map(({ deviceId }) => deviceId)).not.toContain(lost.identity.deviceId);
  expect(privateOf(bobby.group).revoked).toHaveLength(1);
  const back = await joinExternal({
    groupInfo: room.groupInfo,
    groupId,
    identity: lost.identity,
    anchors: world.anchors,
    unlock,
  });
  expect(back).toEqual({ ok: false, reason: "not-allowed" });
  // Its owner's new device does.
  await room.join(await world.device("bobby"), unlock);
  await goesOn(room);
});

describe("invite links", () => {
  test("MLS-21 POL-06 who holds the link comes in, once for each use", async () => {
    const room = await privateRoom("bobby");
    const { link } = await linked(room, 1);
    const dave = await room.join(await world.device("dave"), { kind: "link", link });
    expect(members(room.seat(0).group).find(({ username }) => username === "dave")?.link).toBe(link.key);
    const late = { groupInfo: room.groupInfo, groupId, identity: await world.device("erin"), anchors: world.anchors };
    expect(await joinExternal({ ...late, unlock: { kind: "link", link } })).toEqual({
      ok: false,
      reason: "not-allowed",
    });
    // The mark survives the leaf's own commits, a rejoin and a restart.
    await room.commit(dave);
    await room.join(dave.identity, unlock);
    const held = room.seats.at(-1);
    if (held === undefined) throw new Error("nobody");
    expect(
      members(decodeGroup(encodeGroup(held.group), held.identity)).some(({ link: mark }) => mark === link.key),
    ).toBe(true);
    expect(await joinExternal({ ...late, groupInfo: room.groupInfo, unlock: { kind: "link", link } })).toMatchObject({
      ok: false,
    });
    // Leaving does not give the use back.
    const proof = await makeLeaveProof(held.group, held.identity);
    await room.commit(room.seat(0), { leaves: [proof] });
    expect(privateOf(room.seat(0).group).links).toEqual([]);
    await goesOn(room);
  });

  test("S33 a revoked link, and one from before a removal, are refused by all members", async () => {
    const room = await privateRoom("bobby");
    const { link } = await linked(room, null);
    const before = room.groupInfo;
    const identity = await world.device("dave");
    const stale = await joinExternal({
      groupInfo: before,
      groupId,
      identity,
      anchors: world.anchors,
      unlock: { kind: "link", link },
    });
    if (!stale.ok) throw new Error(stale.reason);
    await room.commit(room.seat(0), { change: edit(() => ({ links: [] })) });
    // A GroupInfo of now does not open with it, and one of then leads to an epoch that is over.
    expect(await openGroupInfo(room.groupInfo, groupId, { kind: "link", link })).toBeUndefined();
    expect(await room.judge(stale.commit)).toEqual(["late-epoch"]);
    await goesOn(room);
  });

  test("MLS-21 a proof is for one group, epoch and joiner; without one nobody comes in", async () => {
    const room = await privateRoom("bobby");
    const { link } = await linked(room, null);
    const identity = await world.device("dave");
    const { groupInfo } = room;
    const base = { groupInfo, groupId, identity, anchors: world.anchors };
    // Who knows the room secret, as one who left does, still needs the link's.
    expect(await joinExternal({ ...base, unlock })).toEqual({ ok: false, reason: "not-allowed" });
    const forgeries: [string, InviteLink][] = [
      ["another epoch's", { ...link, prove: (epoch, key) => link.prove(epoch + 1n, key) }],
      ["another joiner's", { ...link, prove: (epoch) => link.prove(epoch, room.seat(1).identity.publicKey) }],
      [
        "another key's",
        {
          ...link,
          prove: async (epoch, key) => ({
            ...(await (await inviteLink(randomBytes(32), groupId)).prove(epoch, key)),
            key: fromHex(link.key) ?? new Uint8Array(),
          }),
        },
      ],
    ];
    for (const [what, forged] of forgeries) {
      const made = await joinExternal({ ...base, unlock: { kind: "link", link: forged } });
      if (!made.ok) throw new Error(made.reason);
      expect([what, await room.judge(made.commit)]).toEqual([what, ["not-allowed"]]);
    }
    await room.join(identity, { kind: "link", link });
    await goesOn(room);
  });

  test("POL-06 only who may invite makes links; whoever is there takes out one that ends", async () => {
    const room = await privateRoom("bobby");
    const [alice, bobby] = [room.seat(0), room.seat(1)];
    const policy = privateOf(alice.group);
    const entry = (by: string, expiresAt: number | null) => ({
      key: "31".repeat(32),
      wrap: "32".repeat(32),
      uses: null,
      expiresAt,
      by,
    });
    expect(
      await verdictsOn(room, bobby, [changeTo({ ...policy, links: [entry(bobby.identity.accountId, null)] })]),
    ).toEqual(["not-allowed"]);
    await room.commit(alice, { change: edit(() => ({ links: [entry(alice.identity.accountId, null)] })) });
    expect(await verdictsOn(room, bobby, [changeTo(policy)])).toEqual(["not-allowed"]);
    expect(
      await verdictsOn(room, bobby, [changeTo({ ...policy, links: [entry(alice.identity.accountId, 5)] })]),
    ).toEqual(["not-allowed"]);
    await room.commit(alice, { change: edit(() => ({ links: [], invite: "members" })) });
    await room.commit(bobby, { change: edit(() => ({ links: [entry(bobby.identity.accountId, 5)] })) });
    await room.commit(alice, { change: edit(() => ({ links: [] })) });
    await goesOn(room);
  });
});

test("SEAL-01 SEAL-02 the server sees group and epoch of a private room's GroupInfo, and nothing of its policy", async () => {
  const room = await privateRoom("bobby");
  const { groupInfo } = room;
  expect(peekSealedGroupInfo(groupInfo)).toEqual({ groupId, epoch: 1n });
  expect(peekMessage(groupInfo)).toEqual({ ok: false });
  expect(Buffer.from(groupInfo).includes("Cellar")).toBe(false);
  expect(Buffer.from(groupInfo).includes(room.seat(1).identity.accountId)).toBe(false);
  const opened = await inspectGroupInfo(groupInfo, { groupId, anchors: world.anchors, unlock });
  expect(opened).toMatchObject({ ok: true, info: { policy: { name: "Cellar" } } });
  for (const [index, sealed] of [2, 20, 30, 70, groupInfo.length - 1].map((at) => [at, groupInfo.slice()] as const)) {
    sealed[index] = (sealed[index] ?? 0) ^ 1;
    expect(await openGroupInfo(sealed, groupId, unlock)).toBeUndefined();
  }
  // Unsealed it is nobody's: a private room's GroupInfo that lies open has been leaked or made up.
  const plain = await openGroupInfo(groupInfo, groupId, unlock);
  expect(await inspectGroupInfo(plain ?? new Uint8Array(), { groupId, anchors: world.anchors })).toEqual({
    ok: false,
    reason: "not-allowed",
  });
});

test("POL-09 a third account founds no direct room between two others, to sit in it", async () => {
  const [alice, bobby, carol] = await Promise.all(["alice", "bobby", "carol"].map((name) => world.device(name)));
  if (alice === undefined || bobby === undefined || carol === undefined) throw new Error("no devices");
  const room = await Room.founded(world, carol, directPolicy(alice, bobby));
  await expect(room.invite(room.seat(0), [alice, bobby])).rejects.toThrow("cannot join: not-allowed");
  const { groupInfo } = room;
  expect(await joinExternal({ groupInfo, groupId, identity: bobby, anchors: world.anchors, unlock })).toEqual({
    ok: false,
    reason: "not-allowed",
  });
});

function directPolicy(one: DeviceIdentity, other: DeviceIdentity): RoomPolicy {
  const [first = "", second = ""] = [one.accountId, other.accountId].toSorted();
  return {
    kind: "direct",
    roomId: roomIdSchema.parse(toHex(groupId)),
    suite: ciphersuiteName,
    peers: [first, second],
    timerMs: null,
    revoked: [],
    secret: toHex(secret),
    stale: false,
  };
}

test("POL-04 a direct room is for two accounts, with all their devices", async () => {
  const [alice, bobby, carol] = await Promise.all(["alice", "bobby", "carol"].map((name) => world.device(name)));
  if (alice === undefined || bobby === undefined || carol === undefined) throw new Error("no devices");
  const room = await Room.founded(world, alice, directPolicy(alice, bobby));
  await room.invite(room.seat(0), [bobby, await world.device("bobby")]);
  await room.join(await world.device("alice"), unlock);
  await expect(room.invite(room.seat(0), [carol])).rejects.toThrow("not-allowed");
  const { groupInfo } = room;
  expect(await joinExternal({ groupInfo, groupId, identity: carol, anchors: world.anchors, unlock })).toEqual({
    ok: false,
    reason: "not-allowed",
  });
  expect(
    await verdictsOn(room, room.seat(1), [
      remove(0),
      changeTo({ ...policyOf(room.seat(1).group), stale: true } as RoomPolicy),
    ]),
  ).toEqual(["not-allowed"]);
  await goesOn(room);
});
