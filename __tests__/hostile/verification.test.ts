/**
 * What an operator, a member and a thief of a device try on people who have compared safety numbers (SPEC section VER). In each test the
 * same attack is played on a client without the defence first, or beside it, so that it is known to work.
 */

import { makeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { sealKeyring, openKeyring } from "@/lib/crypto/account/keyring";
import { signMark } from "@/lib/crypto/account/verification-mark";
import { loadIdentity } from "@/lib/client/engine/identity";
import type { FetchedKeyring } from "@/lib/client/engine/ports";
import type * as Believed from "@/lib/client/engine/trust/believed-marks";
import type * as Hold from "@/lib/client/engine/trust/hold";
import { enqueue } from "@/lib/client/engine/outbox";
import { callEngine } from "@/lib/client/worker/engine-calls";
import { revokeDevice } from "@/lib/client/worker/devices";
import { toBase64 } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import { decodeKeyring, encodeKeyring, keyringEntrySchema, type KeyringEntry } from "@/lib/protocol/keyring";
import { retainedEpochs } from "@/lib/protocol/limits";
import { encodeVerificationCode } from "@/lib/protocol/verification-code";

import { Cellar, hears, isMember, nameOf, newRoomId, pause, reopen, stateOf, talk, viewOf } from "../support/cellar";
import { password, unwrap, until, type Person } from "../support/person";
import { decide, directRoom, replaced, trustIn, verificationOf } from "../support/verifying";

jest.mock("@/lib/client/engine/trust/believed-marks", () => {
  const real = jest.requireActual<typeof Believed>("@/lib/client/engine/trust/believed-marks");
  return {
    believedMarks: (...args: Parameters<typeof Believed.believedMarks>) =>
      mockDefended ? real.believedMarks(...args) : Promise.resolve(args[1]),
  };
});
jest.mock("@/lib/client/engine/trust/hold", () => {
  const real = jest.requireActual<typeof Hold>("@/lib/client/engine/trust/hold");
  return {
    ...real,
    holdsOf: (...args: Parameters<typeof Hold.holdsOf>) => (mockDefended ? real.holdsOf(...args) : []),
    mayBeTold: (...args: Parameters<typeof Hold.mayBeTold>) => !mockDefended || real.mayBeTold(...args),
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

/** Whoever holds the account secret, as a device does that was stolen, writes into the keyring what they like. */
async function write(by: Person, ...entries: readonly KeyringEntry[]): Promise<void> {
  const { accountId } = by.identity;
  const secret = (await loadIdentity(by.store))?.accountSecret;
  if (secret === undefined) throw new Error("no account secret");
  const { keyrings } = cellar.server.services;
  const { version, sealed } = await keyrings.fetch(accountId);
  const plain = sealed && (await openKeyring(secret.bytes, { accountId, version }, sealed));
  const held = plain === undefined ? new Map<string, KeyringEntry>() : new Map(decodeKeyring(plain));
  for (const entry of entries) held.set(entry.key, entry);
  const place = { accountId, version: version + 1 };
  await keyrings.put(accountId, place.version, await sealKeyring(secret.bytes, place, encodeKeyring(held)));
}

const entry = (key: string, at: number, value: unknown) => keyringEntrySchema.parse({ key, at, value });

test.each([true, false])(
  "VER-05 S5 a mark that no device of the account has signed makes nobody verified (defended: %s)",
  async (isDefended) => {
    mockDefended = isDefended;
    const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
    const roomId = await cellar.room(alice, bob);
    await until(() => alice.running.keyring.state === "synced", "synced");
    const now = new Date();
    const mallory = await makeDevice({ account: await makeAccount(nameOf(alice), now), now });
    const at = Date.now() + 60_000;
    const verified = bob.identity.accountId;
    const forged = await signMark(mallory, { verified, username: nameOf(bob), verdict: "verified", at });
    await write(
      alice,
      entry(`signer/${mallory.deviceId}`, at, toBase64(mallory.deviceCertificate)),
      entry(`verified/${verified}`, at, forged),
    );
    await alice.running.keyring.sync();
    expect(trustIn(alice, roomId, bob)).toBe(isDefended ? "unverified" : "verified");
  },
);

test.each([true, false])(
  "VER-06 an own mark of earlier days, put in again, takes nothing back (defended: %s)",
  async (isDefended) => {
    mockDefended = isDefended;
    const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
    const roomId = await cellar.room(alice, bob);
    await decide(alice, bob, "verified");
    const key = `verified/${bob.identity.accountId}` as const;
    const old = alice.running.keyring.get(key);
    await decide(alice, bob, "mismatch");
    await until(() => alice.running.keyring.state === "synced", "synced");
    await write(alice, entry(key, Date.now() + 60_000, old));
    await alice.running.keyring.sync();
    expect(trustIn(alice, roomId, bob)).toBe(isDefended ? "mismatch" : "verified");
  },
);

test("VER-06 S24 a server that goes back to an older keyring, or damages it, un-verifies nobody", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  await until(() => alice.running.keyring.state === "synced", "synced");
  const { keyrings } = cellar.server.services;
  const before: FetchedKeyring = await keyrings.fetch(alice.identity.accountId);
  await decide(alice, bob, "verified");
  await until(async () => (await keyrings.fetch(alice.identity.accountId)).version > before.version, "saved");
  await reopen(alice, { keyring: () => before });
  await until(() => alice.running.connection === "online" && isMember(alice, roomId), "alice is back");
  await alice.running.keyring.sync();
  expect(trustIn(alice, roomId, bob)).toBe("verified");
  await reopen(alice, { keyring: (honest) => ({ ...honest, sealed: honest.sealed?.with(9, 0) }) });
  await until(() => alice.running.keyring.state === "unreadable", "damage is told");
  expect(trustIn(alice, roomId, bob)).toBe("verified");
});

test("VER-07 T8 what a lost device has marked vouches for nobody, and goes on to warn", async () => {
  const [alice, bob, carol] = [await cellar.person("alice"), await cellar.person("bob"), await cellar.person("carol")];
  const roomId = await cellar.room(alice, bob, carol);
  const phone = await cellar.secondDevice(alice);
  await until(() => isMember(phone, roomId), "the phone is in", 30_000);
  await decide(phone, bob, "verified");
  await decide(phone, carol, "mismatch");
  await until(() => trustIn(alice, roomId, bob) === "verified", "known");
  unwrap(await revokeDevice(alice.browser.ports, nameOf(alice), phone.identity.deviceId, password));
  await until(() => trustIn(alice, roomId, bob) === "unverified", "the phone vouches no more", 30_000);
  expect(await verificationOf(alice, bob)).toMatchObject({ lapsed: true });
  expect(trustIn(alice, roomId, carol)).toBe("mismatch");
  await decide(alice, bob, "verified");
  expect(await verificationOf(alice, bob)).toMatchObject({ lapsed: false, trust: "verified" });
});

test.each([true, false])(
  "VER-09 S5 a key swapped after it was verified gets nothing that is written (defended: %s)",
  async (isDefended) => {
    mockDefended = isDefended;
    const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
    const { roomId } = unwrap<{ roomId: RoomId }>(await alice.running.createRoom(`Hall of ${nameOf(alice)}`));
    await until(() => isMember(alice, roomId), "founded");
    await decide(alice, bob, "verified");
    const impostor = await replaced(cellar, bob);
    await impostor.join(roomId);
    await until(() => trustIn(alice, roomId, impostor) === "replaced", "seen");
    await alice.say(roomId, "for bob only");
    const line = `${nameOf(alice)}: for bob only`;
    if (!isDefended) {
      await hears(impostor, roomId, line);
      return;
    }
    // Rooms go on: the impostor is confirmed by alice's device, which says nothing of hers.
    await until(() => isMember(impostor, roomId), "confirmed");
    await alice.close();
    await alice.open();
    await until(() => isMember(alice, roomId), "alice is back");
    await pause(500);
    expect(await impostor.texts(roomId)).not.toContain(line);
    expect(viewOf(alice, roomId)?.waiting).toBe(1);
  },
);

test.each([true, false])(
  "VER-09 S5 what was sealed before the key was swapped is not sealed anew for the new one (defended: %s)",
  async (isDefended) => {
    mockDefended = isDefended;
    const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
    const { roomId } = unwrap<{ roomId: RoomId }>(await alice.running.createRoom(`Hall of ${nameOf(alice)}`));
    await until(() => isMember(alice, roomId), "founded");
    await decide(alice, bob, "verified");
    // The server takes nothing that alice says, until the impostor is in and her epoch is one that nobody keeps.
    let isHolding = true;
    const refused = { ok: false, error: { code: "UNAVAILABLE" } };
    await reopen(alice, { answer: (name) => (name === "event:submit" && isHolding ? refused : undefined) });
    await until(() => isMember(alice, roomId), "alice is back");
    await alice.say(roomId, "sealed early");
    await until(() => alice.room(roomId)?.pending[0]?.state === "sealed", "sealed");
    const impostor = await replaced(cellar, bob);
    await impostor.join(roomId);
    for (let come = 0; come <= retainedEpochs; come++) await (await cellar.person("guest")).join(roomId);
    await until(() => viewOf(alice, roomId)?.members.length === 3 + retainedEpochs, "all are seen");
    isHolding = false;
    await reopen(alice, {});
    await until(() => isMember(impostor, roomId), "confirmed", 30_000);
    const line = `${nameOf(alice)}: sealed early`;
    if (!isDefended) {
      await hears(impostor, roomId, line);
      return;
    }
    await pause(500);
    expect(await impostor.texts(roomId)).not.toContain(line);
    expect(viewOf(alice, roomId)?.waiting).toBe(1);
  },
);

test("VER-10 M12 what others say of comparing is shown from a direct room's other account only, and marks nobody", async () => {
  const [alice, bob, mallory] = [
    await cellar.person("alice"),
    await cellar.person("bob"),
    await cellar.person("mallory"),
  ];
  const roomId = await directRoom(alice, bob);
  const group = await cellar.room(alice, mallory);
  const says = async (who: Person, where: RoomId, about: Person) => {
    const room = who.running.unsafeRoom(where);
    await room?.turn((draft) => {
      enqueue(draft, { kind: "compared", with: about.identity.accountId, found: "match" });
    });
    room?.kick();
    await talk(where, [who]);
  };
  // In a room with others, and about somebody else.
  await says(mallory, group, alice);
  await says(bob, roomId, mallory);
  await hears(alice, roomId, (await bob.texts(roomId)).at(-1) ?? "");
  await hears(alice, group, (await mallory.texts(group)).at(-1) ?? "");
  expect([viewOf(alice, roomId)?.peerFound, viewOf(alice, group)?.peerFound]).toEqual([undefined, undefined]);
  await says(bob, roomId, alice);
  await until(() => viewOf(alice, roomId)?.peerFound === "match", "heard");
  expect([trustIn(alice, roomId, bob), stateOf(alice, roomId)?.trust]).toEqual(["unverified", "unverified"]);
  expect(alice.running.keyring.list("verified")).toEqual([]);
});

test("VER-04 S4 a code scanned across a server that shows each another key is a mismatch, on either side", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const roomId = await cellar.room(alice, bob);
  const truth = await verificationOf(bob, alice);
  // What bob's screen shows when the server gave bob another key for alice.
  const lied = encodeVerificationCode({ shownBy: bob.identity.accountId, shownFor: "d4".repeat(32) });
  const scan = (text: string) => alice.running.verification.scan(nameOf(bob), bob.identity.accountId, text);
  expect(await scan(lied)).toEqual({ ok: true, value: "mismatch" });
  expect(trustIn(alice, roomId, bob)).toBe("unverified");
  expect(await scan(truth.code)).toEqual({ ok: true, value: "match" });
  expect(trustIn(alice, roomId, bob)).toBe("verified");
});

test("VER-11 S5 who invites stands with their mark also under the key of the first meeting, until they are answered", async () => {
  const [alice, bob] = [await cellar.person("alice"), await cellar.person("bob")];
  const known = await cellar.room(alice, bob);
  const { roomId } = unwrap(await bob.running.govern.createPrivateRoom({ name: "Trap", topic: "" }, newRoomId()));
  await until(() => isMember(bob, roomId), "bob has a room");
  unwrap(await bob.running.govern.invite(roomId, nameOf(alice)));
  await until(() => stateOf(alice, roomId)?.membership === "invited", "alice is invited");
  expect(stateOf(alice, roomId)?.trust).toBe("unverified");
  for (const verdict of ["mismatch", "verified"] as const) {
    await decide(alice, bob, verdict);
    expect([stateOf(alice, roomId)?.trust, viewOf(alice, roomId)?.trust]).toEqual([verdict, verdict]);
  }
  // Whom others name, in a report for instance, is who was verified only with the key and under the name.
  const { accountId } = bob.identity;
  const named = [
    { username: nameOf(bob), accountId },
    { username: nameOf(alice), accountId },
    { username: nameOf(bob), accountId: "d4".repeat(32) },
  ];
  const ask = (people: unknown) => callEngine(alice.running, { id: "1", name: "trusts", args: [people] });
  expect(await ask(named)).toEqual({
    ok: true,
    value: ["verified", "new-key", "replaced"],
  });
  expect(await ask([{ username: nameOf(bob) }])).toMatchObject({ ok: false });
  unwrap(await alice.running.govern.acceptInvite(roomId));
  await until(() => isMember(alice, roomId), "alice is in");
  // A room of many has the mark of nobody.
  expect([known, roomId].map((room) => stateOf(alice, room)?.trust)).toEqual([undefined, undefined]);
});
