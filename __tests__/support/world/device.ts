/** One simulated device: a store that survives, and an engine over it that may die at any boundary. */

import { Engine } from "@/lib/client/engine/engine";
import type { StoredIdentity } from "@/lib/client/engine/identity";
import {
  isStoreFull,
  type Clock,
  type Outcome,
  type Store,
  type Transport,
  type TransportListener,
  type Write,
} from "@/lib/client/engine/ports";
import type {
  Answer,
  KnockNotice,
  Request,
  RequestName,
  RoomEvent,
  WelcomeNotice,
} from "@/lib/protocol/schemas/socket";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { SealedStore } from "@/lib/client/store/sealed-store";

import { Dice } from "./dice";
import type { HostAnswer } from "./host";
import type { Pending, World } from "./world";

const offline = { ok: false, error: { code: "OFFLINE" } } as const;
const acknowledgementMs = 20_000;
const never = new Promise<never>(() => undefined);

/** A frame on its way up; `answer` is called once. */
interface Up {
  readonly name: RequestName;
  readonly payload: unknown;
  readonly answer: (outcome: HostAnswer) => void;
}
/** A frame on its way down. */
type Down = { readonly what: string; readonly arrive: () => void; readonly isEvent: boolean };

/** One run of the engine, from opening to closing or death. */
class Life {
  isAlive = true;
  isOnline = false;
  engine: Engine | undefined;
  listener: TransportListener | undefined;
  readonly writes: { readonly batch: readonly Write[]; readonly done: (error?: Error) => void }[] = [];
  up: Up[] = [];
  down: Down[] = [];
  readonly entered = new Set<string>();
  readonly attested = new Set<string>();
}

export class SimulatedDevice {
  /** What lies on the disk. */
  readonly disk = new MemoryStore();
  /** The same as the engine sees it. */
  readonly store: Store;
  clockSkewMs = 0;
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
    void Engine.start({
      identity: this.identity,
      store: this.#storeOf(life),
      transport: this.#transportOf(life),
      clock: this.#clockOf(life),
      random: { bytes: (length) => dice.bytes(length) },
      emit: () => undefined,
    }).then(
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
    const sent = life.up.filter(() => this.world.dice.chance(50));
    life.isAlive = false;
    this.world.time.forget(life);
    this.#life = undefined;
    this.#orphans.push(...sent);
  }

  connect(): void {
    const life = this.#life;
    if (life === undefined || life.isOnline) return;
    life.isOnline = true;
    life.listener?.state("online");
  }

  disconnect(): void {
    const life = this.#life;
    if (life?.isOnline !== true) return;
    life.isOnline = false;
    life.entered.clear();
    life.attested.clear();
    const { up } = life;
    life.up = [];
    life.down = [];
    this.#orphans.push(...up.filter(() => this.world.dice.chance(50)));
    for (const { answer } of up) answer(offline);
    life.listener?.state("offline");
  }

  /** A stored event goes to whoever has entered the room. */
  deliver(roomId: string, event: RoomEvent): void {
    const life = this.#life;
    if (life?.isOnline !== true || !life.entered.has(roomId)) return;
    const copy = { ...event, payload: event.payload.slice() };
    life.down.push({
      what: `event ${String(event.seq)}`,
      isEvent: true,
      arrive: () => life.listener?.event(roomId, copy),
    });
  }

  hasAttested(roomId: string): boolean {
    const life = this.#life;
    return life?.isOnline === true && life.attested.has(roomId);
  }

  /** Something the server passes on and does not store. */
  notify(...[kind, notice]: ["knock", KnockNotice] | ["welcome", WelcomeNotice]): void {
    const life = this.#life;
    if (life?.isOnline !== true || !life.entered.has(notice.roomId)) return;
    const arrive = () => {
      if (kind === "knock") life.listener?.knock(notice);
      else life.listener?.welcome(notice);
    };
    life.down.push({ what: kind, isEvent: true, arrive });
  }

  /** What may happen to this device next. */
  pending(): Pending[] {
    const pending: Pending[] = [];
    const life = this.#life;
    const [orphan] = this.#orphans;
    if (orphan !== undefined) pending.push({ what: "late frame", happen: () => this.#serveOrphan() });
    if (life === undefined) return pending;
    if (life.writes.length > 0) pending.push({ what: "write", happen: () => this.#write(life) });
    if (life.up.length > 0) pending.push({ what: "request", happen: () => this.#serve(life) });
    if (life.down.length > 0)
      pending.push({
        what: "arrival",
        happen: () => {
          this.#arrive(life);
        },
      });
    return pending;
  }

  /** Frames of connections that are gone. */
  readonly #orphans: Up[] = [];

  async #serveOrphan(): Promise<void> {
    const frame = this.#orphans.shift();
    if (frame === undefined || !this.world.host.isUp) return;
    this.world.note(`${this.name}: ${frame.name} arrives late`);
    await this.world.host.request(this.identity, frame.name, frame.payload);
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
    await this.store.write(next.batch);
    this.world.note(`${this.name}: writes ${String(next.batch.length)}`);
    if (this.#diesHere("after a write")) return;
    next.done();
  }

  async #serve(life: Life): Promise<void> {
    const frame = life.up[0];
    if (frame === undefined || this.#breaksHere("before a request") || this.#diesHere("before a request")) return;
    life.up.shift();
    const { name, payload, answer } = frame;
    if (name === "room:enter") life.entered.add((payload as Request<"room:enter">).roomId);
    if (name === "room:leave") {
      const { roomId } = payload as Request<"room:leave">;
      life.entered.delete(roomId);
      life.attested.delete(roomId);
    }
    const outcome = await this.world.host.request(this.identity, name, payload);
    if (name === "room:attest" && outcome.ok) life.attested.add((payload as Request<"room:attest">).roomId);
    this.world.note(`${this.name}: ${name} ${outcome.ok ? "ok" : outcome.error.code}`);
    let isAnswered = false;
    const arrive = () => {
      isAnswered = true;
      answer(outcome);
    };
    life.down.push({ what: `answer to ${name}`, isEvent: false, arrive });
    // An answer that is lost with its frame comes as a timeout.
    this.world.time.schedule(life, acknowledgementMs, () => {
      if (!isAnswered) answer(offline);
    });
    if (!this.#breaksHere("after a request")) this.#diesHere("after a request");
  }

  #arrive(life: Life): void {
    if (this.#breaksHere("at an arrival") || this.#diesHere("at an arrival")) return;
    const { dice, faults } = this.world;
    const frame = life.down.shift();
    if (frame === undefined) return;
    if (frame.isEvent && dice.chance(faults.frames)) {
      const what = dice.pick(["lost", "twice", "later"]);
      this.world.note(`${this.name}: ${frame.what} ${what ?? ""}`);
      if (what === "lost") return;
      if (what === "later") {
        life.down.push(frame);
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

  #transportOf(life: Life): Transport {
    const { world } = this;
    const reachable = <T>(ask: () => Promise<T>): Promise<Outcome<T>> => {
      if (!life.isAlive) return never;
      return life.isOnline && world.host.isUp
        ? ask().then((value) => ({ ok: true as const, value }))
        : Promise.resolve(offline);
    };
    return {
      request: <Name extends RequestName>(name: Name, payload: Request<Name>): Promise<Outcome<Answer<Name>>> => {
        if (!life.isAlive) return never;
        if (!life.isOnline) return Promise.resolve(offline);
        world.witness.sent(this, name, payload);
        return new Promise((resolve) => {
          let isDone = false;
          const answer = (outcome: HostAnswer) => {
            if (isDone || !life.isAlive) return;
            isDone = true;
            // The world passes values as the server gave them.
            resolve(outcome as Outcome<Answer<Name>>);
          };
          life.up.push({ name, payload, answer });
        });
      },
      listen: (listener) => {
        life.listener = listener;
        listener.state(life.isOnline ? "online" : "connecting");
        return () => (life.listener = undefined);
      },
      revocations: () => Promise.resolve({ ok: true, value: [] }),
      lookUp: () => Promise.resolve(offline),
      claimKeyPackages: () => Promise.resolve(offline),
      accountCertificates: (accountIds) => reachable(() => world.witness.certificatesOf(accountIds)),
      keyPackageStock: () => reachable(() => Promise.resolve(world.witness.stock)),
      uploadKeyPackages: () => reachable(() => Promise.resolve(null)),
      // Accounts of this world have no account secret, so nothing is ever asked.
      fetchKeyring: () => Promise.resolve(offline),
      putKeyring: () => Promise.resolve(offline),
      signOut: () => reachable(() => Promise.resolve(null)),
      close: () => undefined,
    };
  }
}
