/**
 * A world of many devices around one server, in which nothing happens by itself: every write to a store, every
 * request, answer and live event waits until the world lets it happen, one at a time, as the dice say. Time stands
 * still until the world moves it, and one seed tells one story. The engines, MLS, the server's services and its SQLite are the real ones.
 */

import { createHash } from "node:crypto";

import type { StoredIdentity } from "@/lib/client/engine/identity";
import { deviceKey } from "@/lib/client/engine/records";
import type { RoomId } from "@/lib/protocol/ids";
import { knockDoors } from "@/lib/protocol/limits";
import type { Request, RoomEvent } from "@/lib/protocol/schemas/socket";

import { Dice } from "./dice";
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
/** A world that never comes to rest is a failure and no reason to hang. */
const stepsMax = 500_000;

export const noFaults: Faults = { crash: 0, disconnect: 0, frames: 0, quota: 0 };

export class World {
  readonly dice: Dice;
  readonly time: FakeTime;
  readonly devices: readonly SimulatedDevice[];
  faults: Faults = noFaults;
  /** What happened, the newest last; told when a seed fails. */
  readonly log: string[] = [];
  steps = 0;
  /** Texts said so far; each is another one. */
  said = 0;
  /** Places so far at which a device could have died, and the one at which it does; see crash-everywhere. */
  boundaries = 0;
  crashAt: number | undefined;

  constructor(
    readonly seed: number,
    readonly host: Host,
    readonly witness: Witness,
    identities: readonly StoredIdentity[],
    readonly rooms: readonly RoomId[],
    private readonly startMs: number,
    atRestKey: CryptoKey | undefined,
  ) {
    this.dice = new Dice(seed);
    this.time = new FakeTime(startMs);
    this.devices = identities.map((identity, index) => new SimulatedDevice(this, identity, index, atRestKey));
    host.onKnock = (deviceId, request) => this.#passKnock(deviceId, request);
    host.onWelcome = (to, notice) => {
      for (const device of this.devices) if (to.includes(device.identity.deviceId)) device.notify("welcome", notice);
    };
    host.onStored = (roomId, event) => {
      this.#deliver(roomId, event);
    };
  }

  note(what: string): void {
    this.log.push(this.plain(`${String(this.time.now - this.startMs)} ${what}`));
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
    if (this.steps > stepsMax) throw new Error(`no end: ${this.log.slice(-60).join("\n")}`);
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
    const end = this.time.now + patienceMs;
    for (;;) {
      for (const device of this.devices) {
        device.open();
        device.connect();
      }
      await stillness();
      await this.run(100_000);
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
    for (const device of this.devices) device.deliver(roomId, event);
  }
}
