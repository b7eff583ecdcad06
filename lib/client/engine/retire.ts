/**
 * A new device in the store of one that was revoked (DEV-06): what was read stays, the old device's keys go, and its rooms
 * are joined again by the new one. Marked at sign-in, done at the engine's next start, which nothing else runs beside.
 */

import { isSaidAgain } from "./outbox";
import type { Store, Write } from "./ports";
import { encodeRecord, pendingSchema, roomMetaSchema, roomKeys, roomsPrefix } from "./records";
import type { RoomMeta } from "./records";
import { readableRecord, readableRows } from "./replaceable";

const markKey = "retired-device";
/** KeyPackages, their expiry and the last-resort one: no Welcome for the old device is opened any more. */
const keyPackagePrefix = "kp";

/** Before the new identity is stored: a crash in between finds a device that is revoked anyway. */
export async function markRetired(store: Store, deviceId: string): Promise<void> {
  await store.write([{ key: markKey, value: encodeRecord(deviceId) }]);
}

/** Whether `deviceId` is to go on in rooms that another device was in. */
export async function retireMarked(store: Store): Promise<void> {
  if ((await store.get(markKey)) === undefined) return;
  const writes: Write[] = [{ key: markKey, value: undefined }];
  for (const key of await store.keys(roomsPrefix)) {
    const room = /^room\/([0-9a-f]{32})(?:~(\d+))?\/meta$/.exec(key);
    if (room?.[1] !== undefined) writes.push(...(await retireRoom(store, room[1], Number(room[2] ?? 0))));
  }
  await store.write(writes);
}

/** Before a new device stocks its own packages in the same store. */
export async function dropKeyPackages(store: Store): Promise<void> {
  const keys = await store.keys(keyPackagePrefix);
  await store.write(keys.map((key) => ({ key, value: undefined })));
}

/** What cannot be read is left to the salvage that every start makes. */
async function retireRoom(store: Store, roomId: string, generation: number): Promise<Write[]> {
  const keys = roomKeys(roomId, generation);
  const bytes = await store.get(keys.meta).catch(() => undefined);
  const parsed = bytes && readableRecord(roomMetaSchema, keys.meta, bytes);
  if (parsed === undefined) return [];
  const gone = [
    ...(await store.keys(keys.groupPrefix)),
    ...Object.values(keys.commit),
    ...Object.values(keys.joining),
  ].map((key): Write => ({ key, value: undefined }));
  return [...gone, ...(await requeued(store, keys)), { key: keys.meta, value: encodeRecord(afterRetiring(parsed)) }];
}

function afterRetiring(meta: RoomMeta): RoomMeta {
  const { goodbye: _goodbye, repair: _repair, owesPosition: _owes, ...rest } = meta;
  const wasIn = meta.membership === "joined" || meta.membership === "joining";
  return {
    ...rest,
    membership: wasIn ? "joining" : "none",
    confirmed: false,
    before: [],
    leavers: [],
    revoked: [],
    newcomers: [],
    epochSeq: 0,
    updateDue: false,
    said: {},
    // What is said from here until the new device is in was not for the old one.
    ...(wasIn ? { removedEpoch: meta.newestEpoch + 1 } : {}),
  };
}

/** What waited is said by the new device; its ciphertexts, and what they state beside, were the old one's. */
async function requeued(store: Store, keys: ReturnType<typeof roomKeys>): Promise<Write[]> {
  const writes: Write[] = [];
  for (const [key, value] of await readableRows(store, keys.outboxPrefix)) {
    const pending = readableRecord(pendingSchema, key, value);
    if (pending === undefined) continue;
    const { eventId: _eventId, epoch: _epoch, stated: _stated, ...entry } = pending;
    writes.push({ key: keys.ciphertext(entry.order), value: undefined });
    writes.push({ key, value: isSaidAgain(entry.body) ? encodeRecord({ ...entry, state: "queued" }) : undefined });
  }
  return writes;
}
