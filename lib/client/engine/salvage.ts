/**
 * A room whose records are damaged. They are set aside: they stay where they are, and a new generation of the room
 * begins beside them, or in another database, with everything that can still be read. The group state is joined anew.
 * SPEC ENG-19, ENG-24.
 */

import type { RoomData } from "./draft";
import type { Store, Write } from "./ports";
import { readableItem, readableRecord, readableRows } from "./replaceable";
import { roomGenerations } from "./room-generations";
import {
  deviceKey,
  encodeRecord,
  expiryMark,
  newMeta,
  pendingSchema,
  pinsPrefix,
  placeOf,
  roomKeys,
  roomMetaSchema,
  type Pending,
  type RoomKeys,
  type RoomMeta,
} from "./records";
import type { DeviceIdentity } from "../../crypto/mls/door";
import { roomIdSchema } from "../../protocol/ids";

export interface Salvaged {
  readonly keys: RoomKeys;
  readonly data: RoomData;
}

/** Writes the next generation in one transaction and answers it; it waits to be joined. */
export async function salvageRoom(
  store: Store,
  identity: DeviceIdentity,
  roomId: string,
  generation: number,
  nowMs: number,
): Promise<Salvaged> {
  const to = { store, keys: roomKeys(roomId, generation + 1) };
  return await moveRoom({ store, keys: roomKeys(roomId, generation) }, to, identity, nowMs);
}

interface Place {
  readonly store: Store;
  readonly keys: RoomKeys;
}

/**
 * What a database that was set aside still tells goes on in a new one (ENG-24): whom this device knew, and its rooms, each
 * in a transaction of its own. A room that it had left stays left.
 */
export async function salvageStore(from: Store, to: Store, identity: DeviceIdentity, nowMs: number): Promise<void> {
  const pins = await readableRows(from, pinsPrefix);
  await to.write([...pins].map(([key, value]) => ({ key, value })));
  for (const [roomId, generation] of await roomGenerations(from)) {
    const old = roomKeys(roomId, generation);
    const [part] = await from.keys(old.groupPrefix, { limit: 1 });
    const isSound = (await readableRows(from, old.meta)).size > 0;
    // Without its record, only the keys that a member holds tell that this was a room of ours.
    if (!isSound && part === undefined) continue;
    await moveRoom({ store: from, keys: old }, { store: to, keys: roomKeys(roomId) }, identity, nowMs);
  }
}

async function moveRoom(from: Place, to: Place, identity: DeviceIdentity, nowMs: number): Promise<Salvaged> {
  const { store, keys: old } = from;
  const { keys } = to;
  const { roomId } = old;
  const writes: Write[] = [];
  const keep = (key: string, value: Uint8Array) => writes.push({ key: keys.base + key.slice(old.base.length), value });

  let lastPlace = 0;
  for (const [key, value] of await readableRows(store, old.timelinePrefix)) {
    const item = readableItem(key, value);
    if (item === undefined) continue;
    keep(key, value);
    lastPlace = Math.max(lastPlace, placeOf(item.key));
  }
  for (const prefix of [old.usedPrefix, old.usedIdPrefix]) {
    for (const [key, value] of await readableRows(store, prefix)) keep(key, value);
  }
  // What disappears does so here as well.
  const expiring = [...(await readableRows(store, old.expiryPrefix))];
  for (const [key, value] of expiring) keep(key, value);
  const [firstToGo] = expiring.map(([key]) => expiryMark(old, key).atMs).sort((a, b) => a - b);
  const pending: Pending[] = [];
  for (const [key, value] of await readableRows(store, old.outboxPrefix)) {
    const entry = readableRecord(pendingSchema, key, value);
    if (entry?.body.kind !== "text") continue;
    const { eventId: _eventId, epoch: _epoch, ...rest } = entry;
    const again: Pending = { ...rest, state: "queued" };
    writes.push({ key: keys.outbox(again.order), value: encodeRecord(again) });
    pending.push(again);
  }
  const held = (await readableRows(store, old.meta)).get(old.meta);
  const meta = held && readableRecord(roomMetaSchema, old.meta, held);
  const membership = meta === undefined || meta.membership === "joined" ? "joining" : meta.membership;
  const next: RoomMeta = {
    ...(meta ?? freshMeta(roomId, identity, writes, keys, pending, nowMs)),
    membership: membership === "leaving" ? "none" : membership,
    shift: Math.max(meta?.shift ?? 0, meta === undefined ? lastPlace + 1 : 0),
    repair: { cause: "store-damaged", from: meta?.cursor ?? 0 },
    ...(firstToGo === undefined ? {} : { expiresAt: firstToGo }),
  };
  writes.push({ key: keys.meta, value: encodeRecord(next) });
  await to.store.write(writes);
  return { keys, data: { meta: next, group: undefined, pending, commit: undefined } };
}

/** Numbers of own messages that were surely never used: counted from the clock, or beyond the highest one known. */
function freshMeta(
  roomId: string,
  identity: DeviceIdentity,
  writes: readonly Write[],
  keys: RoomKeys,
  pending: readonly Pending[],
  nowMs: number,
): RoomMeta {
  const ownMark = `${keys.usedPrefix}${deviceKey(identity)}/`;
  const used = writes.filter(({ key }) => key.startsWith(ownMark)).map(({ key }) => Number(key.slice(ownMark.length)));
  return {
    ...newMeta(roomIdSchema.parse(roomId), ""),
    sentCount: Math.max(nowMs, ...used, ...pending.map(({ n }) => n)),
    outOrder: Math.max(0, ...pending.map(({ order }) => order)),
  };
}
