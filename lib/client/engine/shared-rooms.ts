/** The rooms that an account's devices share through its keyring (ENG-29). */

import type { KeyringKey, RoomKeyringValue } from "../../protocol/keyring";
import { roomIdSchema, type RoomId } from "../../protocol/ids";
import { forgetGroup } from "./apply";
import { KeyringFull, type Keyring } from "./keyring";
import { accept, askToLeave } from "./membership";
import { isStoreFull, type Clock } from "./ports";
import { newMeta, type RoomMeta } from "./records";
import type { Room } from "./room";

interface SharingHost {
  readonly keyring: Keyring;
  readonly clock: Pick<Clock, "schedule">;
  all(): Iterable<Room>;
  room(roomId: string): Room | undefined;
  roomFor(roomId: RoomId, meta: RoomMeta): Room;
  storeFull(isFull: boolean): void;
}

/** Until a word of the keyring that could not be followed is looked at again. */
const retryMs = 15_000;

export class SharedRooms {
  #cancel: (() => void) | undefined;

  constructor(private readonly host: SharingHost) {}

  /** What all devices of the account should know of the room, as it stands when the keyring takes it. */
  async remember(room: Room): Promise<void> {
    try {
      await this.host.keyring.update(`room/${room.roomId}`, (held) => wordOf(room, held));
    } catch (error) {
      // Then this device is in a room of its own; saying it again would not help.
      if (!(error instanceof KeyringFull)) throw error;
    }
  }

  /** Into rooms that the account's other devices are in this one comes as well; and stops coming where they have left. */
  comeAlong(keys: readonly KeyringKey[]): void {
    for (const { id, value } of this.host.keyring.list("room")) {
      if (keys.includes(`room/${id}`)) void this.#follow(roomIdSchema.parse(id), value);
    }
  }

  /** At each connection: a tab may have died between what happened to a room and the keyring's word of it, or after that. */
  async look(): Promise<void> {
    const { keyring } = this.host;
    await keyring.sync();
    // A room that could not be told of now is the next time.
    await Promise.allSettled([...this.host.all()].map((room) => this.remember(room)));
    this.#lookAgain();
  }

  close(): void {
    this.#cancel?.();
  }

  #lookAgain(): void {
    for (const { id, value } of this.host.keyring.list("room")) {
      const roomId = roomIdSchema.parse(id);
      if (isOpen(this.host.room(roomId)?.data.meta, value)) void this.#follow(roomId, value);
    }
  }

  /** Never rejects: what does not come about is tried again. */
  async #follow(roomId: RoomId, value: RoomKeyringValue): Promise<void> {
    try {
      if (value.left === true) await stay(this.host, roomId, value);
      else if (!(await enter(this.host, roomId, value))) this.#lookLater();
    } catch (error) {
      if (isStoreFull(error)) this.host.storeFull(true);
      this.#lookLater();
    }
  }

  #lookLater(): void {
    this.#cancel?.();
    this.#cancel = this.host.clock.schedule(retryMs, () => {
      this.#lookAgain();
    });
  }
}

/** Whether the word has not been followed yet. Who has left, or was taken out, comes in again after that only. */
function isOpen(meta: RoomMeta | undefined, { left, asked, epoch }: RoomKeyringValue): boolean {
  if (left === true) return meta?.membership === "joining" || (asked === true && meta?.membership === "joined");
  return meta === undefined || (meta.membership === "none" && epoch > lastEpoch(meta));
}

function wordOf({ data: { meta, group } }: Room, held: RoomKeyringValue | undefined): RoomKeyringValue | undefined {
  const isIn = meta.membership === "joined" && meta.accepted && group !== undefined;
  return isIn ? inWord(meta, held) : leftWord(meta, held);
}

function inWord(meta: RoomMeta, held: RoomKeyringValue | undefined): RoomKeyringValue | undefined {
  // The account has left, and this device has not read that yet: who is invited again finds another secret.
  if (held?.left === true && meta.secret !== undefined && meta.secret === held.secret) return undefined;
  // Another device may have left after what we have seen, or know a newer secret.
  if (held !== undefined && held.epoch > (held.left === true ? meta.newestEpoch : meta.secretEpoch)) return undefined;
  return { ...spoken(meta), epoch: meta.secretEpoch };
}

function leftWord(meta: RoomMeta, held: RoomKeyringValue | undefined): RoomKeyringValue | undefined {
  if (held?.left === true || !meta.hasLeft || meta.membership !== "none") return undefined;
  if (held === undefined) {
    // Declined: another device may have accepted, and will say so before it reads the goodbye.
    return meta.accepted || meta.joinSeq === 0 ? undefined : { ...spoken(meta), epoch: lastEpoch(meta), left: true };
  }
  // Another device has come in again since.
  if (held.epoch > lastEpoch(meta)) return undefined;
  return { ...held, epoch: lastEpoch(meta), left: true };
}

function spoken({ kind, secret }: RoomMeta): Pick<RoomKeyringValue, "kind" | "secret"> {
  return { kind, ...(secret === undefined ? {} : { secret }) };
}

/** Who went before anybody confirmed it was there all the same. */
function lastEpoch({ newestEpoch, leftEpoch }: RoomMeta): number {
  return Math.max(newestEpoch, leftEpoch);
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

/** False while an earlier stay in the room is being forgotten. */
async function enter(host: SharingHost, roomId: RoomId, { kind, secret, epoch }: RoomKeyringValue): Promise<boolean> {
  const room = host.room(roomId) ?? host.roomFor(roomId, newMeta(roomId, ""));
  const isThere = await room.turn((draft) => {
    const { meta } = draft;
    if (!meta.accepted) accept(draft);
    if (secret !== undefined && epoch >= meta.secretEpoch && draft.group === undefined) {
      meta.secret = secret;
      meta.secretEpoch = epoch;
      // A link may be used up by then.
      meta.via = undefined;
    }
    if (meta.membership !== "none") return true;
    if (meta.purge && meta.joinSeq > 0) return false;
    // This device had turned back before it was ever in.
    meta.purge = false;
    meta.kind = kind;
    meta.hasLeft = false;
    meta.membership = "joining";
    return true;
  });
  room.kick();
  return isThere && !room.isForgotten;
}

/**
 * The account has left. Who is there and was not asked by the goodbye leaves as well; who is on the way into a room that lets in members' devices only turns back:
 * nobody is going to open.
 */
async function stay(host: SharingHost, roomId: RoomId, { epoch, asked }: RoomKeyringValue): Promise<void> {
  const room = host.room(roomId);
  if (room === undefined) return;
  await room.turn(async (draft) => {
    const { group } = draft;
    const { membership, kind, via, founding, joinSeq, secretEpoch } = draft.meta;
    if (asked && membership === "joined" && group !== undefined && draft.meta.accepted && epoch >= secretEpoch)
      await askToLeave(draft, group, room.host.identity, { account: true });
    if (membership !== "joining" || kind === "open" || via !== undefined || founding !== undefined) return;
    if ((await draft.get(draft.keys.joining.record)) !== undefined) {
      // What was handed in may be in the order already: then it is left as every other (ENG-10).
      draft.meta.unwanted = true;
      return;
    }
    forgetGroup(draft);
    draft.meta.hasLeft = true;
    // Of a room that this device never was in there is nothing to keep.
    draft.meta.purge = joinSeq === 0;
  });
  room.kick();
}
