/**
 * The client engine: all rooms of one account on one device, over four ports. It holds the secrets; what leaves it
 * is plain data for the page and ciphertext for the server. SPEC section ENG.
 */

import { makeLeaveProof } from "../../crypto/mls/leave";
import { members, ownMember } from "../../crypto/mls/roster";
import { toHex, utf8 } from "../../protocol/bytes";
import { accountIdSchema, roomIdSchema, type MessageId, type RoomId } from "../../protocol/ids";
import { textMaxBytes } from "../../protocol/limits";
import { anchorSource } from "./anchors";
import { ClockGuard } from "./clock-guard";
import { pendingView, type RoomData } from "./draft";
import type { StoredIdentity } from "./identity";
import { refillKeyPackages } from "./key-packages";
import { Keyring } from "./keyring";
import { isDamage, loadRooms, loadTimeline, type LoadedRoom } from "./load";
import {
  isStoreFull,
  type Clock,
  type ConnectionState,
  type FailureCode,
  type Random,
  type Store,
  type Transport,
} from "./ports";
import { decodeRecord, newMeta, pinsPrefix, roomKeys, type RoomKeys } from "./records";
import { Room, type RoomHost } from "./room";
import { enqueue } from "./send";
import {
  failureRate,
  repairCauses,
  unreadableCauses,
  type EngineEvent,
  type HealthReport,
  type MemberDevice,
  type RoomState,
  type RoomView,
  type TimelineItem,
  type Trouble,
} from "./views";

/** What a room's policy, or the state of an account, forbids. */
export type RoomErrorCode =
  | "NOT_ALLOWED"
  | "LAST_ADMIN"
  | "NO_SUCH_ACCOUNT"
  | "ALREADY_MEMBER"
  | "BANNED"
  | "LINK_INVALID"
  | "LINK_EXPIRED"
  | "LINK_USED_UP"
  | "ROOM_CLOSED"
  | "NOT_REACHABLE";
export type EngineErrorCode = FailureCode | RoomErrorCode | "TEXT_TOO_LONG" | "BAD_INPUT" | "STORAGE_FULL";
export type EngineResult<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: { readonly code: EngineErrorCode; readonly retryAfterMs?: number | undefined };
    };

export interface EngineOptions {
  readonly identity: StoredIdentity;
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: (event: EngineEvent) => void;
}

const connectWaitMs = 10_000;
const connectPollMs = 50;
/** How often stock, lifetimes and the clock are looked at. */
const upkeepMs = 60 * 60 * 1000;

export class Engine {
  readonly #options: EngineOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #pins = new Map<string, string>();
  readonly #host: RoomHost;
  readonly #clockGuard: ClockGuard;
  readonly #troubles = new Set<Trouble>();
  #cancelUpkeep: (() => void) | undefined;
  #state: ConnectionState = "connecting";
  #unlisten: (() => void) | undefined;

  private constructor(
    options: EngineOptions,
    /** What this account's devices keep for each other. */
    readonly keyring: Keyring,
  ) {
    this.#options = options;
    this.#clockGuard = new ClockGuard(options.store, options.clock);
    this.#host = {
      ...options,
      anchors: anchorSource(options.store, options.transport),
      pins: this.#pins,
      storeFull: (isFull) => {
        this.#trouble("storage-full", isFull);
      },
      isOnline: () => this.#state === "online",
      changed: (room, upsert, remove) => {
        this.#changed(room, upsert, remove);
      },
    };
  }

  /** Reads everything back from the store and goes on where it was. */
  static async start(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options, await Keyring.load({ ...options, changed: () => undefined }));
    const { store, identity, transport } = options;
    await engine.#loadPins();
    for (const room of await loadRooms({ store, identity, clock: options.clock })) engine.#add(room);
    await engine.#clockGuard.load();
    engine.#unlisten = transport.listen({
      event: (roomId, event) => {
        engine.#rooms.get(roomId)?.live(event);
        if (engine.#troubles.has("clock-behind")) void engine.#lookAtClock(event.at);
      },
      knock: ({ roomId, knock, turn }) => {
        engine.#rooms.get(roomId)?.knocked(knock, turn);
      },
      welcome: (letter) => {
        engine.#rooms.get(letter.roomId)?.letterbox.put(letter);
      },
      // This engine keeps nothing that its account's other devices change.
      account: () => undefined,
      state: (state) => {
        engine.#connection(state);
      },
    });
    return engine;
  }

  get connection(): ConnectionState {
    return this.#state;
  }

  get identity(): StoredIdentity {
    return this.#options.identity;
  }

  /** Stops all rooms; what is under way ends in the store or not at all. */
  async close(): Promise<void> {
    this.#unlisten?.();
    this.#cancelUpkeep?.();
    for (const room of this.#rooms.values()) room.close();
    this.#options.transport.close();
    await Promise.all([...this.#rooms.values()].map((room) => room.settled()));
  }

  rooms(): RoomState[] {
    return [...this.#rooms.values()].map(({ data }) => roomState(data));
  }

  room(roomId: string): RoomView | undefined {
    const room = this.#rooms.get(roomId);
    return room && this.#view(room);
  }

  /** Repeated with the same `roomId` it makes one room. */
  async createRoom(name: string, wanted?: RoomId): Promise<EngineResult<{ roomId: RoomId }>> {
    await this.#connected();
    const roomId = wanted ?? roomIdSchema.parse(toHex(this.#options.random.bytes(16)));
    const created = await this.#options.transport.request("room:create", { id: roomId, kind: "open", name });
    if (!created.ok) return created;
    const joined = await this.join(roomId, name);
    return joined.ok ? { ok: true, value: { roomId } } : joined;
  }

  /** Joins, now or as soon as there is a connection. */
  async join(roomId: RoomId, name?: string): Promise<EngineResult<null>> {
    const known = this.#rooms.get(roomId);
    const told = name ?? known?.data.meta.name ?? (await this.#nameOf(roomId));
    if (typeof told !== "string") return told;
    const data = { meta: newMeta(roomId, told), group: undefined, pending: [], commit: undefined };
    const room = known ?? this.#add({ keys: roomKeys(roomId), data });
    await room.turn((draft) => {
      if (draft.meta.membership === "none") draft.meta.membership = "joining";
    });
    room.kick();
    return ok(null);
  }

  /** Says goodbye in the room, then forgets its keys. What was read stays. */
  async leave(roomId: string): Promise<EngineResult<null>> {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return notFound;
    await room.turn(async (draft) => {
      if (draft.meta.membership !== "joined" || draft.group === undefined) return;
      const proof = await makeLeaveProof(draft.group, this.#options.identity);
      draft.meta.membership = "leaving";
      const body = {
        kind: "leave",
        leafIndex: ownMember(draft.group).leafIndex,
        signature: toHex(proof.signature),
      } as const;
      enqueue(draft, this.#options.random, body, this.#options.clock.now());
    });
    room.kick();
    return ok(null);
  }

  /** Repeated with the same `messageId` it sends one message. */
  async send(roomId: string, text: string, wanted?: MessageId): Promise<EngineResult<{ messageId: string }>> {
    const room = this.#rooms.get(roomId);
    if (room?.data.meta.membership !== "joined") return notFound;
    if (text.trim() === "") return bad("BAD_INPUT");
    if (utf8(text).length > textMaxBytes) return bad("TEXT_TOO_LONG");
    try {
      const messageId = await room.turn(async (draft) => {
        // It may have been left while this waited for its turn.
        if (draft.meta.membership !== "joined") return undefined;
        const isKnown = draft.pending.some((entry) => entry.messageId === wanted);
        if (wanted !== undefined && (isKnown || (await draft.has(draft.keys.usedId(wanted))))) return wanted;
        return enqueue(draft, this.#options.random, { kind: "text", text }, draft.nowMs, wanted);
      });
      room.kick();
      return messageId === undefined ? notFound : ok({ messageId });
    } catch (error) {
      if (!isStoreFull(error)) throw error;
      this.#trouble("storage-full", true);
      return bad("STORAGE_FULL");
    }
  }

  get troubles(): readonly Trouble[] {
    return [...this.#troubles];
  }

  health(): Promise<HealthReport> {
    const metas = [...this.#rooms.values()].map(({ data }) => data.meta);
    const sum = (pick: (health: RoomData["meta"]["health"]) => number | undefined) =>
      metas.reduce((total, { health }) => total + (pick(health) ?? 0), 0);
    const tally = <Cause extends string>(causes: readonly Cause[], of: "unreadable" | "repairs") =>
      Object.fromEntries(causes.map((cause) => [cause, sum((health) => health[of][cause])])) as Record<Cause, number>;
    const received = sum((health) => health.received);
    const unreadable = tally(unreadableCauses, "unreadable");
    return Promise.resolve({
      received,
      unreadable,
      rate: failureRate({ received, unreadable }),
      repairs: tally(repairCauses, "repairs"),
      waiting: [...this.#rooms.values()].reduce((total, room) => total + waitingTexts(room.data), 0),
    });
  }

  /** A message the server refused goes to the outbox again. */
  async retry(roomId: string, messageId: string): Promise<EngineResult<null>> {
    return await this.#withFailed(roomId, messageId, (draft, entry) => {
      const { eventId: _eventId, epoch: _epoch, ...rest } = entry;
      draft.setPending({ ...rest, state: "queued" });
    });
  }

  async discard(roomId: string, messageId: string): Promise<EngineResult<null>> {
    return await this.#withFailed(roomId, messageId, (draft, entry) => {
      draft.dropPending(entry);
    });
  }

  async earlier(
    roomId: string,
    beforeKey: string | undefined,
  ): Promise<EngineResult<{ items: TimelineItem[]; more: boolean }>> {
    const room = this.#rooms.get(roomId);
    const page = await this.#page(roomId, beforeKey);
    if (beforeKey !== undefined) return ok(page);
    const author = { ...pickAuthor(this.#options.identity), keyChanged: false };
    const waiting = (room?.data.pending ?? []).map((entry) => pendingView(entry, author));
    return ok({ ...page, items: [...page.items, ...waiting.filter((item) => item !== undefined)] });
  }

  async #page(roomId: string, beforeKey: string | undefined) {
    const room = this.#rooms.get(roomId);
    const load = () => loadTimeline(this.#options.store, room?.keys ?? roomKeys(roomId), beforeKey);
    try {
      return await load();
    } catch (error) {
      if (room === undefined || !isDamage(error)) throw error;
      await room.salvage();
      return await load();
    }
  }

  async markRead(roomId: string): Promise<EngineResult<null>> {
    const room = this.#rooms.get(roomId);
    if (room !== undefined && room.data.meta.unread > 0) {
      await room.turn((draft) => {
        draft.meta.unread = 0;
      });
    }
    return ok(null);
  }

  async signOut(): Promise<EngineResult<null>> {
    return await this.#options.transport.signOut();
  }

  /** Resolves when no room has anything under way; for scenarios and shutdown. */
  async settled(): Promise<void> {
    await Promise.all([...this.#rooms.values()].map((room) => room.settled()));
  }

  /** Where a room's records are, for scenarios that look inside. */
  keysOf(roomId: string): RoomKeys | undefined {
    return this.#rooms.get(roomId)?.keys;
  }

  /** The room's data, for scenarios that look inside. */
  inspect(roomId: string): RoomData | undefined {
    return this.#rooms.get(roomId)?.data;
  }

  async #withFailed(
    roomId: string,
    messageId: string,
    act: (draft: Parameters<Parameters<Room["turn"]>[0]>[0], entry: RoomData["pending"][number]) => void,
  ): Promise<EngineResult<null>> {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return notFound;
    await room.turn((draft) => {
      const entry = draft.pending.find((one) => one.messageId === messageId && one.state === "failed");
      if (entry !== undefined) act(draft, entry);
    });
    room.kick();
    return ok(null);
  }

  /** An open room we have not met: its name is the server's word until the signed policy is read. */
  async #nameOf(roomId: RoomId): Promise<string | Extract<EngineResult<null>, { ok: false }>> {
    await this.#connected();
    const entered = await this.#options.transport.request("room:enter", { roomId });
    if (!entered.ok) return entered;
    return entered.value.room.kind === "open" ? entered.value.room.name : notFound;
  }

  /** A page that has just opened is still connecting: who asks then means "when you can", for a while. */
  async #connected(): Promise<void> {
    const until = this.#options.clock.now() + connectWaitMs;
    while (this.#state === "connecting" && this.#options.clock.now() < until) {
      await new Promise<void>((resolve) => void this.#options.clock.schedule(connectPollMs, resolve));
    }
  }

  /** A pin that cannot be read is one that was never made: its name is met for the first time again. */
  async #loadPins(): Promise<void> {
    const { store } = this.#options;
    for (const key of await store.keys(pinsPrefix)) {
      try {
        const value = await store.get(key);
        if (value !== undefined)
          this.#pins.set(key.slice(pinsPrefix.length), decodeRecord(accountIdSchema, key, value));
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
    }
  }

  #add({ keys, data }: LoadedRoom): Room {
    const room = new Room(this.#host, keys, data);
    this.#rooms.set(data.meta.roomId, room);
    return room;
  }

  #connection(state: ConnectionState): void {
    this.#state = state;
    this.#options.emit({ type: "connection", state });
    for (const room of this.#rooms.values()) {
      if (state === "online") room.kick();
      else room.disconnected();
    }
    if (state === "online") void this.#upkeep();
  }

  /** What a device does from time to time; whatever fails is done the next time. */
  async #upkeep(): Promise<void> {
    const { store, transport, clock, identity } = this.#options;
    this.#cancelUpkeep?.();
    this.#cancelUpkeep = clock.schedule(upkeepMs, () => void this.#upkeep());
    try {
      if (this.#state === "online") await this.keyring.sync();
      const isBehind = await this.#lookAtClock();
      if (!isBehind && this.#state === "online") await refillKeyPackages(store, transport, clock, identity);
    } catch (error) {
      if (isStoreFull(error)) this.#trouble("storage-full", true);
    }
  }

  async #lookAtClock(serverMs?: number): Promise<boolean> {
    if (serverMs !== undefined) await this.#clockGuard.compare(serverMs);
    const isBehind = await this.#clockGuard.look();
    this.#trouble("clock-behind", isBehind);
    return isBehind;
  }

  #trouble(trouble: Trouble, isThere: boolean): void {
    if (this.#troubles.has(trouble) === isThere) return;
    if (isThere) this.#troubles.add(trouble);
    else this.#troubles.delete(trouble);
    this.#options.emit({ type: "troubles", troubles: this.troubles });
  }

  #changed(room: Room, upsert: readonly TimelineItem[], remove: readonly string[]): void {
    const { emit } = this.#options;
    if (upsert.length > 0 || remove.length > 0) emit({ type: "timeline", roomId: room.roomId, upsert, remove });
    emit({ type: "room", room: this.#view(room) });
    emit({ type: "rooms", rooms: this.rooms() });
  }

  #view(room: Room): RoomView {
    const { meta, group } = room.data;
    const { identity } = this.#options;
    const accounts = new Map<string, { username: string; accountId: string; devices: MemberDevice[] }>();
    for (const { username, accountId, deviceId } of group === undefined ? [] : members(group)) {
      const account = accounts.get(accountId) ?? { username, accountId, devices: [] };
      account.devices.push({ deviceId, own: accountId === identity.accountId && deviceId === identity.deviceId });
      accounts.set(accountId, account);
    }
    return {
      roomId: meta.roomId,
      name: meta.name,
      kind: "open",
      topic: "",
      membership: meta.membership,
      confirmed: meta.confirmed,
      closed: false,
      role: "member",
      invite: "members",
      timerMs: null,
      members: [...accounts.values()].map((account) => ({
        ...account,
        role: "member",
        deviceCount: account.devices.length,
        keyChanged: (this.#pins.get(account.username) ?? account.accountId) !== account.accountId,
        accepted: true,
      })),
      links: [],
      bans: [],
      may: { invite: false, govern: false, leave: true },
      waiting: waitingTexts(room.data),
    };
  }
}

function waitingTexts({ pending }: RoomData): number {
  return pending.filter((entry) => entry.body.kind === "text").length;
}

function roomState({ meta }: RoomData): RoomState {
  const { roomId, name, membership, unread, lastText, lastAt } = meta;
  const open = { kind: "open", mentions: 0, muted: false, favourite: false, closed: false } as const;
  return { roomId, name, membership, unread, lastText, lastAt, ...open };
}

function pickAuthor({ username, accountId }: StoredIdentity) {
  return { username, accountId };
}

function ok<T>(value: T): EngineResult<T> {
  return { ok: true, value };
}

function bad(code: EngineErrorCode): Extract<EngineResult<null>, { ok: false }> {
  return { ok: false, error: { code } };
}

const notFound = bad("NOT_FOUND");
