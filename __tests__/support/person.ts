/** A person with a browser: registers and talks through the real client code against a real server on loopback. */

import { Engine } from "@/lib/client/engine/engine";
import { loadIdentity, type StoredIdentity } from "@/lib/client/engine/identity";
import type { Clock, Store, Transport } from "@/lib/client/engine/ports";
import type { EngineEvent, MessageItem, TimelineItem } from "@/lib/client/engine/views";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { HttpApi } from "@/lib/client/transport/http";
import { SocketTransport } from "@/lib/client/transport/socket";
import type { Result } from "@/lib/client/worker/api";
import { openDatabases, type Databases } from "@/lib/client/worker/databases";
import { heldDevice } from "@/lib/client/worker/held-device";
import { login } from "@/lib/client/worker/login";
import { register } from "@/lib/client/worker/register";
import { randomBytes } from "@/lib/crypto/random";
import { roomIdSchema, type RoomId } from "@/lib/protocol/ids";
import { roomListAnswer } from "@/lib/protocol/schemas/http";

export const password = "quite a long sentence 47!";

export const realClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** One browser profile: its cookies and its databases. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  /** By name; what a scenario damages. */
  readonly stores = new Map<string, MemoryStore>();
  readonly #databases = openDatabases({
    open: (name) => {
      const store = this.stores.get(name) ?? new MemoryStore();
      this.stores.set(name, store);
      return Promise.resolve({ raw: store, sealed: store });
    },
    names: () => Promise.resolve([...this.stores.keys()]),
    now: () => Date.now(),
  });

  constructor(readonly origin: string) {}

  get cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Paths only: this browser adds its origin itself. */
  readonly http = new HttpApi({ origin: "", fetch: (path, init) => this.fetch(path, init) });

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("origin", this.origin);
    if (this.#cookies.size > 0) headers.set("cookie", this.cookieHeader);
    const response = await fetch(`${this.origin}${path}`, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (value === "" || /max-age=0(;|$)/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  async register(username: string) {
    const input = { username, password, deviceName: "Test browser" };
    return register(this.ports, input, () => undefined);
  }

  async login(username: string, withPassword = password) {
    const input = { username, password: withPassword, deviceName: "Second browser" };
    return login(this.ports, input, () => undefined);
  }

  async person(username: string): Promise<Person> {
    const device = await heldDevice(await this.#databases, username);
    if (device.state !== "held") throw new Error(`${username} has no device here: ${device.state}`);
    return new Person(this, device.identity, device.store);
  }

  readonly databases = deferred(this.#databases);

  /** This browser's clock, for what it makes certificates with. */
  now: () => number = () => Date.now();

  /** What the worker's calls work with. */
  get ports() {
    return { http: this.http, databases: this.databases, now: () => this.now() };
  }
}

/** The databases of a browser that is still reading its registry. */
function deferred(opening: Promise<Databases>): Databases {
  return {
    find: async (username) => (await opening).find(username),
    names: async () => (await opening).names(),
    remember: async (username, entry) => (await opening).remember(username, entry),
    open: async (username, entry) => (await opening).open(username, entry),
    begin: async (username, accountId) => (await opening).begin(username, accountId),
    forget: async (username, entry) => (await opening).forget(username, entry),
    setAside: async (username, entry) => (await opening).setAside(username, entry),
    listSetAside: async (username) => (await opening).listSetAside(username),
  };
}

export class Person {
  engine: Engine | undefined;
  readonly events: EngineEvent[] = [];
  /** What its code says that it is. */
  build: string | undefined;

  constructor(
    readonly browser: Browser,
    readonly identity: StoredIdentity,
    readonly store: Store,
  ) {}

  transport(): Transport {
    const { origin, http, cookieHeader } = this.browser;
    const extraHeaders = { cookie: cookieHeader, origin };
    return new SocketTransport({ origin, identity: this.identity, http, extraHeaders });
  }

  /** Opens the tab. `wrap` lets a scenario stand between engine and server; `clock` is the device's. */
  async open(
    wrap: (transport: Transport) => Transport = (transport) => transport,
    clock: Clock = realClock,
  ): Promise<Engine> {
    this.engine = await Engine.start({
      // As it was stored last: its secret may have been renewed.
      identity: (await loadIdentity(this.store)) ?? this.identity,
      store: this.store,
      transport: wrap(this.transport()),
      clock,
      random: { bytes: randomBytes },
      emit: (event) => this.events.push(event),
      build: this.build,
    });
    return this.engine;
  }

  async close(): Promise<void> {
    await this.engine?.close();
    this.engine = undefined;
  }

  get running(): Engine {
    if (this.engine === undefined) throw new Error("the tab is closed");
    return this.engine;
  }

  async join(roomId: RoomId): Promise<void> {
    await until(() => this.running.connection === "online", `${this.identity.username} online`);
    unwrap(await this.running.join(roomId));
    await until(() => this.room(roomId)?.meta.membership === "joined", `${this.identity.username} joined`);
  }

  room(roomId: RoomId) {
    return this.running.inspect(roomId);
  }

  async say(roomId: RoomId, text: string): Promise<void> {
    unwrap(await this.running.send(roomId, text));
  }

  async timeline(roomId: RoomId): Promise<TimelineItem[]> {
    const items: TimelineItem[] = [];
    for (let before: string | undefined; ; before = items[0]?.key) {
      const page = unwrap(await this.running.earlier(roomId, before));
      items.unshift(...page.items);
      if (!page.more) return items;
    }
  }

  async messages(roomId: RoomId): Promise<MessageItem[]> {
    return (await this.timeline(roomId)).filter((item) => item.kind === "message");
  }

  /** Texts in order, as this person sees them. */
  async texts(roomId: RoomId): Promise<string[]> {
    return (await this.messages(roomId)).map((item) => `${item.author.username}: ${item.text}`);
  }
}

export async function registered(origin: string, username: string): Promise<Person> {
  const browser = new Browser(origin);
  unwrap(await browser.register(username));
  const person = await browser.person(username);
  await person.open();
  return person;
}

export async function generalId(origin: string): Promise<RoomId> {
  const response = await fetch(`${origin}/api/v1/rooms`);
  const { rooms } = roomListAnswer.parse(await response.json());
  return roomIdSchema.parse(rooms.find((room) => room.name === "General")?.id);
}

export function unwrap<T>(result: Result<T> | Awaited<ReturnType<Engine["join"]>>): T {
  if (!result.ok) throw new Error(`refused: ${result.error.code}`);
  return result.value as T;
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
