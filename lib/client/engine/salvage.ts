/**
 * A room whose records are damaged. They are set aside: they stay where they are, and a new generation of the room
 * begins beside them with everything that can still be read. The group state is joined anew. SPEC ENG-19.
 */

import type { RoomData } from "./draft";
import type { Store, Write } from "./ports";
import {
  decodeRecord,
  deviceKey,
  encodeRecord,
  newMeta,
  pendingSchema,
  placeOf,
  roomKeys,
  roomMetaSchema,
  timelineItemSchema,
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
  const old = roomKeys(roomId, generation);
  const keys = roomKeys(roomId, generation + 1);
  const writes: Write[] = [];
  const keep = (key: string, value: Uint8Array) => writes.push({ key: keys.base + key.slice(old.base.length), value });

  let lastPlace = 0;
  for (const [key, value] of await readable(store, old.timelinePrefix)) {
    const item = parsed(() => decodeRecord(timelineItemSchema, key, value));
    if (item === undefined) continue;
    keep(key, value);
    lastPlace = Math.max(lastPlace, placeOf(item.key));
  }
  for (const prefix of [old.usedPrefix, old.usedIdPrefix]) {
    for (const [key, value] of await readable(store, prefix)) keep(key, value);
  }
  const pending: Pending[] = [];
  for (const [key, value] of await readable(store, old.outboxPrefix)) {
    const entry = parsed(() => decodeRecord(pendingSchema, key, value));
    if (entry?.body.kind !== "text") continue;
    const { eventId: _eventId, epoch: _epoch, ...rest } = entry;
    const again: Pending = { ...rest, state: "queued" };
    writes.push({ key: keys.outbox(again.order), value: encodeRecord(again) });
    pending.push(again);
  }
  const held = (await readable(store, old.meta)).get(old.meta);
  const meta = parsed(() => held && decodeRecord(roomMetaSchema, old.meta, held));
  const membership = meta === undefined || meta.membership === "joined" ? "joining" : meta.membership;
  const next: RoomMeta = {
    ...(meta ?? freshMeta(roomId, identity, writes, keys, pending, nowMs)),
    membership: membership === "leaving" ? "none" : membership,
    shift: Math.max(meta?.shift ?? 0, meta === undefined ? lastPlace + 1 : 0),
    repair: { cause: "store-damaged", from: meta?.cursor ?? 0 },
  };
  writes.push({ key: keys.meta, value: encodeRecord(next) });
  await store.write(writes);
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

/** Rows that the store can still open. */
async function readable(store: Store, prefix: string): Promise<Map<string, Uint8Array>> {
  const rows = new Map<string, Uint8Array>();
  for (const key of await store.keys(prefix)) {
    const value = await store.get(key).catch(() => undefined);
    if (value !== undefined) rows.set(key, value);
  }
  return rows;
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
