/**
 * A world of many devices around one server, in which nothing happens by itself: every write to a store, every
 * request, answer and live event waits until the world lets it happen, one at a time, as the dice say. Time stands
 * still until the world moves it, and one seed tells one story. The engines, MLS, the server's services and its SQLite are the real ones.
 */

import { createHash } from "node:crypto";

import type { AccountSecrets } from "@/lib/crypto/account/device-key";
import type { StoredIdentity } from "@/lib/client/engine/identity";
import { deviceKey } from "@/lib/client/engine/records";
import { toHex } from "@/lib/protocol/bytes";
import { roomIdSchema, type RoomId } from "@/lib/protocol/ids";
import { knockDoors } from "@/lib/protocol/limits";
import type { Request, RoomEvent } from "@/lib/protocol/schemas/socket";

import type { DeletedRoom } from "./deletions";
import { Dice } from "./dice";
import { giveUp, type Vaults } from "./giving-up";
import { SimulatedDevice } from "./device";
import { FakeTime } from "./fake-clock";
import type { Host } from "./host";
import { stillness } from "./stillness";
import type { Witness } from "./witness";

/** Something that may happen next. */
export interface Pending {
  readonly what: string;
  happen(): void | Promise<void>;
}

/** How much goes wrong, in percent per occasion. */
export interface Faults {
  /** A device dies at a write or a frame: before it, or right after. */
  readonly crash: number;
  /** The connection breaks at a frame: before it, or right after. */
  readonly disconnect: number;
  /** A live event is lost, comes twice, or comes out of order. */
  readonly frames: number;
  /** A write finds no room. */
  readonly quota: number;
}
/** Something that a person asked of an engine, and is to be answered. */
export interface Asked {
  readonly what: string;
  readonly device: SimulatedDevice;
  /** The run that was asked: who dies answers no more. */
  readonly life: number;
  isAnswered: boolean;
}

/** An invite link that somebody has made; everybody in the world knows it. */
export interface MadeLink {
  readonly roomId: RoomId;
  readonly key: string;
  readonly fragment: string;
}

export interface WorldOptions {
  readonly seed: number;
  readonly host: Host;
  readonly witness: Witness;
  readonly identities: readonly StoredIdentity[];
  /** Rooms that are there from the beginning; in a governed world people found them. */
  readonly rooms: readonly RoomId[];
  readonly startMs: number;
  readonly atRestKey: CryptoKey | undefined;
  /** Of a governed world: the accounts' keys, by account id. */
  readonly accounts: ReadonlyMap<string, AccountSecrets> | undefined;
}

export const noFaults: Faults = { crash: 0, disconnect: 0, frames: 0, quota: 0 };

export class World {
  readonly dice: Dice;
  readonly time: FakeTime;
  readonly devices: readonly SimulatedDevice[];
  faults: Faults = noFaults;
  /** What happened, the newest last; told when a seed fails. */
  readonly log: string[] = [];
  steps = 0;
  /** A world that never comes to rest is a failure and no reason to hang. */
  stepsMax = 500_000;
  /** Texts said so far; each is another one. */
  said = 0;
  /** Places so far at which a device could have died, and the one at which it does; see crash-everywhere. */
  boundaries = 0;
  crashAt: number | undefined;

  readonly seed: number;
  readonly host: Host;
  readonly witness: Witness;
  readonly rooms: RoomId[];
  /** All that was ever stored, by room: a room that ended is no longer on the server. */
  readonly logs = new Map<string, RoomEvent[]>();
  readonly asked: Asked[] = [];
  readonly links: MadeLink[] = [];
  /** Accounts that have blocked somebody: invitations that they do not see stay leaves without a device. */
  readonly blockers = new Set<string>();
  readonly #options: WorldOptions;
  readonly #vaults: Vaults;

  constructor(options: WorldOptions) {
    const { seed, host, witness, identities, rooms, startMs, atRestKey } = options;
    this.#options = options;
    this.#vaults = new Map(
      identities.flatMap(({ accountId, accountSecret }) =>
        accountSecret ? [[accountId, accountSecret] as const] : [],
      ),
    );
    this.seed = seed;
    this.host = host;
    this.witness = witness;
    this.rooms = [...rooms];
    this.dice = new Dice(seed);
    this.time = new FakeTime(startMs);
    this.devices = identities.map((identity, index) => new SimulatedDevice(this, identity, index, atRestKey));
    host.onKnock = (deviceId, request) => this.#passKnock(deviceId, request);
    host.onWelcome = (to, notice) => {
      for (const device of this.devices) if (to.includes(device.identity.deviceId)) device.notify("welcome", notice);
    };
    host.onAccount = (accountId, what) => {
      for (const device of this.devices) if (device.identity.accountId === accountId) device.tell(what);
    };
    host.onRevoked = (revocation, roomIds) => {
      for (const device of this.devices) device.hear(revocation, roomIds);
    };
    host.onStored = (roomId, event) => {
      this.#deliver(roomId, event);
    };
  }

  /** Whether people use private and direct rooms, the directory and the keyring. */
  get isGoverned(): boolean {
    return this.#options.accounts !== undefined;
  }

  /** Random, so that worlds share a server; in the order of their making, in which engines read their rooms. */
  newRoomId(): RoomId {
    const id = toHex(Uint8Array.of(this.rooms.length, ...crypto.getRandomValues(new Uint8Array(15))));
    const roomId = roomIdSchema.parse(id);
    this.rooms.push(roomId);
    return roomId;
  }

  /** The account signs that the device is no longer its own. */
  async revoke(device: SimulatedDevice, isServerHonest = this.dice.chance(50)): Promise<void> {
    const { accountId } = device.identity;
    const account = this.#options.accounts?.get(accountId);
    if (account === undefined) throw new Error("no such account in this world");
    this.note(`${device.name}: is revoked${isServerHonest ? "" : ", and the server goes on telling it"}`);
    await giveUp(this, account, this.#vaults, device);
    device.revoked(isServerHonest);
    await stillness();
  }

  /** Newest seq of a room. */
  head(roomId: string): number {
    return this.logs.get(roomId)?.at(-1)?.seq ?? 0;
  }

  /** A device has deleted every row of a room. */
  roomDeleted(device: SimulatedDevice, { roomId, isLoss }: DeletedRoom): void {
    if (isLoss) this.witness.violations.push(`${device.name} deleted a room that it had been in`);
    this.witness.forgot(deviceKey(device.identity), roomId, this.head(roomId));
  }

  note(what: string): void {
    this.log.push(this.plain(`${String(this.time.now - this.#options.startMs)} ${what}`));
  }

  /** Keys are new in every run, and so are the ids made from them: told by their numbers, a seed tells one story. */
  plain(text: string): string {
    let told = text;
    this.rooms.forEach((roomId, index) => {
      told = told.replaceAll(roomId, `room${String(index)}`);
    });
    for (const { name, identity } of this.devices) told = told.replaceAll(deviceKey(identity), name);
    return told;
  }

  /** Of everything that happened, and when: equal for equal seeds. */
  get fingerprint(): string {
    return createHash("sha256").update(this.log.join("\n")).update(String(this.steps)).digest("hex");
  }

  /** Lets one thing happen; false when only time can bring more. */
  async step(): Promise<boolean> {
    const choices = this.devices.flatMap((device) => device.pending());
    const chosen = this.dice.pick(choices);
    if (chosen === undefined) return false;
    this.steps += 1;
    if (this.steps > this.stepsMax) throw new Error(`no end: ${this.log.slice(-60).join("\n")}`);
    await chosen.happen();
    await stillness();
    return true;
  }

  /** Lets things happen until nothing can without time passing, or `limit` of them. */
  async run(limit: number): Promise<void> {
    await stillness();
    for (let count = 0; count < limit; count++) if (!(await this.step())) return;
  }

  /** Moves time to the next thing due; false when nothing is due within `limitMs`. */
  async wait(limitMs: number): Promise<boolean> {
    const due = this.time.nextDue;
    if (due === undefined || due - this.time.now > limitMs) return false;
    this.time.fireNext();
    await stillness();
    return true;
  }

  /** Everything goes well from here: all devices come online and the world runs until `isDone`, or gives up. */
  async heal(isDone: () => boolean, patienceMs: number): Promise<boolean> {
    this.faults = noFaults;
    if (!this.host.isUp) await this.host.start();
    for (const device of this.devices) device.clockSkewMs = 0;
    // What was told once and got lost is found at the next connection.
    if (this.isGoverned) for (const device of this.devices) if (!device.isRevoked) device.disconnect();
    const end = this.time.now + patienceMs;
    for (;;) {
      for (const device of this.devices) {
        device.open();
        device.connect();
      }
      await stillness();
      await this.run(100_000);
      // What is due is not still to come.
      if ((await this.wait(0)) && this.time.now < end) continue;
      if (isDone()) return true;
      if (this.time.now >= end || !(await this.wait(end - this.time.now))) return false;
    }
  }

  async restartServer(whileDown: () => void = () => undefined): Promise<void> {
    for (const device of this.devices) device.disconnect();
    await stillness();
    await this.host.stop();
    whileDown();
    await this.host.start();
    await this.host.services.delivery.sweep();
    await stillness();
  }

  async close(): Promise<void> {
    for (const device of this.devices) device.crash();
    await stillness();
  }

  /** To members that are there, as the server's sockets do. */
  #passKnock(deviceId: string, { roomId, knock }: Request<"room:knock">): number {
    const doors = this.devices
      .filter((device) => device.identity.deviceId !== deviceId && device.hasAttested(roomId))
      .slice(0, knockDoors);
    doors.forEach((device, turn) => {
      device.notify("knock", { roomId, knock, turn });
    });
    return doors.length;
  }

  #deliver(roomId: string, event: RoomEvent): void {
    this.witness.stored(roomId, event);
    this.logs.set(roomId, [...(this.logs.get(roomId) ?? []), event]);
    for (const device of this.devices) device.deliver(roomId, event);
  }
}
