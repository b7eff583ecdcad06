/**
 * What an operator tries with the transparency log, who holds its signing key (SPEC LOG-10 to LOG-12). In each test the same attack is
 * played on clients without the defence as well, where it must succeed: so it is known to work.
 */

import { makeAccount, signAsAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { makeKnock } from "@/lib/crypto/mls/knock";
import { certificateName } from "@/lib/crypto/mls/leaf";
import { viewOfLog } from "@/lib/client/engine/log/desk";
import type * as Follow from "@/lib/client/engine/log/follow";
import { judge } from "@/lib/client/engine/log/judge-entry";
import { accountName, certified } from "@/lib/client/engine/log/prove";
import type * as Rely from "@/lib/client/engine/log/rely";
import type * as Merkle from "@/lib/protocol/log/merkle";
import { fromHex, toHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { encodeLogEntry } from "@/lib/protocol/log/entries";
import { peekNote } from "@/lib/protocol/log/checkpoint";
import { deletionStatement } from "@/lib/protocol/account-statement";
import { revokeDevice } from "@/lib/client/worker/devices";
import type { Answer } from "@/lib/protocol/schemas/socket";
import type { NewEntry } from "@/lib/server/log/append";

import { Cellar, groupOf, hasLeaf, hears, isMember, nameOf, pause, reopen, talk, viewOf } from "../support/cellar";
import { otherRoot, signed, sizeOf, writeEntry } from "../support/log-operator";
import { password, realClock, unwrap, until, type Person } from "../support/person";
import { tampered, type Tampering } from "../support/tampered-transport";

jest.mock("@/lib/client/engine/log/rely", () => {
  const real = jest.requireActual<typeof Rely>("@/lib/client/engine/log/rely");
  return {
    ...real,
    isVouchedFor: (...args: Parameters<typeof Rely.isVouchedFor>) => !mockDefended || real.isVouchedFor(...args),
    unlogged: (...args: Parameters<typeof Rely.unlogged>) => (mockDefended ? real.unlogged(...args) : []),
  };
});
jest.mock("@/lib/client/engine/log/follow", () => {
  const real = jest.requireActual<typeof Follow>("@/lib/client/engine/log/follow");
  return {
    ...real,
    isContinuation: (...args: Parameters<typeof Follow.isContinuation>) =>
      mockDefended ? real.isContinuation(...args) : Promise.resolve(true),
    follow: async (...args: Parameters<typeof Follow.follow>) => {
      if (mockDefended) return await real.follow(...args);
      const [, book, note] = args;
      await book.update({ note });
      return peekNote(note) ?? "later";
    },
  };
});
jest.mock("@/lib/protocol/log/merkle", () => {
  const real = jest.requireActual<typeof Merkle>("@/lib/protocol/log/merkle");
  return {
    ...real,
    checkInclusion: (claim: Merkle.InclusionClaim) => (mockDefended ? real.checkInclusion(claim) : undefined),
  };
});
/** False: the defences are switched off, and the attack must succeed. */
let mockDefended = true;

jest.setTimeout(180_000);

const cellar = new Cellar();
beforeAll(() => cellar.build());
afterEach(async () => {
  mockDefended = true;
  await cellar.clear();
});
afterAll(() => cellar.tearDown());

const services = () => cellar.server.services;
const alarms = (who: Person) => who.running.keyLog.alarms.map(({ kind }) => kind);
const isWatching = (who: Person) => until(() => who.running.keyLog.note !== undefined, "the log is known");
const looked = async (who: Person) => {
  await who.running.keyLog.look();
};

/** Changes what one person is told of the log. */
function telling<Name extends "log:head" | "log:proofs" | "log:entries" | "log:consistency">(
  name: Name,
  lie: (honest: Answer<Name>) => unknown,
): Tampering {
  return { change: (asked, answer) => (asked === name ? lie(answer as Answer<Name>) : answer) };
}

describe.each([true, false])("defended: %s", (isDefended) => {
  beforeEach(() => {
    mockDefended = true;
  });

  test("LOG-11 S3 S4 nothing that is said reaches a key that is not in the log, until a person decides", async () => {
    const alice = await cellar.person(
      "alice",
      telling("log:proofs", ({ note, proofs }) => ({ note, proofs: proofs.map(() => null) })),
    );
    const bob = await cellar.person("bob");
    mockDefended = isDefended;
    const { roomId } = unwrap<{ roomId: RoomId }>(await alice.running.createRoom(`Hall of ${nameOf(alice)}`));
    await until(() => isMember(alice, roomId), "founded");
    await bob.join(roomId);
    await until(() => isMember(bob, roomId), "bob is in");
    await alice.say(roomId, "for people in the log");
    const line = `${nameOf(alice)}: for people in the log`;
    if (isDefended) {
      await until(() => viewOf(alice, roomId)?.holds[0]?.why === "unlogged", "held");
      await pause(500);
      expect(await bob.texts(roomId)).not.toContain(line);
      unwrap(await alice.running.acceptUnlogged(bob.identity.accountId));
    }
    await hears(bob, roomId, line);
    expect(viewOf(alice, roomId)?.holds).toEqual([]);
  });

  test("LOG-11 S9 a proof that does not hold proves nothing", async () => {
    const flip = ({ note, proofs }: Answer<"log:proofs">) => ({
      note,
      proofs: proofs.map((one) => one && { ...one, at: one.at + 1 }),
    });
    const alice = await cellar.person("alice", telling("log:proofs", flip));
    const bob = await cellar.person("bob");
    mockDefended = isDefended;
    const { roomId } = unwrap<{ roomId: RoomId }>(await alice.running.createRoom(`Hall of ${nameOf(alice)}`));
    await until(() => isMember(alice, roomId), "founded");
    await bob.join(roomId);
    await until(() => isMember(bob, roomId), "bob is in");
    await alice.say(roomId, "proven?");
    if (!isDefended) {
      await hears(bob, roomId, `${nameOf(alice)}: proven?`);
      return;
    }
    await until(() => alarms(alice).includes("bad-proof"), "the proof is refused");
    expect(alice.running.keyLog.alarms[0]).toMatchObject({ kind: "bad-proof", check: "WRONG_ROOT" });
    await pause(300);
    expect(await bob.texts(roomId)).toEqual([]);
  });

  test("LOG-10 S7 a log that is shown smaller than it was is an alarm", async () => {
    const alice = await cellar.person("alice");
    await isWatching(alice);
    const old = alice.running.keyLog.note ?? "";
    await cellar.person("bob");
    await looked(alice);
    expect(peekNote(alice.running.keyLog.note ?? "")?.size).toBeGreaterThan(peekNote(old)?.size ?? 0);
    mockDefended = isDefended;
    await reopen(
      alice,
      telling("log:head", (honest) => ({ ...honest, note: old })),
    );
    await looked(alice);
    expect(alarms(alice)).toEqual(isDefended ? ["shrunk"] : []);
  });

  test("LOG-10 S6 a fork of the log, signed with its own key, is an alarm, and what it proves counts for nothing", async () => {
    const alice = await cellar.person("alice");
    await isWatching(alice);
    const before = alice.running.keyLog.note ?? "";
    const fork = await signed(services(), (await sizeOf(services())) + 3);
    mockDefended = isDefended;
    await reopen(
      alice,
      telling("log:head", (honest) => ({ ...honest, note: fork })),
    );
    await looked(alice);
    expect(alarms(alice).includes("split-view")).toBe(isDefended);
    expect(peekNote(alice.running.keyLog.note ?? "")?.root).toEqual(peekNote(isDefended ? before : fork)?.root);
  });

  test("LOG-10 S6 two heads of one size are an alarm", async () => {
    const alice = await cellar.person("alice");
    await isWatching(alice);
    const twin = await signed(services(), peekNote(alice.running.keyLog.note ?? "")?.size ?? 0, otherRoot);
    mockDefended = isDefended;
    await reopen(
      alice,
      telling("log:head", (honest) => ({ ...honest, note: twin })),
    );
    await looked(alice);
    expect(alarms(alice)).toEqual(isDefended ? ["split-view"] : []);
    expect(alice.running.keyLog.alarms[0]?.check).toBe(isDefended ? "WRONG_ROOT" : undefined);
  });

  test("LOG-12 entries about the own account that are left out are missed", async () => {
    const alice = await cellar.person("alice");
    await isWatching(alice);
    await looked(alice);
    const { accountId } = alice.identity;
    const stranger = await makeDevice({ account: await makeAccount("mallory", new Date()), now: new Date() });
    mockDefended = isDefended;
    await reopen(
      alice,
      telling("log:entries", ({ entries }) => ({
        entries: entries.map((entry) => (entry.length > 0 ? entry.with(2, 7) : entry)),
      })),
    );
    await writeEntry(services(), { kind: "device", accountId, certificate: stranger.deviceCertificate });
    await looked(alice);
    expect(alarms(alice)).toEqual(isDefended ? ["wrong-entries"] : []);
    expect(alice.running.keyLog.alarms[0]?.check).toBe(isDefended ? "WRONG_ROOT" : undefined);
  });
});

test("LOG-11 S3 who sends all the same is asked again by the next key that is missing, and can take it back", async () => {
  const alice = await cellar.person("alice");
  const bob = await cellar.person("bob");
  const { accountId } = bob.identity;
  const lie = telling("log:proofs", ({ note, proofs }) => ({ note, proofs: proofs.map(() => null) }));
  await isWatching(alice);
  await reopen(alice, lie);
  const { roomId } = unwrap<{ roomId: RoomId }>(await alice.running.createRoom(`Hall of ${nameOf(alice)}`));
  await until(() => isMember(alice, roomId), "founded");
  await bob.join(roomId);
  const isHeld = () => viewOf(alice, roomId)?.holds[0]?.why === "unlogged";
  await until(isHeld, "held");
  unwrap(await alice.running.acceptUnlogged(accountId));
  await alice.say(roomId, "to this device");
  await hears(bob, roomId, `${nameOf(alice)}: to this device`);
  expect(viewOfLog(alice.running.keyLog).accepted).toMatchObject([{ accountId, username: nameOf(bob) }]);
  // It is the same after a restart; and one more device of the account asks again.
  await reopen(alice, lie);
  await talk(roomId, [alice, bob]);
  const ghost = await cellar.secondDevice(bob);
  await ghost.join(roomId);
  await until(isHeld, "held by the other device");
  await alice.say(roomId, "who is that?");
  await pause(500);
  expect(await ghost.texts(roomId)).toEqual([]);
  unwrap(await alice.running.acceptUnlogged(accountId));
  await hears(ghost, roomId, `${nameOf(alice)}: who is that?`);
  await alice.running.keyLog.takeBack(accountId);
  await until(isHeld, "held again");
  expect(viewOfLog(alice.running.keyLog).accepted).toEqual([]);
  // A decision of before names no certificate: it is about the whole account, and is shown as that.
  await alice.close();
  await alice.store.write([{ key: `log/accepted/${accountId}`, value: Uint8Array.of(1) }]);
  await alice.open(tampered(lie));
  await talk(roomId, [alice, bob]);
  expect(viewOfLog(alice.running.keyLog).accepted).toEqual([{ accountId, username: undefined, at: undefined }]);
});

test("LOG-11 S3 proofs that are withheld are told in the room, and after a day, over restarts, are an alarm", async () => {
  const alice = await cellar.person("alice");
  const bob = await cellar.person("bob");
  await isWatching(alice);
  await looked(alice);
  let isSilent = true;
  const withholding: Tampering = {
    answer: (name) => (name === "log:proofs" && isSilent ? { ok: false, error: { code: "UNAVAILABLE" } } : undefined),
  };
  await reopen(alice, withholding);
  const { roomId } = unwrap<{ roomId: RoomId }>(await alice.running.createRoom(`Hall of ${nameOf(alice)}`));
  await until(() => isMember(alice, roomId), "founded");
  await bob.join(roomId);
  await until(() => isMember(bob, roomId), "bob is in");
  await alice.say(roomId, "is that you?");
  const { accountId } = bob.identity;
  const isTold = () =>
    alice.events.some((event) => event.type === "room" && event.room.awaited[0]?.accountId === accountId);
  await until(isTold, "the room says for whom");
  expect(viewOf(alice, roomId)?.holds).toEqual([]);
  expect(await bob.texts(roomId)).toEqual([]);
  expect(alarms(alice)).toEqual([]);
  const at = async (hours: number) => {
    await alice.close();
    const now = () => Date.now() + hours * 60 * 60 * 1000;
    await alice.open(tampered(withholding), { ...realClock, now });
    await until(() => alice.running.connection === "online", "alice is back");
  };
  await at(20);
  await until(() => viewOf(alice, roomId)?.awaited[0]?.accountId === accountId, "it still waits");
  expect(alarms(alice)).toEqual([]);
  await at(25);
  await until(() => alarms(alice).length > 0, "the alarm");
  expect(alarms(alice)).toEqual(["unanswered"]);
  expect(alice.running.troubles).toContain("key-log");
  expect(await bob.texts(roomId)).toEqual([]);
  isSilent = false;
  await hears(bob, roomId, `${nameOf(alice)}: is that you?`);
  expect(viewOf(alice, roomId)?.awaited).toEqual([]);
  await at(60);
  await alice.say(roomId, "good");
  await hears(bob, roomId, `${nameOf(alice)}: good`);
  expect(alarms(alice)).toEqual(["unanswered"]);
});

test("LOG-12 S3 a device put under the own account without its signature is an alarm", async () => {
  const alice = await cellar.person("alice");
  await isWatching(alice);
  const { accountId } = alice.identity;
  const stranger = await makeDevice({ account: await makeAccount(nameOf(alice), new Date()), now: new Date() });
  await writeEntry(services(), { kind: "device", accountId, certificate: stranger.deviceCertificate });
  await looked(alice);
  expect(alarms(alice)).toEqual(["forged-entry"]);
  expect(alice.running.troubles).toContain("key-log");
});

test("LOG-12 S4 S5 another key under the own name is an alarm, and no honest entry is", async () => {
  const alice = await cellar.person("alice");
  await isWatching(alice);
  await cellar.person("bob");
  await looked(alice);
  expect(alarms(alice)).toEqual([]);
  const account = await makeAccount(nameOf(alice), new Date());
  const impostor = await makeDevice({ account, now: new Date() });
  const { accountId, accountCertificate } = impostor;
  await writeEntry(services(), { kind: "account", accountId, certificate: accountCertificate });
  await looked(alice);
  expect(alarms(alice)).toEqual(["name-taken"]);
});

test("LOG-12 S4 a key that had the own name before the account began is an alarm, unless it was replaced by this one", async () => {
  const squatter = await makeAccount("dora0", new Date());
  const squatted = await makeDevice({ account: squatter, now: new Date() });
  const { accountId, accountCertificate: certificate } = squatted;
  const dora = await makeDevice({ account: await makeAccount("dora0", new Date()), now: new Date() });
  const isTaken = async (before: readonly NewEntry[]) => {
    const host = { identity: dora, isRenewal: () => false, revoked: () => undefined };
    const judging = { known: new Set<string>(), before: new Set<string>(), isBegun: false, own: 9 };
    const own = { kind: "account", accountId: dora.accountId, certificate: dora.accountCertificate } as const;
    const kinds: string[] = [];
    for (const [index, entry] of [...before, own].entries())
      for (const { kind } of await judge(host, judging, encodeLogEntry({ ...entry, at: 1 }), index)) kinds.push(kind);
    return kinds;
  };
  const account = { kind: "account", accountId, certificate } as const;
  const device = { kind: "device", accountId, certificate: squatted.deviceCertificate } as const;
  const replaced = { kind: "replaced", accountId, successorId: dora.accountId } as const;
  expect(await isTaken([account, device, replaced])).toEqual([]);
  expect(await isTaken([account, device])).toEqual(["name-taken"]);
  expect(await isTaken([device])).toEqual(["name-taken"]);
});

test("LOG-12 S3 another key under the id of the own device is an alarm", async () => {
  const account = await makeAccount("dora1", new Date());
  const [own, other] = [await makeDevice({ account, now: new Date() }), await makeDevice({ account, now: new Date() })];
  const judged = (identity: typeof own) => {
    const host = { identity, isRenewal: () => false, revoked: () => undefined };
    const judging = { known: new Set<string>(), before: new Set<string>(), isBegun: true, own: 0 };
    const { accountId, deviceCertificate: certificate } = other;
    return judge(host, judging, encodeLogEntry({ kind: "device", accountId, certificate, at: 1 }), 1);
  };
  expect(await judged({ ...own, deviceId: other.deviceId })).toEqual([{ kind: "forged-entry", index: 1 }]);
  expect(await judged(other)).toEqual([]);
  expect((await judged(own)).map(({ kind }) => kind)).toEqual(["arrival"]);
});

test("LOG-11 S4 a key that is logged under another name is not proven under this one", async () => {
  const account = await makeAccount("mallory", new Date());
  const key = certified("account", "ab".repeat(32), account.certificate);
  expect(key.name).toBe(accountName("ab".repeat(32), "mallory"));
  expect(key.name).not.toBe(accountName("ab".repeat(32), "alice"));
  // As a leaf: its device says alice, its account is in the log as mallory.
  const alice = await cellar.person("alice");
  const mallory = await cellar.person("mallory");
  const { roomId } = unwrap<{ roomId: RoomId }>(await alice.running.createRoom(`Hall of ${nameOf(alice)}`));
  await until(() => isMember(alice, roomId), "founded");
  await mallory.join(roomId);
  await until(() => isMember(mallory, roomId) && viewOf(alice, roomId)?.members.length === 2, "both are in");
  const { keyLog } = alice.running;
  await until(() => keyLog.isVouched(accountName(mallory.identity.accountId, nameOf(mallory))), "proven");
  expect(keyLog.isVouched(accountName(mallory.identity.accountId, "alice"))).toBe(false);
  expect(keyLog.isVouched(mallory.identity.accountId)).toBe(false);
});

test("LOG-12 a device that the account has certified, and this one knows nothing of, is told once", async () => {
  const alice = await cellar.person("alice");
  await isWatching(alice);
  expect(alice.running.troubles).not.toContain("new-device");
  const phone = await cellar.closedDevice(alice);
  await looked(alice);
  expect(alice.running.keyLog.arrivals.map(({ deviceId }) => deviceId)).toEqual([phone.identity.deviceId]);
  expect(alice.running.troubles).toContain("new-device");
  await alice.running.keyLog.acknowledge([phone.identity.deviceId]);
  expect(alice.running.troubles).not.toContain("new-device");
  await looked(alice);
  expect(alice.running.keyLog.arrivals).toEqual([]);
  expect(alarms(alice)).toEqual([]);
});

test("LOG-12 S3 a device that another one has removed is told, until a person knows, and not where it was done", async () => {
  const alice = await cellar.person("alice");
  await isWatching(alice);
  const laptop = await cellar.closedDevice(alice);
  const lost = await cellar.closedDevice(alice);
  await laptop.open();
  await until(() => laptop.running.connection === "online", "the laptop is online");
  unwrap(await revokeDevice(laptop.browser.ports, nameOf(alice), lost.identity.deviceId, password));
  await looked(laptop);
  expect(laptop.running.keyLog.removals).toEqual([]);
  expect(laptop.running.troubles).not.toContain("lost-device");
  await looked(alice);
  const { keyLog } = alice.running;
  expect(keyLog.removals.map(({ deviceId }) => deviceId)).toEqual([lost.identity.deviceId]);
  expect(alice.running.troubles).toContain("lost-device");
  await reopen(alice);
  expect(alice.running.troubles).toContain("lost-device");
  await alice.running.keyLog.acknowledgeRemovals([lost.identity.deviceId]);
  expect(alice.running.troubles).not.toContain("lost-device");
  await looked(alice);
  expect(alice.running.keyLog.removals).toEqual([]);
  expect([alarms(alice), alarms(laptop)]).toEqual([[], []]);
});

test("LOG-12 S3 a deletion of the living account that its own key has signed is an alarm", async () => {
  const account = await makeAccount("dora2", new Date());
  const dora = await makeDevice({ account, now: new Date() });
  const { accountId } = dora;
  const host = { identity: dora, isRenewal: () => false, revoked: () => undefined };
  const judging = { known: new Set<string>(), before: new Set<string>(), isBegun: true, own: 0 };
  const kindsOf = async (signedVersion: number) => {
    const statement = deletionStatement({ accountId, vaultVersion: signedVersion });
    const signature = await signAsAccount(account.privateKeyPkcs8, statement);
    const entry = encodeLogEntry({ kind: "deletion", accountId, vaultVersion: 3, signature, at: 1 });
    return (await judge(host, judging, entry, 1)).map(({ kind }) => kind);
  };
  expect(await kindsOf(3)).toEqual(["own-deletion"]);
  expect(await kindsOf(2)).toEqual(["forged-entry"]);
});

test("LOG-09 LOG-10 another signing key is an alarm, over restarts, until a person goes on with it", async () => {
  const alice = await cellar.person("alice");
  await isWatching(alice);
  const foreign = (await signed(services(), 99)).replaceAll(services().transparencyLog.verifier.name, "sealroom/0000");
  await reopen(
    alice,
    telling("log:head", (honest) => ({ ...honest, note: foreign })),
  );
  await looked(alice);
  expect(alarms(alice)).toEqual(["other-key"]);
  await reopen(alice);
  await looked(alice);
  expect(alarms(alice)).toEqual(["other-key"]);
  expect(alice.running.troubles).toContain("key-log");
  await alice.running.keyLog.beginAnew();
  expect(alice.running.troubles).not.toContain("key-log");
});

test("LOG-11 S3 nobody is invited by keys that are not in the log", async () => {
  const lie = ({ note, proofs }: Answer<"log:proofs">) => ({ note, proofs: proofs.map(() => null) });
  const bob = await cellar.person("bob");
  const alice = await cellar.person("alice");
  const roomId = await cellar.room(alice);
  await reopen(alice, telling("log:proofs", lie));
  await until(() => isMember(alice, roomId), "alice is back");
  const invited = await alice.running.govern.invite(roomId, nameOf(bob));
  expect(invited.ok).toBe(false);
  await until(() => alarms(alice).includes("not-in-log"), "told");
  await reopen(alice);
  unwrap(await alice.running.govern.invite(roomId, nameOf(bob)));
  await until(() => viewOf(bob, roomId) !== undefined, "invited");
  unwrap(await bob.running.govern.acceptInvite(roomId));
  await until(() => isMember(bob, roomId), "bob is in");
  await talk(roomId, [alice, bob]);
});

/** Knocks as a device of somebody's account would, and as the server passes it on. */
async function knocks(at: Person, roomId: RoomId, who: Person): Promise<void> {
  const { epoch } = groupOf(at, roomId);
  const { message } = await makeKnock(fromHex(roomId) ?? new Uint8Array(), epoch, who.identity, new Date());
  at.running.unsafeRoom(roomId)?.knocked(message, 0);
}

test("LOG-11 S3 nobody is let in by a knock whose key is not in the log, and who is proven comes in afterwards", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const [phone, tablet] = [await cellar.closedDevice(bob), await cellar.closedDevice(bob)];
  const name = certificateName(phone.identity.deviceCertificate);
  let mode: "honest" | "silent" | "hides" = "silent";
  let asked = 0;
  await reopen(alice, {
    answer: (request) => {
      if (request !== "log:proofs") return undefined;
      asked += 1;
      return mode === "silent" ? { ok: false, error: { code: "UNAVAILABLE" } } : undefined;
    },
    change: (request, answer, payload) => {
      if (request !== "log:proofs" || mode !== "hides") return answer;
      const { digests } = payload as { digests: Uint8Array[] };
      const { note, proofs } = answer as Answer<"log:proofs">;
      return {
        note,
        proofs: proofs.map((proof, at) => (toHex(digests[at] ?? new Uint8Array()) === name ? null : proof)),
      };
    },
  });
  await until(() => isMember(alice, roomId), "alice is back");

  // What cannot be asked now is neither decided nor lost, and is not asked without end.
  await knocks(alice, roomId, tablet);
  await until(() => asked > 0, "asked");
  await pause(1000);
  expect(asked).toBeLessThan(4);
  expect(hasLeaf(alice, roomId, tablet.identity)).toBe(false);
  expect(alarms(alice)).toEqual([]);
  mode = "honest";
  await until(() => hasLeaf(alice, roomId, tablet.identity), "the tablet is in");

  mode = "hides";
  const { epoch } = groupOf(alice, roomId);
  await knocks(alice, roomId, phone);
  await until(() => alarms(alice).includes("not-in-log"), "told");
  // To talk to an account all the same is not to add to it.
  unwrap(await alice.running.acceptUnlogged(bob.identity.accountId));
  await knocks(alice, roomId, phone);
  await pause(1500);
  expect(hasLeaf(alice, roomId, phone.identity)).toBe(false);
  expect(groupOf(alice, roomId).epoch).toBe(epoch);

  mode = "honest";
  await knocks(alice, roomId, phone);
  await until(() => hasLeaf(alice, roomId, phone.identity), "the phone is in");
  await talk(roomId, [alice, bob]);
});
