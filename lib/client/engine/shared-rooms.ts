/** The rooms that an account's devices share through its keyring (ENG-29). */

import type { KeyringKey, RoomKeyringValue } from "../../protocol/keyring";
import { roomIdSchema, type RoomId } from "../../protocol/ids";
import { forgetGroup } from "./apply";
import type { Keyring } from "./keyring";
import { accept } from "./membership";
import { newMeta, type RoomMeta } from "./records";
import type { Room } from "./room";

interface SharingHost {
  readonly keyring: Keyring;
  room(roomId: string): Room | undefined;
  roomFor(roomId: RoomId, meta: RoomMeta): Room;
}

/** What all devices of the account should know of the room, as it stands when the keyring takes it. */
export function remember(keyring: Keyring, room: Room): void {
  void keyring.update(`room/${room.roomId}`, (held) => wordOf(room, held)).catch(() => undefined);
}

function wordOf({ data: { meta, group } }: Room, held: RoomKeyringValue | undefined): RoomKeyringValue | undefined {
  const isIn = meta.membership === "joined" && meta.accepted && group !== undefined;
  return isIn ? inWord(meta, held) : leftWord(meta, held);
}

function inWord(meta: RoomMeta, held: RoomKeyringValue | undefined): RoomKeyringValue | undefined {
  // The account has left, and this device has not read that yet: who is invited again finds another secret.
  if (held?.left === true && meta.secret !== undefined && meta.secret === held.secret) return undefined;
  // Another device may have left after what we have seen, or know a newer secret.
  if (held !== undefined && held.epoch > (held.left === true ? lastEpoch(meta) : meta.secretEpoch)) return undefined;
  return { kind: meta.kind, ...(meta.secret === undefined ? {} : { secret: meta.secret }), epoch: meta.secretEpoch };
}

function leftWord(meta: RoomMeta, held: RoomKeyringValue | undefined): RoomKeyringValue | undefined {
  if (held === undefined || held.left === true || !meta.hasLeft || meta.membership !== "none") return undefined;
  // Another device has come in again since.
  if (held.epoch > lastEpoch(meta)) return undefined;
  return { ...held, epoch: lastEpoch(meta), left: true };
}

/** In which this device knows itself: who went before anybody confirmed it was there all the same. */
function lastEpoch({ newestEpoch, secretEpoch }: RoomMeta): number {
  return Math.max(newestEpoch, secretEpoch);
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

/** Into rooms that the account's other devices are in this one comes as well; and stops coming where they have left. */
export function comeAlong(host: SharingHost, keys: readonly KeyringKey[]): void {
  for (const { id, value } of host.keyring.list("room")) {
    if (!keys.includes(`room/${id}`)) continue;
    const roomId = roomIdSchema.parse(id);
    void (value.left === true ? stay(host, roomId) : enter(host, roomId, value));
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
    meta.hasLeft = false;
    meta.membership = "joining";
  });
  room.kick();
}

/** On the way into a room that lets in members' devices only, after the account has left: nobody is going to open. */
async function stay(host: SharingHost, roomId: RoomId): Promise<void> {
  const room = host.room(roomId);
  if (room === undefined) return;
  await room.turn((draft) => {
    const { membership, kind, via, founding, joinSeq } = draft.meta;
    if (membership !== "joining" || kind === "open" || via !== undefined || founding !== undefined) return;
    forgetGroup(draft);
    draft.meta.hasLeft = true;
    // Of a room that this device never was in there is nothing to keep.
    draft.meta.purge = joinSeq === 0;
  });
  room.kick();
}
