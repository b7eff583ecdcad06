/**
 * Notices a clock that has gone back: behind the newest time it has shown before, as far as the store knows. While it
 * lasts nothing with a lifetime is made, because others would refuse it; messages do not depend on clocks. SPEC ENG-20.
 */

import { z } from "zod";

import { clockBackMs } from "../../protocol/limits";
import type { Clock, Store } from "./ports";
import { decodeRecord, encodeRecord } from "./records";
import { unlessDamaged } from "./replaceable";

const key = "clock";
const schema = z.number();
/** How far the stored time may lag: the clock is not worth a write a second. */
const lagMs = clockBackMs / 2;

export class ClockGuard {
  #stored = 0;
  #newest = 0;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  async load(): Promise<void> {
    const stored = await unlessDamaged(async () => {
      const bytes = await this.store.get(key);
      return bytes && decodeRecord(schema, key, bytes);
    });
    this.#stored = stored ?? 0;
    this.#newest = this.#stored;
    await this.look();
  }

  /** True while the clock is behind. */
  async look(): Promise<boolean> {
    const now = this.clock.now();
    this.#newest = Math.max(this.#newest, now);
    if (this.#newest - this.#stored > lagMs) await this.#save(this.#newest);
    return now < this.#newest - clockBackMs;
  }

  /** The server's time of an event that has just come. When it agrees with the clock, an older time was the wrong one. */
  async compare(serverMs: number): Promise<void> {
    const now = this.clock.now();
    if (now < this.#newest - clockBackMs && Math.abs(serverMs - now) < clockBackMs) {
      this.#newest = now;
      await this.#save(now);
    }
  }

  async #save(time: number): Promise<void> {
    await this.store.write([{ key, value: encodeRecord(time) }]);
    this.#stored = time;
  }
}
