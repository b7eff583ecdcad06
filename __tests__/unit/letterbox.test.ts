/** How long somebody who asked to be let in waits (ENG-25): no longer than it must, no shorter than members at work need. */

import { Letterbox } from "@/lib/client/engine/knocks";
import type { Clock } from "@/lib/client/engine/ports";
import { knockWaitMs } from "@/lib/protocol/limits";
import { roomIdSchema } from "@/lib/protocol/ids";
import type { WelcomeNotice } from "@/lib/protocol/schemas/socket";

/** Time stands still between two steps. */
class SteppedClock implements Clock {
  #now = 0;
  #tasks = new Set<{ readonly at: number; readonly task: () => void }>();

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#now + delayMs, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const entry of this.#tasks) {
      if (entry.at > this.#now) continue;
      this.#tasks.delete(entry);
      entry.task();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const letter: WelcomeNotice = { roomId: roomIdSchema.parse("00".repeat(16)), seq: 1, welcome: new Uint8Array(1) };
const longestMs = 3 * knockWaitMs;

function waiting() {
  const clock = new SteppedClock();
  const box = new Letterbox();
  let outcome: boolean | undefined;
  const opened = box.open(clock, { ms: knockWaitMs, longestMs }, () => Promise.resolve(true));
  void opened.then((isIn) => (outcome = isIn));
  return { clock, box, outcome: () => outcome };
}

test("ENG-25 without a sign of members the wait is over in time", async () => {
  const { clock, outcome } = waiting();
  await clock.pass(knockWaitMs - 1);
  expect(outcome()).toBeUndefined();
  await clock.pass(1);
  expect(outcome()).toBe(false);
});

test("ENG-25 a member's commit begins the wait again, and a Welcome that comes then counts", async () => {
  const { clock, box, outcome } = waiting();
  await clock.pass(knockWaitMs - 1);
  box.moved();
  await clock.pass(knockWaitMs - 1);
  expect(outcome()).toBeUndefined();
  box.put(letter);
  await clock.pass(0);
  expect(outcome()).toBe(true);
});

test("ENG-25 commits without end hold nobody up beyond the longest wait", async () => {
  const { clock, box, outcome } = waiting();
  for (let passed = 0; passed + 1000 < longestMs; passed += 1000) {
    box.moved();
    await clock.pass(1000);
    expect(outcome()).toBeUndefined();
  }
  box.moved();
  await clock.pass(1000);
  expect(outcome()).toBe(false);
});
