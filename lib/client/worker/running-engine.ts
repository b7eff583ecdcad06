/**
 * The engine that this worker runs, exchanged when a sign-in in another tab put a new device in the place of a revoked one:
 * that tab's calls come here, and must not end at a device that is no more (DEV-06).
 */

import type { Engine } from "../engine/engine";
import { loadIdentity, type StoredIdentity } from "../engine/identity";
import type { Store } from "../engine/ports";

export class RunningEngine {
  #turn: Promise<Engine>;

  private constructor(
    engine: Engine,
    private readonly store: Store,
    private readonly start: (identity: StoredIdentity) => Promise<Engine>,
  ) {
    this.#turn = Promise.resolve(engine);
  }

  static async start(
    identity: StoredIdentity,
    store: Store,
    start: (identity: StoredIdentity) => Promise<Engine>,
  ): Promise<RunningEngine> {
    return new RunningEngine(await start(identity), store, start);
  }

  /** The engine of now; looks at what is stored only where this device is at its end. */
  current(): Promise<Engine> {
    return this.#next(async (engine) => (engine.connection === "revoked" ? await this.#look(engine) : engine));
  }

  /** The stored identity has changed: its certificate was renewed, or another device took its place. */
  reload(): Promise<Engine> {
    return this.#next((engine) => this.#look(engine));
  }

  async #look(engine: Engine): Promise<Engine> {
    const stored = await loadIdentity(this.store);
    if (stored === undefined) return engine;
    if (stored.deviceId === engine.identity.deviceId) {
      engine.renew(stored);
      return engine;
    }
    await engine.close();
    return await this.start(stored);
  }

  #next(step: (engine: Engine) => Promise<Engine>): Promise<Engine> {
    this.#turn = this.#turn.then(step);
    return this.#turn;
  }
}
