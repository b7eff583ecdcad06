/** The rooms that an account's devices share through its keyring (ENG-29). */

import type { KeyringKey, RoomKeyringValue } from "../../protocol/keyring";
import { roomIdSchema, type RoomId } from "../../protocol/ids";
import type { Keyring } from "./keyring";
import { accept } from "./membership";
import { newMeta, type RoomMeta } from "./records";
import type { Room } from "./room";

interface SharingHost {
  readonly keyring: Keyring;
  room(roomId: string): Room | undefined;
  roomFor(roomId: RoomId, meta: RoomMeta): Room;
}

/** What all devices of the account should know of the room. */
export function remember(keyring: Keyring, { data: { meta, group } }: Room): void {
  const isIn = meta.membership === "joined" && meta.accepted && group !== undefined;
  const held = keyring.get(`room/${meta.roomId}`);
  if (!isIn && (held === undefined || held.left === true || !meta.hasLeft)) return;
  const secret = meta.secret ?? held?.secret;
  const epoch = secret === held?.secret ? (held?.epoch ?? meta.secretEpoch) : meta.secretEpoch;
  // Another device may know a newer secret.
  if (isIn && held !== undefined && held.left !== true && held.epoch > epoch) return;
  const value = {
    kind: meta.kind,
    ...(secret === undefined ? {} : { secret }),
    epoch,
    ...(isIn ? {} : { left: true }),
  };
  void keyring.set(`room/${meta.roomId}`, value).catch(() => undefined);
}

/** Before joining again: what the keyring knows, where this device's own record of the room is damaged or older. */
export async function recall(room: Room): Promise<void> {
  const known = room.host.shared(room.roomId);
  const { secret, secretEpoch } = room.data.meta;
  if (known?.secret === undefined || known.left === true || known.secret === secret) return;
  if (secret !== undefined && secretEpoch >= known.epoch) return;
  await room.turn(({ meta }) => {
    meta.kind = known.kind;
    meta.secret = known.secret;
    meta.secretEpoch = known.epoch;
  });
}

/** Into rooms that the account's other devices are in this one comes as well. */
export function comeAlong(host: SharingHost, keys: readonly KeyringKey[]): void {
  for (const { id, value } of host.keyring.list("room")) {
    if (keys.includes(`room/${id}`) && value.left !== true) void enter(host, roomIdSchema.parse(id), value);
  }
}

async function enter(host: SharingHost, roomId: RoomId, { kind, secret, epoch }: RoomKeyringValue): Promise<void> {
  const room = host.room(roomId) ?? host.roomFor(roomId, newMeta(roomId, ""));
  await room.turn((draft) => {
    const { meta } = draft;
    if (!meta.accepted) accept(draft);
    if (secret !== undefined && epoch >= meta.secretEpoch && draft.group === undefined) {
      meta.secret = secret;
      meta.secretEpoch = epoch;
    }
    if (meta.membership !== "none" || meta.purge) return;
    meta.kind = kind;
    meta.membership = "joining";
  });
  room.kick();
}
