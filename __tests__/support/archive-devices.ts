/** Devices of one account that read lines and archive them, over the real rules of the server and no MLS. */

import { Archive } from "@/lib/client/engine/history/archive";
import type { FileHost } from "@/lib/client/engine/history/file";
import type { HistoryHost } from "@/lib/client/engine/history/history";
import { Later } from "@/lib/client/engine/history/later";
import { Keyring } from "@/lib/client/engine/keyring";
import { loadRooms } from "@/lib/client/engine/load";
import type { Outcome, Store, Transport } from "@/lib/client/engine/ports";
import { newMeta, roomKeys, timelineItemSchema, decodeRecord, type RoomMeta } from "@/lib/client/engine/records";
import { Room } from "@/lib/client/engine/room";
import type { RoomHost } from "@/lib/client/engine/room-host";
import { noteSaid } from "@/lib/client/engine/said-ids";
import type { StoredIdentity } from "@/lib/client/engine/identity";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { openHistory } from "@/lib/crypto/account/archive";
import { randomBytes } from "@/lib/crypto/random";
import { decodeArchiveChunk, type ArchiveSection } from "@/lib/protocol/archive";
import { toHex } from "@/lib/protocol/bytes";
import { messageIdSchema, roomIdSchema, type RoomId } from "@/lib/protocol/ids";
import type { Answer, Request, RequestName } from "@/lib/protocol/schemas/socket";

import type { Host } from "./world/host";

export const roomA = roomIdSchema.parse("0a".repeat(16));
export const roomB = roomIdSchema.parse("0b".repeat(16));
export const bob = { username: "bob", accountId: "b0".repeat(32) };

/** Stands for the message of an event: the same on every device that reads it. */
export function messageIdAt(roomId: RoomId, seq: number) {
  return messageIdSchema.parse(roomId.slice(0, 16) + seq.toString(16).padStart(16, "0"));
}

/** One account at the real services. */
export class ArchiveAccount {
  readonly accountSecret = randomBytes(32);
  readonly accountId = toHex(randomBytes(32));
  #devices = 0;

  constructor(readonly host: Host) {}

  /** The next device's identity; no key of it is used here. */
  async identity(): Promise<StoredIdentity> {
    this.#devices += 1;
    const bytes = randomBytes(32);
    const identity = {
      username: `u${this.accountId.slice(0, 12)}`,
      accountId: this.accountId,
      deviceId: toHex(bytes.subarray(0, 16)),
      accountCertificate: bytes,
      deviceCertificate: bytes,
      publicKey: bytes,
      secretKey: bytes,
      serverPublicKey: "",
      vaultVersion: 1,
      accountSecret: { bytes: this.accountSecret, number: 0, without: [] },
    } as StoredIdentity;
    await this.host.admit(identity, new Date());
    return identity;
  }

  async device(options: Partial<DeviceOptions> = {}): Promise<ArchiveDevice> {
    const identity = options.identity ?? (await this.identity());
    return await ArchiveDevice.open(this, { store: new MemoryStore(), ...options, identity });
  }
}

/** What may stand between a device and the server; `undefined` passes the request on. */
export type Between = (name: RequestName, payload: unknown) => Promise<unknown> | undefined;

export interface DeviceOptions {
  readonly identity: StoredIdentity;
  readonly store: Store;
  readonly between: Between;
}

export class ArchiveDevice {
  readonly restored: string[] = [];
  readonly rooms = new Map<string, Room>();
  later!: Later;
  archive!: Archive;

  private constructor(
    readonly account: ArchiveAccount,
    readonly identity: StoredIdentity,
    readonly store: Store,
    readonly keyring: Keyring,
    private readonly between: Between | undefined,
  ) {}

  static async open(
    account: ArchiveAccount,
    { identity, store, between }: Pick<DeviceOptions, "identity" | "store"> & Partial<DeviceOptions>,
  ): Promise<ArchiveDevice> {
    const { keyrings } = account.host.services;
    const opened: { device?: ArchiveDevice } = {};
    const keyring = await Keyring.load({
      identity,
      store,
      clock: { now: () => Date.now() },
      transport: {
        fetchKeyring: async () => ({ ok: true, value: await keyrings.fetch(identity.accountId) }),
        putKeyring: async (version, sealed) => {
          try {
            await keyrings.put(identity.accountId, version, sealed);
            return { ok: true, value: null };
          } catch {
            return { ok: false, error: { code: "VERSION_CONFLICT" } };
          }
        },
      },
      changed: (keys) => {
        if (keys.includes("archive") || keys.includes("generation")) opened.device?.archive.look();
      },
    });
    const device = new ArchiveDevice(account, identity, store, keyring, between);
    for (const { keys, data } of await loadRooms({ ...device.#roomHost, identity })) {
      device.rooms.set(data.meta.roomId, new Room(device.#roomHost, keys, data));
    }
    device.later = await Later.load(device.host);
    device.archive = await Archive.load(device.host, device.later);
    opened.device = device;
    return device;
  }

  /** Comes online, reads and writes until nothing is left. */
  async connect(): Promise<void> {
    await this.keyring.sync();
    this.archive.connected();
    await this.archive.settled();
  }

  /** Reads and writes what is due. */
  async settle(): Promise<void> {
    await this.archive.settled();
    this.archive.look();
    await this.archive.settled();
  }

  /** A message of the room's order is read; every second one is our own. */
  async read(roomId: RoomId, seq: number, change: { readonly text?: string; readonly timerMs?: number } = {}) {
    const room = this.room(roomId);
    const author = seq % 2 === 0 ? bob : this.identity;
    await room.turn((draft) => {
      if (draft.meta.joinSeq === 0) draft.meta.joinSeq = seq;
      draft.meta.cursor = seq;
      const text = change.text ?? `message ${String(seq)}`;
      draft.line(seq, {
        kind: "message",
        at: 1000 + seq,
        messageId: messageIdAt(roomId, seq),
        author: draft.author(author),
        own: author.accountId === this.identity.accountId,
        text,
        state: "received",
      });
      noteSaid(draft, { messageId: messageIdAt(roomId, seq), accountId: author.accountId });
      if (change.timerMs !== undefined) {
        const key = `${String(seq).padStart(12, "0")}.0`;
        draft.put(draft.keys.expiry(5000 + change.timerMs, key), new Uint8Array([1]));
      }
    });
    this.archive.noteRead(room);
  }

  /** Is in the room, whose order stands at `head`. */
  async follow(roomId: RoomId, joinSeq: number, head: number): Promise<void> {
    const room = this.room(roomId);
    await room.turn(({ meta }) => {
      meta.membership = "joined";
      meta.joinSeq = joinSeq;
      meta.cursor = Math.max(meta.cursor, joinSeq);
    });
    room.head = head;
  }

  /** A message of the order that this device has no key for. */
  async cannotRead(roomId: RoomId, seq: number): Promise<void> {
    await this.room(roomId).turn((draft) => {
      if (draft.meta.joinSeq === 0) draft.meta.joinSeq = seq;
      draft.meta.cursor = seq;
      draft.unreadable(seq, 1000 + seq, "before-you-joined");
    });
    this.archive.noteRead(this.room(roomId));
  }

  room(roomId: RoomId): Room {
    return this.rooms.get(roomId) ?? this.#add(roomId, newMeta(roomId, "Room"));
  }

  /** All lines of a room, in order: texts of messages, and what else there is by its kind. */
  async lines(roomId: RoomId): Promise<string[]> {
    const { keys } = this.room(roomId);
    return (await this.store.list(keys.timelinePrefix)).map(({ key, value }) => {
      const item = decodeRecord(timelineItemSchema, key, value);
      return item.kind === "message" ? item.text : item.kind;
    });
  }

  #add(roomId: RoomId, meta: RoomMeta): Room {
    const data = { meta, group: undefined, pending: [], commit: undefined };
    const room = new Room(this.#roomHost, roomKeys(roomId), data);
    this.rooms.set(roomId, room);
    return room;
  }

  /** What archive and files need of an engine. */
  get host(): FileHost & HistoryHost {
    return {
      identity: this.identity,
      store: this.store,
      random: { bytes: randomBytes },
      clock: this.#roomHost.clock,
      keyring: this.keyring,
      transport: { request: (name, payload) => this.#request(name, payload) },
      isOnline: () => true,
      storeFull: () => undefined,
      all: () => [...this.rooms.values()],
      room: (roomId) => this.rooms.get(roomId),
      roomFor: (roomId, meta) => this.rooms.get(roomId) ?? this.#add(roomId, meta),
      restored: ({ roomId }) => void this.restored.push(roomId),
      later: this.later,
      archive: this.archive,
    };
  }

  async #request<Name extends RequestName>(name: Name, payload: Request<Name>): Promise<Outcome<Answer<Name>>> {
    const forged = this.between?.(name, payload);
    const answer = forged === undefined ? this.account.host.request(this.identity, name, payload) : forged;
    return (await answer) as Outcome<Answer<Name>>;
  }

  readonly #pins = new Map<string, string>();

  get #roomHost(): RoomHost {
    const unused = () => {
      throw new Error("rooms of this test are not connected");
    };
    return {
      identity: this.identity,
      store: this.store,
      transport: { request: unused } as unknown as Transport,
      // Nothing happens by itself here.
      clock: { now: () => 5000, schedule: () => () => undefined },
      random: { bytes: randomBytes },
      anchors: unused,
      revocations: unused as unknown as RoomHost["revocations"],
      trust: unused as unknown as RoomHost["trust"],
      builds: unused as unknown as RoomHost["builds"],
      keyLog: unused as unknown as RoomHost["keyLog"],
      pins: this.#pins,
      shared: () => undefined,
      hasLeft: () => undefined,
      isOnline: () => false,
      storeFull: () => undefined,
      changed: () => undefined,
      remember: () => Promise.resolve(),
      forgotten: ({ roomId }) => {
        this.rooms.delete(roomId);
      },
    };
  }
}

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
export const texts = (from: number, to: number) => range(from, to).map((seq) => `message ${String(seq)}`);

export async function readAll(device: ArchiveDevice, from: number, to: number, roomId = roomA): Promise<void> {
  for (const seq of range(from, to)) await device.read(roomId, seq);
}

/** Everything the server keeps of the account, opened with its secret. */
export async function archived({ account, identity }: ArchiveDevice, generation = 1): Promise<ArchiveSection[]> {
  const { accountId } = identity;
  const { archives } = account.host.services;
  const { number: newest } = await archives.state(accountId);
  const sections: ArchiveSection[] = [];
  for (const number of range(1, newest)) {
    const { revision, sealed } = await archives.fetch(accountId, generation, number);
    const place = { in: "archive", accountId, generation, number, revision } as const;
    const plain = await openHistory(account.accountSecret, place, sealed);
    sections.push(...((plain && decodeArchiveChunk(plain))?.sections ?? []));
  }
  return sections;
}

export async function archivedTexts(device: ArchiveDevice, generation?: number): Promise<string[]> {
  const sections = await archived(device, generation);
  return sections.flatMap(({ lines }) => lines.map((line) => (line.kind === "message" ? line.text : line.kind)));
}
