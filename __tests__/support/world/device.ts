/** One simulated device: a store that survives, and an engine over it that may die at any boundary. */

import { loadIdentity } from "@/lib/client/engine/identity";
import { Engine } from "@/lib/client/engine/engine";
import type { StoredIdentity } from "@/lib/client/engine/identity";
import { isStoreFull, type Clock, type Store } from "@/lib/client/engine/ports";
import type { AccountNotice, KnockNotice, RequestName, RoomEvent, WelcomeNotice } from "@/lib/protocol/schemas/socket";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { SealedStore } from "@/lib/client/store/sealed-store";

import { roomsDeletedBy } from "./deletions";
import { Dice } from "./dice";
import { transportOf } from "./device-transport";
import type { HostAnswer } from "./host";
import { Life, offline, type Lane, type Up } from "./life";
import type { Pending, World } from "./world";

/** What the server says to who has not entered the room. */
const notEntered: HostAnswer = { ok: false, error: { code: "NOT_FOUND" } };
const forWhoEntered: ReadonlySet<string> = new Set<RequestName>([
  "room:tickets",
  "room:group-info",
  "room:attest",
  "room:knock",
  "event:submit",
  "events:fetch",
]);
const acknowledgementMs = 20_000;
const never = new Promise<never>(() => undefined);

export class SimulatedDevice {
  /** What lies on the disk. */
  readonly disk = new MemoryStore();
  /** The same as the engine sees it. */
  readonly store: Store;
  clockSkewMs = 0;
  /** Its account has given it up. */
  isRevoked = false;
  /** Heads of the rooms when it was revoked. */
  readonly #archived = new Map<string, number>();
  #life: Life | undefined;
  #lives = 0;

  constructor(
    private readonly world: World,
    readonly identity: StoredIdentity,
    private readonly index: number,
    atRestKey: CryptoKey | undefined,
  ) {
    this.store = atRestKey === undefined ? this.disk : new SealedStore(this.disk, atRestKey);
  }

  get name(): string {
    return `${this.identity.username}.${String(this.index)}`;
  }

  get engine(): Engine | undefined {
    return this.#life?.engine;
  }

  /** Numbers its runs. */
  get lives(): number {
    return this.#lives;
  }

  /** Whether an answer is still to come. */
  get isWaiting(): boolean {
    return (this.#life?.waiting ?? 0) > 0;
  }

  get isOpen(): boolean {
    return this.#life !== undefined;
  }

  get isOnline(): boolean {
    return this.#life?.isOnline === true;
  }

  /** The engine is there once its store has been read. */
  open(): void {
    if (this.#life !== undefined) return;
    const life = new Life();
    this.#life = life;
    this.#lives += 1;
    const dice = new Dice(this.world.seed * 1009 + this.#lives * 97 + this.index);
    const store = this.#storeOf(life);
    const start = async () =>
      await Engine.start({
        // With the account secret that it was told last.
        identity: (await loadIdentity(this.store).catch(() => undefined)) ?? this.identity,
        store,
        transport: transportOf(this.world, this, life),
        clock: this.#clockOf(life),
        random: { bytes: (length) => dice.bytes(length) },
        emit: () => undefined,
      });
    void start().then(
      (engine) => {
        if (life.isAlive) life.engine = engine;
      },
      (error: unknown) => {
        // No room for what a start has to write: the tab shows that, and is opened again.
        if (!isStoreFull(error)) throw error;
        if (this.#life === life) this.#life = undefined;
        life.isAlive = false;
      },
    );
  }

  /** Ends between any two awaits: whatever was under way never comes to an end. */
  crash(): void {
    const life = this.#life;
    if (life === undefined) return;
    // Frames that have left may still reach the server.
    const sent = this.#taken(life).filter(() => this.world.dice.chance(50));
    life.isAlive = false;
    this.world.time.forget(life);
    this.#life = undefined;
    this.#orphans.push(...sent);
  }

  connect(): void {
    const life = this.#life;
    if (life === undefined || life.isOnline) return;
    if (this.isRevoked) {
      life.listener?.state("revoked");
      return;
    }
    life.isOnline = true;
    life.listener?.state("online");
  }

  disconnect(): void {
    const life = this.#life;
    if (life?.isOnline !== true) return;
    this.#disconnect(life, this.isRevoked && life.isCut ? "revoked" : "offline");
  }

  #disconnect(life: Life, state: "offline" | "revoked"): void {
    life.isOnline = false;
    life.isCut = false;
    life.entered.clear();
    life.attested.clear();
    const up = this.#taken(life);
    life.socket.down = [];
    life.http.down = [];
    this.#orphans.push(...up.filter(() => this.world.dice.chance(50)));
    for (const { answer } of up) answer(offline);
    life.listener?.state(state);
  }

  #taken({ socket, http }: Life): Up[] {
    return [...socket.up.splice(0), ...http.up.splice(0)];
  }

  /** Its account has given it up. A server that plays along says so and closes; one that does not goes on telling it everything. */
  revoked(isServerHonest: boolean): void {
    this.isRevoked = true;
    for (const [roomId, log] of this.world.logs) this.#archived.set(roomId, log.at(-1)?.seq ?? 0);
    const life = this.#life;
    if (life?.isOnline !== true || !isServerHonest) return;
    life.isCut = true;
    const arrive = () => {
      this.#disconnect(life, "revoked");
    };
    life.socket.down.push({ what: "revocation", isEvent: false, arrive });
  }

  /** Up to which event of a room it may have read in its account's archive. */
  archiveUntil(roomId: string): number {
    return this.isRevoked ? (this.#archived.get(roomId) ?? 0) : Infinity;
  }

  /** A stored event goes to whoever has entered the room. */
  deliver(roomId: string, event: RoomEvent): void {
    const life = this.#life;
    if (life?.isOnline !== true || life.isCut || !life.entered.has(roomId)) return;
    const copy = { ...event, payload: event.payload.slice() };
    life.socket.down.push({
      what: `event ${String(event.seq)}`,
      isEvent: true,
      arrive: () => life.listener?.event(roomId, copy),
    });
  }

  hasAttested(roomId: string): boolean {
    const life = this.#life;
    return life?.isOnline === true && life.attested.has(roomId);
  }

  /** A knock or Welcome that the server passes on, or a Welcome that waits in the inbox. */
  notify(...[kind, notice]: ["knock", KnockNotice] | ["welcome", WelcomeNotice]): void {
    const life = this.#life;
    if (life?.isOnline !== true || life.isCut) return;
    const isLetter = kind === "welcome" && notice.id !== undefined;
    if (!isLetter && !life.entered.has(notice.roomId)) return;
    const arrive = () => {
      if (kind === "knock") life.listener?.knock(notice);
      else life.listener?.welcome(notice);
    };
    life.socket.down.push({ what: isLetter ? "letter" : kind, isEvent: true, arrive });
  }

  /** Another device of the account has changed what they share. */
  tell(what: AccountNotice["what"]): void {
    const life = this.#life;
    if (life?.isOnline !== true || life.isCut) return;
    const arrive = () => life.listener?.account(what);
    // Nothing would tell that one is missing: while the connection holds they come.
    life.socket.down.push({ what: `word of ${what}`, isEvent: false, arrive });
  }

  /** A device in one of these rooms was revoked: told once, and asked for at the next connection. */
  hear(revocation: Uint8Array, roomIds: readonly string[]): void {
    const life = this.#life;
    if (life?.isOnline !== true || life.isCut || !roomIds.some((roomId) => life.entered.has(roomId))) return;
    const arrive = () => life.listener?.revoked(revocation);
    life.socket.down.push({ what: "word of a revocation", isEvent: true, arrive });
  }

  /** What may happen to this device next. */
  pending(): Pending[] {
    const pending: Pending[] = [];
    const life = this.#life;
    const [orphan] = this.#orphans;
    if (orphan !== undefined) pending.push({ what: "late frame", happen: () => this.#serveOrphan() });
    if (life === undefined) return pending;
    if (life.writes.length > 0) pending.push({ what: "write", happen: () => this.#write(life) });
    for (const [lane, up, down] of [
      [life.socket, "request", "arrival"] as const,
      [life.http, "call", "reply"] as const,
    ]) {
      if (lane.up.length > 0 && !life.isCut) pending.push({ what: up, happen: () => this.#serve(life, lane) });
      if (lane.down.length > 0)
        pending.push({
          what: down,
          happen: () => {
            this.#arrive(lane);
          },
        });
    }
    return pending;
  }

  /** Frames of connections that are gone. */
  readonly #orphans: Up[] = [];

  async #serveOrphan(): Promise<void> {
    const frame = this.#orphans.shift();
    if (frame === undefined || !this.world.host.isUp) return;
    this.world.note(`${this.name}: ${frame.name} arrives late`);
    await frame.ask();
  }

  /** One transaction: whole or not at all, and the engine may die on either side of it. */
  async #write(life: Life): Promise<void> {
    const next = life.writes.shift();
    if (next === undefined) return;
    const { dice, faults } = this.world;
    if (dice.chance(faults.quota)) {
      this.world.note(`${this.name}: no room`);
      next.done(Object.assign(new Error("no room"), { name: "QuotaExceededError" }));
      return;
    }
    if (this.#diesHere("before a write")) return;
    const deleted = await roomsDeletedBy(this.store, next.batch);
    await this.store.write(next.batch);
    for (const room of deleted) this.world.roomDeleted(this, room);
    this.world.note(`${this.name}: writes ${String(next.batch.length)}`);
    if (this.#diesHere("after a write")) return;
    next.done();
  }

  async #serve(life: Life, lane: Lane): Promise<void> {
    const [frame] = lane.up;
    if (frame === undefined || this.#breaksHere("before a request") || this.#diesHere("before a request")) return;
    lane.up.shift();
    const { name, payload, answer } = frame;
    const roomId = (payload as { roomId?: string }).roomId ?? "";
    const mayAsk = !forWhoEntered.has(name) || life.entered.has(roomId);
    const outcome = mayAsk ? await frame.ask() : notEntered;
    if (name === "room:enter" && outcome.ok) life.entered.add(roomId);
    if (name === "room:attest" && outcome.ok) life.attested.add(roomId);
    if (name === "room:leave") {
      life.entered.delete(roomId);
      life.attested.delete(roomId);
    }
    this.world.note(`${this.name}: ${name} ${outcome.ok ? "ok" : outcome.error.code}`);
    let isAnswered = false;
    const arrive = () => {
      isAnswered = true;
      answer(outcome);
    };
    lane.down.push({ what: `answer to ${name}`, isEvent: false, arrive });
    // An answer that is lost with its frame comes as a timeout.
    this.world.time.schedule(life, acknowledgementMs, () => {
      if (!isAnswered) answer(offline);
    });
    if (!this.#breaksHere("after a request")) this.#diesHere("after a request");
  }

  #arrive(lane: Lane): void {
    if (this.#breaksHere("at an arrival") || this.#diesHere("at an arrival")) return;
    const { dice, faults } = this.world;
    const frame = lane.down.shift();
    if (frame === undefined) return;
    if (frame.isEvent && dice.chance(faults.frames)) {
      const what = dice.pick(["lost", "twice", "later"]);
      this.world.note(`${this.name}: ${frame.what} ${what ?? ""}`);
      if (what === "lost") return;
      if (what === "later") {
        lane.down.push(frame);
        return;
      }
      frame.arrive();
    }
    this.world.note(`${this.name}: gets ${frame.what}`);
    frame.arrive();
  }

  #diesHere(where: string): boolean {
    const boundary = this.world.boundaries++;
    if (boundary !== this.world.crashAt && !this.world.dice.chance(this.world.faults.crash)) return false;
    this.world.note(`${this.name}: dies ${where}`);
    this.crash();
    return true;
  }

  #breaksHere(where: string): boolean {
    if (!this.world.dice.chance(this.world.faults.disconnect)) return false;
    this.world.note(`${this.name}: loses its connection ${where}`);
    this.disconnect();
    return true;
  }

  #storeOf(life: Life): Store {
    const { store } = this;
    return {
      get: (key) => (life.isAlive ? store.get(key) : never),
      list: (prefix, options) => (life.isAlive ? store.list(prefix, options) : never),
      keys: (prefix, options) => (life.isAlive ? store.keys(prefix, options) : never),
      write: (batch) => {
        if (!life.isAlive) return never;
        const copy = batch.map(({ key, value }) => ({ key, value: value?.slice() }));
        return new Promise<void>((resolve, reject) => {
          const done = (error?: Error) => {
            if (error === undefined) resolve();
            else reject(error);
          };
          life.writes.push({ batch: copy, done });
        });
      },
    };
  }

  #clockOf(life: Life): Clock {
    return {
      now: () => this.world.time.now + this.clockSkewMs,
      schedule: (delayMs, task) =>
        this.world.time.schedule(life, delayMs, () => {
          if (life.isAlive) task();
        }),
    };
  }
}
