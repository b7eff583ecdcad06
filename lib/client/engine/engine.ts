/**
 * The client engine: all rooms of one account on one device, over four ports. It holds the secrets; what leaves it
 * is plain data for the page and ciphertext for the server. SPEC section ENG.
 */

import type { AccountSecret } from "../../crypto/account/account-secret";
import type { MessageId, RoomId } from "../../protocol/ids";
import type { RoomData } from "./draft";
import { DirectRooms, successorOf } from "./direct-rooms";
import { Govern } from "./govern";
import type { GovernHost } from "./govern-host";
import type { StoredIdentity } from "./identity";
import { Invitations, type InvitationHost } from "./invitations";
import { Keyring } from "./keyring";
import { History, type HistoryHost } from "./history/history";
import type { KeyLog } from "./log/key-log";
import { isHearsay } from "./log/records";
import { acceptMissing } from "./log/rely";
import { markRead, settleAlarm } from "./looked-at";
import { createRoom, joinRoom } from "./open-rooms";
import { loadRooms, type LoadedRoom } from "./load";
import { People } from "./people";
import type { Clock, ConnectionState, Random, Store, Transport } from "./ports";
import { roomKeys, type RoomKeys, type RoomMeta } from "./records";
import { notFound, ok, type EngineResult } from "./results";
import { takeRenewal } from "./renewals";
import { Room } from "./room";
import { say, sayAgain, unsay } from "./say";
import { roomState, roomView, type ViewContext } from "./room-view";
import { SharedRooms } from "./shared-rooms";
import { believedMarks } from "./trust/believed-marks";
import { Verification } from "./trust/verification";
import { healthOf } from "./health";
import type { KeyringKey, KeyringMap } from "../../protocol/keyring";
import { retireMarked } from "./retire";
import { timelinePage } from "./timeline-pages";
import { Upkeep, type UpkeepHost } from "./upkeep";
import type { EngineEvent, HealthReport, RoomState, RoomView, TimelineItem, Trouble } from "./views";

export interface EngineOptions {
  readonly identity: StoredIdentity;
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: (event: EngineEvent) => void;
  /** Hash of the build that this code is; `undefined`: it cannot say. */
  readonly build?: string | undefined;
}

const connectWaitMs = 10_000;
const connectPollMs = 50;

export class Engine {
  readonly #options: EngineOptions;
  /** Its certificate is renewed now and then; the device and its key stay. */
  #identity: StoredIdentity;
  readonly #rooms = new Map<string, Room>();
  readonly #host: GovernHost & InvitationHost & HistoryHost & UpkeepHost;
  readonly #invitations: Invitations;
  readonly #directRooms: DirectRooms;
  readonly #sharedRooms: SharedRooms;
  readonly #people: People;
  /** What a person does with rooms that have a policy. */
  readonly govern: Govern;
  /** What a person finds out about others' keys. */
  readonly verification: Verification;
  #history: History | undefined;
  readonly #upkeep: Upkeep;
  #state: ConnectionState = "connecting";
  #unlisten: (() => void) | undefined;

  private constructor(
    options: EngineOptions,
    /** What this account's devices keep for each other. */
    readonly keyring: Keyring,
  ) {
    this.#options = options;
    this.#identity = options.identity;
    const currentIdentity = () => this.#identity;
    const people = new People({
      ...options,
      keyring,
      identity: currentIdentity,
      isOnline: () => this.#state === "online",
      rooms: () => this.#rooms.values(),
      judgedAnew: () => {
        this.#judgedAnew();
      },
      logChanged: () => {
        this.#logChanged();
      },
    });
    this.#people = people;
    this.#host = {
      ...options,
      anchors: people.anchors,
      revocations: people.revocations,
      trust: people.trust,
      keyLog: people.keyLog,
      builds: people.builds,
      pins: people.pins,
      get identity() {
        return currentIdentity();
      },
      storeFull: (isFull) => {
        this.#upkeep.note("storage-full", isFull);
      },
      isOnline: () => this.#state === "online",
      changed: (room, upsert, remove) => {
        this.#changed(room, upsert, remove);
      },
      remember: (room) => this.#sharedRooms.remember(room),
      forgotten: (room) => {
        this.#forgotten(room);
      },
      restored: ({ roomId }) => {
        options.emit({ type: "restored", roomId });
      },
      hasLeft: () => {
        this.#invitations.look();
      },
      keyring,
      shared: (roomId) => keyring.get(`room/${roomId}`),
      all: () => [...this.#rooms.values()],
      room: (roomId) => this.#rooms.get(roomId),
      roomFor: (roomId, meta) => this.#roomFor(roomId, meta),
      connected: () => this.#connected(),
      keyringRead: () => {
        this.#history?.connected();
        void this.govern.heedBlocks().catch(() => undefined);
      },
      troubled: (troubles) => {
        options.emit({ type: "troubles", troubles });
      },
    };
    this.#invitations = new Invitations(this.#host);
    this.#directRooms = new DirectRooms(this.#host);
    this.#sharedRooms = new SharedRooms(this.#host);
    this.#upkeep = new Upkeep(this.#host, this.#sharedRooms);
    this.govern = new Govern(this.#host);
    this.verification = new Verification(this.#host);
  }

  /** Reads everything back from the store and goes on where it was. */
  static async start(options: EngineOptions): Promise<Engine> {
    const started: { engine?: Engine } = {};
    const changed = (keys: readonly KeyringKey[], isOwn: boolean) => {
      if (started.engine !== undefined) started.engine.#keyringChanged(keys, isOwn);
    };
    const { accountId } = options.identity;
    const givenUp = () => (started.engine === undefined ? [] : started.engine.#people.revocations.ofAccount(accountId));
    const renew = async (renewal: Uint8Array, held: AccountSecret | undefined) => {
      const accountSecret = await takeRenewal(options, renewal, held);
      const { engine } = started;
      if (accountSecret !== undefined && engine !== undefined) {
        engine.#identity = { ...engine.#identity, accountSecret };
        // It names devices that were given up: they vouch no more (VER-07).
        engine.#people.judgeAnew();
      }
      return accountSecret;
    };
    const believed = (entries: KeyringMap, held: KeyringMap) => believedMarks(options.identity, entries, held);
    const engine = new Engine(options, await Keyring.load({ ...options, changed, believed, givenUp, renew }));
    started.engine = engine;
    const { store, identity, transport } = options;
    await engine.#people.load();
    await retireMarked(store);
    for (const room of await loadRooms({ store, identity, clock: options.clock })) engine.#add(room);
    engine.#history = await History.load(engine.#host);
    await engine.#upkeep.load();
    engine.#logChanged();
    engine.#unlisten = transport.listen({
      event: (roomId, event) => {
        engine.#rooms.get(roomId)?.live(event);
        engine.#upkeep.heard(event.at);
      },
      knock: ({ roomId, knock, turn }) => {
        engine.#rooms.get(roomId)?.knocked(knock, turn);
      },
      welcome: (letter) => {
        engine.#rooms.get(letter.roomId)?.letterbox.put(letter);
        if (letter.id !== undefined) engine.#invitations.look();
      },
      account: (what) => {
        if (what === "keyring") void engine.keyring.sync().catch(() => undefined);
      },
      revoked: (revocation) => void engine.#people.revocations.hear(revocation),
      state: (state) => {
        engine.#connection(state);
      },
    });
    return engine;
  }

  /** What this account has read: its archive, and files of it. */
  get history(): History {
    if (this.#history === undefined) throw new Error("the engine has not started");
    return this.#history;
  }

  get connection(): ConnectionState {
    return this.#state;
  }

  get identity(): StoredIdentity {
    return this.#identity;
  }

  /** A renewed certificate goes into each room with the next self-update (DEV-04). */
  renew(identity: StoredIdentity): void {
    if (identity.deviceId !== this.#identity.deviceId) throw new RangeError("not this device");
    this.#identity = identity;
    this.#people.judgeAnew();
    void this.keyring.use(identity.accountSecret);
  }

  /** Stops all rooms; what is under way ends in the store or not at all. */
  async close(): Promise<void> {
    this.#state = "offline";
    this.#unlisten?.();
    this.#upkeep.close();
    this.#people.close();
    this.#sharedRooms.close();
    for (const room of this.#rooms.values()) room.close();
    this.history.close();
    this.#options.transport.close();
    await this.history.settled();
    await this.#directRooms.settled();
    await Promise.all([...this.#rooms.values()].map((room) => room.settled()));
  }

  rooms(): RoomState[] {
    const context = this.#viewContext();
    const shown = [...this.#rooms.values()].filter((room) => successorOf(room, this.#host) === undefined);
    return shown.map(({ data }) => roomState(data, context));
  }

  room(roomId: string): RoomView | undefined {
    const room = this.#rooms.get(roomId);
    return room && this.#view(room);
  }

  /** Repeated with the same `wanted` it makes one room. */
  async createRoom(name: string, wanted?: RoomId): Promise<EngineResult<{ roomId: RoomId }>> {
    return await createRoom(this.#host, name, wanted);
  }

  /** Joins, now or as soon as there is a connection. */
  async join(roomId: RoomId, name?: string): Promise<EngineResult<null>> {
    return await joinRoom(this.#host, roomId, name);
  }

  /** Says goodbye in the room, then forgets its keys. What was read stays. */
  leave(roomId: string): Promise<EngineResult<null>> {
    return this.govern.leave(roomId);
  }

  /** Repeated with the same `messageId` it sends one message. */
  async send(roomId: string, text: string, wanted?: MessageId): Promise<EngineResult<{ messageId: string }>> {
    const named = this.#rooms.get(roomId);
    const room = (named && successorOf(named, this.#host)) ?? named;
    return room === undefined ? notFound : await say(room, text, wanted);
  }

  /** The transparency log as this device sees it. */
  get keyLog(): KeyLog {
    return this.#people.keyLog;
  }

  /** A person talks to this account in spite of what the log lacks of it now. */
  async acceptUnlogged(accountId: string): Promise<EngineResult<null>> {
    const groups = [...this.#rooms.values()].map(({ data }) => data.group);
    await acceptMissing(accountId, groups, this.#host);
    return ok(null);
  }

  get troubles(): readonly Trouble[] {
    return this.#upkeep.troubles;
  }

  health(): Promise<HealthReport> {
    return Promise.resolve(healthOf([...this.#rooms.values()]));
  }

  /** A message the server refused goes to the outbox again. */
  async retry(roomId: string, messageId: string): Promise<EngineResult<null>> {
    return await sayAgain(this.#rooms.get(roomId), messageId);
  }

  async discard(roomId: string, messageId: string): Promise<EngineResult<null>> {
    return await unsay(this.#rooms.get(roomId), messageId);
  }

  async earlier(
    roomId: string,
    beforeKey: string | undefined,
  ): Promise<EngineResult<{ items: TimelineItem[]; more: boolean }>> {
    return ok(await timelinePage(this.#options.store, roomId, this.#rooms.get(roomId), beforeKey));
  }

  async markRead(roomId: string): Promise<EngineResult<null>> {
    const room = this.#rooms.get(roomId);
    if (room !== undefined) await markRead(room);
    return ok(null);
  }

  /** A person has seen what the transcript showed. Its lines stay. */
  async settleAlarm(roomId: string): Promise<EngineResult<null>> {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return notFound;
    await settleAlarm(room);
    return ok(null);
  }

  async signOut(): Promise<EngineResult<null>> {
    return await this.#options.transport.signOut();
  }

  /** Whether letters of the inbox are being opened, for scenarios that wait. */
  get readsInbox(): boolean {
    return this.#invitations.isReading;
  }

  /** Resolves when no room has anything under way; for scenarios and shutdown. */
  async settled(): Promise<void> {
    await this.#invitations.settled();
    await this.history.settled();
    await this.#directRooms.settled();
    await Promise.all([...this.#rooms.values()].map((room) => room.settled()));
  }

  /** Where a room's records are, for scenarios that look inside. */
  keysOf(roomId: string): RoomKeys | undefined {
    return this.#rooms.get(roomId)?.keys;
  }

  /** The room itself, for scenarios in which a member's software does not keep to the rules. */
  unsafeRoom(roomId: string): Room | undefined {
    return this.#rooms.get(roomId);
  }

  /** The room's data, for scenarios that look inside. */
  inspect(roomId: string): RoomData | undefined {
    return this.#rooms.get(roomId)?.data;
  }

  /** A page that has just opened is still connecting: who asks then means "when you can", for a while. */
  async #connected(): Promise<void> {
    const until = this.#options.clock.now() + connectWaitMs;
    while (this.#state === "connecting" && this.#options.clock.now() < until) {
      await new Promise<void>((resolve) => void this.#options.clock.schedule(connectPollMs, resolve));
    }
  }

  #add({ keys, data }: LoadedRoom): Room {
    const room = new Room(this.#host, keys, data);
    this.#rooms.set(data.meta.roomId, room);
    room.armExpiry();
    return room;
  }

  #connection(state: ConnectionState): void {
    this.#state = state;
    this.#options.emit({ type: "connection", state });
    for (const room of this.#rooms.values()) {
      if (state === "online") room.kick();
      else room.disconnected();
    }
    if (state !== "online") return;
    this.#invitations.look();
    this.#directRooms.look();
    // Who was invited comes in where the invitation says, and reads on from there; whom the keyring brings begins now.
    void this.#invitations.settled().then(() => (this.#state === "online" ? this.#upkeep.run() : undefined));
  }

  #changed(room: Room, upsert: readonly TimelineItem[], remove: readonly string[]): void {
    const { emit } = this.#options;
    void this.#sharedRooms.remember(room).catch(() => undefined);
    if (upsert.length > 0) this.#history?.noteRead(room);
    if (upsert.length > 0 || remove.length > 0) emit({ type: "timeline", roomId: room.roomId, upsert, remove });
    emit({ type: "room", room: this.#view(room) });
    emit({ type: "rooms", rooms: this.rooms() });
    if (room.data.meta.kind === "direct") this.#directRooms.look();
  }

  #viewContext(): ViewContext {
    return {
      identity: this.#options.identity,
      keyring: this.keyring,
      pins: this.#people.pins,
      trust: this.#people.trust,
      keyLog: this.#people.keyLog,
      builds: this.#people.builds,
    };
  }

  #view(room: Room): RoomView {
    return { ...roomView(room.data, this.#viewContext()), movedTo: successorOf(room, this.#host)?.roomId };
  }

  #keyringChanged(keys: readonly KeyringKey[], isOwn: boolean): void {
    // Where we said so ourselves we are, or have gone again since.
    if (!isOwn) this.#sharedRooms.comeAlong(keys);
    if (keys.includes("archive") || keys.includes("generation")) this.#history?.look();
    void this.govern.heedBlocks(keys).catch(() => undefined);
    if (keys.some((key) => key.startsWith("verified/"))) this.#people.judgeAnew();
    this.#options.emit({ type: "rooms", rooms: this.rooms() });
  }

  /** What waited may go now, what was on its way may have to wait, and every name has its mark anew. */
  #judgedAnew(): void {
    this.#lookAgain();
    this.#options.emit({ type: "rooms", rooms: this.rooms() });
  }

  /** What waited for a proof may go now; who is missing is shown. */
  #logChanged(): void {
    const { keyLog } = this.#people;
    const open = keyLog.alarms.filter(({ settled }) => !settled);
    this.#upkeep.note("key-log", !open.every(isHearsay));
    this.#upkeep.note("key-log-told", open.some(isHearsay));
    this.#upkeep.note("new-device", keyLog.arrivals.length > 0);
    this.#upkeep.note("lost-device", keyLog.removals.length > 0);
    this.#lookAgain();
  }

  #lookAgain(): void {
    for (const room of this.#rooms.values()) {
      room.kick();
      this.#options.emit({ type: "room", room: this.#view(room) });
    }
  }

  #roomFor(roomId: RoomId, meta: RoomMeta): Room {
    const data = { meta, group: undefined, pending: [], commit: undefined };
    return this.#rooms.get(roomId) ?? this.#add({ keys: roomKeys(roomId), data });
  }

  #forgotten({ roomId }: Room): void {
    this.#rooms.delete(roomId);
    this.#options.emit({ type: "rooms", rooms: this.rooms() });
  }
}
