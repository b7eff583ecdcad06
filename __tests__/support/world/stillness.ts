/**
 * Knows when nothing moves by itself any more: every engine waits for the world. Real cryptography runs in threads, so
 * its calls are counted; everything else between two port calls is microtasks. Threads finish in any order, so results
 * are handed out one at a time in the order of the calls: else two rooms of one device would race, and a seed would not
 * repeat its schedule (decision 009).
 */

const names = [
  "decrypt",
  "deriveBits",
  "deriveKey",
  "digest",
  "encrypt",
  "exportKey",
  "generateKey",
  "importKey",
  "sign",
  "unwrapKey",
  "verify",
  "wrapKey",
] as const;

let underWay = 0;

/** Resolves when the result before the next call's has been handed out and whatever waited for it has gone on. */
let before: Promise<void> = Promise.resolve();

/** How many turns of the event loop a result comes late; see `lateBy`. */
let lateness: () => number = () => 0;

/** Makes threads slow and uneven from now on, as a loaded machine does. */
export function lateBy(turns: () => number): void {
  lateness = turns;
}

/** One turn of the event loop: all microtasks have run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Counts the calls of WebCrypto from now on. The object is shared by all test files of a process: give it back. */
export function watchCrypto(): void {
  const { subtle } = globalThis.crypto;
  for (const name of names) {
    const real = subtle[name].bind(subtle) as (...args: unknown[]) => Promise<unknown>;
    const counted = async (...args: unknown[]) => {
      underWay += 1;
      const ours = before;
      const result = late(real(...args), lateness());
      // Fails below, where somebody waits for it.
      result.catch(() => undefined);
      const isDone = result.then(
        () => undefined,
        () => undefined,
      );
      before = Promise.all([ours, isDone]).then(turn);
      try {
        await ours;
        return await result;
      } finally {
        underWay -= 1;
      }
    };
    Object.defineProperty(subtle, name, { value: counted, configurable: true, writable: true });
  }
}

async function late<T>(result: Promise<T>, turns: number): Promise<T> {
  for (let left = turns; left > 0; left--) await turn();
  return await result;
}

/** The counters were properties of the object itself; its own are its prototype's. */
export function unwatchCrypto(): void {
  lateness = () => 0;
  for (const name of names) Reflect.deleteProperty(globalThis.crypto.subtle, name);
}

export async function stillness(): Promise<void> {
  do {
    await turn();
  } while (underWay > 0);
}
