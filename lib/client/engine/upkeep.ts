/**
 * What a device does at each connection and every hour: it looks for revoked devices, for rooms and history of the account's other
 * devices, at its clock, and at its stock of KeyPackages. What is wrong with the device itself is a trouble that the page shows.
 */

import { ClockGuard } from "./clock-guard";
import { refillKeyPackages } from "./key-packages";
import type { KeyLog } from "./log/key-log";
import { isStoreFull, type Clock, type Store, type Transport } from "./ports";
import type { Revocations } from "./revocations";
import type { RoomHost } from "./room-host";
import type { SharedRooms } from "./shared-rooms";
import type { Trouble } from "./views";

export interface UpkeepHost extends Pick<RoomHost, "identity" | "isOnline"> {
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly revocations: Revocations;
  readonly keyLog: KeyLog;
  /** What the account's devices want is known. */
  keyringRead(): void;
  troubled(troubles: readonly Trouble[]): void;
}

const upkeepMs = 60 * 60 * 1000;

export class Upkeep {
  readonly #clockGuard: ClockGuard;
  readonly #troubles = new Set<Trouble>();
  #cancel: (() => void) | undefined;

  constructor(
    private readonly host: UpkeepHost,
    private readonly sharedRooms: SharedRooms,
  ) {
    this.#clockGuard = new ClockGuard(host.store, host.clock);
  }

  get troubles(): readonly Trouble[] {
    return [...this.#troubles];
  }

  async load(): Promise<void> {
    await this.#clockGuard.load();
  }

  close(): void {
    this.#cancel?.();
  }

  /** Whatever fails is done the next time. */
  async run(): Promise<void> {
    const { store, transport, clock, identity, revocations } = this.host;
    this.#cancel?.();
    this.#cancel = clock.schedule(upkeepMs, () => void this.run());
    revocations.again();
    if (this.host.isOnline()) void this.host.keyLog.look();
    try {
      if (this.host.isOnline()) await this.sharedRooms.look();
      // What the account's devices want is known before what they have read is.
      if (this.host.isOnline()) this.host.keyringRead();
      const isBehind = await this.#lookAtClock();
      if (!isBehind && this.host.isOnline()) await refillKeyPackages(store, transport, clock, identity);
    } catch (error) {
      if (isStoreFull(error)) this.note("storage-full", true);
    }
  }

  /** The server's time of an event that has just come: a clock that was behind may agree with it by now. */
  heard(serverMs: number): void {
    if (this.#troubles.has("clock-behind")) void this.#lookAtClock(serverMs).catch(() => undefined);
  }

  note(trouble: Trouble, isThere: boolean): void {
    if (this.#troubles.has(trouble) === isThere) return;
    if (isThere) this.#troubles.add(trouble);
    else this.#troubles.delete(trouble);
    this.host.troubled(this.troubles);
  }

  async #lookAtClock(serverMs?: number): Promise<boolean> {
    if (serverMs !== undefined) await this.#clockGuard.compare(serverMs);
    const isBehind = await this.#clockGuard.look();
    this.note("clock-behind", isBehind);
    return isBehind;
  }
}
