/** Where the certificates come from that leaves are checked against: one look-up for a whole room. */

import { anchorSource, AnchorsUnavailable } from "@/lib/client/engine/anchors";
import { MemoryStore } from "@/lib/client/store/memory-store";
import type { Outcome } from "@/lib/client/engine/ports";
import { inspectGroupInfo } from "@/lib/crypto/mls/group-info";
import { certificatesMax } from "@/lib/protocol/limits";

import { groupId, Room, World } from "../support/mls";

/** A directory of three people that counts what it is asked, and a room with all of them in it. */
class Directory {
  readonly asked: (readonly string[])[] = [];
  readonly held = new Map<string, Uint8Array>();
  isOut = false;

  accountCertificates(ids: readonly string[]): Promise<Outcome<ReadonlyMap<string, Uint8Array>>> {
    this.asked.push(ids);
    if (this.isOut) return Promise.resolve({ ok: false, error: { code: "OFFLINE" } });
    return Promise.resolve({ ok: true, value: this.held });
  }
}

class CountingStore extends MemoryStore {
  writes = 0;

  override write(...batch: Parameters<MemoryStore["write"]>): Promise<void> {
    this.writes += 1;
    return super.write(...batch);
  }
}

const names = ["alice", "bob", "carol"];
let ids: string[];
let groupInfo: Uint8Array;
let directory: Directory;
let store: CountingStore;
const certificates = new Map<string, Uint8Array>();

beforeAll(async () => {
  const world = new World();
  const room = await Room.of(world, names);
  groupInfo = room.groupInfo;
  for (const { identity } of room.seats) certificates.set(identity.accountId, identity.accountCertificate);
  ids = [...certificates.keys()];
});
beforeEach(() => {
  directory = new Directory();
  for (const [id, certificate] of certificates) directory.held.set(id, certificate);
  store = new CountingStore();
});

const inspect = async () =>
  (await inspectGroupInfo(groupInfo, { groupId, anchors: anchorSource(store, directory) })).ok;

test("ENG-30 a room of several accounts is one look-up and one write, and none the next time", async () => {
  expect(await inspect()).toBe(true);
  expect(directory.asked.map((asked) => [...asked].sort())).toEqual([[...ids].sort()]);
  expect(store.writes).toBe(1);
  expect(await inspect()).toBe(true);
  expect([directory.asked.length, store.writes]).toEqual([1, 1]);
});

test("ENG-30 ids that are asked for later or twice are not mixed up", async () => {
  const anchors = anchorSource(store, directory);
  const [first = "", second = "", third = ""] = ids;
  const together = await Promise.all([anchors(first), anchors(second), anchors(first)]);
  expect(together).toEqual([first, second, first].map((id) => certificates.get(id)));
  expect(await Promise.all([anchors(third), anchors(second)])).toEqual(
    [third, second].map((id) => certificates.get(id)),
  );
  expect(directory.asked).toEqual([[first, second], [third]]);
});

test("ENG-30 more than one request may hold come in several", async () => {
  const anchors = anchorSource(store, directory);
  const many = Array.from({ length: certificatesMax + 1 }, (_, index) => index.toString(16).padStart(64, "0"));
  expect(await Promise.all(many.map((id) => anchors(id)))).toEqual(many.map(() => undefined));
  expect(directory.asked.map(({ length }) => length)).toEqual([certificatesMax, 1]);
});

test("ENG-30 a certificate of somebody else is not believed, and does not stay in the true one's place", async () => {
  const [first = "", second = ""] = ids;
  directory.held.set(first, certificates.get(second) ?? new Uint8Array());
  expect(await inspect()).toBe(false);
  directory.held.set(first, certificates.get(first) ?? new Uint8Array());
  expect(await inspect()).toBe(true);
});

test("ENG-30 a directory out of reach decides nothing, and is asked again", async () => {
  directory.isOut = true;
  await expect(inspect()).rejects.toThrow(AnchorsUnavailable);
  directory.isOut = false;
  expect(await inspect()).toBe(true);
});
