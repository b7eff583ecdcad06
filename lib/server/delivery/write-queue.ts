/**
 * Group commit: submissions that arrive while a transaction runs share the next one, so that durability does not cap
 * throughput. Answers come after the commit, in order (DS-02).
 */

import { Refused } from "../refused";

interface Waiting<Job, Answer> {
  readonly job: Job;
  readonly bytes: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs in one transaction: bounds how long one may take. */
const batchMax = 128;
/** Bytes waiting for the disk: bounds memory when it is slower than the network. */
const waitingMaxBytes = 64 * 1024 * 1024;

export class WriteQueue<Job, Answer> {
  #waiting: Waiting<Job, Answer>[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  /** `write` stores a batch in one transaction and answers each job, in order. */
  constructor(private readonly write: (jobs: readonly Job[]) => Promise<readonly Answer[]>) {}

  /** Rejects with UNAVAILABLE when too much waits already, or after `close`. */
  submit(job: Job, bytes: number): Promise<Answer> {
    if (this.#closed || this.#waitingBytes + bytes > waitingMaxBytes) return Promise.reject(new Refused("UNAVAILABLE"));
    this.#waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, bytes, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Takes no more and waits until everything submitted so far is written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Each socket's callback ends before the next one's begins, and the driver works without pause: only a turn of the
      // event loop lets everything that has come from the network share the transaction, the first one too.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.#waiting.splice(0, batchMax);
      await this.#flush(batch);
      for (const { bytes } of batch) this.#waitingBytes -= bytes;
    }
    this.#running = undefined;
  }

  async #flush(batch: readonly Waiting<Job, Answer>[]): Promise<void> {
    try {
      const answers = await this.write(batch.map(({ job }) => job));
      batch.forEach(({ resolve, reject }, index) => {
        const answer = answers[index];
        if (answer === undefined) reject(new Error("a job was not answered"));
        else resolve(answer);
      });
    } catch (error) {
      // One bad job must not take the others down with it; events are idempotent by id, so trying again is safe.
      if (batch.length > 1) for (const waiting of batch) await this.#flush([waiting]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
