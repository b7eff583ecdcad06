/**
 * Knows when nothing moves by itself any more: every engine waits for the world. Real cryptography runs in threads, so
 * its calls are counted; everything else between two port calls is microtasks.
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

/** Counts the calls of WebCrypto from now on. The object is shared by all test files of a process: give it back. */
export function watchCrypto(): void {
  const { subtle } = globalThis.crypto;
  for (const name of names) {
    const real = subtle[name].bind(subtle) as (...args: unknown[]) => Promise<unknown>;
    const counted = async (...args: unknown[]) => {
      underWay += 1;
      try {
        return await real(...args);
      } finally {
        underWay -= 1;
      }
    };
    Object.defineProperty(subtle, name, { value: counted, configurable: true, writable: true });
  }
}

/** The counters were properties of the object itself; its own are its prototype's. */
export function unwatchCrypto(): void {
  for (const name of names) Reflect.deleteProperty(globalThis.crypto.subtle, name);
}

export async function stillness(): Promise<void> {
  do {
    await new Promise<void>((resolve) => setImmediate(resolve));
  } while (underWay > 0);
}
