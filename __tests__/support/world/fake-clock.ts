/** Time of a world: it stands still until the world moves it. */

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly owner: object;
  readonly task: () => void;
}

export class FakeTime {
  #timers: Timer[] = [];
  #order = 0;

  constructor(public now: number) {}

  schedule(owner: object, delayMs: number, task: () => void): () => void {
    const timer = { due: this.now + Math.max(delayMs, 0), order: this.#order++, owner, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers of a dead owner never fire. */
  forget(owner: object): void {
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner);
  }

  get nextDue(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ due }) => due));
  }

  /** Moves to the next timer and runs it; false when there is none. */
  fireNext(): boolean {
    const [next] = [...this.#timers].sort((a, b) => a.due - b.due || a.order - b.order);
    if (next === undefined) return false;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.now = Math.max(this.now, next.due);
    next.task();
    return true;
  }
}
