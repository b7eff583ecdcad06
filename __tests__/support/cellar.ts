/**
 * People in private rooms, each through the whole client, and a server whose operator the test plays: by `tampering` with what one
 * person is told, or by writing into the order. One cellar per test file; an attack is what is left to write.
 */

import { members, policyOf } from "@/lib/crypto/mls/roster";
import { encrypt } from "@/lib/crypto/mls/encrypt";
import type { Group } from "@/lib/crypto/mls/door";
import { randomBytes } from "@/lib/crypto/random";
import type { SystemItem } from "@/lib/client/engine/views";
import { toHex } from "@/lib/protocol/bytes";
import { encodeContent } from "@/lib/protocol/content";
import { messageIdSchema, roomIdSchema, type RoomId } from "@/lib/protocol/ids";
import { EventStore } from "@/lib/server/delivery/event-store";

import { newEventId } from "./events";
import { Browser, registered, unwrap, until, type Person } from "./person";
import { startTestServer, type TestServer } from "./server";
import { tampered, type Tampering } from "./tampered-transport";

export class Cellar {
  #server: TestServer | undefined;
  readonly #people: Person[] = [];
  #count = 0;

  get server(): TestServer {
    if (this.#server === undefined) throw new Error("the server is not there");
    return this.#server;
  }

  /** Before all tests. */
  async build(): Promise<void> {
    this.#server = await startTestServer();
  }

  /** After each test: all tabs are closed. */
  async clear(): Promise<void> {
    await Promise.all(this.#people.splice(0).map((person) => person.close()));
  }

  async tearDown(): Promise<void> {
    await this.server.close();
  }

  /** Registered under a name of its own, and online. */
  async person(name: string, tampering?: Tampering): Promise<Person> {
    const made = this.withTab(await registered(this.server.url, `${name}${String(this.#count++)}`));
    if (tampering !== undefined) await reopen(made, tampering);
    await until(() => made.running.connection === "online", `${name} online`);
    return made;
  }

  /** Another browser of the same account, signed in; its tab is closed. */
  async secondBrowser(who: Person): Promise<Browser> {
    const browser = new Browser(this.server.url);
    unwrap(await browser.login(nameOf(who)));
    return browser;
  }

  /** Another device of the same account; its tab is closed. */
  async closedDevice(who: Person): Promise<Person> {
    return this.withTab(await (await this.secondBrowser(who)).person(nameOf(who)));
  }

  /** Another device of the same account, with its tab open. */
  async secondDevice(who: Person): Promise<Person> {
    const device = await this.closedDevice(who);
    await device.open();
    return device;
  }

  /** A tab that a scenario has made by itself is closed as well. */
  withTab(who: Person): Person {
    this.#people.push(who);
    return who;
  }

  /** A private room in which all have accepted and are confirmed. */
  async room(founder: Person, ...guests: readonly Person[]): Promise<RoomId> {
    const { govern } = founder.running;
    const { roomId } = unwrap(await govern.createPrivateRoom({ name: "Cellar", topic: "wine" }, newRoomId()));
    await until(() => isMember(founder, roomId), "the room is founded");
    for (const guest of guests) {
      unwrap(await govern.invite(roomId, nameOf(guest)));
      await until(() => stateOf(guest, roomId)?.membership === "invited", `${nameOf(guest)} is invited`);
      unwrap(await guest.running.govern.acceptInvite(roomId));
    }
    for (const guest of guests) await until(() => isMember(guest, roomId), `${nameOf(guest)} is in`);
    return roomId;
  }

  /** The operator writes into the order. */
  async order(roomId: RoomId, payload: Uint8Array): Promise<number> {
    return (await this.server.services.delivery.submit({ roomId, id: newEventId(), payload })).seq;
  }

  /** As `order`, past the server's own gate: whatever it likes. Members find it when they fetch. */
  async forceOrder(roomId: RoomId, ...payloads: readonly Uint8Array[]): Promise<void> {
    const inspected = { kind: "application", epoch: 0, onlyIn: undefined } as const;
    const store = new EventStore(this.server.services.database);
    for (const payload of payloads)
      await store.append([
        { roomId, id: newEventId(), payload, ...inspected, groupInfo: undefined, welcome: undefined },
      ]);
  }

  /** What is in a room's order. */
  async events(roomId: RoomId, after = 0) {
    return (await this.server.services.delivery.fetch({ roomId, after, limit: 200 })).events;
  }
}

export const newRoomId = (): RoomId => roomIdSchema.parse(toHex(randomBytes(16)));
export const nameOf = (who: Person) => who.identity.username;
export const stateOf = (who: Person, roomId: string) => who.running.rooms().find((room) => room.roomId === roomId);
export const viewOf = (who: Person, roomId: string) => who.running.room(roomId);

export function isMember(who: Person, roomId: string): boolean {
  return stateOf(who, roomId)?.membership === "joined" && viewOf(who, roomId)?.confirmed === true;
}

export function groupOf(who: Person, roomId: RoomId): Group {
  const group = who.room(roomId)?.group;
  if (group === undefined) throw new Error(`${nameOf(who)} is not in the room`);
  return group;
}

export const policyAt = (who: Person, roomId: RoomId) => policyOf(groupOf(who, roomId));

/** Whether a device sits in the tree as somebody sees it. */
export function hasLeaf(who: Person, roomId: RoomId, { deviceId }: { readonly deviceId: string }): boolean {
  return members(groupOf(who, roomId)).some((member) => member.deviceId === deviceId);
}

/** The server is another from now on, for this person. */
export async function reopen(who: Person, tampering: Tampering = {}): Promise<void> {
  await who.close();
  await who.open(tampered(tampering));
  await until(() => who.running.connection !== "connecting", `${nameOf(who)} is connected`);
}

export async function hears(who: Person, roomId: RoomId, line: string): Promise<void> {
  await until(async () => (await who.texts(roomId)).includes(line), `${nameOf(who)} reads ${line}`, 30_000);
}

/** Each says something new and all read it: the room is usable. */
export async function talk(roomId: RoomId, all: readonly Person[]): Promise<void> {
  for (const from of all) {
    const text = `from ${nameOf(from)} ${toHex(randomBytes(3))}`;
    await from.say(roomId, text);
    for (const to of all) await hears(to, roomId, `${nameOf(from)}: ${text}`);
  }
}

export async function systemLines(who: Person, roomId: RoomId): Promise<SystemItem[]> {
  return (await who.timeline(roomId)).filter((item) => item.kind === "system");
}

/** Why messages were not readable, in order. */
export async function causes(who: Person, roomId: RoomId): Promise<string[]> {
  return (await who.timeline(roomId)).flatMap((item) => (item.kind === "unreadable" ? [item.cause] : []));
}

/** The keys of a device at the moment its tab is closed: from now on nothing but a thief speaks with them. */
export async function stolenFrom(who: Person, roomId: RoomId): Promise<Group> {
  const engine = who.running;
  await who.close();
  const group = engine.inspect(roomId)?.group;
  if (group === undefined) throw new Error(`${nameOf(who)} is not in the room`);
  return group;
}

/** Seals texts as whoever holds these keys can, outside any client. */
export function voiceOf(keys: Group): (text: string) => Promise<Uint8Array> {
  let [group, n] = [keys, 900];
  return async (text) => {
    const id = messageIdSchema.parse(toHex(randomBytes(16)));
    const content = encodeContent({ v: 2, id, n: n++, t: Date.now(), seen: [], body: { kind: "text", text } });
    const sealed = await encrypt(group, content);
    group = sealed.group;
    return sealed.message;
  };
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
