/**
 * Proofs that were asked for and have not come (SPEC LOG-11). A room says whose it waits for once that takes long; since when, the device
 * keeps over restarts, because a server that never answers says nothing of what it hides.
 */

import type { Clock } from "../ports";
import type { LogBook } from "./book";
import { patienceMs, unprovenMax, unprovenNameMax } from "./records";

export interface WaitsHost {
  readonly clock: Clock;
  isOnline(): boolean;
  /** Neither proven nor known to be missing. */
  isOpen(name: string): boolean;
  /** One has been waited for long enough to be told. */
  changed(): void;
}

/** An answer that takes no longer is not worth a word. */
const shownAfterMs = 5000;

export class ProofWaits {
  /** In this run. */
  readonly #since = new Map<string, number>();
  #cancel: (() => void) | undefined;

  constructor(
    private readonly host: WaitsHost,
    private readonly book: LogBook,
  ) {}

  close(): void {
    this.#cancel?.();
    this.#since.clear();
  }

  /** Of `Certified.name`: these are asked for from now on. */
  begin(names: Iterable<string>): void {
    const { clock } = this.host;
    for (const name of names) if (!this.#since.has(name)) this.#since.set(name, clock.now());
    if (this.#since.size > 0) this.#lookIn(shownAfterMs);
  }

  isLong(name: string): boolean {
    const since = this.#since.get(name);
    return since !== undefined && this.host.isOpen(name) && this.host.clock.now() - since >= shownAfterMs;
  }

  /** They were asked for just now. What is still open had no answer; what has been for too long is an alarm. */
  async note(asked: readonly string[]): Promise<void> {
    const { host, book } = this;
    for (const name of asked) if (!host.isOpen(name)) this.#since.delete(name);
    const { state } = book;
    if (state === undefined) return;
    const held = state.unproven.filter(({ name }) => host.isOpen(name));
    const known = new Map(held.map(({ name, since }) => [name, since]));
    const unanswered = host.isOnline() ? asked.filter((name) => host.isOpen(name)) : [];
    const fresh = unanswered.filter((name) => !known.has(name) && name.length <= unprovenNameMax);
    const isOverdue = (name: string) => book.nowMs - (known.get(name) ?? book.nowMs) > patienceMs;
    const overdue = new Set(unanswered.filter(isOverdue));
    const notes = state.note === undefined ? [] : [state.note];
    // Said again after as long.
    const isTold = overdue.size > 0 && (await book.alarm("unanswered", { notes }));
    const all = [...held, ...fresh.map((name) => ({ name, since: book.nowMs }))];
    const renewed = all.map((one) => (isTold && overdue.has(one.name) ? { ...one, since: book.nowMs } : one));
    if (fresh.length === 0 && !isTold && held.length === state.unproven.length) return;
    await book.update({ unproven: this.#within(renewed) });
  }

  /** Of too many, those go first that nobody has asked for in this run. */
  #within<One extends { readonly name: string }>(all: readonly One[]): One[] {
    if (all.length <= unprovenMax) return [...all];
    const isAsked = ({ name }: One) => this.#since.has(name);
    return [...all.filter(isAsked), ...all.filter((one) => !isAsked(one))].slice(0, unprovenMax);
  }

  #lookIn(delayMs: number): void {
    this.#cancel ??= this.host.clock.schedule(delayMs, () => {
      this.#cancel = undefined;
      for (const name of this.#since.keys()) if (!this.host.isOpen(name)) this.#since.delete(name);
      if ([...this.#since.keys()].some((name) => this.isLong(name))) this.host.changed();
      const isYoung = [...this.#since.keys()].some((name) => !this.isLong(name));
      if (isYoung) this.#lookIn(shownAfterMs);
    });
  }
}
