/**
 * Checkpoints that came in others' messages (SPEC LOG-13): compared at once, or kept until they can be. What cannot be compared for a day
 * is an alarm by itself, however often the same account brings another one meanwhile.
 */

import type { AccountRef } from "../views";
import type { LogBook } from "./book";
import { compare } from "./compare";
import type { LogHost } from "./follow";
import { patienceMs, pendingMax } from "./records";

/** Checkpoints of others that were compared already. */
const comparedMax = 500;

export class Hearsay {
  readonly #compared = new Set<string>();

  constructor(
    private readonly host: LogHost,
    private readonly book: LogBook,
  ) {}

  /** False: it was heard before. */
  isNew(note: string, by: AccountRef): boolean {
    const key = keyOf(note, by);
    if (note === this.book.state?.note || this.#compared.has(key)) return false;
    if (this.#compared.size >= comparedMax) this.#compared.clear();
    this.#compared.add(key);
    return true;
  }

  async take(note: string, by: AccountRef): Promise<void> {
    try {
      if (!(await compare(this.host, this.book, note, by))) await this.#keep(note, by);
    } catch (error) {
      this.#compared.delete(keyOf(note, by));
      throw error;
    }
  }

  /** Those that are kept, once more. */
  async look(): Promise<void> {
    for (const told of this.book.state?.pending ?? []) {
      const isDone = (await compare(this.host, this.book, told.note, told.by)) || (await this.#isOverdue(told));
      if (!isDone) continue;
      const pending = this.book.state?.pending.filter(
        (other) => other.note !== told.note || other.by.accountId !== told.by.accountId,
      );
      await this.book.update({ pending: pending ?? [] });
    }
  }

  /** The newest of an account stands for its older ones, which are a beginning of it or an alarm of their own: it waits as long as they. */
  async #keep(note: string, by: AccountRef): Promise<void> {
    const { state } = this.book;
    if (state === undefined) return;
    const isTheirs = (other: (typeof state.pending)[number]) => other.by.accountId === by.accountId;
    const others = state.pending.filter((other) => !isTheirs(other));
    if (others.length >= pendingMax) return;
    const since = state.pending.find(isTheirs)?.since ?? this.book.nowMs;
    await this.book.update({ pending: [...others, { note, by, since }] });
  }

  /** True: there is an alarm of it now. */
  async #isOverdue({ note, by, since }: { note: string; by: AccountRef; since: number }): Promise<boolean> {
    const own = this.book.state?.note;
    if (own === undefined || this.book.nowMs - since <= patienceMs) return false;
    return await this.book.alarm("unanswered", { notes: [own, note], by });
  }
}

function keyOf(note: string, { accountId }: AccountRef): string {
  return `${accountId} ${note}`;
}
